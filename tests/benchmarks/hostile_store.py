"""Read 2,000 damaged store files: no error is raised, and no answer is wrong."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench import show

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from damaged_stores import RECORDS, check, damage, whole_file

FILES = 2000


def main() -> None:
    counts, wrong, start = Counter[str](), list[str](), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        content = whole_file(Path(folder, "whole.sqlite"))
    for seed in range(FILES):
        with tempfile.TemporaryDirectory() as folder:
            try:
                counts += check(Path(folder, "v1", "store.sqlite"), damage(content, seed))
            except Exception as error:
                wrong.append(f"seed {seed}: {error!r}")
    show("damaged files", f"{FILES:,}")
    show("errors or wrong answers", len(wrong), "0")
    show("answers found", f"{counts['found'] / (FILES * len(RECORDS)):.1%}")
    show("files set aside", f"{counts['set_aside']:,}")
    show("files that could not be used", f"{counts['unused']:,}")
    show("seconds", f"{time.perf_counter() - start:.0f}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
