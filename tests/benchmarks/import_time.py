"""Measure the time that `import jsdf` adds to `import pandas`: the median of pairs of fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

from bench import show

PAIRS = 15
CODE = "import sys, time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds(modules: str) -> float:
    done = subprocess.run([sys.executable, "-c", CODE.format(modules)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    seconds("pandas, jsdf")  # warm up: compile the modules and fill the disk cache
    added = [seconds("pandas, jsdf") - seconds("pandas") for _ in range(PAIRS)]
    show("import jsdf beyond import pandas, median ms", f"{1000 * statistics.median(added):.0f}", "at most 60")


if __name__ == "__main__":
    main()
