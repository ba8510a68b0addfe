"""Row-wise data of a gallery: values, labels, scores, statuses and reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.column import conversion_code, to_series
from jsdf.display.gallery import row_labels
from jsdf.display.gallery.fields import read_fields
from jsdf.display.gallery.row_scores import bin_scores, read_scores
from jsdf.display.gallery.rows import RowColumn, as_rows
from jsdf.display.gallery.tile import Tile, describe_value, file_name
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import MAX_TILE_CHARS, sanitize
from jsdf.results.answers import ANSWERED, MISSING, PENDING, STATUSES
from jsdf.results.run import Run

if TYPE_CHECKING:
    from jsdf.display.gallery.fields import Field
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
        label_scores: float32 of shape (rows, labels), the scores of all labels; None if they are not known.
        fields: Other columns of the frame.
    """

    column: RowColumn
    row_labels: RowLabels | None
    score: npt.NDArray[np.float32] | None
    status: npt.NDArray[np.int8]
    disagrees: npt.NDArray[np.bool_]
    other: RowLabels | None = None
    label: Any = None
    margin: npt.NDArray[np.float32] | None = None
    label_scores: npt.NDArray[np.float32] | None = None
    fields: list[Field] = field(default_factory=list)

    @property
    def run(self) -> Run | None:
        """The `Run` that was passed as labels; None if it was something else."""
        return self.label if isinstance(self.label, Run) else None

    @cached_property
    def score_bins(self) -> npt.NDArray[np.int8] | None:
        """int8 of shape (rows,), the bin of each score, as of `bin_scores`; None without scores."""
        return None if self.score is None else bin_scores(self.score)

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

    def scores_of(self, row: int) -> list[tuple[int, float]]:
        """Return pairs of a label's position and its score, of all labels of a row whose scores are known."""
        if self.label_scores is not None:
            return [(i, round(score, 4)) for i, score in enumerate(self.label_scores[row].tolist()) if score == score]
        code = None if self.score is None or self.row_labels is None else self.row_labels.get(row)
        score = float("nan") if self.score is None else float(self.score[row])
        return [(code, round(score, 4))] if isinstance(code, int) and score == score else []

    def second_opinion(self, row: int) -> str:
        """Return the label that the second opinion gives instead, as text; empty where both agree."""
        if self.other is None or not self.disagrees[row]:
            return ""
        code = self.other.get(row)
        codes = code if isinstance(code, tuple) else () if code is None else (code,)
        return f"second opinion: {', '.join(self.other.names[i] for i in codes) or 'no label'}"

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
    columns: Any = None,
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
    scores_of_rows = None if given_scores is None or parsed is None else read_scores(given_scores, parsed)
    return RowTable(
        column,
        parsed,
        None if scores_of_rows is None else scores_of_rows.score,
        _row_status(column, parsed, run),
        np.zeros(len(series), bool) if other is None else _find_disagreements(parsed, other),
        other,
        label,
        None if scores_of_rows is None else scores_of_rows.margin,
        None if scores_of_rows is None else scores_of_rows.of_labels,
        read_fields(columns, series.index),
    )


def tile_of(
    table: RowTable, current: RowLabels | None, row: int, thumb: Thumbnail | None, max_chars: int = MAX_TILE_CHARS
) -> Tile:
    """Build the tile of a row.

    Args:
        table: Data of all rows.
        current: Current labels; None without labels.
        row: Position of the row.
        thumb: Thumbnail of the row; None if it has none yet.
        max_chars: Characters of a text.
    """
    value = table.value(row)
    is_image = table.column.kind == "image" and value is not None
    code = None if current is None else current.get(row)
    labels = code if isinstance(code, tuple) else () if code is None else (code,)
    score = None if table.score is None else float(table.score[row])
    reason = thumb.reason if thumb is not None and thumb.reason else table.reason(row)
    return Tile(
        row=row,
        index=sanitize(table.index_text(row), 60),
        text=describe_value(value, max_chars),
        is_image=is_image,
        uri="" if thumb is None else thumb.uri,
        reason=sanitize(reason or ""),
        labels=labels,
        caption="" if current is None else sanitize(", ".join(current.names[i] for i in labels)),
        score=None if score is None or score != score else round(score, 4),
        status="no label" if code == () else table.state(row),
        disagreement=sanitize(table.second_opinion(row)),
        name=sanitize(file_name(value)) if is_image else "",
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
