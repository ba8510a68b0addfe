"""Read the labels that a user gives with values: one name a value, or any number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.column import to_series
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.utils.missing import is_missing

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.labels import LabelSet


@dataclass(frozen=True, eq=False)
class Targets:
    """Labels of values.

    Args:
        names: Names of the labels.
        values: Position of each value's label, intp of shape (values,), -1 for none; or bool of shape (values, labels).
        is_known: Mask of the values that have a label, or any number of them.
    """

    names: list[str]
    values: npt.NDArray[Any]
    is_known: npt.NDArray[np.bool_]

    @property
    def multiple(self) -> bool:
        """True if a value may have any number of labels."""
        return self.values.ndim == 2

    def counts(self, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Return the number of these values that have each label."""
        values = self.values[rows]
        if self.multiple:
            return np.asarray(values.sum(axis=0), dtype=np.intp)
        return np.bincount(values[values >= 0], minlength=len(self.names))

    def in_order_of(self, labels: LabelSet) -> Targets:
        """Return the same labels at the positions of a set of labels, which must include all of them.

        Raises:
            InvalidInputError: It does not include one of them.
        """
        positions = {name: i for i, name in enumerate(labels.names)}
        other = next((name for name in self.names if name not in positions), None)
        if other is not None:
            raise InvalidInputError(
                f"labels: {quote(other)} is not among the labels of descriptions=; add it there, or leave its rows out"
            )
        moved = np.array([positions[name] for name in self.names], dtype=np.intp)
        if self.multiple:
            hot = np.zeros((len(self.values), len(labels)), dtype=bool)
            hot[:, moved] = self.values
            return Targets(list(labels.names), hot, self.is_known)
        return Targets(list(labels.names), np.append(moved, -1)[self.values], self.is_known)


def read_targets(labels: Any, index: pd.Index | None, rows: int) -> Targets:
    """Read the labels of values.

    Args:
        labels: One name a value: a Series or anything that makes one; or a multi-hot frame, or lists of names.
        index: Index of the values; None if they have none of their own.
        rows: Number of values.

    Raises:
        InvalidInputError: They cannot be used, or do not fit the values.
    """
    given = labels if isinstance(labels, pd.DataFrame) else to_series(labels, "labels")
    if len(given) != rows:
        raise InvalidInputError(f"there are {rows:,} values and {len(given):,} labels; pass a label for each value")
    has_index = isinstance(labels, (pd.Series, pd.DataFrame, Mapping))
    if has_index and index is not None and not given.index.equals(index):
        raise InvalidInputError(
            "values and labels have different indexes; take both from one frame, or pass lists to go by position"
        )
    if isinstance(given, pd.DataFrame):
        return _read_frame(given)
    first = next((value for value in given.array if not is_missing(value)), None)
    return _read_lists(given) if _is_list(first) else _read_names(given)


def _read_frame(frame: pd.DataFrame) -> Targets:
    other = next((i for i, dtype in enumerate(frame.dtypes) if not pd.api.types.is_bool_dtype(dtype)), None)
    if other is not None:
        column, dtype = frame.columns[other], frame.dtypes.iloc[other]
        raise InvalidInputError(
            f"labels is a frame, and its column {column!r} is {dtype}; pass one column, as in labels[{column!r}], or "
            "one bool column per label"
        )
    is_known = ~frame.isna().any(axis=1).to_numpy()
    hot = frame.fillna(False).to_numpy(dtype=bool)
    return Targets([_checked_name(name) for name in frame.columns], hot, is_known)


def _read_lists(series: pd.Series[Any]) -> Targets:
    rows = [None if is_missing(value) else value for value in series.array]
    single = next((value for value in rows if value is not None and not _is_list(value)), None)
    if single is not None:
        raise InvalidInputError(f"labels: {quote(single)} is beside lists of names; write it as {[single]!r}")
    names = list(dict.fromkeys(_checked_name(name) for row in rows if row is not None for name in row))
    positions = {name: i for i, name in enumerate(names)}
    hot = np.zeros((len(rows), len(names)), dtype=bool)
    for i, row in enumerate(rows):
        hot[i, [positions[name] for name in row or ()]] = True
    return Targets(names, hot, np.array([row is not None for row in rows], dtype=bool))


def _read_names(series: pd.Series[Any]) -> Targets:
    if isinstance(series.dtype, pd.CategoricalDtype):
        names, codes = [_checked_name(name) for name in series.cat.categories], series.cat.codes.to_numpy()
        return Targets(names, codes.astype(np.intp), codes >= 0)
    given = [None if is_missing(value) or value == "" else _checked_name(value) for value in series.array]
    names = list(dict.fromkeys(name for name in given if name is not None))
    positions = {name: i for i, name in enumerate(names)}
    codes = np.array([-1 if name is None else positions[name] for name in given], dtype=np.intp)
    return Targets(names, codes, codes >= 0)


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidInputError(f"labels: {quote(name)} is not a name; write it as {str(name)!r}")
    return name
