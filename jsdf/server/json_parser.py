"""Strict JSON parser with limits: it stops at the first value too many, before the rest of the body is parsed.

`json.loads` builds everything that a body contains: 16 MB of `[]` take seconds and hundreds of megabytes, and while it
runs no other thread does. Here each call into `json` parses one string, number or literal.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_DEPTH, MAX_DIGITS, MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHITESPACE = re.compile(r"[ \t\n\r]*")


def parse_object(body: bytes | bytearray, array_limits: Mapping[str, tuple[int, str]] | None = None) -> dict[str, Any]:
    """Parse a JSON object strictly.

    Args:
        body: The text as UTF-8.
        array_limits: Maps names of the object's fields to the maximum number of elements of an array there, and what is
            said of a longer one.

    Raises:
        RequestRejected: 400 where the body is not a JSON object, has a field twice, is nested too deeply, or has too
            many values; 422 where an array is longer than its limit.
    """
    try:
        given = _Parser(body.decode("utf-8"), array_limits or {}).parse()
    except UnicodeDecodeError:
        raise RequestRejected(400, "the body is not UTF-8; encode the JSON in it") from None
    except ValueError as error:
        raise RequestRejected(400, f"the body is not JSON ({_json_error(error)}); send an object") from None
    if not isinstance(given, dict):
        raise RequestRejected(400, f"the body is {quote_json(given)}; send a JSON object")
    return given


class _Parser:
    """Parser of one text: objects and arrays by recursion, everything else by `json`."""

    def __init__(self, text: str, array_limits: Mapping[str, tuple[int, str]]) -> None:
        self._text, self._array_limits = text, array_limits
        self._at = self._values = 0

    def parse(self) -> Any:
        self._skip_whitespace()
        value = self._parse_value(0)
        if self._skip_whitespace() != "":
            raise json.JSONDecodeError("Extra data", self._text, self._at)
        return value

    def _skip_whitespace(self) -> str:
        """Go to the next character that is not white space, and return it; empty at the end."""
        match = _WHITESPACE.match(self._text, self._at)
        self._at = self._at if match is None else match.end()
        return self._text[self._at : self._at + 1]

    def _parse_value(self, depth: int, limit: tuple[int, str] | None = None) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise RequestRejected(400, f"the body has more than {MAX_VALUES:,} values; leave out what the API ignores")
        character = self._text[self._at : self._at + 1]
        if character == "{" or character == "[":
            if depth >= MAX_DEPTH:
                raise RequestRejected(400, "the body is nested too deeply; a request needs three levels")
            return self._parse_object(depth + 1) if character == "{" else self._parse_array(depth + 1, limit)
        value, self._at = _DECODER.raw_decode(self._text, self._at)
        return value

    def _parse_object(self, depth: int) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        character = self._step()
        while character != "}":
            if character != '"':
                self._expect("property name enclosed in double quotes")
            name, self._at = _DECODER.raw_decode(self._text, self._at)
            if name in fields:
                raise RequestRejected(400, f"the body has {quote_json(name)} twice in one object; pass each field once")
            if self._skip_whitespace() != ":":
                self._expect("':' delimiter")
            self._step()
            fields[name] = self._parse_value(depth, self._array_limits.get(name) if depth == 1 else None)
            character = self._next_element("}")
        self._at += 1
        return fields

    def _parse_array(self, depth: int, limit: tuple[int, str] | None) -> list[Any]:
        elements: list[Any] = []
        character = self._step()
        while character != "]":
            if limit is not None and len(elements) == limit[0]:
                raise RequestRejected(422, limit[1])
            elements.append(self._parse_value(depth))
            character = self._next_element("]")
        self._at += 1
        return elements

    def _step(self) -> str:
        """Go past one character and the white space after it, and return the next character."""
        self._at += 1
        return self._skip_whitespace()

    def _next_element(self, end: str) -> str:
        """Go to the next element of an object or array, and return its first character, or `end`."""
        character = self._skip_whitespace()
        if character == end:
            return end
        if character != ",":
            self._expect("',' delimiter")
        if self._step() == end:
            self._expect("a value after ','")
        return self._text[self._at : self._at + 1]

    def _expect(self, expected: str) -> NoReturn:
        raise json.JSONDecodeError(f"Expecting {expected}", self._text, self._at)


def _json_error(error: ValueError) -> str:
    # Messages of other errors may be long or quote the body.
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "a number too long"


def _reject_constant(name: str) -> NoReturn:
    raise RequestRejected(400, f"the body contains {name}, which is not JSON; leave it out")


def _parse_int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:  # the time of `int` grows with the square of its digits
        raise ValueError
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_reject_constant, parse_int=_parse_int)
