"""Classify distinct texts at 200 ms latency and 50 requests a second, which is 40 s for 64,000 texts.

    python tests/benchmarks/hosted_throughput.py [--rows 64000] [--without-sdk] [--starts 10]

The service counts requests in windows of one second of the clock, so a short run takes longer or shorter depending on
where in a window it begins. With `--starts`, it begins in as many places, evenly spread over a window, each time in a
new process. The official SDK sends one request after another; 25 of its requests are timed, and the total is estimated
from them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from bench import LABELS, own_store, read, service, show, texts

RATE, LATENCY, SDK_REQUESTS = 50, 0.2, 25


def ours(rows: int, begin: float | None = None) -> float:
    """Return the seconds of a run, which begins at this part of a second of the clock."""
    import jsdf

    with own_store(), service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, request_log):
        time.sleep(0.0 if begin is None else (begin - time.time()) % 1)
        start = time.perf_counter()
        run = jsdf.run(texts(rows), LABELS, engine=jsdf.Hosted("test-key", url), progress=False)
        seconds = time.perf_counter() - start
        refused = sum(record["status"] == 429 for record in read(request_log))
    floor = rows / 32 / RATE
    show("rows answered", f"{run.counts['answered']:,} of {rows:,}")
    show("seconds", f"{seconds:.1f}", f"the limit allows {floor:.0f}")
    show("over the time that the limit allows", f"{100 * (seconds / floor - 1):.1f} %", "at most 2 %")
    show("requests refused with 429", f"{100 * refused / run.usage.requests:.2f} %", "under 1 %")
    return seconds


def from_starts(rows: int, count: int) -> None:
    """Run as a new process at evenly spread parts of a second, since a process that is warm starts faster."""
    floor, over = rows / 32 / RATE, []
    for number in range(count):
        command = [sys.executable, __file__, "--rows", str(rows), "--begin", str((number + 0.5) / count)]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        over.append(100 * (float(result.stdout.splitlines()[-1]) / floor - 1))
    show(
        f"over the time that the limit allows, {rows:,} rows, {count} starts",
        f"{statistics.median(over):.1f} %",
        f"{min(over):.1f} to {max(over):.1f} %; at most 2 %",
    )


def sdk(rows: int, seconds: float) -> None:
    from jigsawstack import JigsawStack

    samples = [{"type": "text", "value": text} for text in texts(32 * SDK_REQUESTS)]
    labels = [{"type": "text", "value": label} for label in LABELS]
    with service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, _):
        client = JigsawStack(api_key="test-key", base_url=url)
        start = time.perf_counter()
        for i in range(0, len(samples), 32):
            client.classification({"dataset": samples[i : i + 32], "labels": labels})
        seconds_per_request = (time.perf_counter() - start) / SDK_REQUESTS
    estimate = seconds_per_request * rows / 32
    show("official SDK in a loop, estimated seconds", f"{estimate:.0f}", f"{estimate / seconds:.1f} times ours")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=64_000)
    parser.add_argument("--without-sdk", action="store_true")
    parser.add_argument("--starts", type=int, help="number of places in a window at which to begin")
    parser.add_argument("--begin", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.starts is not None:
        from_starts(arguments.rows, arguments.starts)
        return
    seconds = ours(arguments.rows, arguments.begin)
    if arguments.begin is not None:
        print(seconds)
    elif not arguments.without_sdk:
        sdk(arguments.rows, seconds)


if __name__ == "__main__":
    main()
