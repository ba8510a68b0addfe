"""Match the rows of two sides: by index label where that is unique, else by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    from jsdf.evaluation.sides import Side


@dataclass(frozen=True, eq=False)
class Alignment:
    """Rows that two sides have in common.

    Attributes:
        truth: Positions of the common rows in the truth, intp of shape (common,).
        predicted: Positions of the same rows in the prediction.
        only_truth: Mask of shape (rows of the truth,), True for rows that the prediction does not have.
        only_predicted: Mask of shape (rows of the prediction,), True for rows that the truth does not have.
    """

    truth: npt.NDArray[np.intp]
    predicted: npt.NDArray[np.intp]
    only_truth: npt.NDArray[np.bool_]
    only_predicted: npt.NDArray[np.bool_]


def align(truth: Side, predicted: Side) -> Alignment:
    """Match the rows of two sides.

    Raises:
        InvalidInputError: The rows cannot be told apart, or there are none in common.
    """
    a, b = truth.index, predicted.index
    if a is None or b is None:
        if len(truth) != len(predicted):
            raise InvalidInputError(
                f"{_lengths(truth, predicted)}, and without an index on both sides rows are matched by position; pass "
                "both as Series with the index labels of their rows"
            )
        return _by_position(len(truth))
    if len(a) == len(b) and a.equals(b):
        return _by_position(len(truth))
    for side, index in ((truth, a), (predicted, b)):
        if not index.is_unique:
            raise InvalidInputError(_repeated(side, index, truth, predicted))
    return _by_label(truth, predicted, a, b)


def _by_position(rows: int) -> Alignment:
    positions, nowhere = np.arange(rows), np.zeros(rows, bool)
    return Alignment(positions, positions, nowhere, nowhere)


def _by_label(truth: Side, predicted: Side, a: pd.Index, b: pd.Index) -> Alignment:
    if a.nlevels != b.nlevels:
        raise InvalidInputError(
            f"the index of {truth.argument} has {a.nlevels} levels, and that of {predicted.argument} has {b.nlevels}; "
            "pass both with the same index"
        )
    found = a.get_indexer(b)
    common = np.flatnonzero(found >= 0)
    if not len(common) and len(a) and len(b):
        same_length = f", as {predicted.argument}.set_axis({truth.argument}.index) does" if len(a) == len(b) else ""
        raise InvalidInputError(
            f"no index label of {predicted.argument} (as {_shown(b[0])}) is in {truth.argument} (as {_shown(a[0])}), "
            f"so that no rows can be matched; give the same rows the same index labels{same_length}"
        )
    only_truth = np.ones(len(a), bool)
    only_truth[found[common]] = False
    return Alignment(found[common], common, only_truth, found < 0)


def _repeated(side: Side, index: pd.Index, truth: Side, predicted: Side) -> str:
    label = index[index.duplicated()][0]
    problem = f"the index of {side.argument} has {_shown(label)} more than once, so that rows cannot be matched by it"
    if len(truth) == len(predicted):
        return (
            f"{problem}; if the rows are in the same order, pass both with .reset_index(drop=True), else give both a "
            "unique index"
        )
    return f"{problem}, and {_lengths(truth, predicted)}; give both a unique index"


def _shown(label: Any) -> str:
    return quote(label.item() if isinstance(label, np.generic) else label)


def _lengths(truth: Side, predicted: Side) -> str:
    return f"{truth.argument} has {len(truth):,} rows and {predicted.argument} has {len(predicted):,}"
