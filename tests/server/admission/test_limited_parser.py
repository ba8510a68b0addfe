"""The parser of requests: limits on lines and chunks, and a pause after some events."""

import h11
import pytest
from hostile_requests import request

from jsdf.server.admission.limited_parser import LimitedConnection
from jsdf.server.limits import MAX_HEAD_LINES, MAX_SMALL_CHUNKS


def parse(content, events=100_000):
    """Return the parser and the types of all events; in turns of some events each."""
    parser, found = LimitedConnection(h11.SERVER, max_incomplete_event_size=65_536), []
    parser.receive_data(content)
    while not found or found[-1] is not h11.EndOfMessage:
        parser.events_left = events
        while (event := parser.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            found.append(type(event))
        if parser.events_left >= 0:
            break
    return parser, found


@pytest.mark.parametrize("events", [1, 2, 7, 1_000])
def test_turns_change_no_event(events):
    content = request(content_length=None, transfer_encoding="chunked", body=b"1\r\nx\r\n" * 50 + b"0\r\n\r\n")
    parser, found = parse(content, events)
    assert found == [h11.Request, *[h11.Data] * 50, h11.EndOfMessage]
    assert not parser.has_more


def test_bytes_after_a_request_are_more():
    parser, _ = parse(request("GET", "/a") + request("GET", "/b"))
    assert parser.has_more


@pytest.mark.parametrize(("count", "is_valid"), [(1, True), (MAX_SMALL_CHUNKS, True), (MAX_SMALL_CHUNKS + 50, False)])
def test_tiny_chunks_have_a_limit(count, is_valid):
    content = request(content_length=None, transfer_encoding="chunked", body=b"1\r\nx\r\n" * count + b"0\r\n\r\n")
    if is_valid:
        assert parse(content)[1].count(h11.Data) == count
    else:
        with pytest.raises(h11.RemoteProtocolError, match="chunks"):
            parse(content)


@pytest.mark.parametrize("end", [b"\r\n", b""])
def test_lines_of_a_head_have_a_limit(end):
    content = b"GET / HTTP/1.1\r\nhost: a\r\n" + b"a: b\r\n" * MAX_HEAD_LINES + end
    with pytest.raises(h11.RemoteProtocolError, match="lines"):
        parse(content)
