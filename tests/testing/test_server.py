"""The fake over a real socket: each fault as a client sees it, keep-alive, concurrency, clean shutdown."""

import asyncio
import gc
import json
import socket
import threading
import time

import httpx
import pytest

from jsdf.testing import FakeService, expected, fault

LABELS = ["good", "bad", "odd"]
VALUES = ["a", "b", "c"]
RIGHT = [expected(v, LABELS) for v in VALUES]
KEY = {"x-api-key": "test-key"}
PATH = "/v1/classification"


def body(values=VALUES, **more):
    dataset = [{"type": "text", "value": value} for value in values]
    return {"dataset": dataset, "labels": [{"type": "text", "value": label} for label in LABELS], **more}


def ask(faults, timeout=5, **options):
    """Send one request to a service with these faults; return the service, and the response or httpx's error."""
    service = FakeService(faults=faults, **options)
    with service.serve() as server, httpx.Client(base_url=server.url, headers=KEY, timeout=timeout) as http:
        try:
            return service, http.post(PATH, json=body())
        except httpx.TransportError as error:
            return service, error


def settled_outcomes(service):
    """Return the outcomes once no request is in flight."""
    deadline = time.monotonic() + 5
    while service.in_flight and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    return [r.outcome for r in service.requests]


def test_a_correct_answer():
    service, reply = ask([])
    assert reply.json()["predictions"] == RIGHT
    (record,) = service.requests
    assert (record.status, record.samples, record.values, record.client) == (200, 3, ("a", "b", "c"), "key-0")
    assert (service.answered, service.refused, service.in_flight, service.peak_in_flight) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("wrong", "status", "outcome", "text"),
    [
        (fault.status(500), 500, "failed", "scripted: 500"),
        (fault.status(418, "a teapot"), 418, "failed", "a teapot"),
        (fault.html(502), 502, "failed", "<html>"),
        (fault.html(200), 200, "failed", "<html>"),
        (fault.empty(), 200, "failed", ""),
        (fault.empty(503), 503, "failed", ""),
        (fault.not_json(), 200, "spoilt", "OK"),
        (fault.rate_limited(), 429, "limited", "too many"),
    ],
    ids=repr,
)
def test_faults_that_answer(wrong, status, outcome, text):
    service, reply = ask([wrong])
    assert reply.status_code == status
    assert text in reply.text
    assert [r.outcome for r in service.requests] == [outcome]
    assert bool(service.billed) == (outcome == "spoilt")


def test_headers_of_faults():
    assert ask([fault.status(503, retry_after=7)])[1].headers["retry-after"] == "7"
    assert ask([fault.redirect("http://127.0.0.1:9/")])[1].headers["location"] == "http://127.0.0.1:9/"
    headers = ask([fault.rate_limited("seconds", reset_in=2)])[1].headers
    assert headers["retry-after"] == "2"
    assert int(headers["x-jigsaw-rate-limit-reset"]) / 1000 == pytest.approx(time.time() + 2, abs=2)
    bare = ask([fault.rate_limited(headers=False)], rate=50)[1].headers
    assert not [name for name in bare if name.startswith("x-jigsaw") or name == "retry-after"]


@pytest.mark.parametrize(
    ("wrong", "predictions"),
    [
        (fault.short(), RIGHT[:2]),
        (fault.short(9), []),
        (fault.long(2), [*RIGHT, RIGHT[-1], RIGHT[-1]]),
        (fault.unknown_label("weird"), ["weird", *RIGHT[1:]]),
        (fault.unknown_label("weird", n=None), ["weird"] * 3),
        (fault.null_prediction(), [None, *RIGHT[1:]]),
    ],
    ids=repr,
)
def test_faults_that_spoil_the_answer_are_billed(wrong, predictions):
    service, reply = ask([wrong])
    assert reply.json()["predictions"] == predictions
    assert [r.outcome for r in service.requests] == ["spoilt"]
    assert service.billed == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize("after", [False, True])
def test_reset(after):
    service, error = ask([fault.reset(after=after)])
    assert isinstance(error, httpx.ReadError)
    assert [(r.status, r.outcome) for r in service.requests] == [(None, "lost")]
    assert bool(service.billed) == after


