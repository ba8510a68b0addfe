"""Read and write JSON lines and JSON arrays of objects: what is not added keeps its text, numbers included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from jsdf.cli.tables.file_formats import Format
from jsdf.cli.tables.json_values import NumberParser, dump_json, to_json_value
from jsdf.cli.tables.table import SourceText, Table, missing_column
from jsdf.cli.tables.table_options import UTF8
from jsdf.column import is_image_struct
from jsdf.errors import InvalidInputError, InvalidLabelsError

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


def read_records(text: str, path: Path, kind: Format, column: str) -> Table:
    """Parse JSON lines, or an array of objects; a `.json` file may hold either.

    Args:
        text: The text of the file.
        path: The file, for messages.
        kind: `"json"` or `"jsonl"`.
        column: A key that some object must have, with texts as values.

    Raises:
        InvalidInputError: The text is not JSON of this form, or has no such texts.
    """
    is_array = kind == "json" and not text.lstrip().startswith("{")
    reader = _Reader(path, is_array=is_array)
    (reader.read_array if is_array else reader.read_lines)(text)
    if not reader.objects:
        form = "it must be an array of objects" if is_array else "each line must be a JSON object"
        raise InvalidInputError(f"{path} is empty; {form}")
    frame: pd.DataFrame = pd.DataFrame(reader.objects, dtype=object)
    names = list(frame.columns)
    if column not in names:
        raise InvalidInputError(missing_column(path, names, column))
    source = SourceText("json" if is_array else "jsonl", reader.records, reader.ends, reader.prefix)
    _check_texts(path, reader, column)
    return Table(frame, len(names), kind, source, details={"too_large": reader.numbers.too_large})


class _Reader:
    """Collects the objects of a file with their texts and line numbers."""

    def __init__(self, path: Path, *, is_array: bool) -> None:
        self._path, self._is_array = path, is_array
        self.numbers = NumberParser()
        self._decoder = self.numbers.decoder
        self.objects: list[dict[str, Any]] = []
        self.records: list[str] = []
        self.ends: list[str] = []
        self.lines: list[int] = []
        self.prefix = ""

    def read_lines(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip(" \t\r"):
                try:
                    value = self._decoder.decode(line)
                except ValueError as error:
                    raise InvalidInputError(f"{self._path} line {number} is not JSON: {error}") from None
                except RecursionError:
                    raise InvalidInputError(f"{self._path} line {number} is nested too deeply to be read") from None
                self._add(value, line, number, "\n")
        if self.ends and not text.endswith("\n"):
            self.ends[-1] = ""

    def read_array(self, text: str) -> None:
        position = self._skip(text, 0, "[")
        self.prefix = text[:position]
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
        if self.objects and position < len(text):
            raise InvalidInputError(f"{self._path} is not JSON: text after the array: {text[position:][:20]!r}")

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
        self.objects.append(value)
        self.records.append(text)
        self.ends.append(end)
        self.lines.append(number)


def _check_texts(path: Path, reader: _Reader, column: str) -> None:
    """Refuse a column with values that are neither texts nor image structs."""
    for line, record in zip(reader.lines, reader.objects, strict=True):
        value = record.get(column)
        if value is not None and not isinstance(value, str) and not is_image_struct(value):
            name = "float" if isinstance(value, float) else type(value).__name__
            raise InvalidInputError(
                f"{path}: the column {column!r} holds {name} values, not texts (the first: line {line})"
            )


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
