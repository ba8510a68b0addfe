"""Which rows pass a filter, and in what order: one array operation each, over all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery.tile import name_of

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import Labelling
    from jsdf.display.gallery.row_table import Sheet
    from jsdf.display.gallery.rows import Rows

#: The filter for rows without a label.
NO_LABEL = -1


def labelled(labelling: Labelling, label: int) -> npt.NDArray[np.bool_]:
    """The rows with this label, bool of shape (rows,); `NO_LABEL` for those without any."""
    if label == NO_LABEL:
        return np.asarray(labelling.blank | ~labelling.chosen.any(axis=1)) if labelling.multiple else labelling.blank
    return np.asarray(labelling.chosen[:, label] if labelling.multiple else labelling.chosen == label)


def holding(column: Rows, text: str) -> npt.NDArray[np.bool_]:
    """The rows whose text, path or address holds these characters in any case."""
    needle = text.casefold()
    found = np.array([needle in _sought(value) for value in column.values], dtype=bool)
    return np.asarray(column.spread(found, False))


def by_score(sheet: Sheet, *, surest: bool = False) -> list[npt.NDArray[Any]]:
    """Keys that put the least sure rows first, or the surest, and those without a score last."""
    if sheet.sure is None:
        return []
    return [np.isnan(sheet.sure), np.nan_to_num(-sheet.sure if surest else sheet.sure)]


def by_need(sheet: Sheet, differs: npt.NDArray[np.bool_]) -> list[npt.NDArray[Any]]:
    """Keys that put first what a person should look at first.

    That is: two opinions differ; there is no label; the label is the least sure. Rows with nothing in them are last.
    """
    blank = sheet.labelling is not None and sheet.labelling.blank
    empty = sheet.column.codes < 0
    return [empty, ~differs, ~np.broadcast_to(blank, len(sheet)), *by_score(sheet)]


def ordered(kept: npt.NDArray[np.bool_], keys: list[npt.NDArray[Any]]) -> npt.NDArray[np.intp]:
    """The positions that are kept, sorted by the first key, then the next; as they were where all are equal."""
    rows = np.flatnonzero(kept)
    # np.lexsort takes the key that counts most last.
    return rows[np.lexsort([key[rows] for key in reversed(keys)])] if keys else rows


def _sought(value: Any) -> str:
    if isinstance(value, str):
        return "" if value[:5].lower() == "data:" else value.casefold()
    return name_of(value).casefold()
