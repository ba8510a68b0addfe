"""Send 10,000 malformed, oversized and hostile requests to `jsdf serve`, reproducible by a seed.

    python tests/benchmarks/malformed_requests.py [--requests 10000] [--seed 0]

They are variations of every type in `tests/support/hostile_requests.py`, sent eight at a time, each over a connection
of its own. Each must be answered with a 4xx status and a message. A valid request must be answered after every hundred
and at the end. The server's memory is printed after the first tenth and after each fifth. Linux only, for /proc.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show
from hostile_requests import classify, exchange, variations
from server_process import Served, serve

CONCURRENCY = 8


def send(port: int, request_type: str, content: bytes) -> tuple[str, int, bool]:
    """Send one request; return its type, the status, and True if the body is an error as the API defines it."""
    status, body = exchange(port, content)
    try:
        reply = json.loads(body)
    except ValueError:
        return request_type, status, False
    is_error = reply.keys() == {"success", "message"} and reply["success"] is False and bool(reply["message"])
    return request_type, status, is_error


def attack(server: Served, requests: int, seed: int) -> tuple[Counter[int], Counter[str], list[float]]:
    """Return the number of responses by status, wrong responses by type, and the server's memory in MB."""
    statuses: Counter[int] = Counter()
    wrong: Counter[str] = Counter()
    memory: list[float] = []
    marks = {requests // 10, *(requests * part // 5 for part in range(1, 6))}
    source, done = variations(requests, seed), 0
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        while part := list(itertools.islice(source, 100)):
            for request_type, status, is_error in pool.map(lambda request: send(server.port, *request), part):
                statuses[status] += 1
                if not (400 <= status < 500 and is_error):
                    wrong[f"{request_type}: {status}"] += 1
            if exchange(server.port, classify())[0] != 200:
                wrong["a valid request"] += 1
            before, done = done, done + len(part)
            if any(before < mark <= done for mark in marks):
                memory.append(server.rss_mb())
    return statuses, wrong, memory


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with serve("--rate", "0") as server:
        start = time.perf_counter()
        statuses, wrong, memory = attack(server, arguments.requests, arguments.seed)
        show("hostile requests", f"{arguments.requests:,}", f"in {time.perf_counter() - start:.0f} s")
        for status, count in sorted(statuses.items()):
            show(f"  answered {status}", f"{count:,}")
        show("not a 4xx with a message, or a valid one unanswered", wrong.total(), "0")
        show("server's memory, MB", " ".join(f"{mb:.0f}" for mb in memory), "flat")
        alive = exchange(server.port, classify())[0] == 200
        show("alive at the end", "yes" if alive else "no", "yes")
    if wrong or not alive:
        raise SystemExit(f"{dict(wrong)}")


if __name__ == "__main__":
    main()
