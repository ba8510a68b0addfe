"""The table of `jsdf classify`: check input and output, add labels, write or preview the result."""

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

_PREVIEW_ROWS = 10
_MAX_ROWS_CHECKED = 1_000


class LabelledTable:
    """An input table whose output is known to be writable. All checks happen here, before anything is sent.

    Args:
        file: The input file.
        column: The column to label.
        out: The output file; None for stdout.
        new_columns: The names of the columns for the labels.

    Raises:
        InvalidInputError: The file cannot be read, a column is missing or exists already, or `out` cannot be written
            or its format cannot hold the columns.
    """

    def __init__(self, file: Path, column: str, out: Path | None, new_columns: Sequence[str]) -> None:
        self._frame = tables.read(file, column)
        self._file, self._column, self._out, self._new_columns = file, column, out, new_columns
        taken = next((name for name in new_columns if name in self._frame.columns), None)
        if taken is not None:
            advice = "choose another name with --into" if len(new_columns) == 1 else "rename it, or the label"
            raise InvalidInputError(f"{file} has a column {taken!r} already; {advice}")
        if out is not None:
            if out.exists() and out.samefile(file):
                raise InvalidInputError(f"{out} is the input, which is never overwritten; choose another name")
            self._refuse_bytes(tables.format_of(out))
            tables.write(self._frame, out, dry_run=True)
        elif not sys.stdout.isatty():
            self._refuse_bytes(self._stdout_format)

    @property
    def _stdout_format(self) -> tables.Format:
        """The format for a pipe: that of the input, or CSV for Parquet, which cannot be read from a pipe."""
        kind = tables.format_of(self._file)
        return "csv" if kind == "parquet" else kind

    def _refuse_bytes(self, kind: tables.Format) -> None:
        name = None if kind == "parquet" else _column_of_bytes(self._frame)
        if name is not None:
            raise InvalidInputError(
                f"{self._file}: its column {name!r} holds bytes, which only Parquet can store; pass -o OUT.parquet"
            )

    @property
    def texts(self) -> pd.Series[Any]:
        """The column to label."""
        return self._frame[self._column]

    def write_labels(self, run: Run) -> str:
        """Add the labels and write the table to the output file or to stdout, or preview it on a terminal.

        Nothing is written where no row was answered and some row needs a label.

        Returns:
            A phrase for the user about the output, as in "wrote out.csv".
        """
        if unlabelled_count(run) and not run.counts["answered"]:
            return "nothing to write"
        labels = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for i, name in enumerate(self._new_columns):
            self._frame[name] = labels.iloc[:, i].array
        if self._out is not None:
            tables.write(self._frame, self._out)
            return f"wrote {self._out}"
        if sys.stdout.isatty():
            return self._preview(labels)
        tables.dump(self._frame, self._stdout_format, sys.stdout.buffer)
        return "wrote the table to stdout"

    def _preview(self, labels: pd.DataFrame) -> str:
        texts = self.texts.head(_PREVIEW_ROWS)
        rows = [(_format_labels(labels.iloc[i]), _format_value(text)) for i, text in enumerate(texts)]
        write_lines(format_table(("label", self._column), rows))
        out = "OUT.csv" if _column_of_bytes(self._frame) is None else "OUT.parquet"
        return f"showing {len(rows):,} of {pluralize(len(labels), 'row')}; -o {out} writes them all"


def check_image_paths(file: Path, texts: pd.Series[Any], kind: str) -> None:
    """Reject image paths that are relative to the table; `classify` resolves paths in the current directory.

    Args:
        file: The table.
        texts: Its column to label; the first 1,000 values are checked.
        kind: The value of `--kind`.

    Raises:
        InvalidInputError: No path exists in the current directory, and one exists in the folder of the table.
    """
    first = texts.dropna().head(_MAX_ROWS_CHECKED).tolist()
    if kind == "text" or not all(isinstance(t, str) and (kind == "image" or looks_like_image_name(t)) for t in first):
        return
    paths = [t for t in first if is_path(t)]
    if any(file_exists(path, Path()) for path in paths):
        return
    beside_table = next((path for path in paths if file_exists(path, file.parent)), None)
    if beside_table is not None:
        raise InvalidInputError(
            f"{file}: {beside_table!r} is not in the current directory, where paths start, but beside the table; "
            f"run jsdf in {file.parent}"
        )


def _column_of_bytes(frame: pd.DataFrame) -> Any:
    """Return the name of the first column that holds bytes, or None. Only the first value of a column is checked."""
    first_values = ((name, column.dropna().head(1).tolist()) for name, column in frame.items())
    return next((name for name, values in first_values if any(map(_has_bytes, values))), None)


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, dict) and any(map(_has_bytes, value.values())))


def _format_value(value: Any) -> str:
    if isinstance(value, bytes):
        return pluralize(len(value), "byte")
    return "" if pd.isna(value) else str(value)


def _format_labels(row: pd.Series[Any]) -> str:
    """Return the label or labels of a row as text; a dash for a row without an answer."""
    if row.isna().any():
        return "-"
    if len(row) == 1:
        return str(row.iloc[0])
    return ", ".join(str(name) for name, applies in row.items() if applies) or "none"


def unlabelled_count(run: Run) -> int:
    """Return the number of rows without a label, not counting missing values."""
    return len(run) - run.counts["answered"] - run.counts["missing"]


def count_labels(run: Run) -> dict[str, int]:
    """Return the number of rows by label, in the order of the labels."""
    labels = run.labels
    counts: Any = labels.sum() if isinstance(labels, pd.DataFrame) else labels.value_counts(sort=False)
    return {str(name): int(n) for name, n in counts.items()}


def explain_unlabelled(run: Run, *, cached: bool) -> str:
    """Return one sentence about the rows without a label: their number, the reasons, and the cost of a rerun.

    Args:
        run: A run in which some rows have no label.
        cached: True if the answers are in the store.
    """
    reasons = [f"{reason} ({n:,})" for reason, n in run.top_reasons()]
    reasons += [f"{run.stopped} ({run.counts['pending']:,} not sent)"] if run.counts["pending"] else []
    why = "; ".join(reasons).replace("retry() asks again", "--retry asks again")
    rerun = "running the same command again pays for no other rows" if cached else "no answer is kept in the store"
    verb = "has" if unlabelled_count(run) == 1 else "have"
    return f"{unlabelled_count(run):,} of {pluralize(len(run), 'row')} {verb} no label: {why}; {rerun}"
