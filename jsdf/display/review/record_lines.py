"""Lines of a corrections file: JSON objects, each the correction of a row; other lines are left out and counted.

A header line states the version; one with `choices` adds labels to those of the question. Releases that cannot add
labels skip it, as any header.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from jsdf.utils.characters import has_surrogate

VERSION = 1
HEADER_KEY = "jsdf-review"

_ENCODER = json.JSONEncoder(separators=(",", ":"))
#: Name of a field -> tells whether a value is right.
Fields: TypeAlias = "dict[str, Callable[[Any], bool]]"

NOT_JSON, NO_CORRECTION = "not JSON, as a line that was cut off", "no correction of a row"


class Line(NamedTuple):
    """Line of a file.

    Attributes:
        text: Its bytes, without the line break.
        record: The correction; None for the header and for lines that are left out.
        problem: The reason why it is left out; None if it is not.
        version: The version that a header states.
        choices: A header that adds labels, with its fields `choices` and `among`; None for other lines.
    """

    text: bytes
    record: dict[str, Any] | None = None
    problem: str | None = None
    version: Any = None
    choices: dict[str, Any] | None = None


class FileContent(NamedTuple):
    """What the lines of a file say.

    Attributes:
        records: Corrections of rows.
        choices: Headers that add labels.
    """

    records: list[dict[str, Any]]
    choices: list[dict[str, Any]]


def parse_lines(content: bytes) -> list[Line]:
    """Return the lines of a file that are not blank."""
    return [_parse_line(line) for line in content.splitlines() if line.strip()]


def complete_lines(content: bytes) -> bytes:
    """Return the content without a last line that another process may still be writing."""
    end = content.rfind(b"\n") + 1
    is_complete = not content[end:].strip() or _parse_line(content[end:]).problem is None
    return content if is_complete else content[:end]


def to_lines(records: Iterable[dict[str, Any]]) -> bytes:
    """Return a line for each record."""
    return "".join(_ENCODER.encode(record) + "\n" for record in records).encode("ascii")


def header() -> bytes:
    """Return the first line of a file."""
    return to_lines([{HEADER_KEY: VERSION}])


def choices_record(choices: Sequence[str], among: Iterable[str]) -> dict[str, Any]:
    """Return a header that adds labels to a question.

    Args:
        choices: Names of the labels.
        among: Names of all labels, these included.
    """
    return {HEADER_KEY: VERSION, "choices": list(choices), "among": sorted(among)}


def content_of(lines: Iterable[Line]) -> FileContent:
    """Return what the lines say, without those that are left out."""
    lines = list(lines)
    records = [line.record for line in lines if line.record is not None]
    return FileContent(records, [line.choices for line in lines if line.choices is not None])


def count_problems(lines: Iterable[Line]) -> Counter[str]:
    """Return the reasons why lines are left out -> their number."""
    return Counter(line.problem for line in lines if line.problem is not None)


def _parse_line(text: bytes) -> Line:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return Line(text, problem=NOT_JSON)
    if isinstance(record, dict) and HEADER_KEY in record:
        has_choices = record.get("choices") is not None and _is_valid(record, _HEADER_FIELDS)
        return Line(text, version=record[HEADER_KEY], choices=record if has_choices else None)
    is_valid = isinstance(record, dict) and _is_valid(record, _FIELDS)
    return Line(text, record) if is_valid else Line(text, problem=NO_CORRECTION)


def _is_valid(record: dict[str, Any], fields: Fields) -> bool:
    return all(is_right(record.get(name)) for name, is_right in fields.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not has_surrogate(value)


def _is_text_list(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_text, value)))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


#: The fields of a record and the values that they may have. A time that cannot be read loses no correction.
_FIELDS: Fields = {
    "value": _is_text,
    "index": lambda value: value is None or _is_text(value),
    "nth": _is_number,
    "to": _is_text_list,
    "before": _is_text_list,
    "among": _is_text_list,
    "marked": lambda value: value is None or isinstance(value, bool),
    "note": lambda value: value is None or _is_text(value),
}
_HEADER_FIELDS: Fields = {"choices": _is_text_list, "among": _is_text_list}
