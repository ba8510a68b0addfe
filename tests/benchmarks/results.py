"""Run benchmarks, keep what they print as records, and write `docs/benchmarks.md` from the records.

    python tests/benchmarks/results.py [NAME ...]    # runs all that have what they need, one after another
    python tests/benchmarks/results.py --list        # their names, commands and usual durations
    python tests/benchmarks/results.py --page        # writes the page again, runs nothing

A record is a file in `records/`, with the command, the date, the machine and the figures that `bench.show` printed. The
page is `records/page.md` with each `{{name}}` replaced by the tables of a record. Run it on a machine that is idle.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import machine
import results_page
from bench import FIGURES_VARIABLE
from image_sets import STAMPS

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
RECORDS = FOLDER / "records"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Benchmark:
    """A script with its arguments.

    Attributes:
        script: Name of the file, without its ending.
        minutes: Usual duration on two cores.
        arguments: Arguments of the script, separated by spaces.
        name: Name of the record; that of the script by default.
        needs: Modules, programs and paths without which it is skipped; its docstring says how to get them.
    """

    script: str
    minutes: float
    arguments: str = ""
    name: str = ""
    needs: tuple[str, ...] = ()

    @property
    def record_name(self) -> str:
        return self.name or self.script

    @property
    def command(self) -> str:
        return f"python tests/benchmarks/{self.script}.py {self.arguments}".strip()

    def missing(self) -> list[str]:
        """Return what it needs and is not there."""
        return [need for need in self.needs if not _is_there(need)]


BENCHMARKS = [
    Benchmark("first_second", 12),
    Benchmark("field", 3),
    Benchmark("hosted_throughput", 1, needs=("jigsawstack",)),
    Benchmark("hosted_throughput", 2.5, "--rows 16000 --starts 10", "hosted_throughput_16000"),
    Benchmark("faults", 0.5),
    Benchmark("poison", 0.2),
    Benchmark("interrupt", 0.6),
    Benchmark("two_processes", 1),
    Benchmark("cluster", 6, needs=("dask", "distributed")),
    Benchmark("spark_cluster", 4, needs=("pyspark", "java")),
    Benchmark("stream_million", 10, needs=("pyarrow",)),
    Benchmark("stream_file", 2),
    Benchmark("store_million", 1.5),
    Benchmark("encode_million", 0.5),
    Benchmark("import_time", 0.5),
    Benchmark("events", 0.3),
    Benchmark("gallery", 4, needs=("playwright", "chromium")),
    Benchmark("labelling_hour", 2, needs=("playwright", "chromium")),
    Benchmark("lazy_images", 2),
    Benchmark("local_throughput", 2.5),
    Benchmark("shares_coverage", 1, needs=("scipy",)),
    Benchmark("cascade_promise", 5),
    Benchmark("cascade_savings", 5, "wheels", needs=("scipy", "wheels")),
    Benchmark("image_throughput", 2, needs=(str(STAMPS),)),
    Benchmark("local_accuracy", 2),
    Benchmark("local_accuracy", 6, "wheels", "local_accuracy_fetched", needs=("wheels",)),
    Benchmark("active_review", 10, "wheels", needs=("wheels", "sklearn")),
    Benchmark("image_accuracy", 3, needs=(str(STAMPS),)),
    Benchmark("examples_accuracy", 8, "wheels", needs=("wheels", str(STAMPS), "scipy")),
    Benchmark("server_load", 2),
    Benchmark("malformed_requests", 1),
    Benchmark("hostile_server", 5),
    Benchmark("hostile_interrupts", 5),
    Benchmark("hostile_store", 5),
    Benchmark("hostile_answers", 10),
]


def _is_there(need: str) -> bool:
    return (
        (ROOT / need).exists()
        or shutil.which(need) is not None
        or (need.isidentifier() and find_spec(need) is not None)
    )


def measure(benchmark: Benchmark) -> dict[str, Any] | None:
    """Run a benchmark and return its record; None if it printed no figure."""
    command = [sys.executable, *benchmark.command.split()[1:]]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures.jsonl")
        environment = os.environ | {FIGURES_VARIABLE: str(figures), "PYTHONPATH": path}
        load, start = os.getloadavg()[0], time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        seconds = time.monotonic() - start
        printed = [json.loads(line) for line in figures.read_text("utf-8").splitlines()] if figures.exists() else []
    record = {
        "command": benchmark.command,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "seconds": round(seconds),
        "load_before": round(load, 1),
        "machine": machine.describe(),
        "figures": printed,
    }
    return (record | ({"exit_status": code} if code else {})) if printed else None


def read_records(folder: Path = RECORDS) -> dict[str, dict[str, Any]]:
    """Return all records by name."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}


def render() -> str:
    """Return the page, from the records alone."""
    commands = {benchmark.record_name: benchmark.command for benchmark in BENCHMARKS}
    return results_page.render((RECORDS / "page.md").read_text("utf-8"), commands, read_records())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of --list; all by default")
    parser.add_argument("--list", action="store_true", help="print the names, commands and minutes")
    parser.add_argument("--page", action="store_true", help="write the page from the records, and run nothing")
    arguments = parser.parse_args()
    known = {benchmark.record_name: benchmark for benchmark in BENCHMARKS}
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"{', '.join(unknown)}: use names of --list")
    chosen = [known[name] for name in arguments.names] or BENCHMARKS
    if arguments.list:
        for benchmark in chosen:
            print(f"{benchmark.record_name:<26}{benchmark.minutes:>5g} min   {benchmark.command}")
        return
    failed = [] if arguments.page else [b.record_name for b in chosen if not _run_and_keep(b)]
    PAGE.write_text(render(), "utf-8")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _run_and_keep(benchmark: Benchmark) -> bool:
    """Run a benchmark and write its record; return False if it failed."""
    name, missing = benchmark.record_name, benchmark.missing()
    if missing:
        print(f"== {name}: skipped, needs {', '.join(missing)}", flush=True)
        return True
    print(f"== {name}: {benchmark.command} (about {benchmark.minutes:g} min)", flush=True)
    record = measure(benchmark)
    if record is not None:
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (RECORDS / f"{name}.json").write_text(f"{text}\n", "utf-8")
    return record is not None and "exit_status" not in record


if __name__ == "__main__":
    main()
