"""Whatever says how rows are labelled -> names, and codes or a table of yes and no; and back to what was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import select_column
from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.labels import parse
from jsdf.results.run import Run

if TYPE_CHECKING:
    from jsdf.results.answers import LabelResult

#: A column with more distinct values than this holds no labels.
MAX_LABELS = 500


@dataclass(eq=False)
class RowLabels:
    """How rows are labelled.

    Attributes:
        given: What was given, untouched.
        choices: The labels as `given` holds them.
        names: The same as texts, for a person.
        chosen: intp of shape (rows,), positions in the choices, -1 where there is none; for a multi-hot
            frame bool of shape (rows, choices).
        blank: bool of shape (rows,): no label, or a row of nulls.
        declared: Whether the choices were named, rather than found in the column.
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
            raise InvalidLabelsError(f"the labels {self.choices[:10]!r} look alike as texts; rename them apart")

    @property
    def multiple(self) -> bool:
        """Whether a row may have any number of labels."""
        return self.codes.ndim == 2

    @property
    def accepts_new_labels(self) -> bool:
        """Whether the column can hold a label that is not among the choices yet."""
        return isinstance(self.given, pd.Series) and _holds_texts(self.given)

    @cached_property
    def can_clear(self) -> bool:
        """Whether a row may go without a label: several may all be taken away, and one where its column holds nulls."""
        if self.multiple:
            return True
        try:
            return bool(
                _replace_rows(self.given.iloc[:1], range(len(self.given))[:1], [None][: len(self.given)]).isna().all()
            )
        except (TypeError, ValueError):  # pandas' own, for numbers without a null
            return False

    def get(self, row: int) -> int | tuple[int, ...] | None:
        """A row's label as a position, its labels as positions, or None where it has none."""
        if self.is_missing[row]:
            return None
        return tuple(np.flatnonzero(self.codes[row]).tolist()) if self.multiple else int(self.codes[row])

    def counts(self) -> list[int]:
        """Rows of each label."""
        if self.multiple:
            sums: list[int] = self.codes[~self.is_missing].sum(axis=0).tolist()
            return sums
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).tolist()  # type: ignore[no-any-return]

    def set(self, row: int, said: int | tuple[int, ...] | None) -> None:
        """Set what `get` returns; `()` is no label, which is all of them False where there are several."""
        self.is_missing[row] = said is None or (said == () and not self.multiple)
        if self.multiple:
            self.codes[row] = False
            self.codes[row, list(said or ())] = True  # type: ignore[arg-type]
        else:
            self.codes[row] = said if isinstance(said, int) else -1

    def to_value(self, said: int | tuple[int, ...] | None) -> Any:
        """What `get` returns, as the column holds it: a label, or a tuple of them; None where there is none."""
        if said is None:
            return None
        return tuple(self.choices[i] for i in said) if isinstance(said, tuple) else self.choices[said]

    def add(self, name: str) -> int:
        """One more label, for a column that can hold it; its position."""
        self.choices.append(name)
        self.names.append(name)
        return len(self.names) - 1

    def copy(self) -> RowLabels:
        """The same, with labels that can be changed."""
        return RowLabels(self.given, list(self.choices), self.codes.copy(), self.is_missing.copy(), self.declared)

    def corrected(self, rows: Sequence[int]) -> LabelResult:
        """What was given with these rows as they are now: same index, name or columns, and dtype."""
        if isinstance(self.given, pd.Series):
            values = [self.to_value(self.get(row)) for row in rows]
            return _replace_rows(self.given, rows, values)
        given: pd.DataFrame = self.given
        hot = self.codes[list(rows)]
        columns = {i: _replace_rows(given.iloc[:, i], rows, hot[:, i].tolist()) for i in range(given.shape[1])}
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
    """A label argument of a frame's method: the names of its columns become these columns."""
    if isinstance(label, (pd.Series, pd.DataFrame, pd.Categorical, np.ndarray, Run, type(None))):
        return label
    if isinstance(label, list):
        return pd.concat([select_column(frame, name) for name in label], axis=1) if label else frame[[]]
    return select_column(frame, label)


def read(label: Any, index: pd.Index, labels: Any = None, what: str = "label") -> RowLabels:
    """Read a label argument.

    Args:
        label: A column of labels, a multi-hot frame, a `Run`, or a sequence; of the rows' length and order.
        index: The index of the rows.
        labels: The choices, as for `classify`; None for the categories, columns or values that are there.
        what: The argument's name, for messages.

    Raises:
        InvalidInputError: It has another length or order, or a frame holds more than yes and no.
        InvalidLabelsError: The choices do not fit it, or it holds too many to be labels.
    """
    given: Any = label.labels if isinstance(label, Run) else label
    if not isinstance(given, (pd.Series, pd.DataFrame)):
        given = _from_sequence(given, index, what)
    if len(given) != len(index) or not given.index.equals(index):
        how = (
            f"{len(given):,} rows where the column has {len(index):,}" if len(given) != len(index) else "another index"
        )
        raise InvalidInputError(f"{what} has {how}; pass labels of the same rows in the same order")
    names = None if labels is None else list(parse(labels).names)
    given = given.copy()  # before pandas 3 it would show what is written to the frame later
    return _read_frame(given, names, what) if isinstance(given, pd.DataFrame) else _read_series(given, names, what)


