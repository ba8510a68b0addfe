"""Responses of a service, a host of images or a proxy gone wild, each as a function that yields pieces of bytes."""

import functools
import gzip
import io
import json
import time
import zlib
from collections import Counter
from itertools import repeat

from raw_service import Service, head

MEGABYTE = 2**20
#: A whole answer of the service: what it may hold depends on the request.
ANSWER = json.dumps({"predictions": ["a"] * 32, "temp_public_url": "https://example.org/a.jpg"}).encode()
GZIP, DEFLATE, RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS


@functools.cache
def bomb(bits, megabytes=1024):
    """Return this many megabytes of spaces, compressed."""
    packer, spaces = zlib.compressobj(9, zlib.DEFLATED, bits), b" " * MEGABYTE
    return b"".join(packer.compress(spaces) for _ in range(megabytes)) + packer.flush()


@functools.cache
def nested_bomb():
    return gzip.compress(bomb(GZIP))


def warm_up():
    """Make what takes seconds to make."""
    for bits in (GZIP, DEFLATE, RAW):
        bomb(bits)
    nested_bomb()


def fixed(*pieces):
    return lambda: list(pieces)


def endless(start, piece, pieces=None):
    """Return a response that repeats a piece, 1 GB of it if `pieces` is None."""

    def answer():
        yield start
        yield from repeat(piece, 2**30 // len(piece) if pieces is None else pieces)

    return answer


def slow(start, byte, end=b""):
    """Return a response of one byte a second."""

    def answer():
        yield start
        for _ in range(1000):
            yield byte
            yield from repeat(None, 10)
        yield end

    return answer


def silent(*pieces):
    def answer():
        yield from pieces
        yield from repeat(None)

    return answer


def with_body(body, **headers):
    return fixed(head(content_length=len(body), **headers), body)


def compressed(name, make):
    return lambda: [head(content_encoding=name), make()]


_CHUNKED = head(transfer_encoding="chunked")
_OPEN = head()[:-2]  # headers that are not complete

#: Too large or not understood, so that asking again would change nothing: sent once.
EXCESSIVE = {
    "1 GB with its length": endless(head(content_length=2**30), bytes(MEGABYTE)),
    "1 GB without a length": endless(head(), bytes(MEGABYTE)),
    "chunks without end": endless(_CHUNKED, b"10000\r\n" + bytes(65536) + b"\r\n"),
    "gzip bomb": compressed("gzip", lambda: bomb(GZIP)),
    "deflate bomb": compressed("deflate", lambda: bomb(DEFLATE)),
    "raw deflate bomb": compressed("deflate", lambda: bomb(RAW)),
    "br": compressed("br", lambda: bomb(GZIP)),
    "zstd": compressed("zstd", lambda: bomb(GZIP)),
    "gzip twice": compressed("gzip, gzip", nested_bomb),
    "two headers of compression": lambda: [head(content_encoding="gzip\r\ncontent-encoding: gzip"), nested_bomb()],
    "a header line of 1 GB": endless(_OPEN + b"x-long: ", b"a" * MEGABYTE),
    "1 GB of headers": endless(_OPEN, b"x-long: abcdefg\r\n" * 60_000),
    "100,000 headers": fixed(_OPEN, b"x-long: abcdefg\r\n" * 100_000, b"\r\n", ANSWER),
    "a status line of 1 GB": endless(b"HTTP/1.1 200 ", b"a" * MEGABYTE),
    "no HTTP, 1 GB": endless(b"", b"a" * MEGABYTE),
    "chunk extension without end": endless(_CHUNKED + b"1;", b"a" * MEGABYTE),
    "trailers without end": endless(_CHUNKED + b"0\r\n", b"x-long: abcdefg\r\n" * 60_000),
}
#: No valid HTTP.
MALFORMED = {
    "length of 5,000 digits": fixed(head(content_length="9" * 5000), ANSWER),
    "length of 19 digits": fixed(head(content_length="9" * 19), ANSWER),
    "negative length": fixed(head(content_length=-1), ANSWER),
    "two lengths": fixed(head(content_length=f"{len(ANSWER)}\r\ncontent-length: 7"), ANSWER),
    "chunk size of 5,000 digits": fixed(_CHUNKED, b"f" * 5000 + b"\r\n", ANSWER),
    "negative chunk size": fixed(_CHUNKED, b"-5\r\n", ANSWER),
    "a header without a name": fixed(_OPEN, b": nothing\r\n\r\n", ANSWER),
    "status 99999": fixed(head("99999 Odd"), ANSWER),
    "zero bytes": fixed(bytes(1000)),
    "a web page without headers": fixed(b"<html><body>Log in</body></html>\r\n\r\n"),
    "switching protocols": fixed(head("101 Switching", upgrade="websocket"), ANSWER),
}
#: Valid JSON or text that is no answer.
SENSELESS = {
    "4 MB of nested arrays": with_body(b"[" * (4 * MEGABYTE - 100)),
    "4 MB of closed nested arrays": with_body(b"[" * (2 * MEGABYTE - 100) + b"]" * (2 * MEGABYTE - 100)),
    "4 MB of empty arrays": with_body(b"[" + b"[]," * (MEGABYTE + 300_000) + b"[]]"),
    "4 MB of objects": with_body(b'{"predictions": [' + b"{}," * (MEGABYTE + 300_000) + b"{}]}"),
    "a number of 1 MB": with_body(b'{"predictions": [' + b"9" * MEGABYTE + b"]}"),
    "a decimal number of 1 MB": with_body(b'{"predictions": [0.' + b"9" * MEGABYTE + b"]}"),
    "tokens of 1 MB": with_body(ANSWER[:-1] + b', "_usage": {"total_tokens": ' + b"9" * MEGABYTE + b"}}"),
    "labels of 4 MB": with_body(json.dumps({"predictions": ["x" * 120_000] * 32}).encode()),
    "4 MB of escapes": with_body(b'{"message": "' + b"\\u0061" * 650_000 + b'"}'),
    "4 MB of backslashes": with_body(b'{"message": "' + b"\\\\" * (2 * MEGABYTE - 100) + b'"}'),
    "4 MB of percent signs": with_body(b'{"message": "' + b"%25" * 1_300_000 + b'"}'),
    "4 MB of emoji": with_body(b'{"message": "' + "😀".encode() * (MEGABYTE - 100) + b'"}'),
    "4 MB that are no text": with_body(b"\xff" * (4 * MEGABYTE - 100)),
    "4 MB in UTF-32": with_body(json.dumps("x" * (MEGABYTE - 100)).encode("utf-32-le")),
    "damaged gzip": with_body(b"\x1f\x8b\x08" + bytes(1000), content_encoding="gzip"),
    "half of a gzip": with_body(gzip.compress(ANSWER)[:-20], content_encoding="gzip"),
    "nothing": with_body(b""),
    "a chunk of 16 digits, cut": fixed(_CHUNKED, b"f" * 16 + b"\r\n", ANSWER),
    "HTTP/9.9": fixed(head().replace(b"1.1", b"9.9"), ANSWER),
}
#: Too late.
SLOW = {
    "a byte a second in the body": slow(head(), b" "),
    "a byte a second in the headers": slow(_OPEN + b"x-slow: ", b"a"),
    "a byte a second in the status line": slow(b"HTTP/1.1 200 ", b"a"),
    "a byte a second as chunks": slow(_CHUNKED, b"1\r\na\r\n"),
    "a byte a second of gzip": slow(head(content_encoding="gzip"), b"\x1f"),
    "an interim response a second": slow(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "interim responses without end": endless(b"", b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n" * 1000),
    "chunks of a byte": endless(_CHUNKED, b"1\r\n \r\n" * 10_000, 10_000),
    "silence": silent(b""),
    "silence after the headers": silent(head(content_length=1000)),
    "silence after half of a body": silent(head(content_length=len(ANSWER)), ANSWER[: len(ANSWER) // 2]),
}
#: Redirects, and statuses that an answer cannot have.
REDIRECTED = {
    "redirects without end": fixed(head("302 Found", location="/again", content_length=0)),
    "a redirect to itself with a new name": lambda: [
        head("302 Found", location=f"/{time.monotonic_ns()}", content_length=0)
    ],
    "a redirect of 90 kB": fixed(head("302 Found", location="/" + "a" * 90_000, content_length=0)),
    "a redirect to no URL": fixed(head("302 Found", location="http://[::1", content_length=0)),
    "a redirect to a file": fixed(head("302 Found", location="file:///etc/passwd", content_length=0)),
    "a redirect to port 99999": fixed(head("302 Found", location="http://127.0.0.1:99999/", content_length=0)),
    "a redirect with a body of 1 GB": endless(head("302 Found", location="/again"), bytes(MEGABYTE)),
    "cookies of 90 kB": fixed(head("302 Found", set_cookie="a=" + "b" * 90_000, location="/x", content_length=0)),
}
RESPONSES = {**EXCESSIVE, **MALFORMED, **SENSELESS, **SLOW, **REDIRECTED}


@functools.cache
def png(number=0):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, number % 256, 0)).save(out, "PNG")
    return out.getvalue()


class HostileService(Service):
    """Service and host of images on 127.0.0.1 that answers requests of one kind with a hostile response.

    Args:
        answer: Yields the pieces of the hostile response.
        kind: Requests that get it: `"classification"`, `"image"`, `"upload"` or `"removal"`; all others are answered
            well.

    Attributes:
        asked: Number of requests of each kind.
        samples: Number of times that each sample was sent.
        seconds: Duration of each hostile exchange, to the end of its connection.
    """

    def __init__(self, answer, kind="classification"):
        super().__init__(answer)
        self.kind, self.asked, self.samples, self.seconds = kind, Counter(), Counter(), []

    def pieces(self, method, path, body):
        kind = self._kind_of(method, path)
        self.asked[kind] += 1
        if kind == "classification":
            self.samples.update(sample["value"] for sample in json.loads(body)["dataset"])
        if kind != self.kind:
            yield from self._good(kind, body)
            return
        started = time.monotonic()
        try:
            yield from self._answer()
        finally:
            self.seconds.append(time.monotonic() - started)

    @staticmethod
    def _kind_of(method, path):
        if path.startswith("/v1/classification"):
            return "classification"
        if path.startswith("/v1/store/file"):
            return "removal" if method == "DELETE" else "upload"
        return "image"

    @staticmethod
    def _good(kind, body):
        if kind == "image":
            return with_body(png(), content_type="image/png")()
        count = len(json.loads(body)["dataset"]) if kind == "classification" else 0
        answer = {"predictions": ["a"] * count, "temp_public_url": "https://example.org/a.jpg"}
        return with_body(json.dumps(answer).encode())()
