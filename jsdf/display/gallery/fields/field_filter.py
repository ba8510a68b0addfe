"""Reads filters of other columns, as a person passes them: values to keep, or a range of numbers or dates."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.display.gallery.fields.field import LARGEST, Field, FieldFilter
from jsdf.display.gallery.rows import to_list
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote

_MILLISECOND = pd.Timedelta(milliseconds=1)
_EPOCH = pd.Timestamp(0, tz="UTC")


def read_field_filter(field: Field, given: Any) -> FieldFilter | None:
    """Read what a person passed for a column: a pair for numbers or dates, one value or a list of values for others.

    Returns:
        The filter; None for None and for no values, which filter nothing.

    Raises:
        InvalidInputError: The column has no such values, or it is no range.
    """
    if given is None:
        return None
    if field.numbers is not None:
        return FieldFilter(range=_read_range(field, given))
    texts = [None if _is_null(item) else field.to_text(item) for item in to_list(given)]
    wanted = FieldFilter(values=tuple(dict.fromkeys(texts)))
    unknown = next((value for value in wanted.values or () if not field.has_value(value)), None)
    if unknown is not None:
        known = ", ".join(map(repr, field.values[:12])) + (", …" if len(field.values) > 12 else "")
        has = f"it has {known}" if known else f"it has {field.distinct:,} others"
        raise InvalidInputError(f"columns: {field.name!r} has no value {unknown!r}; {has}")
    return wanted if wanted.values else None


def to_milliseconds(series: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Return dates of any dtype as milliseconds since 1970 (UTC), float64 of shape (rows,), nan where missing."""
    dates: Any = pd.to_datetime(series, errors="coerce", utc=True)
    milliseconds = (dates - _EPOCH) / _MILLISECOND
    return np.asarray(milliseconds.to_numpy(dtype=np.float64, na_value=np.nan))


def _read_range(field: Field, given: Any) -> tuple[float, float]:
    what = "dates" if field.kind == "date" else "numbers"
    wrong = InvalidInputError(
        f"columns: {field.name!r}={quote(given)}: pass a pair (low, high) of {what}; None for no limit"
    )
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise wrong
    read = _read_date if field.kind == "date" else _read_number
    try:
        low, high = (None if end is None else read(end, is_high=i == 1) for i, end in enumerate(given))
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    smallest, largest = field.bounds or (0.0, 0.0)
    low = min(smallest, smallest if high is None else high) if low is None else low
    high = max(largest, low) if high is None else high
    if not low <= high:  # or one is nan
        raise wrong
    return low, high


def _read_number(end: Any, *, is_high: bool) -> float:  # noqa: ARG001 - as `_read_date`
    if isinstance(end, (bool, np.bool_, str)):
        raise TypeError
    number = float(end)
    return max(-LARGEST, min(number, LARGEST)) if number == number else number


def _read_date(end: Any, *, is_high: bool) -> float:
    """Return a date as milliseconds; one without a time of day, as the upper end, includes the whole day."""
    if isinstance(end, (bool, np.bool_, int, float, np.number)):
        raise TypeError
    stamp = pd.Timestamp(end)
    is_day = isinstance(end, str) and len(end.strip()) <= 10
    if is_high and (is_day or (isinstance(end, dt.date) and not isinstance(end, dt.datetime))):
        stamp = stamp + pd.Timedelta(days=1) - _MILLISECOND
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return float((stamp - _EPOCH) / _MILLISECOND)


def _is_null(item: Any) -> bool:
    return item is None or item is pd.NA or (isinstance(item, float) and math.isnan(item))
