"""One side of a comparison, truth or prediction, in any form that a user may have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import to_series
from jsdf.display.gallery import row_labels
from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.formatting.text import quote
from jsdf.results.run import Run

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.review.model import ReviewModel


@dataclass(frozen=True, eq=False)
class Side:
    """Labels of all rows of one side.

    Attributes:
        argument: Name of the argument, for messages.
        index: Index of the rows; None for a list or an array, which has none.
        names: Names of the labels: the categories, columns or distinct values.
        has_order: True if the order of the names was given, as by categories.
        codes: Positions in the names, intp of shape (rows,), -1 for no label; for several labels a row bool of shape
            (rows, names).
        is_known: Mask of shape (rows,), True for rows of which this side says something; a row that a person left
            without a label in a review is known, too.
        scores: float32 of shape (rows,), the engine's scores of the labels; None if there are none.
        value: Returns the value of a row, given its position; None if the values are not known.
        review: The review, if the side is one.
    """

    argument: str
    index: pd.Index | None
    names: list[str]
    has_order: bool
    codes: npt.NDArray[Any]
    is_known: npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float32] | None = None
    value: Callable[[int], Any] | None = None
    review: ReviewModel | None = None

    @property
    def multiple(self) -> bool:
        """True if a row may have any number of labels."""
        return self.codes.ndim == 2

    @property
    def has_label(self) -> npt.NDArray[np.bool_]:
        """Mask of the rows that can be compared: known, and with a label unless a row may have any number."""
        return self.is_known if self.multiple else self.is_known & (self.codes >= 0)

    def __len__(self) -> int:
        return len(self.is_known)


def read_side(given: Any, argument: str, *, is_truth: bool) -> Side:
    """Read one side of a comparison.

    Args:
        given: A Series, anything that makes one, a multi-hot frame, a `Run` or a `Review`.
        argument: Name of the argument, for messages.
        is_truth: True to take the rows of a review that a person has decided, False to take all its labels.

    Raises:
        InvalidInputError: The object holds no labels.
    """
    from jsdf.display.review.model import ReviewModel

    if isinstance(given, ReviewModel):
        return _read_review(given, argument, is_truth=is_truth)
    labels_of = given.labels if isinstance(given, Run) else _to_pandas(given, argument)
    try:
        labels = row_labels.read(labels_of, labels_of.index, argument=argument)
        if isinstance(given, Run):
            return _read_run(given, labels, argument)
        has_index = isinstance(given, (pd.Series, pd.DataFrame, Mapping))
        return _make_side(argument, labels_of.index if has_index else None, labels)
    except InvalidLabelsError as error:
        raise InvalidInputError(str(error)) from None


def resolve_side(frame: pd.DataFrame, given: Any) -> Any:
    """Return a side with names of columns of this frame replaced by these columns."""
    from jsdf.display.review.model import ReviewModel

    return given if isinstance(given, ReviewModel) else row_labels.resolve_columns(frame, given)


def _to_pandas(given: Any, argument: str) -> Any:
    if isinstance(given, pd.DataFrame):
        _check_frame(given, argument)
        return given
    if given is None or isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise InvalidInputError(
            f"{argument}={quote(given)}: pass a Series, a multi-hot frame, a Run or a Review; df.jigsaw.evaluate takes "
            "the names of columns too"
        )
    return to_series(given, argument).infer_objects()


def _check_frame(given: pd.DataFrame, argument: str) -> None:
    """Refuse a frame that is not multi-hot, and say how to make of it what is needed."""
    others = [i for i, dtype in enumerate(given.dtypes) if not pd.api.types.is_bool_dtype(dtype)]
    if not others:
        return
    column, dtype = given.columns[others[0]], given.dtypes.iloc[others[0]]
    if _is_binary(given):
        advice = f"{argument}.astype('boolean')"
    elif all(pd.api.types.is_numeric_dtype(dtype) for dtype in given.dtypes):
        advice = f"labels, not numbers, as {argument} > 0.5 makes of scores"
    else:
        advice = f"one column, as in {argument}[{column!r}], or one bool column per label"
    raise InvalidInputError(f"{argument} is a frame, and its column {column!r} is {dtype}; pass {advice}")


def _is_binary(given: pd.DataFrame) -> bool:
    try:
        given.astype("boolean")
    except (TypeError, ValueError):
        return False
    return True


def _read_run(run: Run, labels: RowLabels, argument: str) -> Side:
    from jsdf.display.gallery.row_scores import read_scores

    column = run._column
    scores = None if run.scores is None else read_scores(run.scores, labels).score
    return _make_side(argument, column.index, labels, scores=scores, value=partial(_value_in, column))


def _value_in(column: Column, row: int) -> Any:
    return None if column.codes[row] < 0 else column.values[column.codes[row]]


def _read_review(review: ReviewModel, argument: str, *, is_truth: bool) -> Side:
    table = review.table
    with review.lock:
        is_reviewed = review.is_reviewed  # read first: it applies what other reviews have saved
        labels = review.row_labels.copy()
    is_known = is_reviewed if is_truth else None
    details: dict[str, Any] = {"scores": table.score, "value": table.value, "review": review}
    return _make_side(argument, table.column.index, labels, is_known=is_known, **details)


def count_labels(codes: npt.NDArray[Any], labels: int) -> npt.NDArray[np.intp]:
    """Return the number of rows that have each label, given the codes of a `Side`."""
    if codes.ndim == 2:
        sums: npt.NDArray[np.intp] = codes.sum(axis=0)
        return sums
    return np.bincount(codes[codes >= 0], minlength=labels)


def _make_side(
    argument: str,
    index: pd.Index | None,
    labels: RowLabels,
    *,
    is_known: npt.NDArray[np.bool_] | None = None,
    **details: Any,
) -> Side:
    names = [_name_of(choice) for choice in labels.choices]
    codes, is_missing = labels.codes, labels.is_missing
    if not labels.multiple:
        is_blank = np.array([not name.strip() for name in names] + [True])  # the code -1 picks the last entry
        codes = np.where(is_blank[codes], -1, codes)
        is_missing = is_missing | is_blank[codes]
    known = ~is_missing if is_known is None else is_known
    return Side(argument, index, names, labels.declared, codes, known, **details)


def _name_of(choice: Any) -> str:
    """Return a label's name; a whole number has the same name as an integer and as a float, which nulls make of it."""
    is_whole_float = isinstance(choice, (float, np.floating)) and float(choice).is_integer()
    return str(int(choice)) if is_whole_float else str(choice)
