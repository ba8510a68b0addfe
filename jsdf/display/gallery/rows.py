"""Column for a gallery, read without removing duplicates, so that 100,000 rows open as fast as 100."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import Column, encode, is_plain, read_value
from jsdf.errors import InvalidInputError
from jsdf.utils.characters import repair_surrogates
from jsdf.utils.fingerprint import fingerprint, known_name

#: Rows as an argument: a position from 0, several positions, or a mask of all rows.
RowSelection: TypeAlias = "int | Iterable[int] | Iterable[bool]"

#: Types of several values in such an argument; anything else is one value.
_COLLECTIONS = (list, tuple, set, frozenset, np.ndarray, pd.Index, pd.Series)
#: Rows with a value whose types tell texts from images; `encode` would check all rows and find the distinct values.
_MAX_CHECKED = 500


class RowColumn(Column):
    """Column in which each row has its own entry in `values`, equal ones included; `codes` is -1 for missing values."""

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """uint64 of shape (rows,), equal for equal values. Files are hashed by name, since reading them takes long."""
        texts = [v if self.kind == "text" and isinstance(v, str) else _text_key(v) for v in self.values]
        hashes = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)
        return hashes[self.codes]  # the code -1 selects the last hash, that of a missing value


def as_rows(series: pd.Series[Any], kind: str = "auto", conversion: str = "") -> RowColumn:
    """Read a Series as a `RowColumn`.

    Args:
        series: Texts or images; values are read, and may be missing, as in `encode`.
        kind: As for `encode`; `"auto"` looks at the first 500 rows with a value only.
        conversion: As for `encode`.

    Raises:
        InvalidInputError: One of these 500 rows is neither text nor image, or they are mixed; or all images are empty.
    """
    values = [value if is_plain(value) else read_value(value) for value in series.to_numpy(dtype=object)]
    present = np.fromiter((value is not None for value in values), dtype=bool, count=len(values))
    checked = encode(series[present][:_MAX_CHECKED] if present.any() else series, kind, conversion=conversion)
    if checked.kind == "text":
        values = [repair_surrogates(value) if isinstance(value, str) else value for value in values]
    codes = np.where(present, np.cumsum(present) - 1, -1).astype(np.intp)
    return RowColumn(series.index, series.name, codes, [value for value in values if value is not None], checked.kind)


def to_list(given: Any) -> list[Any]:
    """Return the values of an argument that takes one value or several."""
    return list(given) if isinstance(given, _COLLECTIONS) else [given]


def describe_other_rows(
    given: pd.Series[Any] | pd.DataFrame, index: pd.Index, *, compares_index: bool = True
) -> str | None:
    """Return how something that should have a column's rows differs from it, as in "another index"; None if not."""
    if len(given) != len(index):
        return f"{len(given):,} rows where the column has {len(index):,}"
    return "another index" if compares_index and not given.index.equals(index) else None


def is_whole(value: Any) -> bool:
    """Return True for an integer, of Python or NumPy, that is not a boolean."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def positions(given: RowSelection, total: int) -> list[int]:
    """Return the positions of the selected rows, without duplicates.

    Raises:
        InvalidInputError: `given` is no selection of rows, or a row does not exist.
    """
    try:
        items: list[Any] = [given] if is_whole(given) else list(given)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidInputError(f"rows={given!r}: pass positions from 0, or a mask of all rows") from None
    if items and all(isinstance(item, (bool, np.bool_)) or item is pd.NA for item in items):
        if len(items) != total:
            raise InvalidInputError(f"rows is a mask of length {len(items):,}, but there are {total:,} rows")
        return [row for row, item in enumerate(items) if item is not pd.NA and item]
    invalid = [item for item in items if not is_whole(item) or not 0 <= item < total]
    if invalid:
        hint = f"pass positions from 0 to {total - 1:,}" if total else "the column has no rows"
        raise InvalidInputError(f"row {invalid[0]!r} does not exist; {hint}")
    return list(dict.fromkeys(map(int, items)))


def _text_key(value: Any) -> str:
    name = known_name(value)
    # pandas hashes a text as UTF-8, which has no surrogates; they stand for bytes in the names of some files.
    return fingerprint(value).hex() if name is None else name.encode("utf-8", "backslashreplace").decode()


def whole_number(name: str, given: Any) -> int:
    """Return the argument as an `int`.

    Raises:
        InvalidInputError: The argument is not a whole number.
    """
    if not is_whole(given):
        raise InvalidInputError(f"{name}={given!r}: pass a whole number")
    return int(given)


def whole_number_between(name: str, given: Any, minimum: int, maximum: int) -> int:
    """Return the argument as an `int` from `minimum` to `maximum`.

    Raises:
        InvalidInputError: The argument is not a whole number in this range.
    """
    if not is_whole(given) or not minimum <= given <= maximum:
        raise InvalidInputError(f"{name}={given!r}: pass a whole number from {minimum} to {maximum}")
    return int(given)
