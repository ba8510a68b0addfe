"""Strict JSON parser with limits: it stops at the first value too many, before the rest of the body is parsed.

`json.loads` builds everything that a body contains: 16 MB of `[]` take seconds and hundreds of megabytes, and while it
runs no other thread does. Here each call into C parses one string or number, of which only the `data:` URI of an image
may be long; a text that no field accepts is refused before it is decoded.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_DEPTH, MAX_DIGITS, MAX_TEXT, MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE = re.compile(rb"[ \t\n\r]*")
#: Bytes of white space that are skipped before other threads have their turn.
_SPACE_BYTES = 65_536
_NUMBER = re.compile(rb"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
#: From this byte on none is valid in UTF-8; UTF-16 usually begins with one.
_FIRST_INVALID_BYTE = 0xF5
_STRICT = json.JSONDecoder()
_QUOTE, _OBJECT, _OBJECT_END, _ARRAY, _ARRAY_END, _COLON, _COMMA, _MINUS, _BACKSLASH = b'"{}[]:,-\\'
#: No white space has a higher byte; what is returned at the end of the body is lower than any.
_SPACE_BYTE, _END = 0x20, -1
_LITERALS = {b"true": True, b"false": False, b"null": None}
_WORDS = (*_LITERALS, b"NaN", b"Infinity", b"-Infinity")
#: Bytes of `MAX_TEXT` characters: a character outside the BMP takes twelve as two escapes.
_MAX_STRING_BYTES = 12 * MAX_TEXT
_DATA_URI_START = re.compile(rb'"data:image\\?/', re.IGNORECASE)
#: Bytes of a string that is first tried as one without escapes.
_SHORT_STRING = 1_000
#: The part of a long string that may be escapes; some encoders escape the "/" and the "+" of base64.
_MAX_ESCAPES = 1 / 16


class _MalformedError(ValueError):
    """Raised where a body is not JSON.

    Args:
        wrong: Words for what is wrong.
        position: The byte at which it is.
    """

    def __init__(self, wrong: str, position: int) -> None:
        super().__init__(f"{wrong} at byte {position}")


def parse_object(body: bytes | bytearray, array_limits: Mapping[str, tuple[int, str]] | None = None) -> dict[str, Any]:
    """Parse a JSON object strictly.

    Args:
        body: The text as UTF-8.
        array_limits: Maps names of the object's fields to the maximum number of elements of an array there, and what is
            said of a longer one.

    Raises:
        RequestRejected: 400 where the body is not a JSON object, has a field twice, is nested too deeply, or has too
            many values; 422 where an array is longer than its limit, or a string longer than any field may be.
    """
    try:
        given = _Parser(body, array_limits or {}).parse()
    except UnicodeDecodeError:
        raise _not_utf_8() from None
    except _MalformedError as error:
        raise RequestRejected(400, f"the body is not JSON ({error}); send an object") from None
    if not isinstance(given, dict):
        raise RequestRejected(400, f"the body is {quote_json(given)}; send a JSON object")
    return given


class _Parser:
    """Parser of one body: objects and arrays by recursion, everything else by one call into C each."""

    def __init__(self, body: bytes | bytearray, array_limits: Mapping[str, tuple[int, str]]) -> None:
        self._body, self._array_limits = body, array_limits
        self._at = self._values = 0

    def parse(self) -> Any:
        self._skip_space()
        value = self._parse_value(0)
        if self._skip_space() != _END:
            raise _MalformedError("Extra data", self._at)
        return value

    def _peek(self) -> int:
        """Return the next byte; `_END` at the end."""
        return self._body[self._at] if self._at < len(self._body) else _END

    def _skip_space(self) -> int:
        """Go to the next byte that is not white space, and return it; `_END` at the end."""
        while True:
            start = self._at
            if self._peek() > _SPACE_BYTE:
                return self._body[start]
            match = _SPACE.match(self._body, start, start + _SPACE_BYTES)
            self._at = start if match is None else match.end()
            if self._at < start + _SPACE_BYTES:
                return self._peek()

    def _parse_value(self, depth: int, limit: tuple[int, str] | None = None) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise RequestRejected(400, f"the body has more than {MAX_VALUES:,} values; leave out what the API ignores")
        first = self._peek()
        if first == _QUOTE:
            return self._parse_string()
        if first != _OBJECT and first != _ARRAY:
            return self._parse_scalar()
        if depth >= MAX_DEPTH:
            raise RequestRejected(400, "the body is nested too deeply; a request needs three levels")
        return self._parse_object(depth + 1) if first == _OBJECT else self._parse_array(depth + 1, limit)

    def _parse_object(self, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        first = self._step()
        while first != _OBJECT_END:
            if first != _QUOTE:
                self._expect("property name enclosed in double quotes")
            name = self._parse_string()
            if name in fields:
                raise RequestRejected(400, f"the body has {quote_json(name)} twice in one object; pass each field once")
            if self._skip_space() != _COLON:
                self._expect("':' delimiter")
            self._step()
            fields[name] = self._parse_value(depth, self._array_limits.get(name) if depth == 1 else None)
            first = self._next_element(_OBJECT_END)
        self._at += 1
        return fields

    def _parse_array(self, depth: int, limit: tuple[int, str] | None) -> list[Any]:
        elements: list[Any] = []
        first = self._step()
        while first != _ARRAY_END:
            if limit is not None and len(elements) == limit[0]:
                raise RequestRejected(422, limit[1])
            elements.append(self._parse_value(depth))
            first = self._next_element(_ARRAY_END)
        self._at += 1
        return elements

    def _parse_string(self) -> str:
        start, end = self._at, self._string_end()
        self._at = end + 1
        if end - start <= _SHORT_STRING:
            text = str(self._body[start + 1 : end], "utf-8")
            if text.isprintable() and "\\" not in text:
                return text
        text = str(memoryview(self._body)[start : end + 1], "utf-8")
        try:
            return str(_STRICT.raw_decode(text)[0])
        except json.JSONDecodeError as error:
            raise _MalformedError(error.msg, start + error.pos) from None

    def _string_end(self) -> int:
        """Return the position of the closing quote.

        Raises:
            RequestRejected: The string is longer than any field may be.
        """
        body, start = self._body, self._at
        end = body.find(b'"', start + 1)
        while end >= 0:
            is_long = end - start - 1 > _MAX_STRING_BYTES
            if is_long and not self._is_data_uri(start, end):
                raise _too_long(end - start - 1)
            if body[end - 1] != _BACKSLASH or not _is_escaped(body, start + 1, end):
                return end
            if is_long:  # a URI contains no quote
                raise _too_long(end - start - 1)
            end = body.find(b'"', end + 1)
        raise _MalformedError("Unterminated string starting", start)

    def _is_data_uri(self, start: int, end: int) -> bool:
        """Return True if a string begins as a `data:` URI does, and does not consist of escapes."""
        has_start = _DATA_URI_START.match(self._body, start) is not None
        return has_start and self._body.count(b"\\", start, end) <= _MAX_ESCAPES * (end - start)

    def _parse_scalar(self) -> Any:
        body, start = self._body, self._at
        match = _NUMBER.match(body, start, start + MAX_DIGITS + 2)
        if match is None:
            return self._parse_word()
        if (
            match.end() - start - (body[start] == _MINUS) > MAX_DIGITS
        ):  # the time of `int` grows with the square of its digits
            raise RequestRejected(400, "the body is not JSON (a number too long); send an object")
        self._at = match.end()
        whole, fraction, exponent = match.groups()
        return int(whole) if fraction is None and exponent is None else float(match[0])

    def _parse_word(self) -> Any:
        word = next((word for word in _WORDS if self._body.startswith(word, self._at)), None)
        if word is None:
            self._expect("value")
        if word not in _LITERALS:
            raise RequestRejected(400, f"the body contains {word.decode()}, which is not JSON; leave it out")
        self._at += len(word)
        return _LITERALS[word]

    def _step(self) -> int:
        """Go past one byte and the white space after it, and return the next byte."""
        self._at += 1
        return self._skip_space()

    def _next_element(self, end: int) -> int:
        """Go to the next element of an object or array, and return its first byte, or `end`."""
        first = self._skip_space()
        if first == end:
            return end
        if first != _COMMA:
            self._expect("',' delimiter")
        if self._step() == end:
            self._expect("a value after ','")
        return self._peek()

    def _expect(self, expected: str) -> NoReturn:
        if self._peek() >= _FIRST_INVALID_BYTE:
            raise _not_utf_8()
        raise _MalformedError(f"Expecting {expected}", self._at)


def _not_utf_8() -> RequestRejected:
    return RequestRejected(400, "the body is not UTF-8; encode the JSON in it")


def _too_long(size: int) -> RequestRejected:
    return RequestRejected(
        422,
        f"the body has a string of {size:,} bytes or more that is no data: URI of an image; "
        f"pass texts of {MAX_TEXT:,} characters at most",
    )


def _is_escaped(body: bytes | bytearray, start: int, at: int) -> bool:
    """Return True if an odd number of backslashes stands before a byte of a string that begins at `start`."""
    before = at
    while before > start and body[before - 1] == _BACKSLASH:
        before -= 1
    return (at - before) % 2 == 1
