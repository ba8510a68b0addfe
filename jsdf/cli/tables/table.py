"""A table in memory, with the text of the records that it was read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from jsdf.cli.tables.file_formats import Format
from jsdf.cli.tables.table_options import Dialect


@dataclass(frozen=True)
class SourceText:
    """Text of the records of a CSV, TSV or JSON file, so that they can be written as they were read.

    Attributes:
        kind: The format.
        records: The text of each record without its end; of CSV and TSV the first is the header.
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
    """Frame that was read from a file.

    Args:
        frame: The columns of the file, and those that were added since.
        width: Number of columns of the file.
        kind: The format of the file.
        source_text: The records of a text file.
        details: Properties of a Parquet or Excel file that its writer keeps.
        notes: Sentences for the user about doubtful records.
        texts: The column to label: the values of the frame, or the texts of Excel's cells.
    """

    frame: pd.DataFrame
    width: int
    kind: Format | None = None
    source_text: SourceText | None = None
    details: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    texts: pd.Series[Any] = field(default_factory=lambda: pd.Series(dtype=object))

    def new_columns(self) -> pd.DataFrame:
        """Return the columns that were added."""
        new: pd.DataFrame = self.frame.iloc[:, self.width :]
        return new

    def without_index(self) -> pd.DataFrame:
        """Return the frame with its index as columns, for formats that have none; only Parquet files have an index."""
        return self.frame if isinstance(self.frame.index, pd.RangeIndex) else self.frame.reset_index()


def missing_column(path: Path, names: Sequence[str], column: str) -> str:
    """Return the message for a column that a file lacks."""
    return f"{path} has no column {column!r}; its columns are {', '.join(map(repr, names))}"
