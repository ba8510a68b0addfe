"""Measure `/healthz`, memory and a legitimate client of `jsdf serve` while others attack it.

    python tests/benchmarks/hostile_server.py [--seconds 1.5] [--rounds 1] [--readers 500] [only ...]

Two connections at a time send each type of `tests/support/hostile_bodies.py` again and again; then many clients
pipeline requests and read nothing. Meanwhile `/healthz` is asked every 10 ms, and one client with a key of its own
classifies 32 texts at a time. Printed for each type: the number of attacks, the latency of `/healthz` (median, 99th
percentile, maximum), the client's requests a second, also as a part of its rate without attacks, and the server's
memory; and at the end, the worst of all types.

The rate without attacks is the mean of two measurements, right before and right after, so that a busy machine slows
both; of several rounds the median part counts. Attackers and clients use the same cores as the server. Since attackers
have machines of their own, their threads have the lowest priority: what they take to send megabytes is not counted as
the server's. Linux only, for /proc.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show, show_detail
from hostile_bodies import MAKERS
from hostile_requests import classify, exchange, request, response
from server_process import Served, serve

from jsdf.server.limits import WRITE_TIMEOUT

LIMIT_SECONDS, LIMIT_MB, LIMIT_PART = 0.2, 700, 0.5
Attack = Callable[[threading.Event], int]
#: 99th percentile of the latency of `/healthz` in seconds, MB, and the client's part, of each type.
REPORTED: list[tuple[float, float, float]] = []
HEALTH = request("GET", "/healthz")
LEGITIMATE = classify(
    dataset=[{"type": "text", "value": f"The parcel number {i} came late."} for i in range(32)]
).replace(b"host:", b"x-api-key: legitimate\r\nhost:", 1)


@dataclass
class Observed:
    """The latencies in seconds of `/healthz`, the legitimate client's requests, and the server's memory in MB.

    `parts` are its rates in each round as parts of those without attacks.
    """

    health: list[float] = field(default_factory=list)
    answered: int = 0
    attacks: int = 0
    memory: float = 0.0
    seconds: float = 0.0
    parts: list[float] = field(default_factory=list)

    def add(self, other: Observed, part: float) -> None:
        """Add a round, in which the client had a part of its rate without attacks."""
        self.health += other.health
        self.memory = max(self.memory, other.memory)
        self.answered, self.attacks = self.answered + other.answered, self.attacks + other.attacks
        self.seconds += other.seconds
        self.parts.append(part)

    def latency(self, part: float) -> float:
        return sorted(self.health)[int(part * (len(self.health) - 1))]

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def observe(server: Served, seconds: float, attack: Attack | None = None) -> Observed:
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
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    observed.attacks = sum(attacks)
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
    start = time.perf_counter()
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            reader = connection.makefile("rb")
            while not stop.is_set():
                connection.sendall(LEGITIMATE)
                status, _ = response(reader)
                if not status:
                    break
                observed.answered += status == 200
    observed.seconds = time.perf_counter() - start


def sender(server: Served, content: bytes) -> Attack:
    def send(stop: threading.Event) -> int:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
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


def rounds(server: Served, count: int, seconds: float, attack: Attack) -> Observed:
    """Observe the server alone and attacked, in turn."""
    total, alone = Observed(), observe(server, seconds).rate
    for _ in range(count):
        attacked, alone_before = observe(server, seconds, attack), alone
        alone = observe(server, seconds).rate
        total.add(attacked, 2 * attacked.rate / (alone_before + alone))
    return total


def beside_slow_readers(server: Served, readers: int, seconds: float) -> list[str]:
    alone = observe(server, seconds).rate
    with slow_readers(server, readers) as count_alive:
        observed, total = observe(server, 2 * seconds), Observed()
        alive = count_alive()
        time.sleep(WRITE_TIMEOUT * 1.3)
        left = count_alive()
    total.add(observed, 2 * observed.rate / (alone + observe(server, seconds).rate))
    failures = report(f"{readers} slow readers, {alive} alive", total)
    show(f"slow readers alive after another {WRITE_TIMEOUT * 1.3:.0f} s", left, "0")
    return failures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--readers", type=int, default=500)
    parser.add_argument("only", nargs="*")
    arguments = parser.parse_args()
    failures = []
    with serve("--rate", "0") as server:
        observe(server, 1.0)
        for kind in arguments.only or MAKERS:
            attack = sender(server, MAKERS[kind]())
            failures += report(kind, rounds(server, arguments.rounds, arguments.seconds, attack))
        if arguments.readers:
            failures += beside_slow_readers(server, arguments.readers, 2 * arguments.seconds)
    latencies, memory, parts = zip(*REPORTED, strict=True)
    show("types of attack", len(REPORTED))
    show(
        "/healthz during the worst, 99th percentile, ms",
        f"{1000 * max(latencies):.0f}",
        f"at most {1000 * LIMIT_SECONDS:.0f}",
    )
    show(
        "a client's rate during the worst, part of that without attacks",
        f"{min(parts):.0%}",
        f"at least {LIMIT_PART:.0%}",
    )
    show("the server's memory, the most, MB", f"{max(memory):.0f}", f"at most {LIMIT_MB}")
    if failures:
        raise SystemExit("; ".join(failures))


def report(kind: str, observed: Observed) -> list[str]:
    """Print the figures, and return those that are over a limit."""
    median, percentile_99, longest = (1000 * observed.latency(part) for part in (0.5, 0.99, 1.0))
    part = statistics.median(observed.parts)
    health = f"{median:.0f} {percentile_99:.0f} {longest:.0f} ms"
    REPORTED.append((percentile_99 / 1000, observed.memory, part))
    show_detail(
        f"{kind} ({observed.attacks})", f"{health}, {observed.rate:.1f}/s ({part:.0%}), {observed.memory:.0f} MB"
    )
    wrong = [
        percentile_99 > 1000 * LIMIT_SECONDS and "healthz",
        observed.memory > LIMIT_MB and "memory",
        part < LIMIT_PART and "rate",
    ]
    return [f"{kind}: {what}" for what in wrong if what]


if __name__ == "__main__":
    main()
