"""A sample of a long column that tells the kind of its values as the whole column would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from jsdf.column.cells import is_image_struct, read_value
from jsdf.column.kinds import class_of
from jsdf.utils.missing import is_missing

#: Characters or bytes of the first values.
_MAX_SIZE = 16 << 20


class ColumnSample:
    """Collects the first values of a column, and the first one of each class that comes later.

    Args:
        kind: `"text"`, `"image"` or `"auto"`.
        max_values: Number of first values.
    """

    def __init__(self, kind: str, max_values: int = 1_000) -> None:
        self._kind, self._max_values = kind, max_values
        self._values: list[Any] = []
        self._index: list[Any] = []
        self._classes: set[str] = set()
        self._size = 0
        self._name: Any = None

    def add(self, part: pd.Series[Any]) -> None:
        """Add the next part of the column."""
        self._name = part.name
        pairs = zip(part.index, part, strict=True)
        if not self._is_full:
            self._add_first(pairs)
        rest = list(pairs)
        if rest:
            self._add_new_classes(rest)

    @property
    def _is_full(self) -> bool:
        return len(self._values) >= self._max_values or self._size >= _MAX_SIZE

    def _add_first(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        for label, value in pairs:
            if is_missing(value):
                continue
            self._append(label, value)
            read = read_value(value)
            if read is not None:
                self._classes.add(class_of(read, self._kind))
            self._size += len(read) if isinstance(read, (str, bytes)) else 1
            if self._is_full:
                break

    def _append(self, label: Any, value: Any) -> None:
        self._index.append(label)
        self._values.append(value)

    def _add_new_classes(self, pairs: list[tuple[Any, Any]]) -> None:
        for value in _distinct(value for _, value in pairs):
            read = read_value(value)
            found = None if read is None else class_of(read, self._kind)
            if found is not None and found not in self._classes:
                self._classes.add(found)
                first = next(row for row in pairs if _is_of_class(row[1], found, self._kind))
                self._append(*first)

    def values(self) -> pd.Series[Any]:
        """Return the sample, in order, with the index labels of its rows."""
        values: pd.Series[Any] = pd.Series(self._values, index=pd.Index(self._index), name=self._name, dtype=object)
        return values


def _is_of_class(value: Any, name: str, kind: str) -> bool:
    read = None if is_missing(value) else read_value(value)
    return read is not None and class_of(read, kind) == name


def _distinct(values: Iterable[Any]) -> Iterator[Any]:
    """Yield values without nulls; texts once, others as often as they come."""
    seen: set[str] = set()
    for value in values:
        if type(value) is str:
            if value not in seen:
                seen.add(value)
                yield value
        elif not is_missing(value):
            yield value


def without_structs(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column in which image structs are replaced by their bytes or paths, also empty ones by nulls."""
    first = next((value for value in column if not is_missing(value)), None)
    if not is_image_struct(first):
        return column
    values = [None if is_missing(value) else read_value(value) for value in column]
    return pd.Series(values, index=column.index, name=column.name, dtype=object)
