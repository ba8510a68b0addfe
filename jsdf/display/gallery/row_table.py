"""Row-wise data of a gallery: values, labels, scores, statuses and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import conversion_code, to_series
from jsdf.display.gallery import row_labels
from jsdf.display.gallery.rows import RowColumn, as_rows
from jsdf.display.gallery.tile import Tile, describe_value
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import sanitize
from jsdf.results.answers import ANSWERED, MISSING, PENDING, STATUSES
from jsdf.results.run import Run

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.images.thumbnails import Thumbnail


@dataclass(eq=False)
class RowTable:
    """Data of all rows of a gallery or review.

    Attributes:
        column: Values, one entry per row.
        row_labels: Labels as they were given; None without labels.
        score: float32 of shape (rows,), score of the given label, NaN where unknown; None without scores.
        status: int8 of shape (rows,), positions in `jsdf.results.answers.STATUSES`.
        disagrees: bool of shape (rows,), True where `other` has a different label.
        other: Second opinion; None without one.
        label: The label argument as it was passed.
        margin: float32 of shape (rows,), how far the best label is ahead of the next one, 0 to 1; with several labels a
            row, how far the closest decision is from a tie; NaN where unknown. None without scores.
    """

    column: RowColumn
    row_labels: RowLabels | None
    score: npt.NDArray[np.float32] | None
    status: npt.NDArray[np.int8]
    disagrees: npt.NDArray[np.bool_]
    other: RowLabels | None = None
    label: Any = None
    margin: npt.NDArray[np.float32] | None = None

    @property
    def run(self) -> Run | None:
        """The `Run` that was passed as labels; None if it was something else."""
        return self.label if isinstance(self.label, Run) else None

    def __len__(self) -> int:
        return len(self.column.codes)

    def value(self, row: int) -> Any:
        """Return the value of a row, None if it is missing."""
        code = self.column.codes[row]
        return None if code < 0 else self.column.values[code]

    def index_text(self, row: int) -> str:
        """Return the index label of a row as text."""
        label = self.column.index[row]
        return ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)

    def state(self, row: int) -> str:
        """Return the status of a row; empty without labels, since then no answer is pending."""
        if self.column.codes[row] < 0:
            return STATUSES[MISSING]
        return "" if self.row_labels is None else STATUSES[self.status[row]]

    def reason(self, row: int) -> str | None:
        """Return the reason why a row has no answer; None if there is no reason."""
        if self.run is None:
            return None
        return self.run._answers.reasons.get(int(self.run._column.codes[row]))


def build_row_table(
    series: Any,
    label: Any,
    *,
    labels: Any = None,
    scores: Any = None,
    against: Any = None,
    kind: str = "auto",
) -> RowTable:
    """Build a `RowTable` from the arguments of `jsdf.gallery` and `jsdf.review`.

    Raises:
        InvalidInputError: The arguments have different rows, or the column holds neither texts nor images.
        InvalidLabelsError: The choices do not fit the labels.
    """
    conversion = conversion_code(series)
    series = to_series(series)
    run = label if isinstance(label, Run) else None
    column = as_rows(series, run._column.kind if run is not None and kind == "auto" else kind, conversion)
    parsed = None if label is None else row_labels.read(label, series.index, labels)
    given_scores = run.scores if scores is None and run is not None else scores
    other = None if against is None else row_labels.read(against, series.index, argument="against")
    if parsed is None and given_scores is not None:
        raise InvalidInputError("scores were given without labels; pass label= too")
    scored = None if given_scores is None else parsed
    return RowTable(
        column,
        parsed,
        None if scored is None else read_scores(given_scores, scored),
        _row_status(column, parsed, run),
        np.zeros(len(series), bool) if other is None else _find_disagreements(parsed, other),
        other,
        label,
        None if scored is None else read_margins(given_scores, scored),
    )


def tile_of(table: RowTable, current: RowLabels | None, row: int, thumb: Thumbnail | None) -> Tile:
    """Build the tile of a row.

    Args:
        table: Data of all rows.
        current: Current labels; None without labels.
        row: Position of the row.
        thumb: Thumbnail of the row; None if it has none yet.
    """
    value = table.value(row)
    code = None if current is None else current.get(row)
    labels = code if isinstance(code, tuple) else () if code is None else (code,)
    score = None if table.score is None else float(table.score[row])
    reason = thumb.reason if thumb is not None and thumb.reason else table.reason(row)
    return Tile(
        row=row,
        index=sanitize(table.index_text(row), 60),
        text=describe_value(value),
        is_image=table.column.kind == "image" and value is not None,
        uri="" if thumb is None else thumb.uri,
        reason=sanitize(reason or ""),
        labels=labels,
        caption="" if current is None else sanitize(", ".join(current.names[i] for i in labels)),
        score=None if score is None or score != score else round(score, 4),
        status="no label" if code == () else table.state(row),
    )


def _row_status(column: RowColumn, labels: RowLabels | None, run: Run | None) -> npt.NDArray[np.int8]:
    if run is not None:
        of_run: npt.NDArray[np.int8] = run._column.to_rows(run._answers.status, MISSING)
        return of_run
    status = np.full(len(column.codes), PENDING, np.int8)
    if labels is not None:
        status[~labels.is_missing] = ANSWERED
    status[column.codes < 0] = MISSING
    return status


def read_scores(scores: Any, labels: RowLabels) -> npt.NDArray[np.float32]:
    """Return one score per row: of its label, or of the most uncertain decision if rows have several labels.

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
        return _to_float32(scores)
    return _row_scores(_label_scores(scores, labels), labels)


