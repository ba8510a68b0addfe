"""A large file as a sequence of tables, in memory that does not grow with its number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli.tables.decoding import FileText
from jsdf.cli.tables.file_formats import SEPARATORS, Format, is_compressed
from jsdf.cli.tables.parquet_tables import content_size
from jsdf.cli.tables.reading import check_unique, make_reader, read_errors
from jsdf.cli.tables.table import BytesFinder, PartSize, Table
from jsdf.column.sample import ColumnSample
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from jsdf.cli.tables.table_options import TableOptions

#: Sizes from which on a file is read in parts: on the disk, compressed with gzip, and of the values of Parquet.
MIN_BYTES, MIN_ZIPPED_BYTES = 64 << 20, 8 << 20
#: Rows of a part, which fill whole requests, and its size in characters of text or bytes of Parquet.
PART = PartSize(9_600, 4 << 20)
_MIN_PARQUET_ROWS = 32

_OUTPUTS: dict[Format, Sequence[Format]] = {
    "csv": ("csv", "tsv", "jsonl", "parquet"),
    "tsv": ("csv", "tsv", "jsonl", "parquet"),
    "jsonl": ("csv", "tsv", "jsonl"),
    "parquet": ("csv", "tsv", "jsonl", "parquet"),
}


def is_large(path: Path, kind: Format, out_kind: Format) -> bool:
    """Return True if a file is to be read in parts: it is large, and formats permit it.

    Args:
        path: The file.
        kind: Its format.
        out_kind: The format of the output, whose types must not depend on later rows.
    """
    if out_kind not in _OUTPUTS.get(kind, ()) or not path.is_file():
        return False
    with suppress(OSError, ValueError):  # reading it whole gives the message
        if kind == "parquet":
            return content_size(path)[0] >= MIN_BYTES
        return path.stat().st_size >= (MIN_ZIPPED_BYTES if is_compressed(path) else MIN_BYTES)
    return False


@dataclass(frozen=True)
class FileOverview:
    """Facts about a whole file, whose records were all found to be well formed.

    Attributes:
        rows: Number of rows.
        names: The names of the columns.
        index_names: The names of the index, which only Parquet files have.
        notes: Sentences for the user about doubtful records.
        sample: Values of the column that tell its kind: the first ones, and the first of each other kind.
        column_of_bytes: The first column that holds bytes; None if there is none.
    """

    rows: int
    names: list[str]
    index_names: list[Any]
    notes: list[str]
    sample: pd.Series[Any]
    column_of_bytes: Any


class FileParts:
    """Reads a large file part by part, as often as needed; it must not change meanwhile.

    Args:
        path: The file.
        kind: Its format.
        column: A column that must exist exactly once, with texts, bytes or image structs.
        options: Separator, encoding and quoting.
    """

    def __init__(self, path: Path, kind: Format, column: str, options: TableOptions) -> None:
        self.path, self.kind, self.column = path, kind, column
        self._options = options
        self._text = FileText(path, options.encoding)
        self._state = self._read_state()

    def _read_state(self) -> tuple[int, ...]:
        with read_errors(self.path, self.kind):
            state = self.path.stat()
        return state.st_size, state.st_mtime_ns, state.st_ino

    def _check_unchanged(self) -> None:
        if self._read_state() != self._state:
            raise InvalidInputError(f"{self.path} was changed while it was read, and must stay as it is until the end")

    @property
    def is_changed(self) -> bool:
        """True if the file is not what it was at the start, or cannot be read any more."""
        try:
            return self._read_state() != self._state
        except InvalidInputError:
            return True

    def scan(self, kind: str) -> FileOverview:
        """Read the whole file, and check every record.

        Args:
            kind: The kind of the values, `"text"`, `"image"` or `"auto"`.

        Raises:
            InvalidInputError: The file or the column cannot be used; the message says what to do.
        """
        if self.kind != "parquet":
            with read_errors(self.path, self.kind):
                self._text.check()
        notes: list[str] = []
        names: dict[str, None] | list[str] = {}
        index_names: list[Any] = []
        sample, bytes_found, rows = ColumnSample(kind), BytesFinder(), 0
        for table in self._read(notes):
            rows += len(table.frame)
            if self.kind == "jsonl":
                names = dict.fromkeys([*names, *table.frame.columns])
            else:
                names, index_names = list(table.frame.columns), list(table.frame.index.names)
            if self.kind == "parquet":
                bytes_found.add(table.frame)
            sample.add(self._texts(table))
        check_unique(self.path, list(names), self.column)
        return FileOverview(rows, list(names), index_names, notes, sample.values(), bytes_found.column)

    def tables(self, overview: FileOverview, out_kind: Format) -> Iterator[Table]:
        """Yield the tables of the parts, with the column to label in `texts`.

        Args:
            overview: What `scan` returned.
            out_kind: The format in which the tables will be written.

        Raises:
            InvalidInputError: The file has changed, or cannot be read any more.
        """
        for table in self._read([]):
            table.texts = self._texts(table)
            if self.kind == "jsonl" and out_kind != "jsonl":
                table.frame, table.width = table.frame.reindex(columns=overview.names), len(overview.names)
            if self.kind in SEPARATORS:
                table.details["rows_of_file"] = overview.rows
            yield table

    def _read(self, notes: list[str]) -> Iterator[Table]:
        """Yield the tables of the parts, and append what is doubtful about the file to a list."""
        reader = make_reader(self._text, self.path, self.kind, self.column, self._options)
        start = 0
        try:
            with read_errors(self.path, self.kind):
                for table in reader.parts(self._part_size()):
                    self._check_unchanged()
                    end = start + len(table.frame)
                    if isinstance(table.frame.index, pd.RangeIndex):
                        table.frame.index = pd.RangeIndex(start, end)
                    start = end
                    yield table
                notes += reader.notes()
        except InvalidInputError:
            self._check_unchanged()
            raise
        self._check_unchanged()

    def _part_size(self) -> PartSize:
        if self.kind != "parquet":
            return PART
        size, rows = content_size(self.path)
        fitting = int(PART.characters * rows / max(size, 1)) // _MIN_PARQUET_ROWS * _MIN_PARQUET_ROWS
        return PartSize(min(PART.rows, max(fitting, _MIN_PARQUET_ROWS)))

    def _texts(self, table: Table) -> pd.Series[Any]:
        """Return the column to label; without values if no object of a part has the key, or several columns have it."""
        frame = table.frame
        if list(frame.columns).count(self.column) != 1:
            return pd.Series([None] * len(frame), index=frame.index, name=self.column, dtype=object)
        return frame[self.column]
