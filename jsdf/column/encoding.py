"""Encode a Series as distinct values and codes, and map results per value back to rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column.cells import is_image_struct, is_plain, read_value
from jsdf.column.kinds import Kind, kind_of
from jsdf.column.signed_addresses import longest_valid_addresses
from jsdf.errors import InvalidInputError
from jsdf.utils.characters import has_surrogate, repair_surrogates
from jsdf.utils.fingerprint import fingerprint
from jsdf.utils.missing import is_missing

_OLD_PANDAS = int(pd.__version__.split(".")[0]) < 3


@dataclass(frozen=True, eq=False)
class Column:
    """Column encoded as distinct values and a code per row.

    Attributes:
        index: Index of the Series.
        name: Name of the Series.
        codes: intp of shape (rows,): each row's position in `values`, -1 for a missing value.
        values: Distinct values in order of first appearance.
        kind: Kind of the values, `"text"` or `"image"`.
    """

    index: pd.Index
    name: Hashable
    codes: npt.NDArray[np.intp]
    values: list[Any]
    kind: Kind

    @property
    def missing(self) -> int:
        """Number of rows without a value."""
        return int((self.codes < 0).sum())

    @property
    def weights(self) -> npt.NDArray[np.intp]:
        """Number of rows of each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def to_rows(self, per_value: npt.NDArray[Any], missing: Any) -> npt.NDArray[Any]:
        """Expand an array with one entry per value to one entry per row; rows without a value get `missing`."""
        filler = np.full((1, *per_value.shape[1:]), missing, dtype=per_value.dtype)
        # The code -1 picks the last entry, which is the filler.
        rows: npt.NDArray[Any] = np.concatenate([per_value, filler])[self.codes]
        return rows

    def part(self, items: npt.NDArray[np.intp]) -> Column:
        """Return the rows that hold these values, given by their positions, as a column of their own."""
        positions = np.full(len(self.values) + 1, -1, np.intp)  # the code -1 of missing rows picks the last one
        positions[items] = np.arange(len(items))
        codes = positions[self.codes]
        rows = np.flatnonzero(codes >= 0)
        values = [self.values[item] for item in items.tolist()]
        return Column(self.index[rows], self.name, codes[rows], values, self.kind)

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


def encode(series: pd.Series[Any], kind: str = "auto", *, conversion: str = "") -> Column:
    """Encode a column as distinct values, and detect their kind.

    Warns if `"auto"` gives `"text"` for values most of which stand for images: file names, URLs, base64, HTML.

    Args:
        series: Texts or images; null, empty and blank values are missing. A mapping with `bytes` and `path`, as data
            sets of Hugging Face hold images, is its bytes, or else its path. Surrogates of texts are joined to
            characters, or replaced by U+FFFD; in the name of an image they may escape bytes.
        kind: `"text"`, `"image"`, or `"auto"`: `"image"` if every value is an image. A text is an image if it
            ends in a common image extension; names with blanks, as in `"IMG 1.JPG"`, and rarer extensions
            count if all values are such names.
        conversion: Code that makes the Series of what the user passed, for messages, as `conversion_code` returns it.

    Returns:
        The encoded column, which keeps the index and the order of the rows.

    Raises:
        InvalidInputError: A value is neither text nor image, or the kinds are mixed; the message
            names the index label of the first such row. Or all images are empty mappings.
    """
    if kind not in ("auto", "text", "image"):
        raise InvalidInputError(f"kind={kind!r}: use 'text', 'image' or 'auto'")
    codes, values = _distinct(series)
    read = {i: read_value(value) for i, value in enumerate(values) if not is_plain(value)}
    codes, values = _replace(codes, values, read)
    if _holds_structs(series):
        if not values:
            raise _empty_structs_error(series)
        kind = "image" if kind == "auto" else kind
    detected = kind_of(series, codes, values, kind, conversion)
    if detected == "image":
        changed = longest_valid_addresses(values)
    else:
        changed = {i: repair_surrogates(value) for i, value in enumerate(values) if has_surrogate(value)}
    codes, values = _replace(codes, values, changed)
    return Column(series.index, series.name, codes, values, detected)


def _distinct(series: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Return a code per row and the distinct values, which may still be missing, or equal once they are read."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        # Categories are distinct, so their codes are factorized instead of the values; -1 is a missing value.
        codes, category_codes = pd.factorize(series.cat.codes.to_numpy())
        categories = list(series.cat.categories)
        return codes, [None if code < 0 else categories[code] for code in category_codes]
    if _OLD_PANDAS and series.dtype in (object, "string[python]") and any(map(_confuses_old_pandas, series.array)):
        return _distinct_by_content(series)
    try:
        codes, uniques = pd.factorize(series, use_na_sentinel=True)
    except (TypeError, NotImplementedError):  # PIL images, arrays and Arrow's structs are not hashable
        return _distinct_by_content(series)
    return codes, list(uniques)


def _confuses_old_pandas(value: Any) -> bool:
    """True if pandas 2 cannot tell a text from others: it stops at a NUL and treats all surrogates as equal."""
    return isinstance(value, str) and ("\0" in value or has_surrogate(value))


def _distinct_by_content(series: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    return _number(map(read_value, series.array))


def _number(values: Iterable[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Return the code of each value, -1 for None, and the distinct values."""
    seen: dict[Any, int] = {}
    distinct: list[Any] = []
    codes: list[int] = []
    for value in values:
        if value is None:
            codes.append(-1)
            continue
        key = (type(value), value) if isinstance(value, (str, bytes, PurePath)) else fingerprint(value)
        code = seen.setdefault(key, len(distinct))
        codes.append(code)
        if code == len(distinct):
            distinct.append(value)
    return np.array(codes, dtype=np.intp), distinct


def _replace(
    codes: npt.NDArray[np.intp], values: list[Any], changed: dict[int, Any]
) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Replace distinct values by position; None gives the code -1, and values that become equal get the same code."""
    if all(value is not None and value is values[i] for i, value in changed.items()):
        return codes.astype(np.intp, copy=False), values
    renumbered, distinct = _number(changed.get(i, value) for i, value in enumerate(values))
    return np.append(renumbered, -1)[codes], distinct  # the code -1, of a missing row, picks the last entry


def _holds_structs(series: pd.Series[Any]) -> bool:
    """Return True if the first value of a column is a mapping that holds an image."""
    if series.dtype != object and not isinstance(series.dtype, pd.ArrowDtype):
        return False
    return is_image_struct(next((value for value in series.array if not is_missing(value)), None))


def _empty_structs_error(series: pd.Series[Any]) -> InvalidInputError:
    column = "the column" if series.name is None else f"column {series.name!r}"
    return InvalidInputError(
        f"every image of {column} is empty, with neither bytes nor a path, as in {series.dropna().iloc[0]!r}: the data "
        "set was saved without its images; save it again with the images embedded as bytes"
    )


def _list_names(names: list[Any], max_names: int = 10) -> str:
    shown = ", ".join(map(repr, names[:max_names]))
    return f"{shown} and {len(names) - max_names} more" if len(names) > max_names else shown or "no columns"
