"""A Series -> distinct values and codes; answers to those values -> a Series or a multi-hot frame."""

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
from jsdf.errors import InvalidInputError
from jsdf.utils.fingerprint import fingerprint

_OLD_PANDAS = int(pd.__version__.split(".")[0]) < 3
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False)
class Column:
    """A column by its distinct values.

    Attributes:
        index: The input's own index.
        name: The input's own name.
        codes: intp of shape (rows,): each row's position in `values`, -1 for a missing one.
        values: The distinct values in order of first appearance.
        kind: What the values are.
        unsendable: Position in `values` -> why no engine could take it.
    """

    index: pd.Index
    name: Hashable
    codes: npt.NDArray[np.intp]
    values: list[Any]
    kind: Kind
    unsendable: dict[int, str] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """How many rows hold nothing to classify."""
        return int((self.codes < 0).sum())

    def to_rows(self, per_value: npt.NDArray[Any], missing: Any) -> npt.NDArray[Any]:
        """One entry a value -> one a row, with `missing` where the row has no value."""
        filler = np.full((1, *per_value.shape[1:]), missing, dtype=per_value.dtype)
        # The code -1 picks the last entry, which is the filler.
        spread: npt.NDArray[Any] = np.concatenate([per_value, filler])[self.codes]
        return spread

    def first_row(self, value: int) -> int:
        """The position of the first row that holds this value."""
        return int(np.argmax(self.codes == value))


def select_column(frame: pd.DataFrame, column: Any) -> pd.Series[Any]:
    """One column of a frame.

    Raises:
        InvalidInputError: There is no such column, or more than one.
    """
    try:
        known = column in frame.columns
    except TypeError:  # a list or a slice cannot be looked up
        known = False
    if not known:
        raise InvalidInputError(f"column={column!r} is not in the frame; it has {_list_some(list(frame.columns))}")
    found: Any = frame[column]
    if isinstance(found, pd.DataFrame):
        raise InvalidInputError(f"column={column!r} names {found.shape[1]} columns of the frame; rename them apart")
    series: pd.Series[Any] = found
    return series


def encode(series: pd.Series[Any], kind: str = "auto") -> Column:
    """Find the distinct values of a column and what kind they are.

    Args:
        series: Texts or images; null, empty and white-space-only values are missing.
        kind: `"text"`, `"image"`, or `"auto"`: image when every value is one. A text is one by its extension;
            where all end in one, also with blanks in them, as in `"IMG 1.JPG"`, or of the rarer formats.

    Returns:
        The column by its distinct values, with the order and index of the rows kept. Warns where `"auto"`
        reads texts most of which may be images: names of files, addresses, base64.

    Raises:
        InvalidInputError: A value is neither text nor image, or the kinds are mixed; the message
            names the index label of the first such row.
    """
    if kind not in ("auto", "text", "image"):
        raise InvalidInputError(f"kind={kind!r}: use 'text', 'image' or 'auto'")
    codes, values = _distinct(series)
    codes, values = _drop_blank(codes, values)
    found = kind_of(series, codes, values, kind)
    return Column(series.index, series.name, codes, values, found, _unsendable_reasons(values))


def _distinct(series: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        # Two categories never are the same value, so their codes only need the unused ones taken out.
        inner, uniques = pd.factorize(series.cat.codes.to_numpy())
        categories = list(series.cat.categories)
        used = [None if code < 0 else categories[code] for code in uniques]
        return _drop_values(inner, used, [i for i, code in enumerate(uniques) if code < 0])
    if _OLD_PANDAS and series.dtype in (object, "string[python]") and any(map(_confuses_old_pandas, series.array)):
        return _distinct_by_content(series)
    try:
        codes, found = pd.factorize(series, use_na_sentinel=True)
    except (TypeError, NotImplementedError):  # PIL images and arrays cannot be hashed, nor Arrow's structs
        return _distinct_by_content(series)
    return codes, list(found)


def _confuses_old_pandas(value: Any) -> bool:
    """Whether pandas 2 takes a text for another one: it ends at a NUL there, and surrogates are all alike."""
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
    codes: npt.NDArray[np.intp], values: list[Any], gone: list[int]
) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Make these values missing, and close the gaps they leave in the codes."""
    if not gone:
        return codes.astype(np.intp, copy=False), values
    keep = np.ones(len(values) + 1, dtype=bool)
    keep[gone] = False
    renumbered = np.where(keep, np.cumsum(keep) - 1, -1)
    renumbered[-1] = -1  # where the code of a missing row points
    return renumbered[codes], [v for v, kept in zip(values, keep, strict=False) if kept]


def _unsendable_reasons(values: list[Any]) -> dict[int, str]:
    return {
        i: "the text holds a lone surrogate, which UTF-8 cannot carry"
        for i, v in enumerate(values)
        if isinstance(v, str) and not v.isascii() and _SURROGATE.search(v)
    }


def _list_some(names: list[Any], most: int = 10) -> str:
    shown = ", ".join(map(repr, names[:most]))
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown or "no columns"
