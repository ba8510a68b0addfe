"""An answer is read within limits on its size and its time, over a real socket, and is not paid for again."""

import gzip
import json
import time
import tracemalloc
import zlib

import pandas as pd
import pytest
from hostile_responses import EXCESSIVE, MALFORMED, REDIRECTED, SENSELESS, HostileService
from hostile_responses import SLOW as SLOW_RESPONSES
from raw_service import Service, drip, head

import jsdf
from jsdf.engines.hosted.response_body import MAX_ANSWER_BYTES, MAX_ANSWER_SEPARATORS

ANSWER = json.dumps({"predictions": ["a"] * 32}).encode()
ZEROS = bytes(2**20)


def label(service, timeout=20, rows=32):
    engine = jsdf.Hosted("test-key", service.url, timeout=timeout)
    return jsdf.run(pd.Series([f"text {i}" for i in range(rows)]), ["a", "b"], engine=engine, progress=False)


def packed(bits, megabytes=128):
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return b"".join(packer.compress(ZEROS) for _ in range(megabytes)) + packer.flush()


def endless():
    yield head()
    while True:
        yield ZEROS


GZIP, DEFLATE, RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
BOMB = {bits: packed(bits) for bits in (GZIP, DEFLATE, RAW)}
TOO_LARGE = {
    "announced": lambda: [head(content_length=10**9), *[ZEROS] * 20],
    "endless": endless,
    "one byte over": lambda: [head(), b" " * (MAX_ANSWER_BYTES + 1)],
    "gzip": lambda: [head(content_encoding="gzip"), BOMB[GZIP]],
    "x-gzip": lambda: [head(content_encoding="X-GZip"), BOMB[GZIP]],
    "deflate": lambda: [head(content_encoding="deflate"), BOMB[DEFLATE]],
    "deflate without its header": lambda: [head(content_encoding="deflate"), BOMB[RAW]],
    "br": lambda: [head(content_encoding="br"), BOMB[GZIP]],
    "zstd": lambda: [head(content_encoding="zstd"), BOMB[GZIP]],
    "gzip twice": lambda: [head(content_encoding="gzip, gzip"), gzip.compress(BOMB[GZIP])],
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_an_answer_too_large_is_refused_once_and_stops_the_run(what):
    tracemalloc.start()
    try:
        with Service(TOO_LARGE[what]) as service, pytest.raises(jsdf.APIError) as error:
            label(service)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    expected = "larger than 4 MB" if what not in ("br", "zstd", "gzip twice") else "which was not asked for"
    assert expected in str(error.value)
    assert service.requests == 1
    assert error.value.run.counts["answered"] == 0
    assert peak < 60 * 2**20


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("identity", ANSWER),
        ("gzip", gzip.compress(ANSWER)),
        ("x-gzip", gzip.compress(ANSWER) + b"more"),
        ("deflate", zlib.compress(ANSWER)),
        ("deflate", zlib.compress(ANSWER)[2:-4]),
        ("gzip", gzip.compress(ANSWER + b" " * (MAX_ANSWER_BYTES - len(ANSWER)))),
    ],
    ids=["plain", "gzip", "more behind it", "deflate", "deflate without header", "as large as allowed"],
)
@pytest.mark.parametrize("size", [1 << 20, 7])
def test_an_answer_within_the_limits_is_read_in_any_pieces(encoding, body, size):
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    with Service(lambda: [head(content_encoding=encoding), *pieces]) as service:
        assert label(service).counts["answered"] == 32
    assert service.requests == 1


@pytest.mark.parametrize("encoding", [None, "gzip", "br"])
def test_of_a_refusal_only_the_beginning_is_read(encoding):
    headers = {} if encoding is None else {"content_encoding": encoding}

    def answer():
        yield head("401 Unauthorized", **headers)
        while True:
            yield BOMB[GZIP] if encoding else ZEROS

    with Service(answer) as service, pytest.raises(jsdf.AuthenticationError):
        label(service)
    assert service.requests == 1


@pytest.mark.parametrize("body", [gzip.compress(ANSWER)[:-9], b"no gzip"], ids=["incomplete", "no gzip"])
def test_a_damaged_answer_is_asked_for_again(body):
    answers = [[head(content_encoding="gzip"), body], [head(), ANSWER]]
    with Service(lambda: answers.pop(0)) as service:
        assert label(service).counts["answered"] == 32
    assert service.requests == 2


SLOW = {
    "body": drip(head()),
    "headers": drip(b"HTTP/1.1 200 OK\r\nx-slow: "),
    "status line": drip(b"HTTP/1.1 200 "),
    "chunks": drip(head(transfer_encoding="chunked") + b"1;"),
    "a body that ends too late": drip(head(content_length=len(ANSWER) + 10**6), ANSWER),
}


@pytest.mark.parametrize("where", SLOW)
def test_an_exchange_ends_at_its_deadline_however_it_drips(where, monkeypatch):
    monkeypatch.setattr("jsdf.runner.retry_policy.MAX_LOST_REPLIES", 0)
    started = time.monotonic()
    with Service(SLOW[where]) as service:
        run = label(service, timeout=0.5, rows=1)
    assert list(run.failures["reason"]) == ["the service did not respond in time; raise `timeout`"]
    assert time.monotonic() - started < 5


ONCE = {
    **MALFORMED,
    **REDIRECTED,
    **{
        k: v
        for k, v in EXCESSIVE.items()
        if k not in ("br", "zstd") and not k.startswith(("gzip", "deflate", "raw", "two"))
    },
}
ONCE |= {k: v for k, v in SENSELESS.items() if "arrays" in k or "objects" in k}


@pytest.mark.parametrize("name", ONCE)
def test_what_would_come_again_in_the_same_way_is_paid_for_once(name):
    with HostileService(ONCE[name]) as service, pytest.raises(jsdf.APIError) as error:
        label(service)
    assert type(error.value) is jsdf.APIError
    assert service.asked["classification"] == 1
    assert max(service.samples.values()) == 1
    run = error.value.run
    assert (run.usage.requests, run.counts["pending"]) == (1, 32)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_as_many_values_as_an_answer_can_have_are_read():
    many = {"predictions": ["a"] * 32, "more": [0] * (MAX_ANSWER_SEPARATORS - 40)}
    for extra, count in (([], 32), ([0] * 100, None)):
        body = json.dumps({**many, "extra": extra}).encode()
        with Service(lambda body=body: [head(), body]) as service:
            if count is None:
                with pytest.raises(jsdf.APIError, match="larger than 4 MB or 100,000 values"):
                    label(service)
            else:
                assert label(service).counts["answered"] == count


@pytest.mark.parametrize("name", ["chunks of a byte", "interim responses without end", "a byte a second of gzip"])
def test_many_requests_end_by_their_deadline_together(name, monkeypatch):
    monkeypatch.setattr("jsdf.runner.retry_policy.MAX_LOST_REPLIES", 0)
    monkeypatch.setattr("jsdf.runner.sender.GIVE_UP_SECONDS", 2.0)
    with HostileService(SLOW_RESPONSES[name]) as service, pytest.raises(jsdf.TransientError):
        label(service, timeout=0.5, rows=320)
    assert max(service.seconds) < 4
