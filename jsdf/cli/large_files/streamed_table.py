"""The table of `jsdf classify` where the file is large: it is checked, read and written part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli.large_files.file_parts import FileParts
from jsdf.cli.preview import PREVIEW_ROWS, show_preview
from jsdf.cli.tables.table import PartsStopped, stopped_by_errors

if TYPE_CHECKING:
    from jsdf.cli.label_columns import LabelColumns
    from jsdf.cli.table_output import TableOutput
    from jsdf.cli.tables import Table, TableOptions
    from jsdf.results.run import Run


class StreamedTable:
    """A large file whose output is known to be writable. All checks happen here, before anything is sent.

    Args:
        file: The input file.
        column: The column to label.
        output: The output.
        new_columns: The columns to add.
        options: Format, separator, encoding and quoting.
        label_names: The labels, which the output must be able to hold.
        kind: The kind of the values, `"text"`, `"image"` or `"auto"`.

    Attributes:
        column: The column to label.
        output: The output.
        rows: Number of rows of the file.
        notes: Sentences about records of the input that are in doubt.
        texts: Values of the column that tell its kind.

    Raises:
        InvalidInputError: As for `LabelledTable`.
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
        kind: str = "auto",
    ) -> None:
        self.column, self.output, self._new_columns = column, output, new_columns
        self._file = FileParts(file, output.source_kind, column, options)
        self._overview = self._file.scan(kind)
        self.rows, self.notes, self.texts = self._overview.rows, self._overview.notes, self._overview.sample
        new_columns.check_names(file, [*self._overview.names, *self._overview.index_names])
        if not output.is_preview:
            names, parts = [*new_columns.names, *label_names], stopped_by_errors(self.parts())
            try:
                output.check(parts, names, self._overview.column_of_bytes)
            except PartsStopped as stop:
                raise stop.error from None

    def parts(self) -> Iterator[Table]:
        """Yield the tables of the parts, without labels.

        Raises:
            InvalidInputError: The file has changed, or cannot be read any more.
        """
        return self._file.tables(self._overview, self.output.kind)

    @property
    def is_changed(self) -> bool:
        """True if the file is not what it was when it was checked, or cannot be read any more."""
        return self._file.is_changed

    def add_labels(self, run: Run, parts: Sequence[Table]) -> None:
        """Add the labels of a run to the parts that it labelled; the types of columns do not depend on the rows."""
        columns = dict(zip(self._new_columns.names, self._new_columns.values(run), strict=True))
        start = 0
        for part in parts:
            end = start + len(part.frame)
            for name, values in columns.items():
                part.frame[name] = values[start:end]
            start = end

    def write(self, parts: Iterable[Table]) -> str:
        """Write labelled parts to the output, or show the first rows on the terminal, and return a phrase about it."""
        return self._preview(parts) if self.output.is_preview else self.output.write(parts)

    def _preview(self, parts: Iterable[Table]) -> str:
        """Read all parts, which labels them, and show the first rows."""
        texts: list[pd.Series[Any]] = []
        labels: list[pd.DataFrame] = []
        for part in parts:
            if sum(map(len, texts)) < PREVIEW_ROWS:
                texts.append(part.texts.head(PREVIEW_ROWS))
                labels.append(part.new_columns().iloc[:PREVIEW_ROWS, : self._new_columns.label_count])
        has_bytes = self._overview.column_of_bytes is not None
        return show_preview(pd.concat(texts), pd.concat(labels), self.rows, has_bytes=has_bytes)
