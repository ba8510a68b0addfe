"""Split the text of a CSV or TSV file into records: RFC 4180, with no record lost or merged silently.

Blank lines are records. A quoted field may span lines. A field that begins with a quote but goes on after the closing
one, as in `"Great" she said`, is taken as it is; where separators or line ends stand between these quotes, the number
of fields or rows is ambiguous, and the text is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import NamedTuple

_MAX_EXCERPT = 20


class TextRecord(NamedTuple):
    """Record of a file: its text, the line end after it, its cells, its first line and its number of lines."""

    text: str
    end: str
    fields: list[str]
    line: int
    lines: int


class QuoteError(ValueError):
    """A quoted field is not closed, or goes on after its closing quote.

    Args:
        line: The line on which the quote opens.
        problem: The rest of a sentence that begins with the line.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line} {problem}")


def parse_records(text: str, separator: str, *, has_quotes: bool) -> Iterator[TextRecord]:
    """Yield the records of a text.

    Args:
        text: The text of a file.
        separator: One character.
        has_quotes: False if quotes are ordinary characters.

    Raises:
        QuoteError: A quoted field is not closed, or goes on after its closing quote.
    """
    lines = io.StringIO(text, newline="")  # splits at \n, \r\n and \r, and at no other characters
    number = 1
    for first in lines:
        if has_quotes and '"' in first:
            line, fields = _parse_quoted(first, lines, separator, number)
            body = line.rstrip("\r\n")
            count = 1 + count_line_ends(body)
        else:
            line, count = first, 1
            body = line.rstrip("\r\n")
            fields = body.split(separator)
        yield TextRecord(body, line[len(body) :], fields, number, count)
        number += count


def _parse_quoted(line: str, lines: Iterator[str], separator: str, number: int) -> tuple[str, list[str]]:
    """Return the whole text of a record, with its line end, and its fields."""
    fields: list[str] = []
    start = 0
    while True:
        if line.startswith('"', start):
            close = _find_closing_quote(line, start + 1)
            if close < 0:
                line, close = _join_lines(line, start, lines, number)
            end = close + 1
            if end < len(line) and line[end] not in (separator, "\r", "\n"):
                _check_literal(line, start, close, separator, number)
                end = _find_field_end(line, end, separator)
                fields.append(line[start:end])
            else:
                fields.append(line[start + 1 : close].replace('""', '"'))
        else:
            end = _find_field_end(line, start, separator)
            fields.append(line[start:end])
        if end == len(line) or line[end] != separator:
            return line, fields
        start = end + 1


def _find_closing_quote(text: str, start: int) -> int:
    """Return the position of the first quote that is not doubled, or -1."""
    position = text.find('"', start)
    while position >= 0 and text.startswith('"', position + 1):
        position = text.find('"', position + 2)
    return position


def _find_field_end(line: str, start: int, separator: str) -> int:
    end = line.find(separator, start)
    return len(line.rstrip("\r\n")) if end < 0 else end


def _join_lines(line: str, start: int, lines: Iterator[str], number: int) -> tuple[str, int]:
    """Append lines until the field that opens at `start` closes; return the text and the closing quote's position."""
    parts, length = [line], len(line)
    for more in lines:
        close = _find_closing_quote(more, 0)
        parts.append(more)
        if close >= 0:
            return "".join(parts), length + close
        length += len(more)
    raise QuoteError(number + count_line_ends(line[:start]), "opens a quote that is never closed")


def _check_literal(line: str, start: int, close: int, separator: str, number: int) -> None:
    """Raise if a field that goes on after its closing quote could be read as several fields or rows."""
    inside = line[start + 1 : close]
    if separator not in inside and "\n" not in inside and "\r" not in inside:
        return
    opened = number + count_line_ends(line[:start])
    closed = opened + count_line_ends(inside)
    after = line[close + 1 : close + 1 + _MAX_EXCERPT].split(separator)[0].rstrip("\r\n")
    place = "" if closed == opened else f" in line {closed}"
    raise QuoteError(opened, f"opens a quote that closes{place} before other text ({after!r})")


def count_line_ends(text: str) -> int:
    """Return the number of line ends in a text."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
