"""What a gallery knows of every row: value, label, how sure, status and reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

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
    """One row of everything for each row of the column.

    Attributes:
        column: The column, row by row.
        row_labels: The labels as they were given; None where there are none.
        sure: float32 of shape (rows,), the score of the given label, NaN where unknown; None without scores.
        status: int8 of shape (rows,), positions in `jsdf.results.answers.STATUSES`.
        reasons: Row -> why it has no answer, by position.
        differs: bool of shape (rows,): `other` has another label.
        other: A second opinion; None where there is none.
        label: The labels as they were passed.
    """

    column: RowColumn
    row_labels: RowLabels | None
    score: npt.NDArray[np.float32] | None
    status: npt.NDArray[np.int8]
    disagrees: npt.NDArray[np.bool_]
    other: RowLabels | None = None
    label: Any = None

    @property
    def run(self) -> Run | None:
        """The run that the labels came with; None where they came alone."""
        return self.label if isinstance(self.label, Run) else None

    def __len__(self) -> int:
        return len(self.column.codes)

    def value(self, row: int) -> Any:
        """What the row holds, None where it is missing."""
        code = self.column.codes[row]
        return None if code < 0 else self.column.values[code]

    def index_text(self, row: int) -> str:
        """A row's index label as text."""
        label = self.column.index[row]
        return ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)

    def state(self, row: int) -> str:
        """A row's status in a word; empty where there are no labels, and so nothing is pending."""
        if self.column.codes[row] < 0:
            return STATUSES[MISSING]
        return "" if self.row_labels is None else STATUSES[self.status[row]]

    def reason(self, row: int) -> str | None:
        """Why a row has no answer, None where there is no reason."""
        if self.run is None:
            return None
        return self.run._answers.reasons.get(int(self.run._column.codes[row]))


def build_row_table(
    series: pd.Series[Any],
    label: Any,
    *,
    labels: Any = None,
    scores: Any = None,
    against: Any = None,
    kind: str = "auto",
) -> RowTable:
    """Bring the arguments of `gallery` and `review` together.

    Raises:
        InvalidInputError: They are not of the same rows, or the column is neither texts nor images.
        InvalidLabelsError: The choices do not fit the labels.
    """
    if not isinstance(series, pd.Series):
        raise InvalidInputError(f"a {type(series).__name__} is no column; pass a Series of texts or images")
    run = label if isinstance(label, Run) else None
    column = as_rows(series, run._column.kind if run is not None and kind == "auto" else kind)
    found = None if label is None else row_labels.read(label, series.index, labels)
    given = run.scores if scores is None and run is not None else scores
    other = None if against is None else row_labels.read(against, series.index, what="against")
    if found is None and given is not None:
        raise InvalidInputError("scores are those of labels; pass label= too")
    return RowTable(
        column,
        found,
        None if given is None or found is None else _read_scores(given, found),
        _status(column, found, run),
        np.zeros(len(series), bool) if other is None else _find_disagreements(found, other),
        other,
        label,
    )


def tile_of(table: RowTable, now: RowLabels | None, row: int, thumb: Thumbnail | None) -> Tile:
    """What is shown of a row.

    Args:
        table: All rows.
        now: The labels as they are now; None where there are none.
        row: Its position.
        thumb: Its picture; None where there is none yet.
    """
    value = table.value(row)
    chosen = None if now is None else now.get(row)
    labels = chosen if isinstance(chosen, tuple) else () if chosen is None else (chosen,)
    sure = None if table.score is None else float(table.score[row])
    reason = thumb.reason if thumb is not None and thumb.reason else table.reason(row)
    return Tile(
        row=row,
        index=sanitize(table.index_text(row), 60),
        text=describe_value(value),
        is_image=table.column.kind == "image" and value is not None,
        uri="" if thumb is None else thumb.uri,
        reason=sanitize(reason or ""),
        labels=labels,
        caption="" if now is None else sanitize(", ".join(now.names[i] for i in labels)),
        score=None if sure is None or sure != sure else round(sure, 4),
        status="no label" if chosen == () else table.state(row),
    )


def _status(column: RowColumn, found: RowLabels | None, run: Run | None) -> npt.NDArray[np.int8]:
    if run is not None:
        spread: npt.NDArray[np.int8] = run._column.to_rows(run._answers.status, MISSING)
        return spread
    known = np.full(len(column.codes), PENDING, np.int8)
    if found is not None:
        known[~found.is_missing] = ANSWERED
    known[column.codes < 0] = MISSING
    return known


def _read_scores(scores: Any, found: RowLabels) -> npt.NDArray[np.float32]:
    if not isinstance(scores, (pd.Series, pd.DataFrame)) or len(scores) != len(found.is_missing):
        told = f"{len(scores):,} rows" if isinstance(scores, (pd.Series, pd.DataFrame)) else f"type {type(scores)}"
        raise InvalidInputError(f"scores: {told}; pass a Series or a frame of {len(found.is_missing):,} rows")
    if isinstance(scores, pd.Series):
        return _numbers(scores)
    columns = {str(name): i for i, name in enumerate(scores.columns)}
    absent = [name for name in found.names if name not in columns]
    if absent:
        raise InvalidInputError(f"scores has no column {absent[0]!r}, which is a label; it has {list(columns)!r}")
    return _of_rows(_numbers(scores.iloc[:, [columns[name] for name in found.names]]), found)


def _numbers(scores: pd.Series[Any] | pd.DataFrame) -> npt.NDArray[np.float32]:
    try:
        return scores.to_numpy(dtype=np.float32, na_value=np.nan)
    except (TypeError, ValueError):
        raise InvalidInputError(
            "scores holds something else than numbers; pass how sure each label is, 0 to 1"
        ) from None


def _of_rows(table: npt.NDArray[np.float32], found: RowLabels) -> npt.NDArray[np.float32]:
    """How sure a row is: the score of its label; for several labels that of the least decided one."""
    if not len(found.names):
        return np.full(len(table), np.nan, np.float32)
    if found.multiple:
        sure: npt.NDArray[np.float32] = np.where(found.codes, table, 1 - table).min(axis=1)
    else:
        sure = table[np.arange(len(table)), found.codes]
    return np.where(found.is_missing, np.float32(np.nan), sure).astype(np.float32)


def _find_disagreements(found: RowLabels | None, other: RowLabels) -> npt.NDArray[np.bool_]:
    if found is None or found.multiple != other.multiple:
        raise InvalidInputError("against is compared with label; pass two columns of labels, or two multi-hot frames")
    if found.multiple:
        return _find_set_disagreements(found, other)
    place = {name: i for i, name in enumerate(found.names)}
    # Names that `label` does not have are numbered from behind, so that they equal nothing.
    moved = np.array([place.get(name, -2 - i) for i, name in enumerate(other.names)] + [-1])
    differs: npt.NDArray[np.bool_] = (moved[other.codes] != found.codes) & ~found.is_missing & ~other.is_missing
    return differs


def _find_set_disagreements(found: RowLabels, other: RowLabels) -> npt.NDArray[np.bool_]:
    differs = np.zeros(len(found.is_missing), bool)
    for name in dict.fromkeys(found.names + other.names):
        sides = [
            side.codes[:, side.names.index(name)] if name in side.names else np.zeros(len(differs), bool)
            for side in (found, other)
        ]
        differs |= sides[0] != sides[1]
    return differs & ~found.is_missing & ~other.is_missing
