"""Write a table in one of the formats to an open binary file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import IO

from jsdf.cli.tables.excel_tables import check_excel, write_excel
from jsdf.cli.tables.file_formats import NAMES, SEPARATORS, Format
from jsdf.cli.tables.json_tables import write_records
from jsdf.cli.tables.parquet_tables import write_parquet
from jsdf.cli.tables.separated_writing import format_field, write_separated
from jsdf.cli.tables.table import Table
from jsdf.cli.tables.table_options import DEFAULTS, TableOptions
from jsdf.errors import InvalidInputError


def dump(
    tables: Iterable[Table],
    kind: Format,
    file: IO[bytes],
    options: TableOptions = DEFAULTS,
    *,
    name: str = "the table",
    dry_run: bool = False,
) -> None:
    """Write a table to an open binary file, which stays open and grows with each part of the table.

    Args:
        tables: The table to write, or its parts; Excel and JSON arrays have one part.
        kind: The format.
        file: The file.
        options: Separator, encoding and quoting.
        name: The output, for messages.
        dry_run: True to check only that the format can hold the table, where that is faster than writing it.

    Raises:
        InvalidInputError: The format or the encoding cannot hold the table.
        OSError: The file cannot be written.
    """
    try:
        if kind == "parquet":
            write_parquet(tables, file)
        elif kind == "xlsx":
            (table,) = tables
            check_excel(table) if dry_run else write_excel(table, file)
        else:
            parts = (_text_of(table, kind, options) for table in tables)
            _write_text(parts, file, options.output_encoding(kind))
        file.flush()
    except UnicodeEncodeError as error:
        raise InvalidInputError(_encoding_message(name, options, error)) from None
    except (ValueError, TypeError, ArithmeticError, NotImplementedError) as error:  # pyarrow raises all four
        raise InvalidInputError(f"{name} cannot be written as {NAMES[kind]}: {error}") from None


def _text_of(table: Table, kind: Format, options: TableOptions) -> Iterable[str]:
    if kind in SEPARATORS:
        return write_separated(table, options.dialect(kind, table.kind))
    return write_records(table, kind)


def _write_text(parts: Iterable[Iterable[str]], file: IO[bytes], encoding: str) -> None:
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        for part in parts:
            text.writelines(part)
            text.flush()
    finally:
        text.detach()


def _encoding_message(name: str, options: TableOptions, error: UnicodeEncodeError) -> str:
    lacking, encoding = error.object[error.start : error.start + 1], options.encoding or "UTF-8"
    return f"{name} cannot be written in {encoding}, which has no {lacking!r}; write .jsonl, which is always UTF-8"


def check_labels(names: Iterable[str], kind: Format, source: Format | None, options: TableOptions, output: str) -> None:
    """Check that a file can hold texts that will be added to it.

    Args:
        names: The names of new columns, and labels.
        kind: The format of the file.
        source: The format of the input.
        options: Separator, encoding and quoting.
        output: The file, for messages.

    Raises:
        InvalidInputError: The encoding lacks a character, or an unquoted field would hold the separator.
    """
    encoding = options.output_encoding(kind)
    dialect = options.dialect(kind, source) if kind in SEPARATORS else None
    try:
        for name in names:
            name.encode(encoding)
            if dialect is not None:
                format_field(name, dialect.separator, quotes=dialect.has_quotes)
    except UnicodeEncodeError as error:
        raise InvalidInputError(_encoding_message(output, options, error)) from None
    except ValueError as error:
        raise InvalidInputError(f"{output} cannot be written as {NAMES[kind]}: {error}") from None
