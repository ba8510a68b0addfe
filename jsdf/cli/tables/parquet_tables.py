"""Read and write Parquet files with their own types."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pandas as pd

from jsdf.cli.tables.decoding import open_binary
from jsdf.cli.tables.table import Table, missing_column
from jsdf.column import is_image_struct
from jsdf.errors import InvalidInputError


def read_parquet(path: Path, column: str) -> Table:
    """Read a Parquet file; columns have Arrow types.

    Raises:
        InvalidInputError: The file has no such column, or it holds neither texts, bytes nor image structs.
        ValueError: The file is not Parquet.
    """
    import pyarrow.parquet as pq

    file = open_binary(path)
    arrow = pq.read_table(file, partitioning=None)  # else a folder `year=2020` becomes a column
    frame: pd.DataFrame = arrow.to_pandas(types_mapper=pd.ArrowDtype)
    names = list(frame.columns)
    if column not in names:
        raise InvalidInputError(missing_column(path, names, column))
    _check_values(path, frame, column)
    return Table(frame, len(names), "parquet", details={"arrow": arrow})


def _check_values(path: Path, frame: pd.DataFrame, column: str) -> None:
    values: Any = frame[column]  # a frame if the name is there twice, which is refused elsewhere
    first = values.dropna().head(1).tolist() if isinstance(values, pd.Series) else []
    if first and not isinstance(first[0], (str, bytes)) and not is_image_struct(first[0]):
        kind = type(first[0]).__name__
        raise InvalidInputError(f"{path}: the column {column!r} holds {kind} values, not texts")


def write_parquet(table: Table, file: IO[bytes]) -> None:
    """Write a Parquet file; the columns of one that was read stay as they are, with their types and metadata.

    Raises:
        ValueError: A column has values of several types, or a number that is too large; also TypeError, OverflowError
            or NotImplementedError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    too_large = table.details.get("too_large")
    if too_large is not None:
        raise ValueError(f"{too_large[:60]} is beyond its numbers; write .jsonl or .csv")
    arrow = table.details.get("arrow")
    if arrow is None:
        arrow = pa.Table.from_pandas(table.frame)
    else:
        for name, column in table.new_columns().items():
            arrow = arrow.append_column(str(name), pa.array(column, from_pandas=True))
    pq.write_table(arrow, file)
