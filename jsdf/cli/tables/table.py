"""A table in memory, with the text of the records that it was read from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pandas as pd

from jsdf.cli.tables.file_formats import Format
from jsdf.cli.tables.table_options import Dialect


class PartSize(NamedTuple):
    """Maximum size of the parts in which a file is read.

    Attributes:
        rows: Number of rows.
        characters: Number of characters of a text file, which the last row of a part may exceed.
    """

    rows: float = math.inf
    characters: float = math.inf

    def is_reached(self, rows: int, characters: int) -> bool:
        """Return True if a part of this size is complete."""
        return rows >= self.rows or characters >= self.characters


#: The size of a part that is the whole file.
WHOLE = PartSize()


@dataclass(frozen=True)
class SourceText:
    """Text of the records of a CSV, TSV or JSON file, so that they can be written as they were read.

    Attributes:
        kind: The format.
        records: The text of each record without its end; of CSV and TSV the first is the header, if the table has it.
        ends: The text after each record: a line end, or the comma between two objects.
        prefix: The text before the first record.
        dialect: The dialect of CSV and TSV.
        all_quoted: True if every field of the header of CSV or TSV is quoted.
    """

    kind: Format
    records: list[str]
    ends: list[str]
    prefix: str = ""
    dialect: Dialect | None = None
    all_quoted: bool = False


@dataclass
class Table:
    """Frame that was read from a file, or from a part of it.

    Args:
        frame: The columns of the file, and those that were added since.
        width: Number of columns of the file.
        kind: The format of the file.
        source_text: The records of a text file.
        details: Properties of a Parquet or Excel file that its writer keeps.
        notes: Sentences for the user about doubtful records.
        texts: The column to label: the values of the frame, or the texts of Excel's cells.
        is_start: False for a part of a file that follows others, and has no header.
    """

    frame: pd.DataFrame
    width: int
    kind: Format | None = None
    source_text: SourceText | None = None
    details: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    texts: pd.Series[Any] = field(default_factory=lambda: pd.Series(dtype=object))
    is_start: bool = True

    def new_columns(self) -> pd.DataFrame:
        """Return the columns that were added."""
        new: pd.DataFrame = self.frame.iloc[:, self.width :]
        return new

    def without_index(self) -> pd.DataFrame:
        """Return the frame with its index as columns, for formats that have none; only Parquet files have an index."""
        return self.frame if isinstance(self.frame.index, pd.RangeIndex) else self.frame.reset_index()


class TableReader(Protocol):
    """Reader of a file, in parts; can be used once."""

    def parts(self, size: PartSize) -> Iterator[Table]:
        """Yield the tables of the parts, at least one; their `texts` are empty.

        Raises:
            InvalidInputError: A record or the column cannot be used; for some, after the last part.
        """

    def notes(self) -> list[str]:
        """Return sentences for the user about doubtful records, once all parts were read."""


def missing_column(path: Path, names: Sequence[str], column: str) -> str:
    """Return the message for a column that a file lacks."""
    return f"{path} has no column {column!r}; its columns are {', '.join(map(repr, names))}"


class BytesFinder:
    """Finds the first column of a table that holds bytes; only the first value of a column is checked."""

    def __init__(self) -> None:
        self._names: list[Any] = []
        self._has_bytes: dict[int, bool] = {}

    def add(self, frame: pd.DataFrame) -> None:
        """Check the next part of the table."""
        self._names = list(frame.columns)
        for i in range(frame.shape[1]):
            if i not in self._has_bytes:
                self._has_bytes.update((i, _has_bytes(value)) for value in frame.iloc[:, i].dropna().head(1).tolist())

    @property
    def column(self) -> Any:
        """The name of the column; None if there is none."""
        return next((name for i, name in enumerate(self._names) if self._has_bytes.get(i)), None)


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, dict) and any(map(_has_bytes, value.values())))


class PartsStopped(Exception):  # noqa: N818 - neither the fault of the output nor one of its errors
    """Raised while the parts of a table are made; no error of the output that takes them.

    Args:
        error: The error.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def stopped_by_errors(parts: Iterator[Table]) -> Iterator[Table]:
    """Yield parts, and turn an error of their source into a `PartsStopped`."""
    try:
        yield from parts
    except Exception as error:  # noqa: BLE001 - whatever it is, the output is not to blame
        raise PartsStopped(error) from None
