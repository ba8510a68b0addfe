"""A column as rows to look at: nothing is compared with anything, so that 100,000 open as fast as 100."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import Column, encode
from jsdf.errors import InvalidInputError
from jsdf.utils.fingerprint import fingerprint

#: Rows as a caller names them: a position from 0, several, or a mask of all rows.
RowSelection: TypeAlias = "int | Iterable[int] | Iterable[bool]"

#: Rows that tell texts from images; `encode` would judge every one, and find the distinct ones first.
_MAX_CHECKED = 500


class RowColumn(Column):
    """A column whose every row has a value of its own; `codes` says where, -1 for a missing one."""

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """64 bits a row, equal for equal values; a path counts by its name, since to look at files takes long."""
        texts = [value if isinstance(value, str) else _named(value) for value in self.values]
        try:
            found = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)
        except UnicodeEncodeError:  # a lone surrogate
            found = np.array([int.from_bytes(fingerprint(text)[:8], "big") for text in [*texts, ""]], dtype=np.uint64)
        return found[self.codes]  # the code -1 picks the last, which is that of nothing


def as_rows(series: pd.Series[Any], kind: str = "auto") -> RowColumn:
    """Read a column.

    Args:
        series: Texts or images; null, empty and white-space-only values are missing.
        kind: As for `encode`; what the first 500 rows with a value are is what all are taken for.

    Raises:
        InvalidInputError: One of these rows is neither text nor image, or they are mixed.
    """
    values = series.to_numpy(dtype=object)
    present = ~series.isna().to_numpy(dtype=bool)
    present[present] = [not isinstance(v, str) or bool(v and not v.isspace()) for v in values[present]]
    judged = encode(series[present][:_MAX_CHECKED], kind)
    codes = np.where(present, np.cumsum(present) - 1, -1).astype(np.intp)
    return RowColumn(series.index, series.name, codes, values[present].tolist(), judged.kind)


def is_whole(given: Any) -> bool:
    """Whether this is a whole number, and not True or False, which Python takes for 1 and 0."""
    return isinstance(given, (int, np.integer)) and not isinstance(given, bool)


def positions(given: RowSelection, total: int) -> list[int]:
    """The positions of these rows, each once.

    Raises:
        InvalidInputError: They are none of these, or not there.
    """
    try:
        several: list[Any] = [given] if is_whole(given) else list(given)  # type: ignore[arg-type]
    except TypeError:
        raise InvalidInputError(f"rows={given!r}: pass positions from 0, or a mask of all rows") from None
    if several and all(isinstance(one, (bool, np.bool_)) or one is pd.NA for one in several):
        if len(several) != total:
            raise InvalidInputError(f"rows is a mask of {len(several):,} where there are {total:,} rows")
        return [row for row, one in enumerate(several) if one is not pd.NA and one]
    wrong = [one for one in several if not is_whole(one) or not 0 <= one < total]
    if wrong:
        raise InvalidInputError(f"row {wrong[0]!r} is not there; give positions from 0 to {total - 1:,}")
    return list(dict.fromkeys(map(int, several)))


def _named(value: Any) -> str:
    return str(value) if hasattr(value, "__fspath__") else fingerprint(value).hex()


def whole_number(name: str, given: Any) -> int:
    """The argument as an `int`.

    Raises:
        InvalidInputError: It is not a whole number.
    """
    if not is_whole(given):
        raise InvalidInputError(f"{name}={given!r}: pass a whole number")
    return int(given)


def whole_number_between(name: str, given: Any, minimum: int, maximum: int) -> int:
    """The argument as an `int`, from `minimum` to `maximum`.

    Raises:
        InvalidInputError: It is not such a number.
    """
    if not is_whole(given) or not minimum <= given <= maximum:
        raise InvalidInputError(f"{name}={given!r}: pass a whole number from {minimum} to {maximum}")
    return int(given)
