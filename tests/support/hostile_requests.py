"""Malformed and hostile requests as raw bytes: one maker for each kind, and random variations by a seed."""

import base64
import json
import random
import socket
from contextlib import suppress
from urllib.parse import quote

TEXT, LABELS = {"type": "text", "value": "x"}, [{"type": "text", "value": v} for v in ("good", "bad")]
HEAD = {"host": "127.0.0.1:8808", "content-type": "application/json"}

#: Loopback addresses in all spellings that a resolver, browser or library accepts, and other hosts that are not public.
PRIVATE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "metadata.google.internal",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "user:pass@127.0.0.1",
    "example.com@127.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
]
OTHER_SCHEMES = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/a",
    "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1/",
    "jar:http://x!/a",
    "/etc/passwd",
    "../../etc/passwd",
    "C:\\windows\\win.ini",
    "\\\\127.0.0.1\\share",
    "javascript:alert(1)",
    "//127.0.0.1/a",
    "http:/127.0.0.1/a",
    "http:127.0.0.1",
    "http://",
    "https://",
    " ",
    "data:text/html,x",
    "data:,x",
    "data:image/png",
]
INVALID_KEYS = [
    "../../etc/passwd",
    "..",
    "/etc/passwd",
    "a/../../b",
    "%00",
    "%2e%2e/%2e%2e/x",
    "a%5c..%5cb",
    "k" * 600,
    "a%0d%0ab",
    "",
]
NOT_IMAGES = [
    b"",
    b"GIF89a",
    b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
    b"<svg/>",
    b"<html></html>",
    b"\xff\xd8\xff\xe0" + b"x" * 90,
]


