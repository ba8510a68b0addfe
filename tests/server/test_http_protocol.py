"""Connections are dropped if their request does not arrive in time, or if there are too many."""

import asyncio
import socket
import threading

import pytest
import uvicorn
from hostile_requests import request, response

from jsdf.server import http_protocol

REQUEST_TIMEOUT = 0.3


async def read_body_and_answer(scope, receive, send):
    """Read the whole body, then answer."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def connect(monkeypatch):
    """Return a function that opens a connection to a server with a request timeout of 0.3 s."""
    monkeypatch.setattr(http_protocol, "REQUEST_TIMEOUT", REQUEST_TIMEOUT)
    monkeypatch.setattr(http_protocol, "MAX_CONNECTIONS", 3)
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
        assert reader.read() == b""


def test_connections_beyond_the_maximum_are_closed(connect):
    kept = [connect() for _ in range(3)]
    for connection in kept:
        connection.sendall(request())
        with connection.makefile("rb") as reader:
            assert response(reader) == (200, b"ok")
    assert is_dropped(connect())
    kept[0].sendall(request())
    assert not is_dropped(kept[0])


def test_invalid_http_gets_an_error_response(connect):
    connection = connect()
    connection.sendall(b"no HTTP\r\n\r\n")
    with connection.makefile("rb") as reader:
        status, body = response(reader)
    assert status == 400
    assert b'"success": false' in body
