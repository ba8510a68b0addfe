"""Encode a Series as distinct values and codes, and map results per value back to rows."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column.kinds import Kind, kind_of
from jsdf.column.signed_addresses import merge_signed
from jsdf.errors import InvalidInputError
from jsdf.utils.fingerprint import fingerprint

_OLD_PANDAS = int(pd.__version__.split(".")[0]) < 3
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Column:
    """Column encoded as distinct values and a code per row.

    Attributes:
        index: Index of the Series.
        name: Name of the Series.
        codes: intp of shape (rows,): each row's position in `values`, -1 for a missing value.
        values: Distinct values in order of first appearance.
        kind: Kind of the values, `"text"` or `"image"`.
        unsendable: Position in `values` -> reason it cannot be sent to any engine.
    """

    index: pd.Index
    name: Hashable
    codes: npt.NDArray[np.intp]
    values: list[Any]
    kind: Kind
    unsendable: dict[int, str] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Number of rows without a value."""
        return int((self.codes < 0).sum())

    def to_rows(self, per_value: npt.NDArray[Any], missing: Any) -> npt.NDArray[Any]:
        """Expand an array with one entry per value to one entry per row; rows without a value get `missing`."""
        filler = np.full((1, *per_value.shape[1:]), missing, dtype=per_value.dtype)
        # The code -1 picks the last entry, which is the filler.
        rows: npt.NDArray[Any] = np.concatenate([per_value, filler])[self.codes]
        return rows

    def first_row(self, value: int) -> int:
        """Return the position of the first row with this value, given by its position in `values`."""
        return int(np.argmax(self.codes == value))


def select_column(frame: pd.DataFrame, column: Any) -> pd.Series[Any]:
    """Return one column of a frame.

    Raises:
        InvalidInputError: There is no column of this name, or more than one.
    """
    try:
        exists = column in frame.columns
    except TypeError:  # a list or a slice is not hashable
        exists = False
    if not exists:
        raise InvalidInputError(f"column={column!r} is not in the frame; it has {_list_names(list(frame.columns))}")
    selected: Any = frame[column]
    if isinstance(selected, pd.DataFrame):
        raise InvalidInputError(f"column={column!r} names {selected.shape[1]} columns of the frame; rename all but one")
    series: pd.Series[Any] = selected
    return series


def encode(series: pd.Series[Any], kind: str = "auto") -> Column:
    """Encode a column as distinct values, and detect their kind.

    Warns if `"auto"` gives `"text"` for values most of which look like images: file names, URLs, base64.

    Args:
        series: Texts or images; null, empty and white-space-only values are missing.
        kind: `"text"`, `"image"`, or `"auto"`: `"image"` if every value is an image. A text is an image if it
            ends in a common image extension; names with blanks, as in `"IMG 1.JPG"`, and rarer extensions
            count if all values are such names.

    Returns:
        The encoded column, which keeps the index and the order of the rows.

    Raises:
        InvalidInputError: A value is neither text nor image, or the kinds are mixed; the message
            names the index label of the first such row.
    """
    if kind not in ("auto", "text", "image"):
        raise InvalidInputError(f"kind={kind!r}: use 'text', 'image' or 'auto'")
    codes, values = _distinct(series)
    codes, values = _drop_blank(codes, values)
    detected = kind_of(series, codes, values, kind)
    if detected == "image":
        codes, values = merge_signed(codes, values)
    return Column(series.index, series.name, codes, values, detected, _unsendable_reasons(values))


def _distinct(series: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        # Categories are distinct, so their codes are factorized instead of the values; -1 is a missing value.
        codes, category_codes = pd.factorize(series.cat.codes.to_numpy())
        categories = list(series.cat.categories)
        used = [None if code < 0 else categories[code] for code in category_codes]
        return _drop_values(codes, used, [i for i, code in enumerate(category_codes) if code < 0])
    if _OLD_PANDAS and series.dtype in (object, "string[python]") and any(map(_confuses_old_pandas, series.array)):
        return _distinct_by_content(series)
    try:
        codes, uniques = pd.factorize(series, use_na_sentinel=True)
    except (TypeError, NotImplementedError):  # PIL images, arrays and Arrow's structs are not hashable
        return _distinct_by_content(series)
    return codes, list(uniques)


def _confuses_old_pandas(value: Any) -> bool:
    """True if pandas 2 cannot tell a text from others: it stops at a NUL and treats all surrogates as equal."""
    return isinstance(value, str) and ("\0" in value or (not value.isascii() and _SURROGATE.search(value) is not None))


def _distinct_by_content(series: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    seen: dict[Any, int] = {}
    values: list[Any] = []
    codes = np.full(len(series), -1, dtype=np.intp)
    for row, value in enumerate(series.array):
        if pd.api.types.is_scalar(value) and pd.isna(value):
            continue
        key = (type(value), value) if isinstance(value, (str, bytes, PurePath)) else fingerprint(value)
        code = codes[row] = seen.setdefault(key, len(values))
        if code == len(values):
            values.append(value)
    return codes, values


def _drop_blank(codes: npt.NDArray[np.intp], values: list[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    blank = [i for i, v in enumerate(values) if isinstance(v, str) and (not v or v.isspace())]
    return _drop_values(codes, values, blank)


def _drop_values(
    codes: npt.NDArray[np.intp], values: list[Any], positions: list[int]
) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Make the values at these positions missing, and renumber the others."""
    if not positions:
        return codes.astype(np.intp, copy=False), values
    keep = np.ones(len(values) + 1, dtype=bool)
    keep[positions] = False
    renumbered = np.where(keep, np.cumsum(keep) - 1, -1)
    renumbered[-1] = -1  # the entry that a missing row's code, -1, picks
    return renumbered[codes], [v for v, kept in zip(values, keep, strict=False) if kept]


def _unsendable_reasons(values: list[Any]) -> dict[int, str]:
    return {
        i: "the text holds a lone surrogate, which UTF-8 cannot encode"
        for i, v in enumerate(values)
        if isinstance(v, str) and not v.isascii() and _SURROGATE.search(v)
    }


def _list_names(names: list[Any], max_names: int = 10) -> str:
    shown = ", ".join(map(repr, names[:max_names]))
    return f"{shown} and {len(names) - max_names} more" if len(names) > max_names else shown or "no columns"