def _from_sequence(given: Any, index: pd.Index, what: str) -> pd.Series[Any]:
    arrays = Sequence, np.ndarray, pd.Index, pd.api.extensions.ExtensionArray
    if isinstance(given, (str, bytes)) or not isinstance(given, arrays):
        shown = f"{what}={given!r}" if isinstance(given, str) else f"{what} is a {type(given).__name__}"
        raise InvalidInputError(
            f"{shown}: pass a Series, a multi-hot frame or a Run; a frame's own method takes the name of a column"
        )
    if len(given) != len(index):
        raise InvalidInputError(f"{what} has {len(given):,} entries where the column has {len(index):,} rows")
    return pd.Series(given, index=index)


def _read_frame(given: pd.DataFrame, names: list[str] | None, what: str) -> RowLabels:
    dtypes = list(zip(given.columns, given.dtypes, strict=True))
    wrong = [(name, dtype) for name, dtype in dtypes if not pd.api.types.is_bool_dtype(dtype)]
    if wrong or not given.shape[1]:
        told = f"its column {wrong[0][0]!r} is {wrong[0][1]}" if wrong else "it has no columns"
        raise InvalidInputError(
            f"{what} is a frame, and {told}; a multi-hot frame has one bool column a label, as .astype('boolean') makes"
        )
    choices = list(given.columns)
    if names is not None and set(names) != set(map(str, choices)):
        raise InvalidLabelsError(f"labels={names!r}: the frame's columns are {choices!r}, which are its labels")
    null = np.column_stack([given.iloc[:, i].isna().to_numpy() for i in range(len(choices))])
    hot = np.column_stack([given.iloc[:, i].fillna(False).to_numpy(dtype=bool) for i in range(len(choices))])
    return RowLabels(given, choices, hot, np.asarray(null.any(axis=1)))


def _read_series(given: pd.Series[Any], names: list[str] | None, what: str) -> RowLabels:
    declared = names is not None
    if isinstance(given.dtype, pd.CategoricalDtype):
        codes, choices = given.cat.codes.to_numpy().astype(np.intp), list(given.cat.categories)
        extra = [name for name in names or [] if name not in set(map(str, choices))]
        if extra:
            raise InvalidLabelsError(
                f"labels: {extra[0]!r} is no category of {what}, which has {choices!r}; add it first: "
                f"{what}.cat.add_categories({extra!r})"
            )
        declared = True
    else:
        codes, choices = _factorized(given)
    if len(choices) > MAX_LABELS:
        raise InvalidLabelsError(
            f"{what} has {len(choices):,} distinct values, too many for labels; pass another column"
        )
    if names is not None:
        codes, choices = _reordered(codes, choices, names, given, what)
    return RowLabels(given, choices, codes, codes < 0, declared)


def _factorized(given: pd.Series[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    try:
        codes, found = pd.factorize(given, use_na_sentinel=True)
    except TypeError:
        raise InvalidInputError("label holds values that are no labels, as lists are; for several labels a row pass a "
                                "multi-hot frame") from None  # fmt: skip
    choices = list(found)
    if any(isinstance(choice, (list, dict, set)) for choice in choices):
        raise InvalidInputError("label holds lists; for several labels a row pass a multi-hot frame")
    return codes.astype(np.intp), choices


def _reordered(
    codes: npt.NDArray[np.intp], choices: list[Any], names: list[str], given: pd.Series[Any], what: str
) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """The named labels first, in their order, then what else the column holds."""
    here = {str(choice): choice for choice in choices}
    new = [name for name in names if name not in here]
    if new and not _holds_texts(given):
        raise InvalidLabelsError(
            f"labels: {new[0]!r} cannot stand in {what}, which is {given.dtype}; pass {what}.astype('string')"
        )
    ordered = [here.get(name, name) for name in names] + [c for c in choices if str(c) not in set(names)]
    place = {str(choice): i for i, choice in enumerate(ordered)}
    moved = np.array([place[str(choice)] for choice in choices] + [-1], dtype=np.intp)
    return moved[codes], ordered


def _holds_texts(given: pd.Series[Any]) -> bool:
    if isinstance(given.dtype, pd.CategoricalDtype):
        return False
    return given.dtype == object or pd.api.types.is_string_dtype(given.dtype)
