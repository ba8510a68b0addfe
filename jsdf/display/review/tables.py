"""What a review has come to: tables of what was changed and marked, and where opinions differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.display.review.correction import label_names
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.gallery.tile import Tile
    from jsdf.display.review.correction import LabelCode
    from jsdf.display.review.corrections import CorrectionHistory


def changes_table(table: RowTable, history: CorrectionHistory) -> pd.DataFrame:
    """See `Review.changes`."""
    rows = history.changed()
    frame = _of_rows(table, rows)
    frame["before"] = _shown(history.original, rows)
    frame["after"] = _shown(history.current, rows)
    when: Any = [history.of(row).when for row in rows]
    frame["when"] = pd.Series(pd.to_datetime(when, utc=True), index=frame.index, dtype="datetime64[us, UTC]")
    return frame


def marked_table(table: RowTable, history: CorrectionHistory) -> pd.DataFrame:
    """See `Review.marked_table`."""
    rows = history.where(lambda correction: correction.is_marked)
    frame = _of_rows(table, rows)
    frame["label"] = _shown(history.current, rows)
    return frame


def summary(table: RowTable, history: CorrectionHistory, shown: int) -> str:
    """How far a review is, in words, where so many rows are shown."""
    reviewed = [row for row in history.where(lambda v: v.label is not None) if table.value(row) is not None]
    parts = [
        f"{len(reviewed):,} of {len(table) - table.column.missing:,} reviewed",
        f"{len(history.changed()):,} changed",
    ]
    marked_rows = history.where(lambda correction: correction.is_marked)
    if marked_rows:
        parts.append(f"{len(marked_rows):,} marked")
    if history.resumed is not None and history.resumed.applied:
        parts.append(f"{history.resumed.applied:,} from an earlier review")
    if history.error is not None:
        parts.append(f"not saved by itself ({history.error})")
    if shown < len(table):
        parts.append(f"{shown:,} shown")
    return ", ".join(parts)


def toggle_label(row_labels: RowLabels, rows: list[int], place: int) -> dict[int, LabelCode]:
    """These rows with the label; of several labels a row, one more, or one less where all rows have it."""
    if not row_labels.multiple:
        return dict.fromkeys(rows, place)
    now = {row: set(_as_tuple(row_labels.get(row))) for row in rows}
    everywhere = all(place in labels for labels in now.values())
    return {row: tuple(sorted(labels - {place} if everywhere else labels | {place})) for row, labels in now.items()}


def has_state(table: RowTable, history: CorrectionHistory, status: str) -> npt.NDArray[np.bool_]:
    """Mask of the rows that are `"to review"`, `"reviewed"`, `"changed"` or `"marked"`."""
    found = np.zeros(len(table), bool)
    if status == "changed":
        found[history.changed()] = True
    else:
        found[history.where(lambda v: v.is_marked if status == "marked" else v.label is not None)] = True
    there = table.column.codes >= 0
    return np.asarray({"to review": there & ~found, "reviewed": there & found}.get(status, found))


def corrected_tile(tile: Tile, table: RowTable, history: CorrectionHistory, row: int) -> Tile:
    """The tile of a row with its correction."""
    correction = history.of(row)
    changed = correction.label is not None and history.current.get(row) != history.original.get(row)
    return replace(
        tile,
        status="no label" if correction.label == () else tile.status,
        changed=changed,
        reviewed=correction.label is not None,
        marked=correction.is_marked,
        score=None if changed else tile.score,  # it is the score of the label that was given
        disagreement=describe_disagreement(table, history, row),
    )


def conflicting_rows(history: CorrectionHistory) -> list[int]:
    """The rows that are now given with another label than the one that a person changed."""
    return [row for row in history.changed() if _original_label(history, row) != history.of(row).label_before]


def describe_disagreement(table: RowTable, history: CorrectionHistory, row: int) -> str:
    """How opinions on a row differ, in words; empty where they do not."""
    said = []
    if table.disagrees[row] and table.other is not None:
        said.append(f"the other says {_words(label_names(table.other, table.other.get(row)))}")
    correction = history.of(row)
    given = _original_label(history, row)
    if (
        correction.label is not None
        and given != correction.label_before
        and history.current.get(row) != history.original.get(row)
    ):
        said.append(f"was {_words(correction.label_before)} when it was changed, is {_words(given)} by now")
    return sanitize("; ".join(said))


def _original_label(history: CorrectionHistory, row: int) -> tuple[str, ...] | None:
    return label_names(history.original, history.original.get(row))


def _words(labels: tuple[str, ...] | None) -> str:
    return "nothing" if not labels else ", ".join(labels)


def _as_tuple(chosen: LabelCode) -> tuple[int, ...]:
    return chosen if isinstance(chosen, tuple) else ()


def _shown(row_labels: RowLabels, rows: list[int]) -> pd.Series[Any]:
    index = pd.Index(rows, name="position", dtype="int64")
    shown: pd.Series[Any] = pd.Series(
        [row_labels.to_value(row_labels.get(row)) for row in rows], index=index, dtype=object
    )
    return shown


def _of_rows(table: RowTable, rows: list[int]) -> pd.DataFrame:
    index = pd.Index(rows, name="position", dtype="int64")
    labels = table.column.index.take(rows).to_list()
    row: pd.Series[Any] = pd.Series(labels, index=index, dtype=None if labels else object)
    value: pd.Series[Any] = pd.Series([table.value(r) for r in rows], index=index, dtype=object)
    frame: pd.DataFrame = pd.DataFrame({"row": row, "value": value})
    return frame
