"""Hostile requests to the real server: each is rejected with a message, and the next valid one is answered."""

import json
import random
import socket
import time

import pytest
from hostile_requests import MAKERS, PRIVATE_HOSTS, classify, exchange, picture, request, response

VALID = classify()


@pytest.fixture(autouse=True)
def assert_server_still_answers(server):
    yield
    assert exchange(server.port, VALID)[0] == 200


def assert_rejected(server, content):
    status, body = exchange(server.port, content)
    assert 400 <= status < 500, body
    reply = json.loads(body)
    assert reply.keys() == {"success", "message"}
    assert reply["success"] is False
    return status, reply["message"]


@pytest.mark.parametrize("kind", MAKERS)
def test_it_is_rejected(server, kind):
    _, message = assert_rejected(server, MAKERS[kind](random.Random(kind)))
    assert 10 < len(message) < 400


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
def test_private_addresses_are_not_fetched(server, host):
    status, message = assert_rejected(server, picture(f"http://{host}/a.jpg"))
    assert status == 422
    assert message.startswith("dataset[0].value")


def test_the_server_does_not_fetch_its_own_urls(server):
    """A URL of the server itself that is not one of its file store."""
    status, message = assert_rejected(server, picture(f"http://127.0.0.1:{server.port}/healthz"))
    assert status == 422
    assert message.startswith("dataset[0].value")


def test_a_chunked_body_that_is_too_large_is_rejected(server):
    chunk = b"80000\r\n" + b" " * 0x80000 + b"\r\n"
    head = request(content_length=None, transfer_encoding="chunked")
    status, message = assert_rejected(server, head + chunk * 40 + b"0\r\n\r\n")
    assert status == 413
    assert "16,000,000" in message


@pytest.fixture
def connected(server):
    """A keep-alive connection and a reader for its responses."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection, connection.makefile("rb") as reader:
        yield connection, reader


def test_pipelined_requests(connected):
    connection, reader = connected
    connection.sendall(request(body=b"[") + request("GET", "/healthz") + VALID)
    assert [response(reader)[0] for _ in range(3)] == [400, 200, 200]


def test_small_responses_are_not_delayed(connected):
    """Without TCP_NODELAY, Nagle's algorithm delays each response by 40 ms."""
    connection, reader = connected
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        connection.sendall(request("GET", "/healthz"))
        assert response(reader)[0] == 200
        waits.append(time.perf_counter() - began)
    assert min(waits) < 0.02


@pytest.mark.parametrize(("marks", "status"), [("!!!", 200), ("?", 200), ("\u3000", 422), ("\u200b", 422), ("🙂", 422)])
def test_labels_without_letters(server, marks, status):
    content = classify(labels=[{"type": "text", "value": value} for value in ("good", marks)])
    assert exchange(server.port, content)[0] == status
