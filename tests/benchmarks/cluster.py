"""Compare Dask with one process: the hosted service at its rate limit, and the local engine on the same cores.

`python tests/benchmarks/cluster.py [hosted] [local] [rows] [texts]`; by default 100,000 rows and 20,000 texts.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

import dask.dataframe as dd
import pandas as pd
from bench import LABELS, own_store, read, service, show, texts
from distributed import Client, LocalCluster

import jsdf
import jsdf.dask
from jsdf.engines.local.engine import usable_threads

RATE, LATENCY, WORKERS = 50, 0.1, 4
KEY = "test-key"


def hosted(rows: int) -> None:
    """Label rows in one process and on four workers, in turn against one service with a rate limit."""
    os.environ["JIGSAWSTACK_API_KEY"] = KEY
    with own_store(), service("--rate", str(RATE), "--latency", str(LATENCY)) as (url, request_log):
        engine, seconds = jsdf.Hosted(base_url=url), {}
        started = time.monotonic()
        jsdf.run(texts(rows, "alone"), LABELS, engine=engine, progress=False)
        seconds["one process"] = time.monotonic() - started
        refused = _refused(request_log)
        with (
            LocalCluster(n_workers=WORKERS, threads_per_worker=2, dashboard_address=":0") as cluster,
            Client(cluster) as client,
        ):
            client.wait_for_workers(WORKERS)
            frame = dd.from_pandas(texts(rows, "cluster").to_frame(), npartitions=4 * WORKERS)
            started = time.monotonic()
            labels = frame.jigsaw.classify("review", LABELS, engine=engine, progress=False).compute()
            seconds["Dask"] = time.monotonic() - started
        assert labels.notna().all()
        requests = len(read(request_log))
        floor = rows / 32 / RATE
        for name, value in seconds.items():
            show(f"{rows:,} rows, {name}: seconds (floor {floor:.1f})", f"{value:.1f}")
        show("Dask against one process", f"{seconds['Dask'] / seconds['one process']:.3f}", "at most 1.05")
        show("refused, one process", f"{100 * refused[0] / refused[1]:.2f} %", "at most 1 %")
        share = (_refused(request_log)[0] - refused[0]) / (requests - refused[1])
        show("refused, Dask", f"{100 * share:.2f} %", "at most 1 %")


def _refused(request_log) -> tuple[int, int]:
    records = read(request_log)
    return sum(record["status"] == 429 for record in records), len(records)


def _loads() -> int:
    """Return the number of models that this process has loaded."""
    from jsdf.engines.local.minilm import model

    return len(model._cache._items)


def local(count: int, times: int = 3) -> None:
    """Label texts with the local engine in one process and on two workers of the same cores, in turn."""
    engine, column, warm = jsdf.Local(), texts(count), texts(64, "warm")
    arguments = {"engine": engine, "cache": False, "progress": False}
    jsdf.run(warm, LABELS, **arguments)
    alone, together = [], []
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=":0") as cluster, Client(cluster) as client:
        client.wait_for_workers(2)
        dd.from_pandas(warm.to_frame(), npartitions=8)["review"].jigsaw.classify(LABELS, **arguments).compute()
        frame = dd.from_pandas(column.to_frame(), npartitions=8)
        for _ in range(times):
            started = time.monotonic()
            wanted = jsdf.classify(column, LABELS, **arguments)
            alone.append(time.monotonic() - started)
            started = time.monotonic()
            found = frame.jigsaw.classify("review", LABELS, **arguments).compute()
            together.append(time.monotonic() - started)
        loads = client.run(_loads)
    pd.testing.assert_series_equal(found, wanted)
    one, two = statistics.median(alone), statistics.median(together)
    show(f"{count:,} texts, one process, {usable_threads()} threads: texts a second", f"{count / one:,.0f}")
    show("two workers: texts a second", f"{count / two:,.0f}")
    ratios = [a / b for a, b in zip(alone, together, strict=True)]
    spread = f"{one / two:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    show(f"two workers against one process, {times} times in turn", spread, "at least 0.9")
    show("models loaded in each worker", sorted(loads.values()), "[1, 1]")


def main() -> None:
    names = [argument for argument in sys.argv[1:] if not argument.isdigit()] or ["hosted", "local"]
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    if "hosted" in names:
        hosted(numbers[0] if numbers else 100_000)
    if "local" in names:
        local(numbers[-1] if numbers else 20_000)


if __name__ == "__main__":
    main()
