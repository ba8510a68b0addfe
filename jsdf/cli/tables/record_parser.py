"""Split the text of a CSV or TSV file into records: RFC 4180, with no record lost or merged silently.

Blank lines are records. A quoted field may span lines. A field that begins with a quote but goes on after the closing
one, as in `"Great" she said`, is taken as it is; where separators or line ends stand between these quotes, the number
of fields or rows is ambiguous, and the text is refused.

The first record tells the line ends of a file: line feeds, each after carriage returns or not, or carriage returns
alone. The other character is an ordinary one: pandas and older csv modules write it without quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jsdf.cli.tables.decoding import Text

_MAX_EXCERPT = 20


class TextRecord(NamedTuple):
    """Record of a file.

    Attributes:
        text: Its text, without the line end.
        end: The line end.
        fields: Its cells.
        line: Its first line, from 1.
        lines: Its number of lines.
        stray: The line break that is no line end of this file, if one stands outside quotes; else "".
    """

    text: str
    end: str
    fields: list[str]
    line: int
    lines: int
    stray: str


class QuoteError(ValueError):
    """A quoted field is not closed, or goes on after its closing quote.

    Args:
        line: The line on which the quote opens.
        problem: The rest of a sentence that begins with the line.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line} {problem}")


def parse_records(text: Text, separator: str, *, has_quotes: bool) -> Iterator[TextRecord]:
    """Return an iterator over the records of a text.

    Args:
        text: The text of a file.
        separator: One character.
        has_quotes: False if quotes are ordinary characters.

    Raises:
        QuoteError: A quoted field is not closed, or goes on after its closing quote.
    """
    newline = "\r" if _has_carriage_returns(text, separator, has_quotes=has_quotes) else "\n"
    return _Parser(text.lines(newline), newline, separator, has_quotes=has_quotes).parse()


def _has_carriage_returns(text: Text, separator: str, *, has_quotes: bool) -> bool:
    """Return True if carriage returns alone end the first record."""
    lines = text.lines("")
    first = next(_Parser(lines, "\n", separator, has_quotes=has_quotes).parse(), None)
    if first is None or first.end != "\r":
        return False
    return next((line for line in lines if line != "\r"), "") != "\r\n"


class _Parser:
    """Parser of the lines of a file.

    Args:
        lines: The lines, with their ends.
        newline: The last character of a line.
        separator: One character.
        has_quotes: False if quotes are ordinary characters.
    """

    def __init__(self, lines: Iterable[str], newline: str, separator: str, *, has_quotes: bool) -> None:
        self._lines, self._newline, self._separator, self._has_quotes = iter(lines), newline, separator, has_quotes
        self._end, self._stray = ("\r\n", "\r") if newline == "\n" else ("\r", "\n")
        self._number = 1

    def parse(self) -> Iterator[TextRecord]:
        for line in self._lines:
            if self._has_quotes and '"' in line:
                record = self._parse_quoted(line)
            else:
                body = line.rstrip(self._end)
                stray = self._stray if self._stray in body else ""
                record = TextRecord(body, line[len(body) :], body.split(self._separator), self._number, 1, stray)
            yield record
            self._number += record.lines

    def _parse_quoted(self, line: str) -> TextRecord:
        fields: list[str] = []
        stray = ""
        start, size = 0, len(line.rstrip(self._end))
        while True:
            is_quoted, end = line.startswith('"', start), start
            if is_quoted:
                close = _find_closing_quote(line, start + 1)
                if close < 0:
                    line, close = self._join_lines(line, start)
                    size = len(line.rstrip(self._end))
                end = close + 1
                if end < size and line[end] != self._separator:
                    self._check_literal(line, start, close)
                    is_quoted = False
            if is_quoted:
                fields.append(line[start + 1 : close].replace('""', '"'))
            else:
                found = line.find(self._separator, end)
                end = size if found < 0 else found
                fields.append(line[start:end])
                stray = self._stray if self._stray in fields[-1] else stray
            if end == size:
                break
            start = end + 1
        return TextRecord(line[:size], line[size:], fields, self._number, 1 + line.count(self._newline, 0, size), stray)

    def _join_lines(self, line: str, start: int) -> tuple[str, int]:
        """Append lines until the field that opens at `start` closes; return the text and the closing quote's place."""
        parts, length = [line], len(line)
        for more in self._lines:
            close = _find_closing_quote(more, 0)
            parts.append(more)
            if close >= 0:
                return "".join(parts), length + close
            length += len(more)
        raise QuoteError(self._line_of(line, start), "opens a quote that is never closed")

    def _check_literal(self, line: str, start: int, close: int) -> None:
        """Raise if a field that goes on after its closing quote could be read as several fields or rows."""
        if not any(character in line[start:close] for character in (self._separator, "\n", "\r")):
            return
        opened, closed = self._line_of(line, start), self._line_of(line, close)
        after = line[close + 1 : close + 1 + _MAX_EXCERPT].split(self._separator)[0].rstrip("\r\n")
        place = "" if closed == opened else f" in line {closed}"
        raise QuoteError(opened, f"opens a quote that closes{place} before other text ({after!r})")

    def _line_of(self, text: str, position: int) -> int:
        """Return the number of the line of a position in a record."""
        return self._number + text.count(self._newline, 0, position)


def _find_closing_quote(text: str, start: int) -> int:
    """Return the position of the first quote that is not doubled, or -1."""
    position = text.find('"', start)
    while position >= 0 and text.startswith('"', position + 1):
        position = text.find('"', position + 2)
    return position
