"""Read CSV and TSV files: as many rows as the file has records, and a message where that is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd

from jsdf.cli.tables.decoding import utf16_advice
from jsdf.cli.tables.file_formats import Format
from jsdf.cli.tables.record_parser import QuoteError, TextRecord, parse_records
from jsdf.cli.tables.separated_writing import format_field
from jsdf.cli.tables.table import WHOLE, PartSize, SourceText, Table, missing_column
from jsdf.cli.tables.table_options import Dialect, show_separator
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.cli.tables.decoding import Text

_OTHER_SEPARATORS = ";\t|,"
_BREAKS = {"\r": "carriage return", "\n": "line feed"}
_PLAIN_QUOTES = "pass --quoting none if quotes are ordinary characters"


class SeparatedReader:
    """Reads a CSV or TSV file; every cell is a text. Collects what is doubtful about its records.

    Args:
        text: The text of the file.
        path: The file, for messages.
        kind: Its format.
        dialect: Its separator and quoting.
        column: A column that must exist, for advice about the separator.
    """

    def __init__(self, text: Text, path: Path, kind: Format, dialect: Dialect, column: str) -> None:
        self._text, self._path, self._kind, self._dialect, self._column = text, path, kind, dialect, column
        self._records: list[str] = []
        self._ends: list[str] = []
        self._characters = 0
        self._doubts: Counter[str] = Counter()
        self._first: dict[str, TextRecord] = {}

    def parts(self, size: PartSize = WHOLE) -> Iterator[Table]:
        """Yield the tables of the parts.

        Raises:
            InvalidInputError: The file is empty, has no such column, or its records are ambiguous.
        """
        try:
            yield from self._parts(size)
        except QuoteError as error:
            advice = "write a quote inside a quoted field twice"
            if _is_consistent_without_quotes(self._text, self._dialect.separator):
                advice = _PLAIN_QUOTES
            raise InvalidInputError(f"{self._path} {error}; {advice}") from None

    def _parts(self, size: PartSize) -> Iterator[Table]:
        records = parse_records(self._text, self._dialect.separator, has_quotes=self._dialect.has_quotes)
        prefix, header = _split_off_header(records)
        if header is None:
            raise InvalidInputError(f"{self._path} is empty; its first line names the columns")
        names = header.fields
        if self._column not in names:
            advice = separator_advice(names, self._column) or utf16_advice(self._text.head)
            raise InvalidInputError(missing_column(self._path, names, self._column) + advice)
        self._add(header, header.text, names)
        all_quoted = header.text == self._dialect.separator.join(format_field(n, always=True) for n in names)
        is_start = is_more = True
        while is_more:
            columns, is_more = self._read_cells(records, len(names), size)
            if is_start or columns[0]:
                yield self._take_table(names, columns, prefix, all_quoted=all_quoted, is_start=is_start)
            is_start, prefix = False, ""

    def _read_cells(self, records: Iterator[TextRecord], width: int, size: PartSize) -> tuple[list[list[str]], bool]:
        """Return the cells of the next rows by column, and True if there may be more rows."""
        columns: list[list[str]] = [[] for _ in range(width)]  # of texts alone, which are not garbage-collected
        for record in records:
            for cells, cell in zip(columns, self._checked_fields(record, width), strict=True):
                cells.append(cell)
            if size.is_reached(len(columns[0]), self._characters):
                return columns, True
        return columns, False

    def _take_table(
        self, names: list[str], columns: list[list[str]], prefix: str, *, all_quoted: bool, is_start: bool
    ) -> Table:
        frame = pd.DataFrame({i: pd.Series(cells, dtype=str) for i, cells in enumerate(columns)})
        frame.columns = pd.Index(names)
        source = SourceText(self._kind, self._records, self._ends, prefix, self._dialect, all_quoted)
        self._records, self._ends, self._characters = [], [], 0
        return Table(frame, len(names), self._kind, source, is_start=is_start)

    def _add(self, record: TextRecord, text: str, fields: list[str]) -> None:
        if record.lines > 1:
            self._check_multiline(record)
        if record.stray:
            self._note_doubt(_BREAKS[record.stray], record)
            if self._dialect.has_quotes:  # other readers would take it for a line end
                text = self._dialect.separator.join(map(self._format, fields))
        self._records.append(text)
        self._ends.append(record.end)
        self._characters += len(text)

    def _note_doubt(self, kind: str, record: TextRecord) -> None:
        self._doubts[kind] += 1
        self._first.setdefault(kind, record)

    def _checked_fields(self, record: TextRecord, width: int) -> list[str]:
        """Return the cells of a row, with empty ones for those that are not there."""
        fields, separator = record.fields, self._dialect.separator
        missing = width - len(fields)
        text = record.text
        if missing > 0:
            if text.strip():
                self._note_doubt("short", record)
            fields, text = fields + [""] * missing, text + separator * missing
        elif missing < 0:
            if any(fields[width:]):
                self._refuse_width(record, width)
            self._note_doubt("surplus", record)
            fields, text = fields[:width], self._without_surplus(record, width)
        self._add(record, text, fields)
        return fields

    def _without_surplus(self, record: TextRecord, width: int) -> str:
        ending = self._dialect.separator * (len(record.fields) - width)
        if record.text.endswith(ending):
            return record.text.removesuffix(ending)
        return self._dialect.separator.join(map(self._format, record.fields[:width]))

    def _format(self, value: str) -> str:
        return format_field(value, self._dialect.separator)

    def _refuse_width(self, record: TextRecord, width: int) -> NoReturn:
        advice = ""
        if self._dialect.has_quotes:
            advice = f"; quote a field that holds {show_separator(self._dialect.separator)}"
        if width == 1 and not any("\t" in line for line in self._text.lines("\n")):
            advice += ", or pass --separator tab if the file has one column"
        raise InvalidInputError(
            f"{self._path} line {record.line} has {len(record.fields)} fields, but the header has {width}{advice}"
        )

    def _check_multiline(self, record: TextRecord) -> None:
        """Refuse a field that spans lines in TSV, where quotes are ordinary characters as a rule."""
        self._note_doubt("multiline", record)
        if self._kind == "tsv" and self._dialect.quoting is None:
            raise InvalidInputError(
                f"{self._path} line {record.line} opens a quote that closes in line {record.line + record.lines - 1}; "
                f"{self._quoting_advice()} if a field may span lines"
            )

    def _quoting_advice(self) -> str:
        """Return advice that ends in `--quoting minimal`; the other choice is left out where it would fail."""
        is_choice = _is_consistent_without_quotes(self._text, self._dialect.separator)
        return f"{_PLAIN_QUOTES}, or --quoting minimal" if is_choice else "pass --quoting minimal"

    def notes(self) -> list[str]:
        """Return sentences about doubtful records, once all parts were read."""
        sentences = {
            "multiline": ("record", "with a quoted field over several lines", self._multiline_advice),
            "short": ("row", "with fewer fields than the header", lambda: "; the others are taken as empty"),
            "surplus": ("row", "with empty fields after the last column", lambda: ", which are left out"),
            **{
                name: ("record", f"with a {name} outside quotes", lambda: "; rows end as the header does")
                for name in _BREAKS.values()
            },
        }
        if self._dialect.quoting is not None:
            self._doubts.pop("multiline", None)
        return [
            f"{self._path} has {pluralize(self._doubts[kind], noun)} {problem} (the first: {_place(self._first[kind])})"
            + advice()
            for kind, (noun, problem, advice) in sentences.items()
            if self._doubts[kind]
        ]

    def _multiline_advice(self) -> str:
        return f"; {self._quoting_advice()} if this is right"


def _place(record: TextRecord) -> str:
    if record.lines == 1:
        return f"line {record.line}"
    return f"lines {record.line} to {record.line + record.lines - 1}"


def _split_off_header(records: Iterator[TextRecord]) -> tuple[str, TextRecord | None]:
    """Return the blank lines before the header, and the header; None if there is none."""
    prefix = ""
    for record in records:
        if record.text.strip():
            return prefix, record
        prefix += record.text + record.end
    return prefix, None


def _is_consistent_without_quotes(text: Text, separator: str) -> bool:
    """Return True if no row is wider than the header when quotes are ordinary characters."""
    records = parse_records(text, separator, has_quotes=False)
    _, header = _split_off_header(records)
    return header is not None and all(len(record.fields) <= len(header.fields) for record in records)


def separator_advice(names: Sequence[str], column: str) -> str:
    """Return advice on the separator if the header is one name that contains another separator; else "".

    Args:
        names: The names of the columns, as read.
        column: The column that is wanted, which tells among several separators.
    """
    if len(names) != 1:
        return ""
    candidates = [s for s in _OTHER_SEPARATORS if s in names[0]]
    exact = [s for s in candidates if column in [name.strip('"') for name in names[0].split(s)]]
    ranked = exact or sorted(candidates, key=lambda s: -names[0].count(s))
    return f"; is it separated by {ranked[0]!r}? pass --separator {show_separator(ranked[0])}" if ranked else ""
