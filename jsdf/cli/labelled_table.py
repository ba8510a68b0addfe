"""A table on the command line, to be filled with labels and given back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli import tables
from jsdf.cli.terminal import format_table, write_lines
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import pluralize
from jsdf.utils.image_names import looks_like_image_name
from jsdf.utils.paths import file_exists, is_path

if TYPE_CHECKING:
    from jsdf.results.run import Run

_PREVIEW_ROWS = 10  # rows
_MAX_CHECKED = 1_000  # rows


class LabelledTable:
    """A file, read, and known to be writable where it shall go: all that can be wrong is wrong before a run.

    Args:
        file: The input.
        column: The column to label.
        out: Where the result goes; None for stdout.
        added: The names of the new columns.

    Raises:
        InvalidInputError: The file cannot be read, a column is missing or taken, or `out` cannot be written
            or is in a format that its columns do not fit into.
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
            self._refuse_bytes(tables.format_of(out))
            tables.write(self._frame, out, dry_run=True)
        elif not sys.stdout.isatty():
            self._refuse_bytes(self._piped)

    @property
    def _piped(self) -> tables.Format:
        """What a pipe gets: no Parquet, which cannot be read from one."""
        kind = tables.format_of(self._file)
        return "csv" if kind == "parquet" else kind

    def _refuse_bytes(self, kind: tables.Format) -> None:
        name = None if kind == "parquet" else _column_of_bytes(self._frame)
        if name is not None:
            raise InvalidInputError(
                f"{self._file}: its column {name!r} holds bytes, which only Parquet takes; give -o OUT.parquet"
            )

    @property
    def texts(self) -> pd.Series[Any]:
        """The column to label."""
        return self._frame[self._column]

    def write_labels(self, run: Run) -> str:
        """Give back the table with its labels, as far as there are any; returns where it went."""
        if unlabelled_count(run) and not run.counts["answered"]:
            return "nothing to write"
        found = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for i, name in enumerate(self._added):
            self._frame[name] = found.iloc[:, i].array
        if self._out is not None:
            tables.write(self._frame, self._out)
            return f"wrote {self._out}"
        if sys.stdout.isatty():
            return self._preview(found)
        tables.dump(self._frame, self._piped, sys.stdout.buffer)
        return "wrote the table to stdout"

    def _preview(self, found: pd.DataFrame) -> str:
        rows = [(_in_words(found.iloc[i]), _shown(text)) for i, text in enumerate(self.texts.head(_PREVIEW_ROWS))]
        write_lines(format_table(("label", self._column), rows))
        out = "OUT.csv" if _column_of_bytes(self._frame) is None else "OUT.parquet"
        return f"showing {len(rows):,} of {pluralize(len(found), 'row')}; -o {out} writes them all"


def check_image_paths(file: Path, texts: pd.Series[Any], kind: str) -> None:
    """Refuse images whose paths start at the table, where all would start at the current folder and lead nowhere.

    Args:
        file: The table.
        texts: Its column to label; the first thousand are looked at.
        kind: What `--kind` says.

    Raises:
        InvalidInputError: None is here, and one is beside the table.
    """
    first = texts.dropna().head(_MAX_CHECKED).tolist()
    if kind == "text" or not all(isinstance(t, str) and (kind == "image" or looks_like_image_name(t)) for t in first):
        return
    paths = [t for t in first if is_path(t)]
    if any(file_exists(path, Path()) for path in paths):
        return
    found = next((path for path in paths if file_exists(path, file.parent)), None)
    if found is not None:
        raise InvalidInputError(
            f"{file}: {found!r} is not here, where paths start, but beside the table; run jsdf in {file.parent}"
        )


def _column_of_bytes(frame: pd.DataFrame) -> Any:
    """The name of the first column with bytes in it, None where there is none."""
    firsts = ((name, column.dropna().head(1).tolist()) for name, column in frame.items())
    return next((name for name, first in firsts if any(map(_has_bytes, first))), None)


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, dict) and any(map(_has_bytes, value.values())))


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return pluralize(len(value), "byte")
    return "" if pd.isna(value) else str(value)


def _in_words(row: pd.Series[Any]) -> str:
    """A row's label or labels; a dash where there is no answer."""
    if row.isna().any():
        return "-"
    return str(row.iloc[0]) if len(row) == 1 else ", ".join(str(name) for name, hit in row.items() if hit) or "none"


def unlabelled_count(run: Run) -> int:
    """How many rows could have a label and have none."""
    return len(run) - run.counts["answered"] - run.counts["missing"]


def count_labels(run: Run) -> dict[str, int]:
    """Rows by label, in the order of the labels."""
    found = run.labels
    counts: Any = found.sum() if isinstance(found, pd.DataFrame) else found.value_counts(sort=False)
    return {str(name): int(n) for name, n in counts.items()}


def explain_unlabelled(run: Run, *, cached: bool) -> str:
    """Why rows have no label, and what asking again costs, in a sentence.

    Args:
        run: A run with gaps.
        cached: Whether what was answered is in the store.
    """
    reasons = [f"{reason} ({n:,})" for reason, n in run.top_reasons()]
    reasons += [f"{run.stopped} ({run.counts['pending']:,} not asked)"] if run.counts["pending"] else []
    why = "; ".join(reasons).replace("retry() asks again", "--retry asks again")
    rest = "the same command again pays for no others" if cached else "nothing is kept in the store"
    verb = "has" if unlabelled_count(run) == 1 else "have"
    return f"{unlabelled_count(run):,} of {pluralize(len(run), 'row')} {verb} no label: {why}; {rest}"
