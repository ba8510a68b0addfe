"""Labels of rows in any accepted form, as names and codes, and converted back to the form in which they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import select_column, to_series
from jsdf.display.gallery.rows import describe_other_rows
from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.labels import parse
from jsdf.results.run import Run

if TYPE_CHECKING:
    from jsdf.results.answers import LabelResult

#: A column with more distinct values than this is not taken for labels.
MAX_LABELS = 500


@dataclass(eq=False)
class RowLabels:
    """Labels of all rows.

    Attributes:
        given: The labels as they were passed, never modified.
        choices: The distinct labels, as `given` holds them.
        names: The same as strings, for display.
        codes: intp of shape (rows,), positions in the choices, -1 for no label; for a multi-hot frame
            bool of shape (rows, choices).
        is_missing: bool of shape (rows,), True for no label or a row of nulls.
        declared: True if the choices were named by an argument or a dtype, False if they are the values that occur.
    """

    given: LabelResult
    choices: list[Any]
    codes: npt.NDArray[Any]
    is_missing: npt.NDArray[np.bool_]
    declared: bool = True
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = [str(choice) for choice in self.choices]
        if len(set(self.names)) < len(self.names):
            raise InvalidLabelsError(
                f"some of the labels {self.choices[:10]!r} have the same text; rename some of them"
            )

    @property
    def multiple(self) -> bool:
        """True if a row may have any number of labels."""
        return self.codes.ndim == 2

    @property
    def accepts_new_labels(self) -> bool:
        """True if the column can hold labels that are not among the choices yet."""
        return isinstance(self.given, pd.Series) and _holds_texts(self.given)

    @cached_property
    def can_clear(self) -> bool:
        """True if labels can be removed: always with several labels a row, else if the dtype holds nulls."""
        if self.multiple:
            return True
        try:
            return bool(
                _replace_rows(self.given.iloc[:1], range(len(self.given))[:1], [None][: len(self.given)]).isna().all()
            )
        except (TypeError, ValueError):  # raised by pandas for a dtype without nulls
            return False

    def get(self, row: int) -> int | tuple[int, ...] | None:
        """Return the position of a row's label, a tuple of positions with several labels, or None for no label."""
        if self.is_missing[row]:
            return None
        return tuple(np.flatnonzero(self.codes[row]).tolist()) if self.multiple else int(self.codes[row])

    def counts(self, within: npt.NDArray[np.bool_] | None = None) -> list[int]:
        """Return the number of rows of each label, in the order of `names`, among those in a mask; None for all."""
        chosen = ~self.is_missing if within is None else within & ~self.is_missing
        if self.multiple:
            return np.count_nonzero(self.codes[chosen], axis=0).tolist()  # type: ignore[no-any-return]
        return np.bincount(self.codes[chosen], minlength=len(self.names)).tolist()  # type: ignore[no-any-return]

    def set(self, row: int, code: int | tuple[int, ...] | None) -> None:
        """Set the label of a row, in the form that `get` returns; `()` removes it: False for each of several labels."""
        self.is_missing[row] = code is None or (code == () and not self.multiple)
        if self.multiple:
            self.codes[row] = False
            self.codes[row, list(code or ())] = True  # type: ignore[arg-type]
        else:
            self.codes[row] = code if isinstance(code, int) else -1

    def to_value(self, code: int | tuple[int, ...] | None) -> Any:
        """Convert a result of `get` to a label as the column holds it, or a tuple of labels; None stays None."""
        if code is None:
            return None
        return tuple(self.choices[i] for i in code) if isinstance(code, tuple) else self.choices[code]

    def add(self, name: str) -> int:
        """Add a label to the choices and return its position; see `accepts_new_labels`."""
        self.choices.append(name)
        self.names.append(name)
        return len(self.names) - 1

    def copy(self) -> RowLabels:
        """Return a copy whose labels can be changed independently."""
        return RowLabels(self.given, list(self.choices), self.codes.copy(), self.is_missing.copy(), self.declared)

    def corrected(self, rows: Sequence[int]) -> LabelResult:
        """Return a copy of `given` with the current labels of these rows: same index, name or columns, and dtype."""
        if isinstance(self.given, pd.Series):
            values = [self.to_value(self.get(row)) for row in rows]
            return _replace_rows(self.given, rows, values)
        given: pd.DataFrame = self.given
        multi_hot = self.codes[list(rows)]
        columns = {i: _replace_rows(given.iloc[:, i], rows, multi_hot[:, i].tolist()) for i in range(given.shape[1])}
        frame: pd.DataFrame = pd.DataFrame(columns, index=given.index)
        frame.columns = given.columns
        return frame


def _replace_rows(series: pd.Series[Any], rows: Sequence[int], values: list[Any]) -> pd.Series[Any]:
    array = series.array.copy()
    for row, value in zip(rows, values, strict=True):
        array[row] = value
    result: pd.Series[Any] = pd.Series(array, index=series.index, name=series.name, dtype=series.dtype)
    return result


def resolve_columns(frame: pd.DataFrame, label: Any) -> Any:
    """Return the label argument of a frame's method with names of columns replaced by these columns."""
    if label is None or isinstance(label, Run):
        return label
    if isinstance(label, list):
        return pd.concat([select_column(frame, name) for name in label], axis=1) if label else frame[[]]
    is_column = pd.api.types.is_list_like(label) and not isinstance(label, tuple)
    return label if is_column else select_column(frame, label)


