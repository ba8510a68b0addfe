"""Read 2,000 damaged store files, and replace the store of 20 runs: no error, no wrong answer, little paid twice.

    python tests/benchmarks/hostile_store.py [--files 2000] [--runs 20]

The files are damaged at random as `tests/support/damaged_stores.py` does. Each run labels 3,200 texts with 8 requests
in flight, while another process clears, replaces, empties, cuts, overwrites or moves its store. The run that follows
asks again only for what was stored before that, and for what was in flight.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

from bench import LABELS, own_store, show, show_detail, texts

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from damaged_stores import RECORDS, check, damage, whole_files

IN_FLIGHT, BATCH = 8, 32
#: What another process does to the store's file, which is the first argument.
EVENTS = {
    "clear": "from jsdf.store import clear; clear(path)",
    "clear and make again": "from jsdf.store import Store, clear; clear(path); Store(path).close()",
    "replace": "from jsdf.store import Store; o = path.with_name('o'); Store(o).close(); o.replace(path)",
    "empty": "import os; os.truncate(path, 0)",
    "cut": "import os; os.truncate(path, 5000)",
    "overwrite": "path.write_bytes(b'no database' * 2000)",
    "move": "path.replace(path.with_name('moved'))",
    "move the folder": "path.parent.rename(path.parent.with_name('moved'))",
    "replace by a file": "import shutil; shutil.rmtree(path.parent); path.parent.write_text('a file')",
    "remove the folder": "import shutil; shutil.rmtree(path.parent)",
}
#: After these there can be no store, which the run says.
NO_STORE = {"replace by a file"}


def damaged_files(count: int) -> list[str]:
    """Read this many damaged files, print the figures, and return what went wrong."""
    counts, wrong, start = Counter[str](), list[str](), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        stores = whole_files(Path(folder))
    for seed in range(count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                counts += check(Path(folder, "v1", "store.sqlite"), damage(stores, seed))
            except Exception as error:
                wrong.append(f"seed {seed}: {error!r}"[:200])
    show("damaged files", f"{count:,}")
    show("errors or wrong answers", len(wrong), "0")
    show("answers found", f"{counts['found'] / (count * len(RECORDS)):.1%}")
    show("files set aside", f"{counts['set_aside']:,}")
    show("files that could not be used", f"{counts['unused']:,}")
    show("seconds", f"{time.perf_counter() - start:.0f}")
    return wrong


def run_under(event: str) -> tuple[int, list[str]]:
    """Label texts while another process does this to the store; return the samples paid again, and what went wrong."""
    import jsdf
    from jsdf.store import store_path
    from jsdf.testing import FakeService

    service, column, done = FakeService(latency=0.03), texts(3200), list[int]()

    def disturb() -> None:
        while len(service.requests) < 30:
            time.sleep(0.005)
        code = f"import sys; from pathlib import Path; path = Path(sys.argv[1]); {EVENTS[event]}"
        subprocess.run([sys.executable, "-c", code, str(store_path())], check=True, timeout=60)
        done.append(len(service.requests))

    with own_store(), service.serve() as server, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        engine = jsdf.Hosted("test-key", server.url, rate=60, concurrency=IN_FLIGHT)
        other = threading.Thread(target=disturb)
        other.start()
        first = jsdf.run(column, LABELS, engine=engine, progress=False)
        other.join()
        asked = len(service.requests)
        before = {value for request in service.requests[: done[0]] for value in request.values}
        second = jsdf.run(column, LABELS, engine=engine, progress=False)
        again = {value for request in service.requests[asked:] for value in request.values}
    twice, words = len(again - before), {str(warning.message)[:60] for warning in said}
    show_detail(
        f"{event}: paid again of what came later",
        twice,
        f"<= {IN_FLIGHT * BATCH}; {done[0]} of {asked} before; {words}",
    )
    wrong = [
        twice > IN_FLIGHT * BATCH and event not in NO_STORE and "paid again",
        event in NO_STORE and not words and "nothing said",
        first.counts["answered"] + second.counts["answered"] < 2 * len(column) and "rows without an answer",
        not first.labels.equals(second.labels) and "other labels",
    ]
    return 0 if event in NO_STORE else twice, [f"{event}: {what}" for what in wrong if what]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    wrong = damaged_files(arguments.files) if arguments.files else []
    most, broken = 0, 0
    for number in range(arguments.runs):
        twice, problems = run_under(list(EVENTS)[number % len(EVENTS)])
        most, broken, wrong = max(most, twice), broken + bool(problems), [*wrong, *problems]
    show("runs whose store was cleared, replaced, cut or moved", arguments.runs)
    show("samples that came later and were paid again, the most of a run", most, f"at most {IN_FLIGHT * BATCH}")
    show("runs with a wrong or missing answer, or without a word", broken, "0")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
