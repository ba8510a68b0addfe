"""Connections that bring no request in time are dropped, and so are those that are too many."""

import asyncio
import socket
import threading

import pytest
import uvicorn
from hostile_requests import request, response

from jsdf.server import http_protocol as room

PATIENCE = 0.3


async def echo(scope, receive, send):
    """Reads the body as it comes, and answers once it is there."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def connect(monkeypatch):
    """Opens connections to a server that waits for 0.3 s."""
    monkeypatch.setattr(room, "REQUEST_TIMEOUT", PATIENCE)
    monkeypatch.setattr(room, "MAX_CONNECTIONS", 3)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=room.TimeoutProtocol, ws="none", lifespan="off", log_config=None))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    opened = []

    def connect():
        opened.append(socket.create_connection(listener.getsockname(), 10))
        return opened[-1]

    yield connect
    server.should_exit = True
    for one in opened:
        one.close()
    thread.join(30)


def is_dropped(connection):
    """Waits until the server says something or goes."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said",
    [b"", b"POST /x HTTP/1.1\r\nhost: a\r\n", request(content_length="9", body=b"part")],
    ids=["nothing", "head", "body"],
)
def test_a_request_that_does_not_arrive_is_given_up(connect, said):
    connection = connect()
    connection.sendall(said)
    assert is_dropped(connection)


def test_so_is_a_second_one(connect):
    connection = connect()
    with connection.makefile("rb") as reader:
        connection.sendall(request())
        assert response(reader) == (200, b"ok")
        connection.sendall(b"POST /x")
        assert reader.read() == b""


def test_beyond_the_most_connections_a_new_one_is_closed(connect):
    kept = [connect() for _ in range(3)]
    for connection in kept:
        connection.sendall(request())
        with connection.makefile("rb") as reader:
            assert response(reader) == (200, b"ok")
    assert is_dropped(connect())
    kept[0].sendall(request())
    assert not is_dropped(kept[0])


def test_what_is_no_http_is_told_so(connect):
    connection = connect()
    connection.sendall(b"no HTTP\r\n\r\n")
    with connection.makefile("rb") as reader:
        status, body = response(reader)
    assert status == 400
    assert b'"success": false' in body
