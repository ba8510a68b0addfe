"""Advice on values that are neither text nor image: code on the column, `series`, that gives what was meant."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column.cells import is_array_like, is_image

_ELSE = "pass texts, or images as URLs, paths, bytes, PIL images or arrays"
_EACH_ITEM = "to give each item a row of its own"
_STACKED: dict[str, Callable[[Any], npt.NDArray[Any]]] = {
    "np.stack(rows)": np.stack,
    "np.stack([np.stack(row) for row in rows])": lambda rows: np.stack([np.stack(row) for row in rows]),
}
#: Code on the column.
_SERIES = re.compile(r"\bseries(?=\W)|\+ series\b")
_SEQUENCES = (list, tuple, set, frozenset, pd.Series, pd.Index)


def advise(series: pd.Series[Any], values: list[Any], value: Any, kind: str) -> str:
    """Return advice on what to pass instead of a column with a value that is neither text nor image.

    Args:
        series: The column.
        values: Its distinct values.
        value: The value.
        kind: The kind that was asked for: `"text"`, `"image"` or `"auto"`.
    """
    if kind != "image" and _has_plain_text(value) and all(isinstance(v, str) or _has_plain_text(v) for v in values):
        return "pass series.astype('string')"
    for applies, advice in _ADVICE:
        if applies(value) and all(map(applies, values)):
            return advice(series, values)
    if any(isinstance(v, str) or is_image(v) for v in values):
        name = type(value).__name__
        return f"to leave such rows out, pass series[series.map(lambda value: type(value).__name__ != {name!r})]"
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return f"{_ELSE}; .reshape(height, width) makes an image of the pixels in a vector"
    return _ELSE


def with_conversion(advice: str, conversion: str) -> str:
    """Return advice with the code that makes a Series of what the user passed, if the advice needs one."""
    return f"{advice}, with series = {conversion}" if conversion and _SERIES.search(advice) else advice


def advise_decoding(series: pd.Series[Any], values: list[Any], encoding: str) -> str:
    """Return advice on a column with texts as bytes in this encoding."""
    if any(isinstance(value, str) for value in values):
        decode = f"value.decode({encoding!r}) if isinstance(value, bytes) else value"
        return f"pass series.map(lambda value: {decode})"
    as_bytes = ""
    if isinstance(series.dtype, pd.ArrowDtype):
        as_bytes = ".astype(object)"
    elif not any(isinstance(value, bytes) for value in series.array):
        as_bytes = ".map(bytes, na_action='ignore')"
    return f"pass series{as_bytes}.str.decode({encoding!r})"


def _is_file(value: Any) -> bool:
    return hasattr(value, "read")


def _advise_file(_series: Any, _values: Any) -> str:
    return "pass series.map(lambda file: file.read(), na_action='ignore')"


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) > 0


def _advise_mapping(series: pd.Series[Any], values: list[Any]) -> str:
    fields: dict[Any, Any] = {}
    for value in values[:100]:
        for key, field in value.items():
            if fields.get(key) is None:
                fields[key] = field
    usable = [key for key, field in fields.items() if isinstance(field, (str, Mapping)) or is_image(field)]
    key = (usable or list(fields))[0]
    if isinstance(series.dtype, pd.ArrowDtype):
        return f"pass series.struct.field({key!r})"
    return f"pass series.str[{key!r}]"


def _is_sequence(value: Any) -> bool:
    """Return True for several values in one row, except numbers without a meaning as pixels."""
    if isinstance(value, np.ndarray):
        return value.ndim > 3 or (value.ndim > 0 and value.dtype.kind in "OSU")
    return isinstance(value, _SEQUENCES) and not _is_vector(value)


def _advise_sequence(series: pd.Series[Any], values: list[Any]) -> str:
    nested = next((found for value in values if (found := _pixels(value)) is not None), None)
    if nested is not None:
        stacked, pixels = nested
        dtype = "float32" if pixels.dtype.kind == "f" else "uint8" if pixels.max(initial=0) < 256 else "uint16"
        return f"pass series.map(lambda rows: {stacked}.astype({dtype!r}), na_action='ignore')"
    if all(isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value) for value in values):
        joined = "series.astype(object)" if isinstance(series.dtype, pd.ArrowDtype) else "series"
        return f"pass series.explode() {_EACH_ITEM}, or {joined}.str.join(' ') to make one text of each row"
    if all(isinstance(value, (list, tuple, set, frozenset)) for value in values):
        return f"pass series.explode() {_EACH_ITEM}"
    return f"pass series.map(list, na_action='ignore').explode() {_EACH_ITEM}"


def _pixels(value: Any) -> tuple[str, npt.NDArray[Any]] | None:
    """Return nested lists of numbers as an array with the code that makes it, or None if they are no image's pixels."""
    # Parquet's nested lists become arrays of arrays.
    forms = {"np.array(rows)": np.array} if isinstance(value, (list, tuple)) else _STACKED
    for code, make in forms.items():
        try:
            array = make(value)
        except (ValueError, TypeError):  # the lists have different lengths, or are not nested
            continue
        if array.ndim in (2, 3) and array.dtype.kind in "iuf":
            return code, array
    return None


def _is_vector(value: Iterable[Any]) -> bool:
    items = list(value)[:100]
    return bool(items) and all(isinstance(item, (int, float, complex, np.number)) for item in items)


def _is_scalar_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 0


def _has_plain_text(value: Any) -> bool:
    """Return True if the `str` of a value means something: a number, a date, or an object whose class defines it."""
    is_container = isinstance(value, (Mapping, *_SEQUENCES, enum.Enum)) or is_array_like(value)
    if is_container or is_image(value) or _is_file(value):
        return False
    cls: Any = type(value)
    return pd.api.types.is_scalar(value) or cls.__str__ is not object.__str__


_ADVICE: tuple[tuple[Callable[[Any], bool], Callable[[pd.Series[Any], list[Any]], str]], ...] = (
    (_is_file, _advise_file),
    (_is_mapping, _advise_mapping),
    (
        lambda value: isinstance(value, enum.Enum),
        lambda _series, _values: "pass series.map(lambda member: member.value, na_action='ignore')",
    ),
    (_is_scalar_array, lambda _series, _values: "pass series.map(lambda value: value.item(), na_action='ignore')"),
    (_is_sequence, _advise_sequence),
    (
        lambda value: hasattr(value, "detach") and hasattr(value, "cpu"),
        lambda _series, _values: "pass series.map(lambda tensor: tensor.detach().cpu().numpy(), na_action='ignore')",
    ),
)
