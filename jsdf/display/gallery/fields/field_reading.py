"""Reads other columns of the frame as fields: numbers, dates, booleans, categories or texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import select_column, to_series
from jsdf.display.gallery.fields.field import LARGEST, Field, field_name, value_text
from jsdf.display.gallery.fields.field_filter import to_milliseconds
from jsdf.display.gallery.rows import describe_other_rows
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote

#: Texts with more distinct values than this are not listed.
_MAX_CATEGORIES = 50
_BINS = 20
_KINDS_OF_OBJECTS = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal"), "number"),
    **dict.fromkeys(("datetime64", "datetime", "date"), "date"),
    "boolean": "bool",
}


def read_fields(columns: Any, index: pd.Index) -> list[Field]:
    """Read the argument `columns` of `jsdf.gallery` and `jsdf.review`.

    Args:
        columns: A frame or a Series of the same rows, or a mapping of names to columns; None for no columns.
        index: Index of the rows.

    Raises:
        InvalidInputError: The columns are of other rows, two of them have one name, or it is something else.
    """
    series = {} if columns is None else _as_mapping(columns, index)
    return [read_field(name, values) for name, values in series.items()]


def select_fields(frame: pd.DataFrame, columns: Any) -> Any:
    """Return the argument `columns` of a frame's method with a name, or a list of names, replaced by these columns."""
    if columns is None or isinstance(columns, (pd.DataFrame, pd.Series, Mapping)):
        return columns
    if _is_number(columns) and columns not in frame.columns:
        raise _explain_number(columns)
    names = columns if isinstance(columns, (list, pd.Index, np.ndarray)) else [columns]
    return {name: select_column(frame, name) for name in names}


def read_field(name: str, series: pd.Series[Any]) -> Field:
    """Read one column as a `Field`; values of any type are accepted."""
    kind = _kind(series)
    if kind == "number":
        return _from_numbers(name, kind, series, *_numbers(series))
    if kind == "date":
        return _from_numbers(name, kind, series, to_milliseconds(series), is_whole=False)
    return _from_texts(name, kind, series)


def _explain_number(columns: Any) -> InvalidInputError:
    """Return the error for a number as `columns`, which was the number of tiles in a line before."""
    return InvalidInputError(
        f"columns={columns!r}: the tiles fill the width, so their number in a line is not set any more; "
        "columns= takes other columns of the frame to show and to filter by, as in columns=['date']"
    )


def _as_mapping(columns: Any, index: pd.Index) -> dict[str, pd.Series[Any]]:
    if isinstance(columns, pd.Series):
        pairs = [("column" if columns.name is None else columns.name, columns)]
    elif isinstance(columns, pd.DataFrame):
        pairs = [(name, columns.iloc[:, i]) for i, name in enumerate(columns.columns)]
    elif isinstance(columns, Mapping):
        pairs = [(name, to_series(values, f"columns[{name!r}]")) for name, values in columns.items()]
    elif _is_number(columns):
        raise _explain_number(columns)
    else:
        raise InvalidInputError(
            f"columns={quote(columns)}: pass a frame or a Series of the same rows, or a mapping of names to columns; "
            "a method of the frame takes the names of its columns"
        )
    twice = [name for name, count in Counter(field_name(name) for name, _ in pairs).items() if count > 1]
    if twice:
        raise InvalidInputError(f"columns has {twice[0]!r} more than once; rename all but one")
    is_frame = isinstance(columns, (pd.DataFrame, pd.Series))
    return {
        field_name(name): _check_rows(
            name, values, index, has_own_index=is_frame or isinstance(columns[name], (pd.Series, Mapping))
        )
        for name, values in pairs
    }


def _is_number(columns: Any) -> bool:
    return isinstance(columns, (int, float, np.number)) and not isinstance(columns, bool)


def _check_rows(name: Any, values: pd.Series[Any], index: pd.Index, *, has_own_index: bool) -> pd.Series[Any]:
    if (difference := describe_other_rows(values, index, compares_index=has_own_index)) is not None:
        raise InvalidInputError(f"columns: {name!r} has {difference}; pass columns of the same rows in the same order")
    rows: pd.Series[Any] = values.copy()  # before pandas 3, later writes to the user's frame would change it
    return rows


