"""Connections are dropped if their request does not arrive in time, or if there are too many."""

import asyncio
import logging
import select
import socket
import threading
import time
from contextlib import suppress

import pytest
import uvicorn
from hostile_requests import request, response

from jsdf.server import http_protocol
from jsdf.server.admission.clients import identify
from jsdf.server.log_throttle import LogThrottle

REQUEST_TIMEOUT = WRITE_TIMEOUT = 0.3
MEGABYTE = b"x" * 1_000_000
KEY = [(b"x-api-key", b"large")]


async def read_body_and_answer(scope, receive, send):
    """Read the whole body, then answer, with 20 MB at `/large`."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    content = MEGABYTE * 20 if scope["path"] == "/large" else b"ok"
    length = str(len(content)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": content})


@pytest.fixture
def connect(monkeypatch):
    """Return a function that opens a connection to a server with timeouts of 0.3 s, which has room for three."""
    monkeypatch.setattr(http_protocol, "REQUEST_TIMEOUT", REQUEST_TIMEOUT)
    monkeypatch.setattr(http_protocol, "WRITE_TIMEOUT", WRITE_TIMEOUT)
    monkeypatch.setattr(http_protocol.TimeoutProtocol, "max_connections", 3)
    monkeypatch.setattr(http_protocol, "_invalid_requests", LogThrottle())
    listener = socket.create_server(("127.0.0.1", 0))
    protocol = http_protocol.TimeoutProtocol
    config = uvicorn.Config(read_body_and_answer, http=protocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    opened = []

    def connect():
        opened.append(socket.create_connection(listener.getsockname(), 10))
        return opened[-1]

    yield connect
    server.should_exit = True
    for connection in opened:
        connection.close()
    thread.join(30)


def is_dropped(connection):
    """Wait for data or the end of the connection; return True if the server closed it."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "content",
    [b"", b"POST /x HTTP/1.1\r\nhost: a\r\n", request(content_length="9", body=b"part")],
    ids=["nothing", "head", "body"],
)
def test_a_request_that_does_not_arrive_is_dropped(connect, content):
    connection = connect()
    connection.sendall(content)
    assert is_dropped(connection)


def test_a_second_request_that_does_not_arrive_is_dropped(connect):
    connection = connect()
    with connection.makefile("rb") as reader:
        connection.sendall(request())
        assert response(reader) == (200, b"ok")
        connection.sendall(b"POST /x")
        assert is_dropped(connection)


def answer(connection):
    connection.sendall(request())
    with connection.makefile("rb") as reader:
        assert response(reader) == (200, b"ok")


def test_the_most_idle_connection_gives_way_to_a_new_one(connect):
    kept = [connect() for _ in range(3)]
    for connection in kept:
        answer(connection)
    answer(connect())
    assert is_dropped(kept[0])
    answer(kept[1])


@pytest.mark.parametrize("pipelined", [1, 5])
def test_a_client_that_does_not_read_is_dropped(connect, pipelined):
    connection = connect()
    connection.sendall(request("GET", "/large") * pipelined)
    deadline = time.monotonic() + 20
    while not is_reset(connection):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(not hasattr(select, "poll"), reason="needs poll")
@pytest.mark.parametrize("pipelined", [1, 2, 8])
def test_what_a_dropped_client_has_not_read_is_discarded(connect, pipelined):
    """The client learns of it although it neither reads nor sends: nothing waits to be sent to it any more."""
    connection = connect()
    connection.sendall(request("GET", "/large") * pipelined)
    poller = select.poll()
    poller.register(connection, 0)
    assert poller.poll(20_000)[0][1] & select.POLLHUP


def is_reset(connection):
    """Return True once the server has dropped the connection, which shows when something is sent."""
    try:
        connection.send(b"\r")
    except OSError:
        return True
    return False


def test_a_large_response_is_sent_to_a_client_that_reads(connect):
    connection = connect()
    connection.sendall(request("GET", "/large"))
    with connection.makefile("rb") as reader:
        status, body = response(reader)
    assert (status, len(body)) == (200, 20 * len(MEGABYTE))


@pytest.mark.parametrize("count", [8, 9, 100])
def test_pipelined_requests_have_a_limit(connect, count):
    connection = connect()
    connection.sendall(request("GET", "/x") * count)
    with connection.makefile("rb") as reader:
        assert [response(reader)[0] for _ in range(min(count, 9))] == [200] * min(count, 9)
    if count < 9:
        answer(connection)
    else:
        assert is_dropped(connection)


