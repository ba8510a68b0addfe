"""Requests that cost a server far more than their sender: structure, strings, chunks, forms, pictures, pipelines."""

import base64
import io
import json
import random
from functools import cache

from hostile_requests import LABELS, TEXT, classify, form, inline, picture, request

SIZE = 15_900_000
_VALID = json.dumps({"dataset": [TEXT], "labels": LABELS})[1:].encode()


def ignored(content):
    """Return a request that is valid but for a field that the server ignores."""
    return request(body=b'{"x": ' + content + b", " + _VALID)


def repeated(unit, size=SIZE):
    """Return an array of `size` bytes with equal elements."""
    return b"[" + (unit + b",") * (size // (len(unit) + 1)) + b"0]"


def text(content):
    return request(
        body=b'{"dataset": [{"type": "text", "value": "' + content + b'"}], ' + _VALID[_VALID.index(b'"l') :]
    )


def names(count):
    return b", ".join(b'"%d": 0' % i for i in range(count))


@cache
def blank_png(side):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (side, side)).save(out, "PNG")
    return out.getvalue()


def words(count, seed=0):
    r = random.Random(seed)
    return " ".join("".join(r.choices("abcdefghij", k=6)) for _ in range(count // 7))


def chunked(chunk, count):
    return request(content_length=None, transfer_encoding="chunked", body=chunk * count + b"0\r\n\r\n")


#: Kind -> function that returns the bytes of one or several requests over one connection.
MAKERS = {
    "20,000 names, one twice": lambda: request(body=b'{"a": {' + names(20_000) + b', "7": 1}}'),
    "a million names": lambda: ignored(b"{" + names(1_000_000) + b"}"),
    "empty arrays": lambda: ignored(repeated(b"[]")),
    "empty objects": lambda: ignored(repeated(b"{}")),
    "small objects": lambda: ignored(repeated(b'{"":0}')),
    "numbers": lambda: ignored(repeated(b"0")),
    "long floats": lambda: ignored(repeated(b"1." + b"7" * 300)),
    "empty strings": lambda: ignored(repeated(b'""')),
    "nested arrays": lambda: ignored(b"[" * SIZE),
    "nested objects": lambda: ignored(b'{"":' * (SIZE // 4)),
    "one number of digits": lambda: ignored(b"9" * SIZE),
    "one fraction of digits": lambda: ignored(b"0." + b"9" * SIZE),
    "white space": lambda: ignored(b" " * SIZE + b"0"),
    "samples": lambda: request(body=b'{"dataset": ' + repeated(json.dumps(TEXT).encode()) + b"}"),
    "small samples": lambda: request(body=b'{"dataset": ' + repeated(json.dumps(TEXT).encode(), 90_000) + b"}"),
    "labels": lambda: request(body=b'{"labels": ' + repeated(json.dumps(LABELS[0]).encode()) + b"}"),
    "a blank text": lambda: text(b" " * SIZE),
    "a text of one-byte and one of four-byte characters": lambda: text("😀".encode() + b"a" * SIZE),
    "a text of four-byte characters": lambda: text("😀".encode() * (SIZE // 4)),
    "a text of escapes": lambda: text(b"\\n" * (SIZE // 2)),
    "a text of escaped surrogates": lambda: text(b"\\ud83d\\ude00" * (SIZE // 12)),
    "a text of control characters": lambda: text(b"a" * SIZE + b"\x01"),
    "long texts": lambda: classify(dataset=[{"type": "text", "value": words(99_000, i)} for i in range(32)]),
    "long labels": lambda: classify(labels=[{"type": "text", "value": words(1_900, i)} for i in range(24)]),
    "a long URL": lambda: picture("http://example.invalid/" + "a" * SIZE),
    "a large picture that is none": lambda: inline(b"\x89PNG\r\n\x1a\n" + b"\0" * (SIZE * 3 // 4 - 200)),
    "pictures of 25 megapixels": lambda: classify(
        dataset=[{"type": "image", "value": data_uri(blank_png(4_990))} for _ in range(32)]
    ),
    "tiny chunks": lambda: chunked(b"1\r\n \r\n", 500_000),
    "chunk extensions": lambda: chunked(b"1;" + b"x" * 30_000 + b"\r\n \r\n", 300),
    "a form of parts": lambda: form(b"--b\r\n\r\n\r\n" * 1_000_000),
    "a form of headers": lambda: form(b"--b\r\n" + b"a:b\r\n" * 1_000_000),
    "options": lambda: request(path="/v1/store/file?" + "a&" * 30_000, body=b"x"),
    "headers": lambda: request(**{f"x-{i}": "y" for i in range(4_000)}),
    "pipelined requests": lambda: request("GET", "/openapi.json") * 5_000,
    "empty lines": lambda: b"\r\n" * 2_000_000,
}


def data_uri(content):
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
