"""Answer 1,000,000 rows from the store: no request, and little time or memory.

The first run fills the store with the answers of a fake engine; the second run repeats the call in a fresh process.
"""

from __future__ import annotations

import sys

from bench import child, own_store, show

ROWS = 1_000_000
CODE = f"""
import sys, time
sys.path.insert(0, {str(__import__("pathlib").Path(__file__).parent)!r})
from bench import LABELS, peak_mb, texts
import jsdf
from jsdf.testing import FakeEngine
engine = FakeEngine(batch_size=4096, identity="bench")
column = texts({ROWS})
before, start = peak_mb(), time.perf_counter()
run = jsdf.run(column, LABELS, engine=engine, progress=False)
labels = run.labels
print(len(engine.calls), run.counts["answered"], time.perf_counter() - start, peak_mb() - before)
"""


def main() -> None:
    with own_store():
        for turn in ("first", "second"):
            process = child(CODE)
            out, errors = process.communicate(timeout=600)
            if process.returncode:
                sys.exit(errors)
            calls, answered, seconds, memory = out.split()
            targets = ("0", "at most 15", "at most 1,000") if turn == "second" else ("", "", "")
            show(f"{turn} run: rows answered", f"{int(answered):,}")
            show(f"{turn} run: requests", calls, targets[0])
            show(f"{turn} run: seconds", f"{float(seconds):.1f}", targets[1])
            show(f"{turn} run: MB above the frame", f"{float(memory):.0f}", targets[2])


if __name__ == "__main__":
    main()
