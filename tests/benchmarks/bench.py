"""Helpers of the benchmarks: a temporary store, the fake service in its own process, and printing of figures."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

LABELS = ["price", "delivery", "quality"]
#: Environment variable that names a file to which `show` appends its figures, one JSON object a line.
FIGURES_VARIABLE = "JSDF_BENCHMARK_FIGURES"


@contextlib.contextmanager
def own_store() -> Iterator[Path]:
    """Use an empty store that is deleted at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JSDF_CACHE_DIR"] = folder
        yield Path(folder)


@contextlib.contextmanager
def service(*options: str) -> Iterator[tuple[str, Path]]:
    """Run the fake service in its own process; yield its address and the path of its request log."""
    with tempfile.TemporaryDirectory() as folder:
        request_log = Path(folder) / "ledger.jsonl"
        request_log.touch()
        command = [sys.executable, "-m", "jsdf.testing", "--ledger", str(request_log), *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip(), request_log
            finally:
                process.send_signal(signal.SIGTERM)


def read(request_log: Path) -> list[dict]:
    """Return the service's request log, one record per request."""
    return [json.loads(line) for line in request_log.read_text().splitlines()]


def billed(request_log: Path) -> Counter[str]:
    """Return how often each sample was billed, by digest."""
    return Counter(digest for record in read(request_log) for digest in record["billed"])


def texts(count: int, prefix: str = "text") -> pd.Series:
    """Return distinct short texts."""
    return pd.Series([f"{prefix} {i}: the parcel came late and the box was open" for i in range(count)], name="review")


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a script in its own process, which handles signals as a user's would."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A child of a shell's background job would ignore Ctrl-C, and the test of Ctrl-C would test nothing.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def wait_for(request_log: Path, requests: int, limit: float = 60.0) -> None:
    """Return once the service has logged this number of requests, or raise TimeoutError after `limit` seconds."""
    end = time.monotonic() + limit
    while len(read(request_log)) < requests:
        if time.monotonic() > end:
            raise TimeoutError(f"only {len(read(request_log))} requests after {limit} s")
        time.sleep(0.02)


def peak_mb() -> float:
    """Return the peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(name: str, value: object, target: str = "") -> None:
    """Print one figure with its name and its target, or remark; `results.py` puts it on the page.

    Args:
        name: Says what was measured, with the unit.
        value: The figure; or a dict of column -> figure, which is one row of a table.
        target: The figure to reach, or a remark.
    """
    show_detail(name, value, target)
    if os.environ.get(FIGURES_VARIABLE):
        columns = {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None
        record = {"name": name.strip(), "figure": columns or str(value), "target": str(target)}
        with Path(os.environ[FIGURES_VARIABLE]).open("a", encoding="utf-8") as file:
            file.write(json.dumps({k: v for k, v in record.items() if v != ""}, ensure_ascii=False) + "\n")


def show_detail(name: str, value: object, remark: str = "") -> None:
    """Print a line that does not belong on the page, such as one of many cases of which the page has the worst."""
    figure = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
    print(f"{name:<58} {figure!s:>14}   {remark}", flush=True)
