"""Measure `/healthz`, memory and a legitimate client of `jsdf serve` while others attack it.

    python tests/benchmarks/hostile_server.py [--seconds 1.5] [--readers 500] [only ...]

First nobody attacks, then two connections at a time send each type of `tests/support/hostile_bodies.py` again and
again, then many clients pipeline requests and read nothing. Meanwhile `/healthz` is asked every 10 ms, and one client
with a key of its own classifies 32 texts at a time. Printed for each type: the number of attacks, the latency of
`/healthz` (median, 99th percentile, maximum), the client's requests a second, and the server's memory. Linux only, for
/proc. Attackers and clients use the same cores as the server, so a rate is compared with one without attacks.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show
from hostile_bodies import MAKERS
from hostile_requests import classify, exchange, request, response
from server_process import Served, serve

from jsdf.server.limits import WRITE_TIMEOUT

LIMIT_SECONDS, LIMIT_MB = 0.2, 700
HEALTH = request("GET", "/healthz")
LEGITIMATE = classify(
    dataset=[{"type": "text", "value": f"The parcel number {i} came late."} for i in range(32)]
).replace(b"host:", b"x-api-key: legitimate\r\nhost:", 1)


@dataclass
class Observed:
    """The latencies in seconds of `/healthz`, the legitimate client's requests, and the server's memory in MB."""

    health: list[float] = field(default_factory=list)
    answered: int = 0
    attacks: int = 0
    memory: float = 0.0
    seconds: float = 0.0

    def latency(self, part: float) -> float:
        return sorted(self.health)[int(part * (len(self.health) - 1))]

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def observe(server: Served, seconds: float, attack: Callable[[threading.Event], int] | None = None) -> Observed:
    """Observe the server while two threads attack it."""
    observed, stop = Observed(), threading.Event()
    attacks: list[int] = []
    work: list[Callable[[], object]] = [
        lambda: _probe(server, observed, stop),
        lambda: _classify(server, observed, stop),
    ]
    if attack is not None:
        work += [lambda: attacks.append(attack(stop))] * 2
    threads = [threading.Thread(target=run) for run in work]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    observed.seconds, observed.attacks = time.perf_counter() - start, sum(attacks)
    observed.memory = max(observed.memory, server.rss_mb())
    return observed


def _probe(server: Served, observed: Observed, stop: threading.Event) -> None:
    connection = None
    while not stop.is_set():
        start = time.perf_counter()
        try:
            if connection is None:
                connection = socket.create_connection(("127.0.0.1", server.port), 30)
            connection.sendall(HEALTH)
            if not connection.recv(65_536):
                raise ConnectionError
        except OSError:  # given up for a newcomer: a client connects again
            connection = None
            continue
        observed.health.append(time.perf_counter() - start)
        observed.memory = max(observed.memory, server.rss_mb())
        time.sleep(0.01)


def _classify(server: Served, observed: Observed, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            reader = connection.makefile("rb")
            while not stop.is_set():
                connection.sendall(LEGITIMATE)
                status, _ = response(reader)
                if not status:
                    break
                observed.answered += status == 200


def sender(server: Served, content: bytes) -> Callable[[threading.Event], int]:
    def send(stop: threading.Event) -> int:
        count = 0
        while not stop.is_set():
            with suppress(OSError):
                exchange(server.port, content, 20)
            count += 1
        return count

    return send


@contextmanager
def slow_readers(server: Served, count: int) -> Iterator[Callable[[], int]]:
    """Open connections that pipeline requests and read nothing; yield a function that counts those that are alive."""
    pipeline, opened = request("GET", "/openapi.json") * 200, []
    try:
        for _ in range(count):
            with suppress(OSError):
                connection = socket.socket()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                connection.connect(("127.0.0.1", server.port))
                connection.setblocking(False)
                opened.append(connection)
                connection.send(pipeline)
        yield lambda: sum(map(_is_alive, opened))
    finally:
        for connection in opened:
            connection.close()


def _is_alive(connection: socket.socket) -> bool:
    try:
        connection.send(b"\r\n")
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--readers", type=int, default=500)
    parser.add_argument("only", nargs="*")
    arguments = parser.parse_args()
    failures = []
    with serve("--rate", "0") as server:
        observe(server, 1.0)
        alone = observe(server, 3 * arguments.seconds)
        report("nobody", alone, alone)
        for kind in arguments.only or MAKERS:
            observed = observe(server, arguments.seconds, sender(server, MAKERS[kind]()))
            failures += report(kind, observed, alone)
        if arguments.readers:
            with slow_readers(server, arguments.readers) as count_alive:
                observed = observe(server, 4 * arguments.seconds)
                failures += report(f"{arguments.readers} slow readers, {count_alive()} alive", observed, alone)
                time.sleep(WRITE_TIMEOUT * 1.3)
                show(f"slow readers alive after another {WRITE_TIMEOUT * 1.3:.0f} s", count_alive(), "0")
    if failures:
        raise SystemExit("; ".join(failures))


def report(kind: str, observed: Observed, alone: Observed) -> list[str]:
    """Print the figures, and return those that are over a limit."""
    median, percentile_99, longest = (1000 * observed.latency(part) for part in (0.5, 0.99, 1.0))
    ratio = observed.rate / alone.rate
    health = f"{median:.0f} {percentile_99:.0f} {longest:.0f} ms"
    show(f"{kind} ({observed.attacks})", f"{health}, {observed.rate:.1f}/s ({ratio:.0%}), {observed.memory:.0f} MB")
    wrong = [
        percentile_99 > 1000 * LIMIT_SECONDS and "healthz",
        observed.memory > LIMIT_MB and "memory",
        ratio < 0.5 and "rate",
    ]
    return [f"{kind}: {what}" for what in wrong if what]


if __name__ == "__main__":
    main()
