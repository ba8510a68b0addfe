"""Scores of rows: of their labels, of all labels, and how far the best label is ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import to_series
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels

#: Bins of the histogram of scores, and their edges, from 0 to 1.
SCORE_BINS = 20
SCORE_EDGES = np.arange(SCORE_BINS + 1) / SCORE_BINS


class RowScores(NamedTuple):
    """Scores of all rows, as float32 from 0 to 1, NaN where unknown.

    Attributes:
        score: Shape (rows,), of the label; of the most uncertain decision if rows have several labels.
        margin: Shape (rows,), see `RowTable.margin`. One score a row is taken for the margin.
        of_labels: Shape (rows, labels), of all labels; None if only one score a row was given.
    """

    score: npt.NDArray[np.float32]
    margin: npt.NDArray[np.float32]
    of_labels: npt.NDArray[np.float32] | None = None


def read_scores(scores: Any, labels: RowLabels) -> RowScores:
    """Read scores, one a row or a frame with one column a label.

    Raises:
        InvalidInputError: The scores have other rows or labels, or are no numbers.
    """
    n_rows = len(labels.is_missing)
    if pd.api.types.is_scalar(scores):
        raise InvalidInputError(f"scores={scores!r}: pass a Series or a frame of {n_rows:,} rows")
    if not isinstance(scores, pd.DataFrame):
        scores = to_series(scores, "scores")
    if len(scores) != n_rows:
        raise InvalidInputError(f"scores has {len(scores):,} rows; pass a Series or a frame of {n_rows:,} rows")
    if isinstance(scores, pd.Series):
        score = _to_float32(scores)
        return RowScores(score, score)
    of_labels = _label_scores(scores, labels)
    return RowScores(_row_scores(of_labels, labels), _margins(of_labels, labels), of_labels)


def _label_scores(scores: pd.DataFrame, labels: RowLabels) -> npt.NDArray[np.float32]:
    """Return the scores of all labels, of shape (rows, labels)."""
    columns = {str(name): i for i, name in enumerate(scores.columns)}
    absent = [name for name in labels.names if name not in columns]
    if absent:
        raise InvalidInputError(f"scores has no column {absent[0]!r}, which is a label; it has {list(columns)!r}")
    return _to_float32(scores.iloc[:, [columns[name] for name in labels.names]])


def _margins(of_labels: npt.NDArray[np.float32], labels: RowLabels) -> npt.NDArray[np.float32]:
    values = np.sort(of_labels, axis=1)
    if not values.shape[1]:
        return np.full(len(values), np.nan, np.float32)
    if labels.multiple:
        margin: npt.NDArray[np.float32] = np.abs(2 * values - 1).min(axis=1)
    else:
        margin = values[:, -1] - (values[:, -2] if values.shape[1] > 1 else 0)
    return margin


def _to_float32(scores: pd.Series[Any] | pd.DataFrame) -> npt.NDArray[np.float32]:
    try:
        return scores.to_numpy(dtype=np.float32, na_value=np.nan)
    except (TypeError, ValueError):
        raise InvalidInputError("scores contains values that are not numbers; pass scores from 0 to 1") from None


def _row_scores(scores: npt.NDArray[np.float32], labels: RowLabels) -> npt.NDArray[np.float32]:
    """Return one score per row: that of its label, or with several labels that of the most uncertain decision."""
    if not len(labels.names):
        return np.full(len(scores), np.nan, np.float32)
    if labels.multiple:
        of_labels: npt.NDArray[np.float32] = np.where(labels.codes, scores, 1 - scores).min(axis=1)
    else:
        of_labels = scores[np.arange(len(scores)), labels.codes]
    return np.where(labels.is_missing, np.float32(np.nan), of_labels).astype(np.float32)


def bin_scores(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Return the bin of each score, int8 of the same shape, in which bin i is from `SCORE_EDGES[i]` to the next edge.

    A score out of range is in the first or last bin, and 1 in the last one; NaN has the number `SCORE_BINS`.
    """
    bins = np.searchsorted(SCORE_EDGES.astype(np.float32), scores, side="right") - 1
    return np.where(np.isnan(scores), SCORE_BINS, np.clip(bins, 0, SCORE_BINS - 1)).astype(np.int8)
