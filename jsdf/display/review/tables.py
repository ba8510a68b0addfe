"""Tables, summary and tiles of a review's results: changed and marked rows, and disagreements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.display.review.correction import label_names
from jsdf.display.review.corrections import CHANGED, MARKED, NOTED, REVIEWED
from jsdf.formatting.text import pluralize, sanitize
from jsdf.utils.object_arrays import to_object_array

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.gallery.tile import Tile
    from jsdf.display.review.correction import LabelCode
    from jsdf.display.review.corrections import CorrectionHistory


def changes_table(table: RowTable, history: CorrectionHistory) -> pd.DataFrame:
    """Return the table of changed rows and of rows with a note, as described at `Review.changes`."""
    rows = history.rows_in(CHANGED, NOTED)
    frame = _row_frame(table, rows)
    frame["before"] = _label_column(history.original, rows)
    frame["after"] = _label_column(history.current, rows)
    # Years from 1 to 9999; pandas 2 would convert datetimes to nanoseconds, which begin in 1677.
    times = [None if time is None else time.replace(tzinfo=None) for time in (history.of(row).when for row in rows)]
    when: Any = pd.Series(np.array(times, "datetime64[us]"), index=frame.index)
    frame["when"] = when.dt.tz_localize("UTC")
    frame["note"] = pd.Series([history.of(row).note for row in rows], index=frame.index, dtype="str")
    return frame


def marked_table(table: RowTable, history: CorrectionHistory) -> pd.DataFrame:
    """Return the table of marked rows, as described at `Review.marked`."""
    rows = history.rows_in(MARKED)
    frame = _row_frame(table, rows)
    frame["label"] = _label_column(history.current, rows)
    return frame


def summary(
    table: RowTable, history: CorrectionHistory, n_shown: int, sample: npt.NDArray[np.bool_] | None = None
) -> str:
    """Return the state of a review as one line.

    Args:
        table: Data of all rows.
        history: Corrections of all rows.
        n_shown: Number of rows that match the filters.
        sample: bool of shape (rows,), the rows of which to count those reviewed; None for all.
    """
    to_count = table.column.codes >= 0 if sample is None else sample
    reviewed = to_count & has_state(table, history, REVIEWED)
    parts = [f"{reviewed.sum():,} of {to_count.sum():,} reviewed", f"{history.states[CHANGED].sum():,} changed"]
    n_marked, n_notes = (int(history.states[name].sum()) for name in (MARKED, NOTED))
    parts += [f"{n_marked:,} marked"] if n_marked else []
    parts += [pluralize(n_notes, "note")] if n_notes else []
    if history.resumed is not None and history.resumed.applied:
        parts.append(f"{history.resumed.applied:,} from an earlier review")
    if history.error is not None:
        parts.append(f"not saved automatically ({history.error})")
    if n_shown < len(table):
        parts.append(f"{n_shown:,} shown")
    return ", ".join(parts)


def toggle_label(row_labels: RowLabels, rows: list[int], code: int) -> dict[int, LabelCode]:
    """Return the rows' labels with this one chosen; with several labels a row, it is removed if all rows have it."""
    if not row_labels.multiple:
        return dict.fromkeys(rows, code)
    current = {row: set(_as_tuple(row_labels.get(row))) for row in rows}
    have_all = all(code in labels for labels in current.values())
    return {row: tuple(sorted(labels - {code} if have_all else labels | {code})) for row, labels in current.items()}


def has_state(table: RowTable, history: CorrectionHistory, status: str) -> npt.NDArray[np.bool_]:
    """Return a mask of the rows that are `"to review"`, or in a state of the history."""
    has_value = table.column.codes >= 0
    if status == "to review":
        return np.asarray(has_value & ~history.states[REVIEWED])
    return np.asarray(has_value & history.states[REVIEWED]) if status == REVIEWED else history.states[status].copy()


def corrected_tile(tile: Tile, table: RowTable, history: CorrectionHistory, row: int) -> Tile:
    """Return the tile of a row with its correction added."""
    correction, changed = history.of(row), bool(history.states[CHANGED][row])
    return replace(
        tile,
        status="no label" if correction.label == () else tile.status,
        changed=changed,
        reviewed=correction.label is not None,
        marked=correction.is_marked,
        score=None if changed else tile.score,  # the score belongs to the original label
        disagreement=describe_disagreement(table, history, row),
        note=correction.note,
    )


def conflicting_rows(history: CorrectionHistory) -> list[int]:
    """Return the changed rows whose given label is no longer the one that the person corrected."""
    return [row for row in history.rows_in(CHANGED) if _original_label(history, row) != history.of(row).label_before]


def describe_disagreement(table: RowTable, history: CorrectionHistory, row: int) -> str:
    """Return a description of how opinions on a row differ; empty if they do not."""
    opinion = table.second_opinion(row)
    parts = [opinion] if opinion else []
    correction = history.of(row)
    given = _original_label(history, row)
    if history.states[CHANGED][row] and given != correction.label_before:
        parts.append(f"was {_join_names(correction.label_before)} when corrected, is now {_join_names(given)}")
    return sanitize("; ".join(parts))


def _original_label(history: CorrectionHistory, row: int) -> tuple[str, ...] | None:
    return label_names(history.original, history.original.get(row))


def _join_names(names: tuple[str, ...] | None) -> str:
    return ", ".join(names) if names else "no label"


def _as_tuple(code: LabelCode) -> tuple[int, ...]:
    return code if isinstance(code, tuple) else ()


def _label_column(row_labels: RowLabels, rows: list[int]) -> pd.Series[Any]:
    index = pd.Index(rows, name="position", dtype="int64")
    labels: pd.Series[Any] = pd.Series(
        [row_labels.to_value(row_labels.get(row)) for row in rows], index=index, dtype=object
    )
    return labels


def _row_frame(table: RowTable, rows: list[int]) -> pd.DataFrame:
    index = pd.Index(rows, name="position", dtype="int64")
    labels = table.column.index.take(rows).to_list()
    row: pd.Series[Any] = pd.Series(labels, index=index, dtype=None if labels else object)
    value: pd.Series[Any] = pd.Series(to_object_array([table.value(r) for r in rows]), index=index)
    frame: pd.DataFrame = pd.DataFrame({"row": row, "value": value})
    return frame
