"""Label a Parquet file of millions of rows with an engine that answers at once: rows a second, memory, and a restart.

    python tests/benchmarks/stream_million.py [--rows 10_000_000] [--distinct 500_000] [--limit-mb 1000]

One process labels the file through `jsdf.classify_batches` and writes Parquet. A second one is killed at half of the
file and started again with the store of the first half. Printed: rows a second, the peak of memory above that of the
interpreter with jsdf and pyarrow loaded, whether both outputs are equal, and the samples that were asked twice.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from bench import show

ROW_GROUP = 100_000
WORKER = """
import sys, pyarrow as pa, pyarrow.parquet as pq, jsdf
from jsdf.testing import FakeEngine

def memory():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024

source, out = sys.argv[1:]
engine = FakeEngine(identity="instant")
list(jsdf.classify_batches([], "text", ["good", "bad"], engine=engine, progress=False))
before, rows, writer = memory(), 0, None
batches = pq.ParquetFile(source).iter_batches(batch_size=50_000)
for frame in jsdf.classify_batches(batches, "text", ["good", "bad"], engine=engine, progress=False):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    writer = writer or pq.ParquetWriter(out, table.schema)
    writer.write_table(table)
    rows += len(frame)
    print("rows", rows, flush=True)
writer.close()
print("done", sum(len(values) for _, values in engine.calls), memory() - before, flush=True)
"""


def write_texts(path: Path, rows: int, distinct: int) -> None:
    """Write a file with columns `id` and `text`, whose texts are about 100 characters long."""
    complaint = "Complaint {}: the parcel with the number {} came late and damaged, and it is not the first time."
    texts = pa.array([complaint.format(i, i * 7919) for i in range(distinct)])
    generator = np.random.default_rng(0)
    with pq.ParquetWriter(path, pa.schema({"id": pa.int64(), "text": pa.string()})) as writer:
        for start in range(0, rows, ROW_GROUP):
            count = min(ROW_GROUP, rows - start)
            chosen = generator.integers(0, distinct, count)
            writer.write_table(pa.table({"id": np.arange(start, start + count), "text": texts.take(chosen)}))


def label(source: Path, out: Path, cache: Path, kill_at: int | None = None) -> tuple[float, int, float]:
    """Label the file in a process of its own; return its seconds, the samples it asked, and its memory in MB."""
    start = time.perf_counter()
    environment = {**os.environ, "JSDF_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", WORKER, str(source), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            name, *figures = line.split()
            if name == "done":
                return time.perf_counter() - start, int(figures[0]), float(figures[1])
            if kill_at is not None and int(figures[0]) >= kill_at:
                process.kill()
    return time.perf_counter() - start, 0, 0.0


def stored(cache: Path) -> int:
    """Return the number of answers in the store."""
    import sqlite3

    (file,) = cache.rglob("store.sqlite")
    with sqlite3.connect(file) as db:
        return int(db.execute("SELECT count(*) FROM answers").fetchone()[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--distinct", type=int, default=500_000)
    parser.add_argument("--limit-mb", type=float, default=1_000.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, whole, again = folder / "in.parquet", folder / "whole.parquet", folder / "again.parquet"
        write_texts(source, arguments.rows, arguments.distinct)
        seconds, asked, memory = label(source, whole, folder / "one")
        show("rows a second", f"{arguments.rows / seconds:,.0f}")
        show("memory above the interpreter, MB", f"{memory:,.0f}", f"{arguments.limit_mb:,.0f}")
        show("samples asked, of distinct ones", f"{asked:,}", f"{arguments.distinct:,}")
        label(source, again, folder / "two", kill_at=arguments.rows // 2)
        before = stored(folder / "two")
        _, asked_again, _ = label(source, again, folder / "two")
        show("answers stored when it was killed", f"{before:,}")
        show("samples asked after the restart", f"{asked_again:,}", f"{asked - before:,}")
        is_equal = pq.read_table(whole).equals(pq.read_table(again))
        show("the output is the same", is_equal, True)
    if memory > arguments.limit_mb or not is_equal or asked_again > asked - before:
        raise SystemExit("a limit was passed")


if __name__ == "__main__":
    main()
