"""Read a table from a file or from standard input."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jsdf.cli.tables.decoding import MemoryText, Text, read_text
from jsdf.cli.tables.excel_tables import read_excel, texts_of
from jsdf.cli.tables.file_formats import NAMES, SEPARATORS, STREAM, Format, format_of
from jsdf.cli.tables.json_tables import JsonReader
from jsdf.cli.tables.parquet_tables import ParquetReader
from jsdf.cli.tables.separated_reading import SeparatedReader
from jsdf.cli.tables.table import WHOLE, Table, TableReader
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
    with read_errors(path, kind):
        table = _read(path, kind, column, options)
    check_unique(path, list(table.frame.columns), column)
    values = table.frame[column]
    table.texts = texts_of(values) if kind == "xlsx" else values
    return table


def _read(path: Path, kind: Format, column: str, options: TableOptions) -> Table:
    if kind == "xlsx":
        return read_excel(path, column, options.sheet)
    text = MemoryText("") if kind == "parquet" else read_text(path, options.encoding)
    reader = make_reader(text, path, kind, column, options)
    (table,) = reader.parts(WHOLE)
    table.notes = reader.notes()
    return table


def make_reader(text: Text, path: Path, kind: Format, column: str, options: TableOptions) -> TableReader:
    """Return the reader of a file that is no workbook.

    Args:
        text: The text of the file, if it is no Parquet.
        path: The file.
        kind: Its format.
        column: A column that must exist.
        options: Separator and quoting.
    """
    if kind == "parquet":
        return ParquetReader(path, column)
    if kind in SEPARATORS:
        return SeparatedReader(text, path, kind, options.dialect(kind), column)
    return JsonReader(text, path, kind, column)


@contextmanager
def read_errors(path: Path, kind: Format) -> Iterator[None]:
    """Turn errors of the libraries and of the system into sentences about the file.

    Raises:
        InvalidInputError: The file cannot be used; the message says what to do.
    """
    try:
        yield
    except InvalidInputError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InvalidInputError(f"{path} is not a gzip file, or is truncated") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # ValueError includes pyarrow's ArrowInvalid
        raise InvalidInputError(f"{path} cannot be read as {NAMES[kind]}: {error}") from None


def check_unique(path: Path, names: Sequence[str], column: str) -> None:
    """Check that a column exists once.

    Raises:
        InvalidInputError: It exists more than once.
    """
    if list(names).count(column) > 1:
        shown = ", ".join(map(repr, names))
        raise InvalidInputError(f"{path} has more than one column {column!r}; its columns are {shown}")
