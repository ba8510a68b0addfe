"""Which rows pass a filter, and in what order: one array operation each, over all rows at once."""

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
    """The rows with this label, bool of shape (rows,); `NO_LABEL` for those without any."""
    if label == NO_LABEL:
        return (
            np.asarray(row_labels.is_missing | ~row_labels.codes.any(axis=1))
            if row_labels.multiple
            else row_labels.is_missing
        )
    return np.asarray(row_labels.codes[:, label] if row_labels.multiple else row_labels.codes == label)


def contains_text(column: RowColumn, text: str) -> npt.NDArray[np.bool_]:
    """The rows whose text, path or address holds these characters in any case."""
    needle = text.casefold()
    found = np.array([needle in _searchable_text(value) for value in column.values], dtype=bool)
    return np.asarray(column.to_rows(found, False))


def score_order(table: RowTable, *, surest: bool = False) -> list[npt.NDArray[Any]]:
    """Keys that put the least sure rows first, or the surest, and those without a score last."""
    if table.score is None:
        return []
    return [np.isnan(table.score), np.nan_to_num(-table.score if surest else table.score)]


def review_priority(table: RowTable, differs: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
    """Keys that put first what a person should look at first.

    That is: two opinions differ; there is no label; the label is the least sure. Rows with nothing in them are last.
    """
    blank = table.row_labels is not None and table.row_labels.is_missing
    empty = table.column.codes < 0
    return [empty, ~differs, ~np.broadcast_to(blank, len(table)), *score_order(table)]


def sort_rows(kept: npt.NDArray[np.bool_], keys: list[npt.NDArray[Any]]) -> npt.NDArray[np.intp]:
    """The positions that are kept, sorted by the first key, then the next; as they were where all are equal."""
    rows = np.flatnonzero(kept)
    # np.lexsort takes the key that counts most last.
    return rows[np.lexsort([key[rows] for key in reversed(keys)])] if keys else rows


def _searchable_text(value: Any) -> str:
    if isinstance(value, str):
        return "" if value[:5].lower() == "data:" else value.casefold()
    return name_of(value).casefold()
