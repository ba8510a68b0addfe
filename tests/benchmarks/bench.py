"""What the benchmarks share: a store of their own, a service of its own process, figures in lines."""

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


@contextlib.contextmanager
def own_store() -> Iterator[Path]:
    """A store that is empty and goes away again."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JSDF_CACHE_DIR"] = folder
        yield Path(folder)


@contextlib.contextmanager
def service(*options: str) -> Iterator[tuple[str, Path]]:
    """The fake service as a process of its own, as the hosted one would be; yields its address and ledger."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger.jsonl"
        ledger.touch()
        command = [sys.executable, "-m", "jsdf.testing", "--ledger", str(ledger), *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().strip(), ledger
            finally:
                process.send_signal(signal.SIGTERM)


def read(ledger: Path) -> list[dict]:
    """What the service wrote down, a record a request."""
    return [json.loads(line) for line in ledger.read_text().splitlines()]


def billed(ledger: Path) -> Counter[str]:
    """How often each sample was paid for, by digest."""
    return Counter(digest for record in read(ledger) for digest in record["billed"])


def texts(count: int, of: str = "text") -> pd.Series:
    """Distinct short texts."""
    return pd.Series([f"{of} {i}: the parcel came late and the box was open" for i in range(count)], name="review")


def child(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A script of its own, which gets signals as a user's would."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A child of a shell's background job would ignore Ctrl-C, and a test of it would test nothing.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )


def wait_for(ledger: Path, requests: int, limit: float = 60.0) -> None:
    """Return once the service has answered so many requests."""
    end = time.monotonic() + limit
    while len(read(ledger)) < requests:
        if time.monotonic() > end:
            raise TimeoutError(f"only {len(read(ledger))} requests after {limit} s")
        time.sleep(0.02)


def peak_mb() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show(what: str, value: object, wanted: str = "") -> None:
    """One figure, a line."""
    print(f"{what:<58} {value!s:>14}   {wanted}", flush=True)
