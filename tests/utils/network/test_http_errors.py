"""The causes of an exception, and responses that break the rules of HTTP."""

import sys

import h11
import pytest

from jsdf.utils.network.http_errors import causes, http_violation

if sys.version_info < (3, 11):
    from exceptiongroup import ExceptionGroup


def test_causes_are_found_through_contexts_and_groups_each_once():
    first, second, third = ValueError("1"), OSError("2"), KeyError("3")
    group = ExceptionGroup("all", [first, second])
    group.__cause__ = third
    third.__context__ = group  # a circle
    error = RuntimeError("x")
    error.__cause__ = group
    assert list(causes(error)) == [error, group, third, first, second]
    assert list(causes(first)) == [first]


class EqualError(Exception):
    def __eq__(self, other):
        return True

    __hash__ = None


def test_exceptions_that_are_equal_are_different_causes():
    outer, inner = EqualError("outer"), EqualError("inner")
    outer.__cause__ = inner
    assert [str(cause) for cause in causes(outer)] == ["outer", "inner"]


OK = b"HTTP/1.1 200 OK\r\n"
SENT = {
    b"HTTP/1.1 99999 Odd\r\n\r\n": "illegal status line",
    b"secret words\r\n\r\n": "illegal status line",
    b"\0\0": "illegal request line",
    OK + b": secret\r\n\r\n": "illegal header line",
    OK + b"a b: secret\r\n\r\n": "illegal header line",
    OK + b" secret: x\r\n\r\n": "continuation line at start of headers",
    OK + b"content-length: secret\r\n\r\n": "bad Content-Length",
    OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\n": "conflicting Content-Length headers",
    OK + b"transfer-encoding: secret\r\n\r\n": "Only Transfer-Encoding",
    OK + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n": "multiple Transfer-Encoding headers",
    OK + b"transfer-encoding: chunked\r\n\r\nsecret\r\n": "illegal chunk header",
    OK + b"transfer-encoding: chunked\r\n\r\n1\r\nsecret\r\n": "malformed chunk footer",
    b"HTTP/1.1 101 Secret\r\nupgrade: x\r\n\r\n": "it changes to another protocol",
    b"HTTP/1.1 200 " + b"secret" * 20_000: "its headers, or one of its lines, are too long",
}  # fmt: skip
LOST = [
    b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ns",
]


def parse(sent):
    """Return the error of h11 for a response that ends with these bytes."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=100_000)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(sent)
    with pytest.raises(h11.RemoteProtocolError) as caught:
        read_to_the_end(connection)
    return caught.value


def read_to_the_end(connection):
    while connection.next_event() is not h11.NEED_DATA:
        pass
    connection.receive_data(b"")
    while True:
        connection.next_event()


@pytest.mark.parametrize("sent", SENT)
def test_a_violation_is_named_without_quoting_the_response(sent):
    found = http_violation(parse(sent))
    assert found.startswith(SENT[sent])
    assert "secret" not in found.lower()


@pytest.mark.parametrize("sent", [*LOST, b"HTTP/1.1 200 OK\r\nx"])
def test_a_connection_that_ends_early_is_no_violation(sent):
    assert http_violation(parse(sent)) is None
