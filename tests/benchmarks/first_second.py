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
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from bench import LABELS, own_store, show, texts

RATE, LATENCY, SEEDS = 50, 0.2, (1, 2, 3)
MAX_TRIES, CONCURRENCY = 8, 32
WHO = OURS, BY_HAND = "ours", "by hand"
FAULTY = """
import sys
from jsdf.testing import FakeService, fault
scripted = []
limit = fault.rate_limited("seconds", headers=False, reset_in=1.0)
class Scripted(type(limit)):
    def act(self, *arguments):
        scripted.append("scripted")
        return super().act(*arguments)
limited = Scripted("seconds", False, 1.0)
kinds = [limited, fault.status(500), fault.reset(), fault.truncated()]
faults = fault.mixture(0.2, int(sys.argv[3]), kinds)
service = FakeService(rate=int(sys.argv[1]), latency=float(sys.argv[2]), faults=faults, poison=sys.argv[4:])
with service.serve() as server:
    print(server.url, flush=True)
    for _ in sys.stdin:  # prints the outcomes so far at each line, and a word for each refusal that is a fault
        print(*(request.outcome for request in service.requests), *scripted, flush=True)
"""


async def by_hand(url: str, values: list[str], names: Sequence[str] = LABELS) -> list[str | None]:
    """Return the label of each value, asked 32 a request; None for those of requests whose tries all failed."""
    labels = [{"type": "text", "value": label} for label in names]
    semaphore = asyncio.Semaphore(CONCURRENCY)

    async def ask(part: list[str]) -> Sequence[str | None]:
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
        return [None] * len(part)

    limits = httpx.Limits(max_connections=CONCURRENCY)
    async with httpx.AsyncClient(base_url=url, headers={"x-api-key": "test-key"}, limits=limits, timeout=30) as client:
        parts = [values[start : start + 32] for start in range(0, len(values), 32)]
        return [label for labels in await asyncio.gather(*map(ask, parts)) for label in labels]


def ours(url: str, values: list[str], names: Sequence[str] = LABELS) -> list[str | None]:
    import pandas as pd

    import jsdf

    run = jsdf.run(pd.Series(values), list(names), engine=jsdf.Hosted("test-key", url), progress=False)
    return run.labels.astype(object).where(run.labels.notna(), None).tolist()


def label(who: str, url: str, values: list[str], names: Sequence[str] = LABELS) -> list[str | None]:
    """Return the label of each value by one of `WHO`; None for those without one."""
    return ours(url, values, names) if who == OURS else asyncio.run(by_hand(url, values, names))


@contextmanager
def stand_in(seed: int | None, *poison: str) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Run a fake service; yield its URL and a function for its outcomes so far.

    Args:
        seed: Seed of the faults; None for a service without faults.
        poison: Values that make each request with one of them fail.
    """
    code = FAULTY if seed is not None else FAULTY.replace("mixture(0.2,", "mixture(0.0,")
    command = [sys.executable, "-c", code, str(RATE), str(LATENCY), str(seed or 0), *poison]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def outcomes() -> list[str]:
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().split()

        yield process.stdout.readline().strip(), outcomes
        process.stdin.close()


@dataclass
class Measured:
    """Calls of one of `WHO`: the seconds of each; and of all together, rows, rows labelled right, and requests.

    Refused are those beyond the rate limit, not those that a fault refuses.
    """

    seconds: list[float] = field(default_factory=list)
    rows: int = 0
    right: int = 0
    requests: int = 0
    refused: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def add(
        self, url: str, outcomes: Callable[[], list[str]], who: str, values: list[str], names: Sequence[str]
    ) -> None:
        """Label these values on a warm process and at the beginning of a window of the rate limit."""
        from jsdf.testing import expected

        label(who, url, [f"warm {value}" for value in values[:64]], names)  # the first call imports and compiles
        time.sleep(1.1)
        before, start = Counter(outcomes()), time.perf_counter()
        labels = label(who, url, values, names)
        self.seconds.append(time.perf_counter() - start)
        seen = Counter(outcomes()) - before
        scripted = seen.pop("scripted", 0)
        self.rows += len(values)
        self.right += sum(a == expected(b, list(names)) for a, b in zip(labels, values, strict=True))
        self.requests += seen.total()
        self.refused += seen["limited"] - scripted


def measure(rows: int, seeds: Sequence[int | None], names: Sequence[str] = LABELS) -> dict[str, Measured]:
    """Run both in turn, once for each seed, each time with texts of its own."""
    measured = {who: Measured() for who in WHO}
    for number, seed in enumerate(seeds):
        for who in WHO:
            with own_store(), stand_in(seed) as (url, outcomes):
                measured[who].add(url, outcomes, who, texts(rows, f"run {number}").tolist(), names)
    return measured


def compare(name: str, rows: int, times: int, seed: int | None = None) -> None:
    """Print the figures of both, and the ratio of the medians; the targets are those of ours."""
    measured = measure(rows, [seed] * times)
    limits = {1_000: "at most 0.75"} if seed is None else {}
    for who, figures in measured.items():
        is_ours = who == OURS
        spread = f"{figures.median:.2f} ({min(figures.seconds):.2f} to {max(figures.seconds):.2f})"
        refused = f"{figures.refused / figures.requests:.1%}"
        show(f"{name}: {who}, seconds", spread, limits.get(rows, "") if is_ours else "")
        show(f"{name}: {who}, rows right", f"{figures.right / figures.rows:.1%}")
        show(f"{name}: {who}, requests refused", refused, ("0 %" if seed is None else "under 2 %") if is_ours else "")
    ratio = measured[OURS].median / measured[BY_HAND].median
    show(f"{name}: ratio", f"{ratio:.2f}", "" if seed is None else "at most 1.3")


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