def _kind(series: pd.Series[Any]) -> str:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if dtype == np.dtype(object):
        return _KINDS_OF_OBJECTS.get(pd.api.types.infer_dtype(series, skipna=True), "text")
    if pd.api.types.is_bool_dtype(dtype):
        return "bool"
    if pd.api.types.is_datetime64_any_dtype(dtype) or getattr(dtype, "kind", "") == "M":
        return "date"
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    return "number" if is_number else "text"


def _numbers(series: pd.Series[Any]) -> tuple[npt.NDArray[np.float64], bool]:
    """Return the numbers as float64, and if all of them are whole ones by their dtype."""
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    is_whole = pd.api.types.is_integer_dtype(series.dtype) or pd.api.types.infer_dtype(series) == "integer"
    return numbers, is_whole


def _from_numbers(
    name: str, kind: str, series: pd.Series[Any], numbers: npt.NDArray[np.float64], is_whole: bool
) -> Field:
    finite = numbers[np.isfinite(numbers)]
    # Infinite numbers are counted in the first and the last bin; what is sent to a browser holds none.
    numbers = np.clip(numbers, -LARGEST, LARGEST)
    edges = _edges(finite if len(finite) else numbers[~np.isnan(numbers)], is_whole)
    bins = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(len(edges) - 2, 0))
    codes = np.where(np.isnan(numbers), -1, bins).astype(np.intp)
    return Field(
        name, kind, series, codes, [],
        numbers=numbers,
        edges=edges,
        bounds=(float(finite.min()), float(finite.max())) if len(finite) else None,
        show_number=_show_date if kind == "date" else _show_whole if is_whole else _show_float,
    )  # fmt: skip


def _edges(numbers: npt.NDArray[np.float64], is_whole: bool) -> npt.NDArray[np.float64]:
    """Return the edges of up to 20 equal bins; those of whole numbers lie between the numbers."""
    if not len(numbers):
        return np.array([])
    low, high = numbers.min(), numbers.max()
    if low == high:
        return np.array([low, high])
    if is_whole and max(-low, high) < 2**52:  # above, not every whole number has a float of its own
        width = -(-(high - low + 1) // _BINS)
        return np.asarray(low - 0.5 + width * np.arange(-(-(high - low + 1) // width) + 1))
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.append(low + (high - low) / _BINS * np.arange(_BINS), high)
        is_usable = np.isfinite(edges).all() and (np.diff(edges) > 0).all()
    return edges if is_usable else np.array([low, high])


def _from_texts(name: str, kind: str, series: pd.Series[Any]) -> Field:
    try:
        codes, distinct = pd.factorize(series, use_na_sentinel=True)
    except TypeError:  # lists and other values that cannot be hashed
        codes, distinct = pd.factorize(series.map(str, na_action="ignore"), use_na_sentinel=True)
    if kind == "text" and len(distinct) > _MAX_CATEGORIES:
        return Field(name, kind, series, np.minimum(codes, 0).astype(np.intp), [], distinct=len(distinct))
    # Two values may have one text, as 1 and "1"; the most frequent text comes first.
    of_value, texts = pd.factorize(np.array([value_text(value) for value in distinct], dtype=object))
    codes = np.append(of_value, -1).astype(np.intp)[codes]
    counts = np.bincount(codes + 1, minlength=len(texts) + 1)[1:]
    order = np.argsort(-counts, kind="stable")
    ranks = np.append(np.argsort(order), -1)
    return Field(
        name, "bool" if kind == "bool" else "category", series, ranks[codes], [texts[i] for i in order], len(texts)
    )


def _show_whole(number: float) -> str:
    return f"{int(number):,}"


def _show_float(number: float) -> str:
    return f"{number:,.6g}"


def _show_date(milliseconds: float) -> str:
    stamp = pd.Timestamp(milliseconds, unit="ms")
    return f"{stamp:%Y-%m-%d}" if stamp == stamp.normalize() else f"{stamp:%Y-%m-%d %H:%M}"
