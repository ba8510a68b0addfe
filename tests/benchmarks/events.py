"""Measure the live view: the event after a request, one rendering, and the repr of a run of 10,000,000 rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from bench import show

from jsdf import Progress, Usage
from jsdf.column import Column
from jsdf.display.progress.state import ProgressState
from jsdf.display.progress.static_html import html
from jsdf.engines.base import Question
from jsdf.labels import LabelSet, parse
from jsdf.results.answers import ANSWERED, Answers
from jsdf.results.run import Run
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.progress import ProgressCounter

VALUES, ROWS, BATCH = 1_000_000, 10_000_000, 32


def seconds(action: Callable[[], object], times: int = 1) -> float:
    """Return the mean duration of an action, in seconds."""
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) / times


def column(rows: int) -> Column:
    """Return a column with a million distinct values."""
    return Column(pd.RangeIndex(rows), "x", np.arange(rows) % VALUES, list(map(str, range(VALUES))), "text")


def event(labels: LabelSet) -> float:
    """Return the seconds it takes to count one request's rows and to report the progress."""
    table = AnswerTable(Question(labels, "text", False, None), "x", list(map(str, range(VALUES))))
    table.answers.status[:], table.answers.chosen[:] = ANSWERED, np.arange(VALUES) % len(labels)
    label_counts = ProgressCounter(table, column(ROWS), lambda fields: Progress("x", usage=Usage(), **fields))
    starts = iter(range(0, VALUES, BATCH))

    def step() -> None:
        start = next(starts)
        label_counts.add(table, range(start, start + BATCH))
        label_counts.report("")

    return seconds(step, 10_000)


def main() -> None:
    for count in (10, 4000):
        labels = parse([f"label {i}" for i in range(count)])
        show(f"one event of {BATCH} values, {count:,} labels: microseconds", f"{1e6 * event(labels):.0f}")
    progress = ProgressState()
    progress.update(
        Progress("fake", ROWS, VALUES, 3, Usage(requests=9), label_counts={f"label {i}": i for i in range(1000)})
    )
    show("one rendering with 1,000 labels: milliseconds", f"{1e3 * seconds(lambda: html(progress), 1000):.2f}")
    codes = (np.arange(VALUES) % 10).astype(np.int32)
    run = Run(column(ROWS), parse(list("abcdefghij")), Answers(np.zeros(VALUES, np.int8), codes), Usage(), "fake")
    for turn in ("first", "second"):
        show(f"the repr of {ROWS:,} rows, {turn} time: milliseconds", f"{1e3 * seconds(run._repr_html_):.1f}")


if __name__ == "__main__":
    main()
