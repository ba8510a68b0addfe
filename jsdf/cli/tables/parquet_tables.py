"""Read and write Parquet files with their own types."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli.tables.decoding import open_binary
from jsdf.cli.tables.table import WHOLE, PartSize, Table, missing_column
from jsdf.column import is_image_struct
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    import pyarrow as pa

_READ_BYTES = 1 << 20  # of a column that are read at a time
#: Size of a row group that is written from parts, unless a part is larger.
_GROUP_ROWS, _GROUP_BYTES = 100_000, 64 << 20


def content_size(path: Path) -> tuple[int, int]:
    """Return the size of the values of a Parquet file without compression, in bytes, and its number of rows.

    Raises:
        ValueError: The file is not Parquet.
        OSError: The file cannot be read.
    """
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    return sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)), metadata.num_rows


class ParquetReader:
    """Reads a Parquet file; columns have Arrow types.

    Args:
        path: The file; `-` for standard input.
        column: A column that must exist, with texts, bytes or image structs.
    """

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column
        self._is_checked = False

    def notes(self) -> list[str]:
        """Return no sentences: nothing is doubtful."""
        return []

    def parts(self, size: PartSize = WHOLE) -> Iterator[Table]:
        """Yield the tables of the parts.

        Raises:
            InvalidInputError: The file has no such column, or it holds neither texts, bytes nor image structs.
            ValueError: The file is not Parquet.
        """
        import pyarrow.parquet as pq

        is_whole = math.isinf(size.rows)
        source, buffer = open_binary(self._path), 0 if is_whole else _READ_BYTES
        with closing(pq.ParquetFile(source, buffer_size=buffer)) as file:  # without columns of folders as `year=2020`
            if is_whole:
                yield self._to_table(file.read(), is_start=True)
                return
            is_start = True
            for arrow in _read_parts(file, int(size.rows)):
                yield self._to_table(arrow, is_start=is_start)
                is_start = False

    def _to_table(self, arrow: pa.Table, *, is_start: bool) -> Table:
        frame: pd.DataFrame = arrow.to_pandas(types_mapper=pd.ArrowDtype)
        names = list(frame.columns)
        if self._column not in names:
            raise InvalidInputError(missing_column(self._path, names, self._column))
        self._check_values(frame)
        return Table(frame, len(names), "parquet", details={"arrow": arrow}, is_start=is_start)

    def _check_values(self, frame: pd.DataFrame) -> None:
        """Refuse a column whose first value is neither a text, bytes nor an image struct."""
        values: Any = frame[self._column]  # a frame if the name is there twice, which is refused elsewhere
        first = values.dropna().head(1).tolist() if isinstance(values, pd.Series) and not self._is_checked else []
        self._is_checked = self._is_checked or bool(first)
        if first and not isinstance(first[0], (str, bytes)) and not is_image_struct(first[0]):
            kind = type(first[0]).__name__
            raise InvalidInputError(f"{self._path}: the column {self._column!r} holds {kind} values, not texts")


def _read_parts(file: Any, rows: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    is_empty = True
    for batch in file.iter_batches(batch_size=rows):
        is_empty = False
        yield pa.Table.from_batches([batch])
    if is_empty:
        yield file.schema_arrow.empty_table()


def write_parquet(tables: Iterable[Table], file: IO[bytes]) -> None:
    """Write a Parquet file; the columns of one that was read stay as they are, with their types and metadata.

    Args:
        tables: The table, or its parts, whose types must be equal.
        file: The file.

    Raises:
        ValueError: A column has values of several types, or a number that is too large; also TypeError, OverflowError
            or NotImplementedError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: pq.ParquetWriter | None = None
    try:
        for group in _groups(map(_to_arrow, tables)):
            arrow = group[0] if len(group) == 1 else pa.concat_tables(group)
            writer = writer or pq.ParquetWriter(file, arrow.schema)
            writer.write_table(arrow)
    finally:
        if writer is not None:
            writer.close()


def _groups(tables: Iterable[pa.Table]) -> Iterator[list[pa.Table]]:
    """Gather tables until they are large enough for a row group."""
    group: list[pa.Table] = []
    rows = size = 0
    for table in tables:
        group.append(table)
        rows, size = rows + table.num_rows, size + table.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group


def _to_arrow(table: Table) -> pa.Table:
    import pyarrow as pa

    too_large = table.details.get("too_large")
    if too_large is not None:
        raise ValueError(f"{too_large[:60]} is beyond its numbers; write .jsonl or .csv")
    arrow = table.details.get("arrow")
    if arrow is None:
        arrow = pa.Table.from_pandas(table.frame)
        rows = table.details.get("rows_of_file")
        return arrow if rows is None else _with_index(arrow, rows)
    for name, column in table.new_columns().items():
        arrow = arrow.append_column(str(name), pa.array(column, from_pandas=True))
    return arrow


def _with_index(arrow: pa.Table, rows: int) -> pa.Table:
    """Return the table of a part of a file with the index of all its rows in the metadata of pandas."""
    metadata = json.loads(arrow.schema.metadata[b"pandas"])
    metadata["index_columns"][0].update(start=0, stop=rows)
    return arrow.replace_schema_metadata({**arrow.schema.metadata, b"pandas": json.dumps(metadata).encode()})
