"""Hostile requests to the real server: `/healthz` is answered meanwhile, memory stays bounded, nothing is logged.

The limits are generous, since tests share the machine; `tests/benchmarks/hostile_server.py` measures the figures.
"""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from hostile_bodies import MAKERS
from hostile_requests import classify, exchange, request, response
from server_process import serve

HEALTH = request("GET", "/healthz")
#: Valid requests that keep the model busy for seconds.
SLOW = {"long texts", "long labels", "pictures of 25 megapixels"}
MAX_SECONDS, MAX_MB = 2.0, 700


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A server of its own, which must log nothing and need little memory in the end."""
    log = tmp_path_factory.mktemp("log") / "stderr"
    with log.open("w") as err, serve("--rate", "0", stderr=err) as served:
        yield served
        assert exchange(served.port, classify())[0] == 200
        assert served.peak_mb() < MAX_MB
    assert log.read_text() == ""


@contextmanager
def health_probe(server):
    """Ask for `/healthz` again and again in a thread; yield the list of latencies in seconds."""
    latencies, stop = [], threading.Event()

    def probe():
        while not stop.is_set():
            start = time.perf_counter()
            with suppress(ConnectionError):  # the connection may give way to a newer one
                assert exchange(server.port, HEALTH)[0] == 200
            latencies.append(time.perf_counter() - start)
            stop.wait(0.01)

    thread = threading.Thread(target=probe)
    thread.start()
    try:
        yield latencies
    finally:
        stop.set()
        thread.join()


def attack(server, content):
    """Send a request and return its status; 0 where the connection was reset."""
    with suppress(ConnectionError):
        return exchange(server.port, content)[0]
    return 0


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in SLOW])
def test_health_is_answered_under_a_hostile_body(attacked, kind):
    content = MAKERS[kind]()
    with health_probe(attacked) as latencies:
        status = attack(attacked, content)
    assert status in (0, 200) or 400 <= status < 500
    assert max(latencies) < MAX_SECONDS


def test_health_is_answered_beside_slow_readers(attacked):
    pipeline, opened = request("GET", "/openapi.json") * 50, []
    with health_probe(attacked) as latencies:
        for _ in range(500):
            opened.append(socket.create_connection(("127.0.0.1", attacked.port), 10))
            opened[-1].setblocking(False)
            with suppress(OSError):
                opened[-1].send(pipeline)
        statuses = [exchange(attacked.port, classify())[0] for _ in range(20)]
    for connection in opened:
        connection.close()
    assert statuses == [200] * 20
    assert sorted(latencies)[len(latencies) // 2] < MAX_SECONDS


@pytest.mark.parametrize("greedy_key", ["greedy", None])
def test_eight_greedy_threads_do_not_starve_a_polite_client(greedy_key):
    headers = {} if greedy_key is None else {"x_api_key": greedy_key}
    stop = threading.Event()

    def ask_without_a_pause(server):
        with (
            socket.create_connection(("127.0.0.1", server.port), 30) as connection,
            connection.makefile("rb") as reader,
        ):
            while not stop.is_set():
                connection.sendall(request(body=b"{}", **headers))
                response(reader)

    with serve("--rate", "50") as server:
        threads = [threading.Thread(target=ask_without_a_pause, args=(server,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        polite = [exchange(server.port, request(body=b"{}", x_api_key="polite"))[0] for _ in range(28)]
        stop.set()
        for thread in threads:
            thread.join()
    assert polite == [422] * 28
