"""Small and faulty runs against a loop written by hand: seconds, and requests that were refused.

    python tests/benchmarks/first_second.py [--times 5] [--without-faults]

The loop is what a careful user writes: asyncio and httpx, 32 requests at once, eight tries with exponential backoff and
jitter, and `Retry-After` where there is one. Both run in turn against one fake service in a process of its own, with
50 requests a second and 200 ms. Small runs have 1,000 and 3,200 rows; in the faulty ones, of 3,200 rows, a fifth of the
requests is answered with 429, with 500, by a reset connection or by a response that is cut off, by three seeds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from bench import LABELS, own_store, show, texts

RATE, LATENCY, SEEDS = 50, 0.2, (1, 2, 3)
MAX_TRIES, CONCURRENCY = 8, 32
FAULTY = """
import sys, threading
from jsdf.testing import FakeService, fault
limited = fault.rate_limited("seconds", headers=False, reset_in=1.0)
kinds = [limited, fault.status(500), fault.reset(), fault.truncated()]
faults = fault.mixture(0.2, int(sys.argv[3]), kinds)
service = FakeService(rate=int(sys.argv[1]), latency=float(sys.argv[2]), faults=faults)
with service.serve() as server:
    print(server.url, flush=True)
    for _ in sys.stdin:  # prints the outcomes so far at each line
        print(*(request.outcome for request in service.requests), flush=True)
"""


async def by_hand(url: str, values: list[str]) -> int:
    """Label the values, 32 a request; return the number of labels."""
    labels = [{"type": "text", "value": label} for label in LABELS]
    semaphore = asyncio.Semaphore(CONCURRENCY)

    async def ask(part: list[str]) -> list[str]:
        body = {"dataset": [{"type": "text", "value": value} for value in part], "labels": labels}
        for attempt in range(MAX_TRIES):
            wait = min(8.0, 0.5 * 2.0**attempt) * random.random()
            try:
                async with semaphore:
                    response = await client.post("/v1/classification", json=body)
                if response.status_code == 200:
                    predictions: list[str] = response.json()["predictions"]
                    return predictions
                wait = max(wait, float(response.headers.get("retry-after", 0)))
            except (httpx.TransportError, json.JSONDecodeError):
                pass
            await asyncio.sleep(wait)
        return []

    limits = httpx.Limits(max_connections=CONCURRENCY)
    async with httpx.AsyncClient(base_url=url, headers={"x-api-key": "test-key"}, limits=limits, timeout=30) as client:
        parts = [values[start : start + 32] for start in range(0, len(values), 32)]
        return sum(len(labels) for labels in await asyncio.gather(*map(ask, parts)))


def ours(url: str, values: list[str]) -> int:
    import pandas as pd

    import jsdf

    run = jsdf.run(pd.Series(values), LABELS, engine=jsdf.Hosted("test-key", url), progress=False)
    return run.counts["answered"]


@contextmanager
def stand_in(seed: int | None) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Run a fake service, which fails if there is a seed; yield its URL and a function for its outcomes so far."""
    code = FAULTY if seed is not None else FAULTY.replace("mixture(0.2,", "mixture(0.0,")
    command = [sys.executable, "-c", code, str(RATE), str(LATENCY), str(seed or 0)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def outcomes() -> list[str]:
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().split()

        yield process.stdout.readline().strip(), outcomes
        process.stdin.close()


def compare(name: str, rows: int, times: int, seed: int | None = None) -> float:
    """Run both in turn, each with texts of its own; return the ratio of the medians."""
    seconds: dict[str, list[float]] = {"ours": [], "by hand": []}
    right, refused, requests = dict.fromkeys(seconds, 0), dict.fromkeys(seconds, 0), dict.fromkeys(seconds, 0)
    for number in range(times):
        for who in seconds:
            with own_store(), stand_in(seed) as (url, outcomes):
                label(who, url, texts(64, f"warm {number}").tolist())  # the first call imports and compiles
                time.sleep(1.1)  # the next window of the rate limit
                before = len(outcomes())
                start = time.perf_counter()
                right[who] += label(who, url, texts(rows, f"run {number}").tolist())
                seconds[who].append(time.perf_counter() - start)
                seen = outcomes()[before:]
                requests[who] += len(seen)
                refused[who] += seen.count("limited")
    medians = {who: statistics.median(values) for who, values in seconds.items()}
    for who, median in medians.items():
        share = f"{right[who] / (rows * times):.1%} of rows, {refused[who] / requests[who]:.1%} of requests refused"
        show(f"{name}: {who}, seconds", f"{median:.2f} ({min(seconds[who]):.2f} to {max(seconds[who]):.2f})", share)
    ratio = medians["ours"] / medians["by hand"]
    show(f"{name}: ratio", f"{ratio:.2f}", "at most 1.3")
    return ratio


def label(who: str, url: str, values: list[str]) -> int:
    return ours(url, values) if who == "ours" else asyncio.run(by_hand(url, values))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--without-faults", action="store_true")
    arguments = parser.parse_args()
    for rows in (1_000, 3_200):
        compare(f"{rows:,} rows", rows, arguments.times)
    for seed in () if arguments.without_faults else SEEDS:
        compare(f"3,200 rows, a fifth fails, seed {seed}", 3_200, arguments.times, seed)


if __name__ == "__main__":
    main()
