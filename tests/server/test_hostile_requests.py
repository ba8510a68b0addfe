"""Hostile requests to the real server: each is refused with a sentence, and the next good one is answered."""

import json
import random
import socket
import time

import pytest
from hostile_requests import PRIVATE, SORTS, classify, exchange, picture, request, response

GOOD = classify()


@pytest.fixture(autouse=True)
def alive(server):
    yield
    assert exchange(server.port, GOOD)[0] == 200


def refused(server, content):
    status, body = exchange(server.port, content)
    assert 400 <= status < 500, body
    said = json.loads(body)
    assert said.keys() == {"success", "message"}
    assert said["success"] is False
    return status, said["message"]


@pytest.mark.parametrize("sort", SORTS)
def test_it_is_refused(server, sort):
    _, message = refused(server, SORTS[sort](random.Random(sort)))
    assert 10 < len(message) < 400


@pytest.mark.parametrize("host", PRIVATE)
def test_no_private_address_is_asked(server, host):
    status, message = refused(server, picture(f"http://{host}/a.jpg"))
    assert status == 422
    assert message.startswith("dataset[0].value")


def test_the_server_is_not_asked_by_itself(server):
    """An address of its own that is no file's."""
    status, message = refused(server, picture(f"http://127.0.0.1:{server.port}/healthz"))
    assert status == 422
    assert message.startswith("dataset[0].value")


def test_a_chunked_body_without_end_is_cut(server):
    chunk = b"80000\r\n" + b" " * 0x80000 + b"\r\n"
    head = request(content_length=None, transfer_encoding="chunked")
    status, message = refused(server, head + chunk * 40 + b"0\r\n\r\n")
    assert status == 413
    assert "16,000,000" in message


@pytest.fixture
def connected(server):
    """A connection that is kept, and what reads from it."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection, connection.makefile("rb") as reader:
        yield connection, reader


def test_requests_one_behind_the_other(connected):
    connection, reader = connected
    connection.sendall(request(body=b"[") + request("GET", "/healthz") + GOOD)
    assert [response(reader)[0] for _ in range(3)] == [400, 200, 200]


def test_small_requests_are_not_held_back(connected):
    """A Nagle delay would make each of them 40 ms."""
    connection, reader = connected
    waits = []
    for _ in range(20):
        began = time.perf_counter()
        connection.sendall(request("GET", "/healthz"))
        assert response(reader)[0] == 200
        waits.append(time.perf_counter() - began)
    assert min(waits) < 0.02


@pytest.mark.parametrize("marks", ["!!!", "\u3000", "?", "\u200b"])
def test_labels_without_a_word_are_labels_too(server, marks):
    asked = classify(labels=[{"type": "text", "value": value} for value in ("good", marks)])
    assert exchange(server.port, asked)[0] == 200
