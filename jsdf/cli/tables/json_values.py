"""Values of JSON and their text: numbers stay as they were written, also those that no float can hold."""

from __future__ import annotations

import json
import math
from typing import Any

import pandas as pd

_MAX_INT_DIGITS = 4_000  # Python refuses to read more than 4,300


class WrittenNumber(float):
    """Number whose text in a file is not the one that Python would write, as `1.10`, `1e2`, `-0` and `1e400`."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> WrittenNumber:
        """Return the number with this text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self) -> str:
        """Return the text in the file."""
        return self.text

    __repr__ = __str__

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: rebuild from the text."""
        return type(self), (self.text,)


class NumberParser:
    """Decoder of JSON that keeps the text of numbers.

    Attributes:
        too_large: The first number that no float can hold, as it was written; None if there is none.
    """

    def __init__(self) -> None:
        self.too_large: str | None = None
        self.decoder = json.JSONDecoder(
            parse_constant=_refuse_constant, parse_float=self._parse_float, parse_int=self._parse_int
        )

    def _parse_float(self, text: str) -> float:
        value = float(text)
        if math.isinf(value) and self.too_large is None:
            self.too_large = text
        return value if repr(value) == text else WrittenNumber(text)

    def _parse_int(self, text: str) -> float:
        return int(text) if len(text) <= _MAX_INT_DIGITS and text != "-0" else self._parse_float(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def nested_text(value: Any) -> str:
    """Return a value as text: JSON for objects and arrays, else as Python prints it.

    Raises:
        ValueError: JSON cannot hold the value.
    """
    value = value.tolist() if hasattr(value, "tolist") else value
    return dump_json(value) if isinstance(value, (dict, list)) else str(value)


def to_json_value(value: Any) -> Any:
    """Return a cell as a value of JSON, None for a missing one."""
    if value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value.tolist() if hasattr(value, "tolist") else value


def dump_json(value: Any) -> str:
    """Return a value as JSON in which numbers are as they were written; NaN is null.

    Raises:
        ValueError: The value is infinite or holds such a number, or is nested too deeply.
    """
    try:
        return _dump(value)
    except RecursionError:  # the library goes deeper, without the text of numbers
        pass
    try:
        return json.dumps(value, default=str, allow_nan=False)
    except RecursionError:
        raise ValueError("a value is nested too deeply") from None


def _dump(value: Any) -> str:
    value = to_json_value(value)
    if isinstance(value, WrittenNumber):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_dump_text(str(name))}: {_dump(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join([_dump(item) for item in value]) + "]"
    if isinstance(value, str):
        return _dump_text(value)
    if isinstance(value, float) and math.isinf(value):
        raise ValueError(f"JSON has no number {value}; write .csv or .parquet")
    return json.dumps(value, ensure_ascii=False, default=str)


def _dump_text(text: str) -> str:
    dumped = json.dumps(text, ensure_ascii=False)
    try:
        dumped.encode()
    except UnicodeEncodeError:  # a lone surrogate, which must be escaped
        return json.dumps(text)
    return dumped
