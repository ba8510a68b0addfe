"""Read and write Parquet files with their own types."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pandas as pd

from jsdf.cli.tables.decoding import open_binary
from jsdf.cli.tables.json_tables import is_image_struct
from jsdf.cli.tables.separated_reading import missing_column
from jsdf.cli.tables.table import Table
from jsdf.errors import InvalidInputError


def read_parquet(path: Path, column: str) -> Table:
    """Read a Parquet file; columns have Arrow types.

    Raises:
        InvalidInputError: The file has no such column, or it holds neither texts, bytes nor image structs.
        ValueError: The file is not Parquet.
    """
    import pyarrow.parquet as pq

    file = open_binary(path)
    frame: pd.DataFrame = pd.read_parquet(file, engine="pyarrow", dtype_backend="pyarrow")
    if not isinstance(file, Path):
        file.seek(0)
    names = list(frame.columns)
    if column not in names:
        raise InvalidInputError(missing_column(path, names, column))
    _check_values(path, frame, column)
    return Table(frame, len(names), "parquet", details={"schema": pq.read_schema(file).metadata})


def _check_values(path: Path, frame: pd.DataFrame, column: str) -> None:
    values: Any = frame[column]  # a frame if the name is there twice, which is refused elsewhere
    first = values.dropna().head(1).tolist() if isinstance(values, pd.Series) else []
    if first and not isinstance(first[0], (str, bytes)) and not is_image_struct(first[0]):
        kind = type(first[0]).__name__
        raise InvalidInputError(f"{path}: the column {column!r} holds {kind} values, not texts")


def write_parquet(table: Table, file: IO[bytes]) -> None:
    """Write a Parquet file; columns that were read from one keep their pandas types.

    Raises:
        ValueError: A column has values of several types; also TypeError or NotImplementedError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = pa.Table.from_pandas(table.frame)
    if "schema" in table.details:  # keeps the pandas types of the input, instead of the Arrow types used here
        arrow = arrow.replace_schema_metadata(table.details["schema"])
    pq.write_table(arrow, file)
