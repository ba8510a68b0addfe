"""Masks of the rows that match each filter; those of texts, scores and other columns are kept while a filter stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering

if TYPE_CHECKING:
    from jsdf.display.gallery.query.filters import Filters
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable

    Mask = npt.NDArray[np.bool_]


class FilterMasks:
    """Masks of the rows of a column that match filters.

    Args:
        table: Data of all rows.
    """

    def __init__(self, table: RowTable) -> None:
        self._table = table
        self._fields = {field.name: field for field in table.fields}
        # The values and numbers of a row never change, but its labels and its status do.
        self._kept: dict[str, tuple[Any, Mask]] = {}

    def of(self, filters: Filters, row_labels: RowLabels | None, status_mask: Callable[[str], Mask]) -> dict[str, Mask]:
        """Return the masks of the filters that are set, each bool of shape (rows,).

        Args:
            filters: The filters.
            row_labels: Current labels.
            status_mask: Returns the mask of a status.

        Returns:
            Name of a filter -> mask; the filter of another column is called `"column NAME"`.
        """
        masks: dict[str, Mask] = {}
        if filters.labels and row_labels is not None:
            masks["labels"] = np.logical_or.reduce([filtering.has_label(row_labels, i) for i in filters.labels])
        if filters.status is not None:
            masks["status"] = status_mask(filters.status)
        if filters.cell is not None and row_labels is not None and self._table.other is not None:
            masks["cell"] = (row_labels.codes == filters.cell[0]) & (self._table.other.codes == filters.cell[1])
        kept: dict[str, tuple[Any, Mask]] = {}
        if filters.text:
            kept["text"] = self._keep("text", filters.text, self._text_mask)
        if filters.score is not None:
            kept["score"] = self._keep("score", filters.score, self._score_mask)
        for name, wanted in filters.columns.items():
            kept[f"column {name}"] = self._keep(f"column {name}", wanted, self._fields[name].mask)
        self._kept = kept
        return masks | {name: mask for name, (_, mask) in kept.items()}

    def _keep(self, name: str, wanted: Any, make: Callable[[Any], Mask]) -> tuple[Any, Mask]:
        before = self._kept.get(name)
        return before if before is not None and before[0] == wanted else (wanted, make(wanted))

    def _text_mask(self, text: str) -> Mask:
        return filtering.contains_text(self._table.column, text)

    def _score_mask(self, score: tuple[float, float]) -> Mask:
        given = self._table.score
        if given is None:
            return np.zeros(len(self._table), bool)
        # Compared as float32, as the scores are: 0.9 is larger than the float32 next to it.
        return np.asarray((given >= np.float32(score[0])) & (given <= np.float32(score[1])))


def all_but(masks: dict[str, Mask], name: str, sample: Mask | None) -> Mask | None:
    """Return the mask of the rows in `sample` that match all filters but one; None if that is all rows."""
    others = [mask for key, mask in masks.items() if key != name] + ([] if sample is None else [sample])
    return np.asarray(np.logical_and.reduce(others)) if others else None
