"""Read a table from a file or from standard input."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from jsdf.cli.tables.decoding import read_text
from jsdf.cli.tables.excel_tables import read_excel, texts_of
from jsdf.cli.tables.file_formats import NAMES, SEPARATORS, STREAM, Format, format_of
from jsdf.cli.tables.json_tables import read_records
from jsdf.cli.tables.parquet_tables import read_parquet
from jsdf.cli.tables.separated_reading import read_separated
from jsdf.cli.tables.table import Table
from jsdf.cli.tables.table_options import DEFAULTS, TableOptions
from jsdf.errors import InvalidInputError


def read(path: Path, column: str, options: TableOptions = DEFAULTS) -> Table:
    """Read a file: CSV and TSV as texts only, JSON and Excel as Python objects, Parquet with its own types.

    Args:
        path: The file, whose extension sets the format; `-` for standard input.
        column: A column that must exist exactly once and hold texts, numbers of Excel, bytes or image structs.
        options: Separator, encoding, quoting, sheet, and the format where the extension does not say it.

    Returns:
        The table, one row a record: a blank line of CSV and TSV is a row of empty cells.

    Raises:
        InvalidInputError: The file or the column cannot be used; the message says what to do.
    """
    kind = format_of(path, options.format)
    if path != STREAM and (path.is_dir() or not path.exists()):
        why = "is a directory; name a file in it" if path.is_dir() else "does not exist"
        raise InvalidInputError(f"{path} {why}")
    try:
        table = _read(path, kind, column, options)
    except InvalidInputError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InvalidInputError(f"{path} is not a gzip file, or is truncated") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # ValueError includes pyarrow's ArrowInvalid
        raise InvalidInputError(f"{path} cannot be read as {NAMES[kind]}: {error}") from None
    if list(table.frame.columns).count(column) > 1:
        names = ", ".join(map(repr, table.frame.columns))
        raise InvalidInputError(f"{path} has more than one column {column!r}; its columns are {names}")
    values = table.frame[column]
    table.texts = texts_of(values) if kind == "xlsx" else values
    return table


def _read(path: Path, kind: Format, column: str, options: TableOptions) -> Table:
    if kind == "parquet":
        return read_parquet(path, column)
    if kind == "xlsx":
        return read_excel(path, column, options.sheet)
    text = read_text(path, options.encoding)
    if kind in SEPARATORS:
        return read_separated(text, path, kind, options.dialect(kind), column)
    return read_records(text, path, kind, column)
