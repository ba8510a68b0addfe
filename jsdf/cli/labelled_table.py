"""The table of `jsdf classify`: check input and output, add labels, write or preview the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli import tables
from jsdf.cli.run_report import unlabelled_count
from jsdf.cli.tables import STREAM, Format, TableOptions
from jsdf.cli.tables.file_formats import BINARY, NAMES
from jsdf.cli.tables.table_options import DEFAULTS
from jsdf.cli.terminal import buffered_stdout, check_stdout, format_table, write_lines
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
        file: The input file; `-` for standard input.
        column: The column to label.
        out: The output file; `-` for standard output, None for a preview on a terminal and else standard output.
        new_columns: The names of the columns for the labels.
        options: Format, separator, encoding, quoting and sheet.
        label_names: The labels, which the output must be able to hold.

    Raises:
        InvalidInputError: The file cannot be read, a column is missing or exists already, or `out` cannot be written
            or its format cannot hold the columns.
    """

    def __init__(
        self,
        file: Path,
        column: str,
        out: Path | None,
        new_columns: Sequence[str],
        options: TableOptions = DEFAULTS,
        *,
        label_names: Sequence[str] = (),
    ) -> None:
        self._file, self._column, self._new_columns, self._options = file, column, new_columns, options
        kind = tables.format_of(file, options.format)
        self._out = None if out == STREAM else out
        self._is_preview = out is None and sys.stdout.isatty()
        self._is_stdout_begun = False
        self._out_kind = self._output_format(kind)
        options.check_use(file, kind, self._out, self._out_kind)
        self._table = tables.read(file, column, options)
        frame = self._table.frame
        taken = next((name for name in new_columns if name in frame.columns or name in frame.index.names), None)
        if taken is not None:
            advice = "choose another name with --into" if len(new_columns) == 1 else "rename it, or the label"
            raise InvalidInputError(f"{file} has a column {taken!r} already; {advice}")
        if not self._is_preview:
            self._check_output([*new_columns, *label_names])

    def _output_format(self, kind: Format) -> Format:
        """Return the format of the output; for a pipe that of the input, or CSV where that is binary."""
        if self._out is not None:
            return tables.format_of(self._out, self._options.format, output=True)
        if self._options.format is not None:
            return self._options.format
        return "csv" if kind in BINARY else kind

    def _check_output(self, texts: Sequence[str]) -> None:
        if self._out is not None and self._file != STREAM and _is_same_file(self._out, self._file):
            raise InvalidInputError(f"{self._out} is the input, which is never overwritten; choose another name")
        self._refuse_bytes()
        if self._out is None and self._out_kind in BINARY and sys.stdout.isatty():
            raise InvalidInputError(f"- is a terminal, which cannot show {NAMES[self._out_kind]}; name a file with -o")
        tables.check_labels(texts, self._out_kind, self._table.kind, self._options, self.out_name)
        if self._out is not None:
            tables.write([self._table], self._out, self._options, dry_run=True)
        else:
            check_stdout()
            with Path(os.devnull).open("wb") as nowhere:
                tables.dump([self._table], self._out_kind, nowhere, self._options, name=self.out_name, dry_run=True)

    @property
    def out_name(self) -> str:
        """The output, for messages."""
        return "standard output" if self._out is None else str(self._out)

    @property
    def is_for_stdout(self) -> bool:
        """True if the output is standard output."""
        return self._out is None

    def _refuse_bytes(self) -> None:
        name = None if self._out_kind == "parquet" else _column_of_bytes(self._table.frame)
        if name is not None:
            raise InvalidInputError(
                f"{self._file}: its column {name!r} holds bytes, which only Parquet can store; pass -o OUT.parquet"
            )

    @property
    def texts(self) -> pd.Series[Any]:
        """The column to label."""
        return self._table.texts

    @property
    def notes(self) -> list[str]:
        """Sentences about records of the input that are in doubt."""
        return self._table.notes

    def write_labels(self, run: Run) -> str:
        """Add the labels and write the table to the output file or to stdout, or preview it on a terminal.

        Nothing is written where no row was answered and some row needs a label.

        Returns:
            A phrase for the user about the output, as in "wrote out.csv".

        Raises:
            InvalidInputError: The output cannot be written.
            OSError: Standard output cannot be written, or was written before.
        """
        if unlabelled_count(run) and not run.counts["answered"]:
            return "nothing to write"
        labels = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for i, name in enumerate(self._new_columns):
            self._table.frame[name] = labels.iloc[:, i].array
        if self._is_preview:
            return self._preview(labels)
        if self._out is not None:
            tables.write([self._table], self._out, self._options)
            return f"wrote {self._out}"
        self.write_to_stdout()
        return "wrote the table to stdout"

    def write_to_stdout(self) -> None:
        """Write the table with the labels that were added to standard output, which gets no second table.

        Raises:
            OSError: It cannot be written, or was written before.
        """
        if self._is_stdout_begun:
            raise OSError("it was written in part")
        self._is_stdout_begun = True
        with buffered_stdout() as file:
            tables.dump([self._table], self._out_kind, file, self._options, name="standard output")

    def write_elsewhere(self) -> Path | None:
        """Write the table with the labels that were added to a new file, and return its path; None if that fails."""
        name = "table" if self._out is None else self._out.name
        return tables.write_elsewhere([self._table], name, self._out_kind, self._options)

    def _preview(self, labels: pd.DataFrame) -> str:
        texts = self.texts.head(_PREVIEW_ROWS)
        rows = [(_format_labels(labels.iloc[i]), _format_value(text)) for i, text in enumerate(texts)]
        write_lines(format_table(("label", self._column), rows))
        out = "OUT.csv" if _column_of_bytes(self._table.frame) is None else "OUT.parquet"
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


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # no such file, or no such name
        return False


def _column_of_bytes(frame: pd.DataFrame) -> Any:
    """Return the name of the first column that holds bytes, or None. Only the first value of a column is checked."""
    first_values = ((name, column.dropna().head(1).tolist()) for name, column in frame.items())
    return next((name for name, values in first_values if any(map(_has_bytes, values))), None)


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, dict) and any(map(_has_bytes, value.values())))


def _format_value(value: Any) -> str:
    if isinstance(value, dict):  # an image struct
        value = value.get("bytes") or value.get("path")
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