def read(label: Any, index: pd.Index, labels: Any = None, argument: str = "label") -> RowLabels:
    """Read a label argument as `RowLabels`.

    Args:
        label: A column of labels in any form that `to_series` reads, a multi-hot frame, or a `Run`, with the length and
            order of the rows.
        index: Index of the rows.
        labels: The choices, as for `classify`; None for the categories, columns or values of `label`.
        argument: Name of the argument, for messages.

    Raises:
        InvalidInputError: `label` has another length or index, or is a frame with columns that are not boolean.
        InvalidLabelsError: The choices do not fit `label`, or it has more than 500 distinct values.
    """
    given: Any = label.labels if isinstance(label, Run) else label
    if not isinstance(given, (pd.Series, pd.DataFrame)):
        given = _from_other_column(given, index, argument)
    if (difference := describe_other_rows(given, index)) is not None:
        raise InvalidInputError(f"{argument} has {difference}; pass labels of the same rows in the same order")
    names = None if labels is None else list(parse(labels).names)
    given = given.copy()  # before pandas 3, later writes to the user's frame would change it
    read_given = _read_frame if isinstance(given, pd.DataFrame) else _read_series
    return read_given(given, names, argument)


def _from_other_column(given: Any, index: pd.Index, argument: str) -> pd.Series[Any]:
    if pd.api.types.is_scalar(given):
        raise InvalidInputError(
            f"{argument}={given!r}: pass a Series, a multi-hot frame or a Run; a method of the frame takes column names"
        )
    series = to_series(given, argument).infer_objects()
    has_own_index = isinstance(given, Mapping) or len(series) != len(index)
    return series if has_own_index else series.set_axis(index)


def _read_frame(given: pd.DataFrame, names: list[str] | None, argument: str) -> RowLabels:
    dtypes = list(zip(given.columns, given.dtypes, strict=True))
    not_bool = [(name, dtype) for name, dtype in dtypes if not pd.api.types.is_bool_dtype(dtype)]
    if not_bool or not given.shape[1]:
        problem = f"its column {not_bool[0][0]!r} is {not_bool[0][1]}" if not_bool else "it has no columns"
        raise InvalidInputError(
            f"{argument} is a frame, and {problem}; pass one bool column per label, as with .astype('boolean')"
        )
    choices = list(given.columns)
    if names is not None and set(names) != set(map(str, choices)):
        raise InvalidLabelsError(f"labels={names!r}: the frame's columns are {choices!r}, which are its labels")
    is_null = np.column_stack([given.iloc[:, i].isna().to_numpy() for i in range(len(choices))])
    multi_hot = np.column_stack([given.iloc[:, i].fillna(False).to_numpy(dtype=bool) for i in range(len(choices))])
    return RowLabels(given, choices, multi_hot, np.asarray(is_null.any(axis=1)))


def _read_series(given: pd.Series[Any], names: list[str] | None, argument: str) -> RowLabels:
    declared = names is not None
    if isinstance(given.dtype, pd.CategoricalDtype):
        codes, choices = given.cat.codes.to_numpy().astype(np.intp), list(given.cat.categories)
        new = [name for name in names or [] if name not in set(map(str, choices))]
        if new:
            raise InvalidLabelsError(
                f"labels: {new[0]!r} is not a category of {argument}, which has {choices!r}; add it first: "
                f"{argument}.cat.add_categories({new!r})"
            )
        declared = True
    else:
        codes, choices = _factorize(given, argument)
    if len(choices) > MAX_LABELS:
        raise InvalidLabelsError(
            f"{argument} has {len(choices):,} distinct values, too many for labels; pass another column"
        )
    if names is not None:
        codes, choices = _reorder(codes, choices, names, given, argument)
    return RowLabels(given, choices, codes, codes < 0, declared)


def _factorize(given: pd.Series[Any], argument: str) -> tuple[npt.NDArray[np.intp], list[Any]]:
    try:
        codes, values = pd.factorize(given, use_na_sentinel=True)
    except TypeError:
        problem = f"{argument} contains values that are not labels, such as lists"
        raise InvalidInputError(f"{problem}; for several labels a row pass a multi-hot frame") from None
    choices = list(values)
    if any(isinstance(choice, (list, dict, set)) for choice in choices):
        raise InvalidInputError(f"{argument} contains lists; for several labels a row pass a multi-hot frame")
    return codes.astype(np.intp), choices


def _reorder(
    codes: npt.NDArray[np.intp], choices: list[Any], names: list[str], given: pd.Series[Any], argument: str
) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Put the named labels first, in their order, followed by the other labels of the column."""
    by_name = {str(choice): choice for choice in choices}
    new = [name for name in names if name not in by_name]
    if new and not _holds_texts(given):
        problem = f"labels: {new[0]!r} cannot be stored in {argument}, which is {given.dtype}"
        raise InvalidLabelsError(f"{problem}; pass {argument}.astype('string')")
    ordered = [by_name.get(name, name) for name in names] + [c for c in choices if str(c) not in set(names)]
    positions = {str(choice): i for i, choice in enumerate(ordered)}
    new_codes = np.array([positions[str(choice)] for choice in choices] + [-1], dtype=np.intp)
    return new_codes[codes], ordered


def _holds_texts(given: pd.Series[Any]) -> bool:
    if isinstance(given.dtype, pd.CategoricalDtype):
        return False
    return given.dtype == object or pd.api.types.is_string_dtype(given.dtype)
