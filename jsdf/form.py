"""A table on the command line, to be filled with labels and given back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf import tables
from jsdf.errors import InvalidInputError
from jsdf.terminal import grid, write_lines

if TYPE_CHECKING:
    from jsdf.run import Run

_PREVIEW = 10  # rows


class Form:
    """A file, read, and known to be writable where it shall go: all that can be wrong is wrong before a run.

    Args:
        file: The input.
        column: The column to label.
        out: Where the result goes; None for stdout.
        added: The names of the new columns.

    Raises:
        InvalidInputError: The file cannot be read, a column is missing or taken, or `out` cannot be written.
    """

    def __init__(self, file: Path, column: str, out: Path | None, added: Sequence[str]) -> None:
        self._frame = tables.read(file, column)
        self._file, self._column, self._out, self._added = file, column, out, added
        taken = next((name for name in added if name in self._frame.columns), None)
        if taken is not None:
            cure = "name the new one otherwise with --into" if len(added) == 1 else "rename it, or the label"
            raise InvalidInputError(f"{file} has a column {taken!r} already; {cure}")
        if out is not None:
            if out.exists() and out.samefile(file):
                raise InvalidInputError(f"{out} is the input, which is never overwritten; choose another name")
            tables.write(self._frame, out, rehearse=True)

    @property
    def texts(self) -> pd.Series[Any]:
        """The column to label."""
        return self._frame[self._column]

    def fill(self, run: Run) -> str:
        """Give back the table with its labels, as far as there are any; returns where it went."""
        if gaps(run) and not run.counts["answered"]:
            return "nothing to write"
        found = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for i, name in enumerate(self._added):
            self._frame[name] = found.iloc[:, i].array
        if self._out is not None:
            tables.write(self._frame, self._out)
            return f"wrote {self._out}"
        if sys.stdout.isatty():
            return self._preview(found)
        kind = tables.format_of(self._file)
        tables.dump(self._frame, "csv" if kind == "parquet" else kind, sys.stdout.buffer)
        return "wrote the table to stdout"

    def _preview(self, found: pd.DataFrame) -> str:
        texts = self.texts.head(_PREVIEW)
        rows = [(_in_words(found.iloc[i]), "" if pd.isna(text) else str(text)) for i, text in enumerate(texts)]
        write_lines(grid(("label", self._column), rows))
        return f"showing {len(rows):,} of {len(found):,} rows; -o OUT.csv writes them all"


def _in_words(row: pd.Series[Any]) -> str:
    """A row's label or labels; a dash where there is no answer."""
    if row.isna().any():
        return "-"
    return str(row.iloc[0]) if len(row) == 1 else ", ".join(str(name) for name, hit in row.items() if hit) or "none"


def gaps(run: Run) -> int:
    """How many rows could have a label and have none."""
    return len(run) - run.counts["answered"] - run.counts["missing"]


def count_labels(run: Run) -> dict[str, int]:
    """Rows by label, in the order of the labels."""
    found = run.labels
    counts: Any = found.sum() if isinstance(found, pd.DataFrame) else found.value_counts(sort=False)
    return {str(name): int(n) for name, n in counts.items()}


def explain_gaps(run: Run, *, cached: bool) -> str:
    """Why rows have no label, and what asking again costs, in a sentence.

    Args:
        run: A run with gaps.
        cached: Whether what was answered is in the store.
    """
    reasons = [f"{reason} ({n:,})" for reason, n in run.why()]
    reasons += [f"{run.stopped} ({run.counts['pending']:,} not asked)"] if run.counts["pending"] else []
    why = "; ".join(reasons).replace("retry() asks again", "--retry asks again")
    rest = "the same command again pays for no others" if cached else "nothing is kept in the store"
    return f"{gaps(run):,} of {len(run):,} rows have no label: {why}; {rest}"
