"""Bodies: large ones are parsed off the event loop, in turn; memory is given back."""

import asyncio
import json
import threading

import pytest
from server_client import body

from jsdf.server import request_body
from jsdf.server.request_body import parse_request

LARGE = json.dumps(body(ignored="x" * 100_000)).encode()
SMALL = json.dumps(body()).encode()


@pytest.fixture
def threads(monkeypatch):
    """The names of the threads in which bodies were parsed."""
    names = []

    def parse(content):
        names.append(threading.current_thread().name)
        return parse_request(content)

    monkeypatch.setattr(request_body, "parse_request", parse)
    return names


def test_large_bodies_are_parsed_in_a_thread_and_small_ones_are_not(service, threads):
    for content in (SMALL, LARGE):
        assert service.ask("POST", "/v1/classification", content).status == 200
    assert threads[0] == threading.current_thread().name
    assert threads[1].startswith("jsdf-parse")


def test_small_requests_are_answered_while_a_large_body_is_parsed(service, monkeypatch):
    is_parsing, may_end = threading.Event(), threading.Event()

    def parse(content):
        if len(content) > 100_000:
            is_parsing.set()
            may_end.wait(20)
        return parse_request(content)

    monkeypatch.setattr(request_body, "parse_request", parse)

    async def go():
        large = asyncio.create_task(service.exchange("POST", "/v1/classification", LARGE))
        while not is_parsing.is_set():
            await asyncio.sleep(0)
        replies = [
            await service.exchange("GET", "/healthz"),
            await service.exchange("POST", "/v1/classification", SMALL),
        ]
        assert not large.done()
        may_end.set()
        return [reply.status for reply in [*replies, await large]]

    assert asyncio.run(go()) == [200, 200, 200]


@pytest.mark.parametrize("count", [1, 3])
def test_a_stalled_body_gives_way_to_another_client(make, monkeypatch, count):
    monkeypatch.setattr(request_body, "MAX_BODIES", 100_000)
    service = make()
    part = b'{"x": "' + b"y" * (90_000 // count)

    async def go():
        stalled = [
            asyncio.create_task(service.exchange("POST", "/v1/classification", [part, None], x_api_key="greedy"))
            for _ in range(count)
        ]
        while not service.session.calls:
            await asyncio.sleep(0)
            content = json.dumps(body(ignored="x" * 30_000)).encode()
            reply = await service.exchange("POST", "/v1/classification", content, x_api_key="polite")
        assert reply.status == 200
        done, waiting = await asyncio.wait(stalled, timeout=0)
        for task in waiting:
            task.cancel()
        return [task.result() for task in done]

    given_up = asyncio.run(go())
    assert [reply.status for reply in given_up] == [503]
    assert given_up[0].headers["connection"] == "close"


def test_memory_is_given_back(make, monkeypatch):
    monkeypatch.setattr(request_body, "MAX_BODIES", 150_000)
    service = make()
    for content in [LARGE, LARGE[:-1], b"x" * 140_000, LARGE] * 3:
        assert service.ask("POST", "/v1/classification", content).status in (200, 400)