def _label_scores(scores: pd.DataFrame, labels: RowLabels) -> npt.NDArray[np.float32]:
    """Return the scores of all labels, of shape (rows, labels)."""
    columns = {str(name): i for i, name in enumerate(scores.columns)}
    absent = [name for name in labels.names if name not in columns]
    if absent:
        raise InvalidInputError(f"scores has no column {absent[0]!r}, which is a label; it has {list(columns)!r}")
    return _to_float32(scores.iloc[:, [columns[name] for name in labels.names]])


def read_margins(scores: Any, labels: RowLabels) -> npt.NDArray[np.float32]:
    """Return how sure the labels of rows are, see `RowTable.margin`, from scores that `read_scores` accepts.

    One score a row is taken for the margin.
    """
    if not isinstance(scores, pd.DataFrame):
        return _to_float32(to_series(scores, "scores"))
    values = np.sort(_label_scores(scores, labels), axis=1)
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


def _find_disagreements(labels: RowLabels | None, other: RowLabels) -> npt.NDArray[np.bool_]:
    if labels is None or labels.multiple != other.multiple:
        raise InvalidInputError("against cannot be compared with label; pass two columns, or two multi-hot frames")
    if labels.multiple:
        return _find_set_disagreements(labels, other)
    codes = {name: i for i, name in enumerate(labels.names)}
    # Names that `label` does not have get codes from -2 down, which equal none of its codes.
    translated = np.array([codes.get(name, -2 - i) for i, name in enumerate(other.names)] + [-1])
    disagrees: npt.NDArray[np.bool_] = translated[other.codes] != labels.codes
    return disagrees & ~labels.is_missing & ~other.is_missing


def _find_set_disagreements(labels: RowLabels, other: RowLabels) -> npt.NDArray[np.bool_]:
    disagrees = np.zeros(len(labels.is_missing), bool)
    for name in dict.fromkeys(labels.names + other.names):
        sides = [
            side.codes[:, side.names.index(name)] if name in side.names else np.zeros(len(disagrees), bool)
            for side in (labels, other)
        ]
        disagrees |= sides[0] != sides[1]
    return disagrees & ~labels.is_missing & ~other.is_missing
