"""The table of `jsdf classify` in memory: check input and output, add labels, write or preview the result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli import tables
from jsdf.cli.preview import show_preview
from jsdf.cli.tables import TableOptions
from jsdf.cli.tables.table import BytesFinder
from jsdf.cli.written_labels import WrittenLabels, write_labels
from jsdf.errors import InvalidInputError
from jsdf.utils.image_names import looks_like_image_name
from jsdf.utils.paths import file_exists, is_path

if TYPE_CHECKING:
    from jsdf.cli.label_columns import LabelColumns
    from jsdf.cli.table_output import TableOutput
    from jsdf.results.run import Run

_MAX_ROWS_CHECKED = 1_000


class LabelledTable:
    """An input table whose output is known to be writable. All checks happen here, before anything is sent.

    Args:
        file: The input file; `-` for standard input.
        column: The column to label.
        output: The output.
        new_columns: The columns to add.
        options: Format, separator, encoding, quoting and sheet.
        label_names: The labels, which the output must be able to hold.

    Raises:
        InvalidInputError: The file cannot be read, a column is missing or exists already, or the output cannot be
            written or its format cannot hold the columns.
    """

    def __init__(
        self,
        file: Path,
        column: str,
        output: TableOutput,
        new_columns: LabelColumns,
        options: TableOptions,
        *,
        label_names: Sequence[str] = (),
    ) -> None:
        self._output, self._new_columns = output, new_columns
        self._table = tables.read(file, column, options)
        frame, bytes_finder = self._table.frame, BytesFinder()
        new_columns.check_names(file, [*frame.columns, *frame.index.names])
        bytes_finder.add(frame)
        self._column_of_bytes = bytes_finder.column
        if not output.is_preview:
            output.check([self._table], [*new_columns.names, *label_names], self._column_of_bytes)

    @property
    def is_for_stdout(self) -> bool:
        """True if the output is standard output."""
        return self._output.is_for_stdout

    @property
    def texts(self) -> pd.Series[Any]:
        """The column to label."""
        return self._table.texts

    @property
    def notes(self) -> list[str]:
        """Sentences about records of the input that are in doubt."""
        return self._table.notes

    def write_labels(self, run: Run, *, is_stored: bool) -> WrittenLabels:
        """Add the labels and write the table to the output, or where it can be written, or preview it on a terminal.

        Nothing is written where no row was answered and some row needs a label.

        Args:
            run: The run on the column.
            is_stored: True if its answers are in the store.

        Raises:
            BrokenPipeError: The reader closed standard output, and a rerun costs nothing.
        """
        if not run.counts["answered"] and len(run) > run.counts["missing"]:
            return WrittenLabels("nothing to write")
        labels = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for name, values in zip(self._new_columns.names, self._new_columns.values(run), strict=True):
            self._table.frame[name] = values

        def write() -> str:
            if self._output.is_preview:
                has_bytes = self._column_of_bytes is not None
                return show_preview(self.texts, labels, len(run), has_bytes=has_bytes)
            return self._output.write([self._table])

        return write_labels(write, self._output, [self._table], engine=run.engine, is_stored=is_stored)


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
