"""Classify distinct texts at 200 ms latency and 50 requests a second, which is 40 s for 64,000 texts.

    python tests/benchmarks/hosted_throughput.py [--rows 64000] [--without-sdk]

The official SDK sends one request after another; 25 of its requests are timed, and the total is estimated from them.
"""

from __future__ import annotations

import argparse
import time

from bench import LABELS, own_store, read, service, show, texts

RATE, LATENCY, SDK_REQUESTS = 50, 0.2, 25


def ours(rows: int) -> float:
    import jsdf

    with own_store(), service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, request_log):
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
    arguments = parser.parse_args()
    seconds = ours(arguments.rows)
    if not arguments.without_sdk:
        sdk(arguments.rows, seconds)


if __name__ == "__main__":
    main()