def request(method="POST", path="/v1/classification", body=b"", **headers):
    """Return the bytes of one request; None removes a header."""
    all_headers = HEAD | {"content-length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in all_headers.items() if v is not None), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def classify(**changes):
    """Return a valid classification request with changed fields."""
    content = {"dataset": [TEXT], "labels": LABELS} | changes
    return request(body=json.dumps(content).encode())


def picture(address):
    return classify(dataset=[{"type": "image", "value": address}])


def inline(content):
    return picture(f"data:image/png;base64,{base64.b64encode(content).decode()}")


#: Kind of request -> function of a `random.Random` that returns the bytes of one request of this kind.
MAKERS = {
    "deep arrays": lambda r: request(body=b"[" * r.randint(2_000, 200_000)),
    "deep objects": lambda r: request(body=b'{"dataset":' * r.randint(2_000, 50_000)),
    "a deep sample": lambda r: classify(dataset=nested(r.randint(5, 300))),
    "no JSON": lambda r: request(body=r.randbytes(r.randint(0, 300))),
    "a part of JSON": lambda r: request(
        body=json.dumps({"dataset": [TEXT], "labels": LABELS}).encode()[: r.randint(0, 99)]
    ),
    "NaN": lambda r: request(body=b'{"dataset": %s}' % r.choice([b"NaN", b"Infinity", b"-Infinity", b"[NaN]"])),
    "a field twice": lambda r: request(body=b'{"labels": [], "labels": %d}' % r.randint(0, 9)),
    "long numbers": lambda r: request(body=b'{"dataset": %s}' % (b"9" * r.randint(5_000, 90_000))),
    "lone surrogates": lambda r: classify(dataset=[{"type": "text", "value": "a" + chr(r.randint(0xD800, 0xDFFF))}]),
    "a wrong dataset": lambda r: classify(dataset=anything(r)),
    "a wrong sample": lambda r: classify(dataset=[TEXT, {"type": r.choice(["text", "image"]), "value": anything(r)}]),
    "a wrong type": lambda r: classify(dataset=[{"type": anything(r), "value": "x"}]),
    "wrong labels": lambda r: classify(labels=anything(r)),
    "a wrong label": lambda r: classify(labels=[*LABELS, {"type": "text", "value": anything(r)}]),
    "a wrong key": lambda r: classify(
        labels=[*LABELS, TEXT | {"key": r.choice([[], {}, True, "", " ", 1e300, "k" * 201])}]
    ),
    "a wrong switch": lambda r: classify(multiple_labels=r.choice([0, 1, "true", [], {}, 0.5])),
    "too many samples": lambda r: classify(dataset=[TEXT] * r.randint(33, 3_000)),
    "too many labels": lambda r: classify(
        labels=[{"type": "text", "value": str(i)} for i in range(r.randint(25, 3_000))]
    ),
    "a long text": lambda r: classify(dataset=[{"type": "text", "value": "x" * r.randint(100_001, 300_000)}]),
    "a private address": lambda r: picture(f"{r.choice(['http', 'HTTPS'])}://{r.choice(PRIVATE_HOSTS)}{port(r)}/a.jpg"),
    "another scheme": lambda r: picture(r.choice(OTHER_SCHEMES)),
    "a private label": lambda r: classify(
        labels=[*LABELS, {"type": "image", "value": f"http://{r.choice(PRIVATE_HOSTS)}/a"}]
    ),
    "no picture": lambda r: inline(r.choice(NOT_IMAGES) + r.randbytes(r.randint(0, 50))),
    "no base64": lambda r: picture(f"data:image/png;base64,{'%' * r.randint(1, 50)}"),
    "a huge picture": lambda r: inline(b"\0" * r.randint(1_000_000, 3_000_000)),
    "too large": lambda r: request(body=b" " * 100, content_length=str(r.randint(65_000_000, 10**12))),
    "too large, and sent": lambda r: request(body=b" " * r.randint(16_000_001, 17_000_000)),
    "a wrong length": lambda r: request(content_length=r.choice(["-1", "x", "1, 2", "1e3", "+5"])),
    "a type": lambda r: request(
        body=b"{}", content_type=r.choice(["text/plain", None, "", "a" * 999, "multipart/form-data"])
    ),
    "an encoding": lambda r: request(
        body=r.randbytes(50), content_encoding=r.choice(["gzip", "br", "deflate", "x" * 99])
    ),
    "a method": lambda r: request(r.choice(["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])),
    "an address": lambda r: request("GET", "/" + quote(r.randbytes(r.randint(1, 60)))),
    "no HTTP": lambda r: (
        r.choice([b"GET", b"\x16\x03\x01", b"* * *"]) + r.randbytes(20).replace(b"\n", b"") + b"\r\n\r\n"
    ),
    "a head too long": lambda r: request(x_long="x" * r.randint(70_000, 200_000)),
    "many headers": lambda r: request(**{f"x-{i}": "y" * 50 for i in range(r.randint(1_500, 3_000))}),
    "no host": lambda r: request(host=None),
    "two hosts": lambda r: request().replace(b"host:", b"host: 127.0.0.1\r\nhost:"),
    "a foreign host": lambda r: request(host=r.choice(["evil.example", "127.0.0.1.evil.example", "[::1", "10.0.0.1"])),
    "a foreign page": lambda r: request(origin=r.choice(["https://evil.example", "null", "http://localhost:3000"])),
    "broken chunks": lambda r: request(
        content_length=None, transfer_encoding="chunked", body=r.randbytes(9) + b"\r\n\r\n"
    ),
    "both lengths": lambda r: request(body=b"0\r\n\r\n", transfer_encoding="chunked", content_length="3, 4"),
    "another coding": lambda r: request(content_length=None, transfer_encoding="gzip, chunked", body=b"0\r\n\r\n"),
    "a key that is none": lambda r: request(path=f"/v1/store/file?key={r.choice(INVALID_KEYS)}", body=b"x"),
    "another's file": lambda r: request(r.choice(["GET", "DELETE"]), f"/v1/store/file/read/{r.choice(INVALID_KEYS)}"),
    "a guessed address": lambda r: request("GET", f"/v1/store/temp/{r.randbytes(32).hex()}"),
    "a broken form": lambda r: form(r.randbytes(r.randint(0, 200))),
    "a form without a file": lambda r: form(b'--b\r\ncontent-disposition: form-data; name="x"\r\n\r\ny\r\n--b--\r\n'),
    "an option": lambda r: request(path=f"/v1/store/file?overwrite={r.randint(2, 99)}", body=b"x"),
}


def nested(depth):
    return json.loads("[" * depth + "]" * depth)


def anything(r):
    """Return a value that is invalid in every field."""
    return r.choice([None, True, 0, -1, 1e308, "", " ", [], {}, [[]], [None], {"type": "text"}, ["x"], 2**70])


def port(r):
    return r.choice(["", ":80", ":22", ":6379", ":8808", ":65536"])


def form(body):
    return request(path="/v1/store/file", body=body, content_type="multipart/form-data; boundary=b")


def variations(count, seed=0):
    """Yield requests, each with the name of its kind."""
    r = random.Random(seed)
    kinds = list(MAKERS)
    for i in range(count):
        kind = kinds[i % len(kinds)]
        yield kind, MAKERS[kind](r)


def exchange(port, content, timeout=30):
    """Send bytes and return status and body of one response; status 0 for no response."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection, connection.makefile("rb") as reader:
        with suppress(BrokenPipeError, ConnectionResetError):  # the server may answer before it has read everything
            connection.sendall(content)
        return response(reader)


def response(reader):
    """Read the next response and return its status and body."""
    status = reader.readline().split()
    if len(status) < 2:
        return 0, b""
    length = 0
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return int(status[1]), reader.read(length)
