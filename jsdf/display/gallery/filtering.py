"""Filters and sort orders of a gallery, each one vectorised operation over all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery.tile import name_of

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.gallery.rows import RowColumn

#: The filter for rows without a label.
NO_LABEL = -1


def has_label(row_labels: RowLabels, label: int) -> npt.NDArray[np.bool_]:
    """Return a mask, bool of shape (rows,), of the rows with this label; `NO_LABEL` selects rows without any."""
    if label == NO_LABEL:
        return (
            np.asarray(row_labels.is_missing | ~row_labels.codes.any(axis=1))
            if row_labels.multiple
            else row_labels.is_missing
        )
    return np.asarray(row_labels.codes[:, label] if row_labels.multiple else row_labels.codes == label)


def contains_text(column: RowColumn, text: str) -> npt.NDArray[np.bool_]:
    """Return a mask, bool of shape (rows,), of the rows whose text, path or URL contains `text`, ignoring case."""
    needle = text.casefold()
    matches = np.array([needle in _searchable_text(value) for value in column.values], dtype=bool)
    return np.asarray(column.to_rows(matches, False))


def score_order(table: RowTable, *, surest: bool = False) -> list[npt.NDArray[Any]]:
    """Return sort keys for the lowest scores first, or the highest; rows without a score come last."""
    if table.score is None:
        return []
    return [np.isnan(table.score), np.nan_to_num(-table.score if surest else table.score)]


def review_priority(table: RowTable, disagrees: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
    """Return sort keys that put the rows that need attention first.

    The order is: rows on which two opinions differ, rows without a label, then the lowest scores. Missing values
    come last.
    """
    is_unlabelled = table.row_labels is not None and table.row_labels.is_missing
    is_missing = table.column.codes < 0
    return [is_missing, ~disagrees, ~np.broadcast_to(is_unlabelled, len(table)), *score_order(table)]


def sort_rows(mask: npt.NDArray[np.bool_], keys: list[npt.NDArray[Any]]) -> npt.NDArray[np.intp]:
    """Return the positions of the rows in `mask`, sorted stably by the first key, then by the next ones."""
    rows = np.flatnonzero(mask)
    # np.lexsort takes the most significant key last.
    return rows[np.lexsort([key[rows] for key in reversed(keys)])] if keys else rows


def _searchable_text(value: Any) -> str:
    if isinstance(value, str):
        return "" if value[:5].lower() == "data:" else value.casefold()
    return name_of(value).casefold()
