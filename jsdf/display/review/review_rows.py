"""Rows of a review: their order, and the sample that a person is to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering
from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.rows import is_whole, whole_number_between
from jsdf.errors import InvalidInputError

_MAX_SEED = 2**63 - 1


class ReviewRows(GalleryModel):
    """Order and sample of the rows of a review.

    Attributes:
        sample: bool of shape (rows,), True for the rows of the review; None for all rows.
    """

    sample: npt.NDArray[np.bool_] | None = None
    _disagrees: npt.NDArray[np.bool_]
    _seed = 0

    @property
    def sorts(self) -> dict[str, str]:
        """Available sort orders -> their descriptions."""
        return {"review": "needs attention first", **super().sorts, "random": "in random order"}

    def attention_order(self) -> npt.NDArray[np.intp]:
        """Return the positions of the rows with a value, in the order `"review"`."""
        return filtering.sort_rows(self.table.column.codes >= 0, filtering.review_priority(self.table, self._disagrees))

    def _select_rows(self, order: str, n: int | None, seed: int) -> None:
        """Arrange the rows, and keep the first `n` with a value only."""
        if not isinstance(order, str) or order not in self.sorts:
            raise InvalidInputError(f"order={order!r}: pass one of {', '.join(map(repr, self.sorts))}")
        self._seed = whole_number_between("seed", seed, 0, _MAX_SEED)
        self.order_by = order
        self._arrange()
        if n is not None:
            if not is_whole(n) or n < 1:
                raise InvalidInputError(f"n={n!r}: pass a whole number of rows, 1 or more")
            has_value = self.table.column.codes[self.order] >= 0
            self.sample = np.zeros(len(self.table), bool)
            self.sample[self.order[has_value][:n]] = True
            self._arrange()

    def _sort_keys(self) -> list[npt.NDArray[Any]]:
        if self.order_by == "review":
            return filtering.review_priority(self.table, self._disagrees)
        if self.order_by == "random":
            is_missing = self.table.column.codes < 0
            return [is_missing, np.random.default_rng(self._seed).permutation(len(self.table))]
        return super()._sort_keys()

    def _filter_mask(self) -> npt.NDArray[np.bool_]:
        mask = super()._filter_mask()
        return mask if self.sample is None else mask & self.sample
