"""`jsdf classify` over a CSV file of a million rows with an engine that answers at once: memory, rows a second, a kill.

    python tests/benchmarks/stream_file.py [--rows 1_000_000] [--distinct 100_000] [--limit-mb 400]

Each command runs in a process of its own. One labels the file, one a file of half of the rows and the same texts,
whose peak of memory above the interpreter must not be much smaller. Another is killed with SIGKILL in the middle and
started again with its store: the output must be the same, and no sample may be asked twice that was stored.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import show
from stream_million import stored

WORKER = """
import sys, jsdf, jsdf.api.streaming, jsdf.cli, pandas
from jsdf.api import validation
from jsdf.cli.large_files import file_parts
from jsdf.testing import FakeEngine

def memory():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024

engine = FakeEngine(identity="instant")
file_parts.MIN_BYTES = 0  # also for the smaller file
validation.resolve_engine = lambda given: engine
pandas.DataFrame({"text": ["a"] * 1000}).to_csv()
before = memory()
try:
    jsdf.cli.main(["classify", sys.argv[1], "-c", "text", "-l", "good", "-l", "bad", "-o", sys.argv[2], "-q"])
finally:
    print("done", sum(len(values) for _, values in engine.calls), memory() - before, flush=True)
"""


def write_texts(path: Path, rows: int, distinct: int) -> None:
    """Write a file with the columns `id` and `text`, whose texts are about 100 characters long."""
    complaint = 'Complaint {}: the parcel with the number {} came late, and it said ""{}"" on the box, which was open.'
    texts = [complaint.format(i, i * 7919, i) for i in range(distinct)]
    generator = random.Random(0)
    with path.open("w") as file:
        file.write("id,text\n")
        file.writelines(f'{i},"{generator.choice(texts)}"\n' for i in range(rows))


def label(source: Path, out: Path, cache: Path, kill_at: int | None = None) -> tuple[float, int, float]:
    """Label a file in a process of its own; return its seconds, the samples that it asked, and its memory in MB.

    Args:
        source: The file.
        out: The output.
        cache: The folder of the store.
        kill_at: Size in bytes of the unfinished output, once answers are stored, at which the process is killed.
    """
    start = time.perf_counter()
    command = [sys.executable, "-c", WORKER, str(source), str(out)]
    environment = {**os.environ, "JSDF_CACHE_DIR": str(cache)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        while kill_at is not None:
            if (
                any(cache.rglob("store.sqlite"))
                and max((path.stat().st_size for path in out.parent.glob(".*.part")), default=0) >= kill_at
            ):
                process.kill()
                return time.perf_counter() - start, 0, 0.0
            time.sleep(0.01)
        output, _ = process.communicate()
    name, asked, memory = output.split()
    assert name == "done"
    return time.perf_counter() - start, int(asked), float(memory)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=100_000)
    parser.add_argument("--limit-mb", type=float, default=400.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, half, out = folder / "in.csv", folder / "half.csv", folder / "out.csv"
        write_texts(source, arguments.rows, arguments.distinct)
        write_texts(half, arguments.rows // 2, arguments.distinct)
        show("size of the file, MB", f"{source.stat().st_size / 2**20:,.0f}")
        show("size of the file of half of the rows, MB", f"{half.stat().st_size / 2**20:,.0f}")
        _, _, less = label(half, out, folder / "half")
        seconds, asked, memory = label(source, out, folder / "whole")
        show("rows a second", f"{arguments.rows / seconds:,.0f}")
        show("memory above the interpreter, MB", f"{memory:,.0f}", f"{arguments.limit_mb:,.0f}")
        show("the same for half of the rows, MB", f"{less:,.0f}")
        show("samples asked, of distinct ones", f"{asked:,}", f"{arguments.distinct:,}")
        again = folder / "again" / "out.csv"
        again.parent.mkdir()
        label(source, again, folder / "killed", kill_at=source.stat().st_size // 4)
        before = stored(folder / "killed")
        _, asked_again, _ = label(source, again, folder / "killed")
        show("answers stored when it was killed", f"{before:,}")
        show("samples asked after the restart", f"{asked_again:,}", f"{asked - before:,}")
        is_equal = filecmp.cmp(out, again, shallow=False)
        show("the output is the same", is_equal, "True")
    if memory > arguments.limit_mb or memory > 1.25 * less or not is_equal or asked_again > asked - before:
        raise SystemExit("a limit was passed")


if __name__ == "__main__":
    main()