def test_reset_is_a_real_one():
    with FakeService(faults=[fault.reset()]).serve() as server:
        content = json.dumps(body()).encode()
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: test-key\r\ncontent-length: {len(content)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
            raw.sendall(head.encode() + content)
            with pytest.raises(ConnectionResetError):
                raw.recv(1)


def test_truncated():
    service, error = ask([fault.truncated()])
    assert isinstance(error, httpx.RemoteProtocolError)
    assert "complete message body" in str(error)
    assert service.billed == {"a": 1, "b": 1, "c": 1}
    reply = ask([fault.truncated(clean=True)])[1]
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_hang():
    service, error = ask([fault.hang()], timeout=0.05)
    assert isinstance(error, httpx.ReadTimeout)
    assert settled_outcomes(service) == ["lost"]
    assert service.billed == {"a": 1, "b": 1, "c": 1}
    service, reply = ask([fault.hang(0.01)])
    assert reply.json()["predictions"] == RIGHT
    assert settled_outcomes(service) == ["answered"]
    service, error = ask([fault.hang(0.01, billed=False)])
    assert isinstance(error, httpx.ReadError)
    assert not service.billed


def test_keep_alive_and_a_list_of_faults():
    service = FakeService(faults=[None, fault.status(500), fault.html(), None])
    with service.serve() as server, httpx.Client(base_url=server.url, headers=KEY) as http:
        codes = [http.post(PATH, json=body()).status_code for _ in range(5)]
        assert http.head(PATH).status_code == 405
        assert server.connections == 1
    assert codes == [200, 500, 502, 200, 200]


def test_pipelined_requests_are_answered_in_turn():
    with FakeService(latency=0.001).serve() as server:
        content = [json.dumps(body([v])).encode() for v in VALUES]
        head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: test-key\r\n"
        sent = [f"{head}content-length: {len(c)}\r\n\r\n".encode() + c for c in content]
        sent[-1] = sent[-1].replace(b"host: x\r\n", b"host: x\r\nconnection: close\r\n")
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
            raw.sendall(b"".join(sent))
            with raw.makefile("rb") as answers:
                text = answers.read().decode()
    assert [line.count(f'["{name}"]') for name, line in zip(RIGHT, text.split("HTTP/1.1 ")[1:], strict=True)] == [1] * 3


def test_what_is_not_http():
    with FakeService().serve() as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(b"\x00\x01 nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")


async def _raw_request(port, value):
    content = json.dumps(body([value])).encode()
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: test-key\r\nconnection: close\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return json.loads(answer.partition(b"\r\n\r\n")[2])["predictions"]


def test_three_hundred_connections_wait_concurrently():
    service = FakeService(latency=0.5)
    values = [f"v{i}" for i in range(300)]

    async def send_all(port):
        return await asyncio.gather(*(_raw_request(port, value) for value in values))

    with service.serve() as server:
        began = time.monotonic()
        predictions = asyncio.run(send_all(server.port))
        assert time.monotonic() - began < 300 * 0.5 / 10
        assert server.connections == 300
    assert predictions == [[expected(value, LABELS)] for value in values]
    assert service.peak_in_flight > 30
    assert service.billed == dict.fromkeys(values, 1)


def test_closing_with_requests_in_flight_leaves_nothing():
    service = FakeService(latency=60)
    arrived = threading.Event()
    service_open = service.open

    def watched(*given, **more):
        exchange = service_open(*given, **more)
        arrived.set()
        return exchange

    service.open = watched
    server = service.serve().start()
    failures = []

    def client():
        try:
            httpx.post(server.url + PATH, json=body(), headers=KEY, timeout=30)
        except httpx.TransportError as error:
            failures.append(error)

    thread = threading.Thread(target=client)
    thread.start()
    assert arrived.wait(5)
    server.close()
    thread.join(5)
    assert not thread.is_alive()
    assert len(failures) == 1
    assert [r.outcome for r in service.requests] == ["lost"]
    assert server.open_connections == 0
    assert not [t for t in threading.enumerate() if t.name == "jsdf-fake"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_many_servers_leak_nothing():
    service = FakeService()
    before = threading.active_count()
    for _ in range(20):
        with service.serve() as server, httpx.Client(base_url=server.url, headers=KEY) as http:
            assert http.post(PATH, json=body()).status_code == 200
    gc.collect()  # reports unclosed sockets and loops as warnings, which are errors
    assert threading.active_count() == before
    assert service.answered == 20


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.1", "example.org", ""])
def test_only_loopback(host):
    with pytest.raises(ValueError, match=r"on loopback only, as in '127\.0\.0\.1'"):
        FakeService().serve(host)


def test_a_port_in_use_raises_at_once():
    with FakeService().serve() as server, pytest.raises(OSError, match="in use"):
        FakeService().serve(port=server.port).start()


def test_images_over_the_socket():
    service = FakeService()
    with service.serve() as server, httpx.Client(base_url=server.url, headers=KEY) as http:
        picture = bytes(range(256)) * 4000
        stored = http.post("/v1/store/file?key=k&temp_public_url=true", content=picture).json()
        assert stored["temp_public_url"].startswith(server.url)
        assert httpx.get(stored["temp_public_url"]).content == picture
        content = body() | {"dataset": [{"type": "image", "value": stored["temp_public_url"]}]}
        assert http.post(PATH, json=content).json()["predictions"] == [expected(picture, LABELS)]
