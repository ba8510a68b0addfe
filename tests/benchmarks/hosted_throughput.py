"""Classify 64,000 distinct texts at 200 ms latency and 50 requests a second; the rate limit allows 40 s.

The official SDK sends one request after another; 25 of its requests are timed, and the total is estimated from them.
"""

from __future__ import annotations

import time

from bench import LABELS, own_store, read, service, show, texts

ROWS, RATE, LATENCY, SDK_REQUESTS = 64_000, 50, 0.2, 25


def ours() -> float:
    import jsdf

    with own_store(), service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, request_log):
        start = time.perf_counter()
        run = jsdf.run(texts(ROWS), LABELS, engine=jsdf.Hosted("test-key", url), progress=False)
        seconds = time.perf_counter() - start
        refused = sum(record["status"] == 429 for record in read(request_log))
    floor = ROWS / 32 / RATE
    show("rows answered", f"{run.counts['answered']:,} of {ROWS:,}")
    show("seconds", f"{seconds:.1f}", f"the limit allows {floor:.0f}")
    show("over the time that the limit allows", f"{100 * (seconds / floor - 1):.1f} %", "at most 5 %")
    show("requests refused with 429", f"{100 * refused / run.usage.requests:.2f} %", "under 1 %")
    return seconds


def sdk(seconds: float) -> None:
    from jigsawstack import JigsawStack

    samples = [{"type": "text", "value": text} for text in texts(32 * SDK_REQUESTS)]
    labels = [{"type": "text", "value": label} for label in LABELS]
    with service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, _):
        client = JigsawStack(api_key="test-key", base_url=url)
        start = time.perf_counter()
        for i in range(0, len(samples), 32):
            client.classification({"dataset": samples[i : i + 32], "labels": labels})
        seconds_per_request = (time.perf_counter() - start) / SDK_REQUESTS
    estimate = seconds_per_request * ROWS / 32
    show("official SDK in a loop, estimated seconds", f"{estimate:.0f}", f"{estimate / seconds:.1f} times ours")


if __name__ == "__main__":
    sdk(ours())
