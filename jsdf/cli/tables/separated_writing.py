"""Write CSV and TSV files: records that were read from one of the same dialect keep their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from jsdf.cli.tables.formula_guard import guard
from jsdf.cli.tables.json_values import nested_text
from jsdf.cli.tables.table import SourceText, Table
from jsdf.cli.tables.table_options import Dialect
from jsdf.utils.missing import is_missing


def write_separated(table: Table, dialect: Dialect) -> Iterator[str]:
    """Yield the text of a CSV or TSV file, record by record.

    Raises:
        ValueError: With `--quoting none`, a field contains the separator or a line end.
    """
    source = table.source_text
    if source is not None and source.dialect is not None and _is_same(source.dialect, dialect):
        records = _safe_records(source, table, dialect) if dialect.safe_cells else source.records
        yield from _with_fields_appended(source, records, table, dialect)
        return
    for fields in _rows(table.without_index(), dialect, has_header=table.is_start):
        yield _join(fields, dialect, always=dialect.quoting == "all") + "\n"


def _is_same(read: Dialect, write: Dialect) -> bool:
    return (read.separator, read.has_quotes) == (write.separator, write.has_quotes) and write.quoting != "all"


def _safe_records(source: SourceText, table: Table, dialect: Dialect) -> Iterator[str]:
    """Yield each record as it was read, or anew if it has a cell that is not safe."""
    frame = table.frame.iloc[:, : table.width]
    plain, has_header = replace(dialect, safe_cells=False), table.is_start
    rows = zip(*(_rows(frame, d, has_header=has_header) for d in (plain, dialect)), strict=True)
    for text, (read, safe) in zip(source.records, rows, strict=True):
        yield text if read == safe else _join(safe, dialect, always=source.all_quoted)


def _with_fields_appended(source: SourceText, records: Iterable[str], table: Table, dialect: Dialect) -> Iterator[str]:
    """Yield each record with the new fields before its line end."""
    yield source.prefix
    new = table.new_columns()
    added: Iterable[Sequence[str]] = ((),) * len(source.records)
    if new.shape[1]:
        added = _rows(new, dialect, has_header=table.is_start)
    for text, end, fields in zip(records, source.ends, added, strict=True):
        yield dialect.separator.join([text, *(_format(f, dialect, always=source.all_quoted) for f in fields)]) + end


def _rows(frame: pd.DataFrame, dialect: Dialect, *, has_header: bool) -> Iterator[Sequence[str]]:
    """Yield the names of the columns, if there is a header, then the cells of each row."""
    header = [[str(name)] if has_header else [] for name in frame.columns]
    columns = [[*names, *_texts(frame.iloc[:, i])] for i, names in enumerate(header)]
    yield from zip(*([*map(guard, column)] if dialect.safe_cells else column for column in columns), strict=True)


def _texts(column: pd.Series[Any]) -> list[str]:
    """Return the cells of a column as text: empty for a missing value."""
    return ["" if is_missing(value) else nested_text(value) for value in column.astype(object).tolist()]


def _join(fields: Sequence[str], dialect: Dialect, *, always: bool) -> str:
    if len(fields) == 1 and not fields[0].strip() and dialect.has_quotes:
        return f'"{fields[0]}"'  # other readers skip a blank line
    return dialect.separator.join(_format(field, dialect, always=always) for field in fields)


def _format(value: str, dialect: Dialect, *, always: bool) -> str:
    return format_field(value, dialect.separator, quotes=dialect.has_quotes, always=always)


def format_field(value: str, separator: str = ",", *, quotes: bool = True, always: bool = False) -> str:
    """Return a field as it stands in a file: quoted if needed or `always`.

    Raises:
        ValueError: Without quotes, the value contains the separator or a line end.
    """
    needs_quotes = separator in value or "\n" in value or "\r" in value
    if not quotes:
        if needs_quotes:
            raise ValueError(f"with --quoting none a field cannot hold a separator or a line end, as {value[:60]!r}")
        return value
    is_marked = value.startswith("\ufeff")  # a byte order mark, if it were the first character of the file
    if always or needs_quotes or '"' in value or is_marked:
        return '"' + value.replace('"', '""') + '"'
    return value
