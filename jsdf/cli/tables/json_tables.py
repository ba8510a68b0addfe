"""Read and write JSON lines and JSON arrays of objects: what is not added keeps its text, numbers included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli.tables.file_formats import Format
from jsdf.cli.tables.json_values import NumberParser, dump_json, to_json_value
from jsdf.cli.tables.table import WHOLE, PartSize, SourceText, Table, missing_column
from jsdf.cli.tables.table_options import UTF8
from jsdf.column import is_image_struct
from jsdf.errors import InvalidInputError, InvalidLabelsError

if TYPE_CHECKING:
    from jsdf.cli.tables.decoding import Text

_BLANKS = re.compile(r"[ \t\r\n]*")
_LINE_BREAKS = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n]*([,\]]?)[ \t\r\n]*")


def read_json(path: Path) -> Any:
    """Return the contents of a JSON file.

    Raises:
        InvalidLabelsError: The file is not JSON in UTF-8.
    """
    try:
        return json.loads(path.read_text(encoding=UTF8))
    except (ValueError, RecursionError) as error:
        raise InvalidLabelsError(f"{path} is not JSON in UTF-8: {error}") from None


class JsonReader:
    """Reads JSON lines, or an array of objects; a `.json` file may hold either. An array is one part.

    Args:
        text: The text of the file.
        path: The file, for messages.
        kind: `"json"` or `"jsonl"`.
        column: A key that some object must have, with texts as values.

    Attributes:
        names: The keys of all objects that were read, in order of first appearance.
    """

    def __init__(self, text: Text, path: Path, kind: Format, column: str) -> None:
        self._text, self._path, self._kind, self._column = text, path, kind, column
        self._is_array = kind == "json" and _first_character(text) != "{"
        self._numbers = NumberParser()
        self._decoder = self._numbers.decoder
        self._objects: list[dict[str, Any]] = []
        self._records: list[str] = []
        self._ends: list[str] = []
        self._characters = 0
        self._problem: str | None = None
        self.names: dict[str, None] = {}

    def notes(self) -> list[str]:
        """Return no sentences: nothing is doubtful."""
        return []

    def parts(self, size: PartSize = WHOLE) -> Iterator[Table]:
        """Yield the tables of the parts.

        Raises:
            InvalidInputError: The text is not JSON of this form, or has no such texts; after the last part if it has
                no such texts.
        """
        is_start = True
        for prefix in self._read_array() if self._is_array else self._read_lines(size):
            yield self._take_table(prefix, is_start=is_start)
            is_start = False
        if is_start:
            form = "it must be an array of objects" if self._is_array else "each line must be a JSON object"
            raise InvalidInputError(f"{self._path} is empty; {form}")
        if self._column not in self.names:
            raise InvalidInputError(missing_column(self._path, list(self.names), self._column))
        if self._problem is not None:
            raise InvalidInputError(self._problem)

    def _take_table(self, prefix: str, *, is_start: bool) -> Table:
        source = SourceText("json" if self._is_array else "jsonl", self._records, self._ends, prefix)
        frame: pd.DataFrame = pd.DataFrame(self._objects, dtype=object)
        details = {"too_large": self._numbers.too_large}
        self._objects, self._records, self._ends, self._characters = [], [], [], 0
        return Table(frame, frame.shape[1], self._kind, source, details=details, is_start=is_start)

    def _read_lines(self, size: PartSize) -> Iterator[str]:
        """Collect objects; yield "" after each part."""
        for number, line in enumerate(self._text.lines("\n"), 1):
            record = line.removesuffix("\n")
            if not record.strip(" \t\r"):
                continue
            try:
                value = self._decoder.decode(record)
            except ValueError as error:
                raise InvalidInputError(f"{self._path} line {number} is not JSON: {error}") from None
            except RecursionError:
                raise InvalidInputError(f"{self._path} line {number} is nested too deeply to be read") from None
            self._add(value, record, number, line[len(record) :])
            if size.is_reached(len(self._records), self._characters):
                yield ""
        if self._records:
            yield ""

    def _read_array(self) -> Iterator[str]:
        """Collect all objects; yield the text before the first one."""
        text = "".join(self._text.lines("\n"))
        start = position = self._skip(text, 0, "[")
        number, counted = 1, 0
        is_end = text.startswith("]", position)
        while not is_end:
            number, counted = number + text.count("\n", counted, position), position
            try:
                value, end = self._decoder.raw_decode(text, position)
            except ValueError as error:
                raise InvalidInputError(f"{self._path} is not JSON: {error}") from None
            except RecursionError:
                raise InvalidInputError(f"{self._path} line {number} is nested too deeply to be read") from None
            between = _BETWEEN.match(text, end)
            position = end if between is None else between.end()
            if between is None or not between[1]:
                raise InvalidInputError(f"{self._path} is not JSON: line {number}: no comma or ']' after an object")
            self._add(value, text[counted:end], number, text[end:position])
            is_end = between[1] == "]"
        if self._records and position < len(text):
            raise InvalidInputError(f"{self._path} is not JSON: text after the array: {text[position:][:20]!r}")
        if self._records:
            yield text[:start]

    def _skip(self, text: str, position: int, wanted: str) -> int:
        blanks = _BLANKS.match(text, position)
        position = blanks.end() if blanks else position
        if position == len(text):
            raise InvalidInputError(f"{self._path} is empty; it must be an array of objects")
        if not text.startswith(wanted, position):
            raise InvalidInputError(
                f'{self._path} must hold an array of objects, as [{{"text": "..."}}], or an object on each line'
            )
        after = _BLANKS.match(text, position + 1)
        return after.end() if after else position + 1

    def _add(self, value: Any, text: str, number: int, end: str) -> None:
        if not isinstance(value, dict):
            place = f"line {number}" + (": an element" if self._is_array else "")
            raise InvalidInputError(f"{self._path} {place} is not a JSON object")
        self._check_text(value.get(self._column), number)
        if not value.keys() <= self.names.keys():
            self.names.update(dict.fromkeys(value))
        self._objects.append(value)
        self._records.append(text)
        self._ends.append(end)
        self._characters += len(text)

    def _check_text(self, value: Any, line: int) -> None:
        """Keep the message for the first value of the column that is neither a text nor an image struct."""
        if value is None or isinstance(value, str) or self._problem is not None or is_image_struct(value):
            return
        name = "float" if isinstance(value, float) else type(value).__name__
        self._problem = (
            f"{self._path}: the column {self._column!r} holds {name} values, not texts (the first: line {line})"
        )


def _first_character(text: Text) -> str:
    """Return the first character of a text that is not blank; "" if there is none."""
    return next((line.lstrip()[0] for line in text.lines("\n") if line.strip()), "")


def write_records(table: Table, kind: Format) -> Iterator[str]:
    """Yield the text of a JSON file, object by object.

    Raises:
        ValueError: Two columns have the same name, or JSON cannot hold a value.
    """
    if not table.frame.columns.is_unique:
        raise ValueError("two columns have the same name")
    source = table.source_text
    if source is not None and source.kind == kind:
        yield source.prefix
        for record, end in zip(_with_keys_added(source, table), source.ends, strict=True):
            yield record + end
        return
    from_json = source is not None and source.dialect is None
    records = _with_keys_added(source, table) if source is not None and from_json else _objects(table)
    if kind == "jsonl":
        yield from (_on_one_line(record) + "\n" for record in records)
        return
    separator = "[\n"
    for record in records:
        yield separator + record.strip()
        separator = ",\n"
    yield "\n]\n" if separator == ",\n" else "[]\n"


def _on_one_line(record: str) -> str:
    return _LINE_BREAKS.sub(" ", record.strip())  # no text of JSON holds a line break


def _with_keys_added(source: SourceText, table: Table) -> Iterator[str]:
    """Yield the text of each object as it was read, with the new keys before its closing brace."""
    new = table.new_columns()
    names = [dump_json(str(name)) for name in new.columns]
    for text, row in zip(source.records, _rows(new), strict=True):
        end = text.rindex("}")
        start = text[:end].rstrip()
        pairs = ", ".join(f"{name}: {dump_json(value)}" for name, value in zip(names, row, strict=True))
        comma = ", " if pairs and not start.endswith("{") else ""
        yield start + comma + pairs + text[len(start) :]


def _objects(table: Table) -> Iterator[str]:
    frame = table.without_index()
    names = [str(name) for name in frame.columns]
    for row in _rows(frame):
        yield dump_json(dict(zip(names, row, strict=True)))


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    """Yield the values of each row, with None for a missing one."""
    if not frame.shape[1]:
        yield from ([] for _ in range(len(frame)))
    columns = (frame.iloc[:, i].astype(object).tolist() for i in range(frame.shape[1]))
    for row in zip(*columns, strict=True):
        yield [to_json_value(value) for value in row]