@pytest.mark.parametrize("pipelining", [1, 2])
def test_a_connection_with_pipelined_requests_gives_way_before_one_without(connect, monkeypatch, pipelining):
    """Its requests are being answered all the time, so it never waits for its client."""
    monkeypatch.setattr(http_protocol, "MAX_PIPELINED", 10**9)
    monkeypatch.setattr(http_protocol, "WRITE_TIMEOUT", 30)
    stop, running, threads = threading.Event(), threading.Semaphore(0), []

    def pipeline(connection):
        connection.sendall(request("GET", "/x") * 100)
        connection.recv(1)
        running.release()
        connection.settimeout(0.01)
        while not stop.is_set():
            try:
                connection.send(request("GET", "/x") * 100)
                connection.recv(1_000_000)
            except TimeoutError:
                pass
            except OSError:
                return

    kept = [connect() for _ in range(3 - pipelining)]
    for connection in kept:
        answer(connection)
    for _ in range(pipelining):
        threads.append(threading.Thread(target=pipeline, args=(connect(),)))
        threads[-1].start()
        assert running.acquire(timeout=10)
    answer(connect())
    stop.set()
    for thread in threads:
        thread.join()
    for connection in kept:
        answer(connection)


def test_a_client_may_send_many_requests_one_after_another(connect):
    connection = connect()
    for _ in range(40):
        answer(connection)


def chunked(*chunks):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return request(content_length=None, transfer_encoding="chunked", body=body + b"0\r\n\r\n")


@pytest.mark.parametrize("chunks", [[b"x"] * 1_500, [b"x" * 300] * 2_500, [b"x" * 70_000] * 20])
def test_chunks_are_accepted(connect, chunks):
    connection = connect()
    connection.sendall(chunked(*chunks) + request())
    with connection.makefile("rb") as reader:
        assert [response(reader) for _ in range(2)] == [(200, b"ok")] * 2


def send_and_read(connection, content):
    """Send bytes and return the status of the response; 0 where the connection was reset before it was read."""
    with suppress(ConnectionError):
        connection.sendall(content)
    with connection.makefile("rb") as reader, suppress(ConnectionError):
        return response(reader)[0]
    return 0


@pytest.mark.parametrize("size", [1, 20, 200])
def test_thousands_of_tiny_chunks_are_rejected(connect, size):
    assert send_and_read(connect(), chunked(*[b"x" * size] * 60_000)) in (400, 0)


@pytest.mark.parametrize(("lines", "status"), [(190, 200), (201, 400), (5_000, 400)])
def test_the_lines_of_a_head_have_a_limit(connect, lines, status):
    content = request(**{f"x{i}": "y" for i in range(lines - 4)})
    assert send_and_read(connect(), content) == status


BROKEN_CHUNKS = [
    b"zz\r\n",
    b"1\r\nxx\r\n",
    b"-1\r\nx\r\n",
    b"0x1\r\nx\r\n",
    b"0\r\nbad trailer\r\n\r\n",
    b"9" * 30 + b"\r\n",
]


@pytest.mark.parametrize("chunk", BROKEN_CHUNKS)
def test_a_malformed_chunk_is_one_line_at_debug(connect, chunk, caplog):
    head = request(content_length=None, transfer_encoding="chunked", body=b"4\r\nbody\r\n")
    with caplog.at_level(logging.DEBUG, "jsdf"):
        for _ in range(20):
            assert send_and_read(connect(), head + chunk) == 400
    lines = [record for record in caplog.records if record.name == "jsdf.server"]
    assert 1 <= len(lines) < 10
    assert {record.levelno for record in lines} == {logging.DEBUG}
    assert "not valid HTTP/1.1" in lines[0].message
    assert not any(record.exc_info for record in caplog.records)


def test_invalid_http_gets_an_error_response(connect):
    connection = connect()
    connection.sendall(b"no HTTP\r\n\r\n")
    with connection.makefile("rb") as reader:
        status, body = response(reader)
    assert status == 400
    assert b'"success": false' in body


class CountingShares:
    """Shares by which a large request has to wait a little each time; records what was charged to each client."""

    def __init__(self):
        self.charges = {}

    def charge(self, client, seconds):
        self.charges.setdefault(client, []).append(seconds)
        return 0.01


@pytest.mark.parametrize("megabytes", [1, 3, 5])
def test_a_large_body_is_read_in_parts_between_which_others_have_their_turn(connect, monkeypatch, megabytes):
    monkeypatch.setattr(http_protocol, "REQUEST_TIMEOUT", 30)
    monkeypatch.setattr(http_protocol, "_shares", shares := CountingShares())
    connection = connect()
    connection.sendall(request(body=MEGABYTE * megabytes, x_api_key="large"))
    with connection.makefile("rb") as reader:
        assert response(reader) == (200, b"ok")
    large = next(charges for client, charges in shares.charges.items() if client == identify("127.0.0.1", KEY))
    charged = [seconds for seconds in large if seconds]
    assert len(charged) >= 3 * megabytes  # asyncio reads 256 kB at a time
    assert sum(charged) >= 0.9e6 * megabytes * http_protocol._SECONDS_PER_BYTE


def test_small_requests_are_not_slowed_by_their_client(connect, monkeypatch):
    shares = CountingShares()
    shares.charge = lambda client, seconds: 1_000.0
    monkeypatch.setattr(http_protocol, "_shares", shares)
    connection = connect()
    with connection.makefile("rb") as reader:
        for size in (0, 1_000, 30_000):
            connection.sendall(request(body=b"x" * size))
            assert response(reader) == (200, b"ok")
