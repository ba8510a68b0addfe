"""10,000 malformed, oversize and hostile requests to `jsdf serve`, by a seed.

    python tests/benchmarks/server_hostile.py [--requests 10000] [--seed 0]

They are variations of every sort in `tests/support/hostile_requests.py`, eight at a time, each over a
connection of its own. Each must get a 4xx with a sentence; a good request is answered after every hundred
and at the end; the server's memory is told after the first tenth and after each fifth. Linux only, for /proc.
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

AT_ONCE = 8


def ask(port: int, sort: str, content: bytes) -> tuple[str, int, bool]:
    """The sort, the status, and whether the body is a refusal of the contract."""
    status, body = exchange(port, content)
    try:
        said = json.loads(body)
    except ValueError:
        return sort, status, False
    return sort, status, said.keys() == {"success", "message"} and said["success"] is False and bool(said["message"])


def attack(server: Served, requests: int, seed: int) -> tuple[Counter[int], Counter[str], list[float]]:
    """Responses by status, what was wrong by sort, and the server's memory in MB."""
    statuses: Counter[int] = Counter()
    wrong: Counter[str] = Counter()
    memory: list[float] = []
    marks = {requests // 10, *(requests * part // 5 for part in range(1, 6))}
    source, done = variations(requests, seed), 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while part := list(itertools.islice(source, 100)):
            for sort, status, told in pool.map(lambda one: ask(server.port, *one), part):
                statuses[status] += 1
                if not (400 <= status < 500 and told):
                    wrong[f"{sort}: {status}"] += 1
            if exchange(server.port, classify())[0] != 200:
                wrong["a good request"] += 1
            before, done = done, done + len(part)
            if any(before < mark <= done for mark in marks):
                memory.append(server.rss_mb())
    return statuses, wrong, memory


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with serve("--rate", "0") as server:
        began = time.perf_counter()
        statuses, wrong, memory = attack(server, asked.requests, asked.seed)
        show("hostile requests", f"{asked.requests:,}", f"in {time.perf_counter() - began:.0f} s")
        for status, count in sorted(statuses.items()):
            show(f"  answered {status}", f"{count:,}")
        show("not a 4xx with a sentence, or a good one unanswered", wrong.total(), "0")
        show("server's memory, MB", " ".join(f"{mb:.0f}" for mb in memory), "flat")
        alive = exchange(server.port, classify())[0] == 200
        show("alive at the end", "yes" if alive else "no", "yes")
    if wrong or not alive:
        raise SystemExit(f"{dict(wrong)}")


if __name__ == "__main__":
    main()
