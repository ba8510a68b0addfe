"""Rows of a review: their order, and the sample that a person is to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering
from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.rows import is_whole, whole_number_between
from jsdf.errors import InvalidInputError
from jsdf.utils.call_site import warn

if TYPE_CHECKING:
    from jsdf.display.gallery.query.similarity import Embed

_MAX_SEED = 2**63 - 1
_INFORMATIVE = "informative"


class ReviewRows(GalleryModel):
    """Order and sample of the rows of a review.

    Attributes:
        is_informative: True if the sample was chosen as the rows whose labels teach most, which is no random sample.
    """

    is_informative = False
    _disagrees: npt.NDArray[np.bool_]
    _ranks: npt.NDArray[np.intp]
    _seed = 0

    @property
    def sorts(self) -> dict[str, str]:
        """Available sort orders -> their descriptions."""
        by_rank = {_INFORMATIVE: "teaches most first"} if self.is_informative else {}
        return {"review": "needs attention first", **super().sorts, "random": "in random order", **by_rank}

    @synchronized
    def sort(self, by: str, n: int | None = None) -> None:
        """Sort the rows.

        Args:
            by: One of `sorts`.
            n: With `"random"`, show only the first `n` rows with a value of the random order, whatever the filters: a
                random sample, which a larger `n` adds to. As many as there are rows show all again. Default None: the
                rows that are shown stay.

        Raises:
            InvalidInputError: There is no such order, or `n` is no such number.
        """
        if n is not None:
            if by != "random":
                raise InvalidInputError(f"n={n!r} needs by='random'; leave n out for by={by!r}")
            self._draw_sample(whole_number_between("n", n, 1, max(1, len(self.table))))
        super().sort(by)

    def attention_order(self) -> npt.NDArray[np.intp]:
        """Return the positions of the rows with a value, in the order `"review"`."""
        return filtering.sort_rows(self.table.column.codes >= 0, filtering.review_priority(self.table, self._disagrees))

    def _select_rows(
        self, order: str, n: int | None, seed: int, is_reviewed: npt.NDArray[np.bool_], embed: Embed | None
    ) -> None:
        """Arrange the rows, and keep the first `n` with a value only."""
        orders = list(dict.fromkeys([*self.sorts, _INFORMATIVE]))
        if not isinstance(order, str) or order not in orders:
            raise InvalidInputError(f"order={order!r}: pass one of {', '.join(map(repr, orders))}")
        self._seed = whole_number_between("seed", seed, 0, _MAX_SEED)
        if n is not None and (not is_whole(n) or n < 1):
            raise InvalidInputError(f"n={n!r}: pass a whole number of rows, 1 or more")
        if order == _INFORMATIVE:
            self._choose_informative(n, is_reviewed, embed)
        self.order_by = order
        self._arrange()
        if n is not None and not self.is_informative:
            has_value = self.table.column.codes[self.order] >= 0
            self.sample = self._mask_of(self.order[has_value][:n])
            self._arrange()

    def _draw_sample(self, n: int) -> None:
        """Make the first `n` rows with a value of the random order the sample; None if these are all rows."""
        self.is_informative, self.sample, self._facets = False, None, None
        if n < len(self.table):
            order = filtering.sort_rows(self.table.column.codes >= 0, [self._random_ranks()])
            self.sample = self._mask_of(order[:n])

    def _mask_of(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        mask = np.zeros(len(self.table), bool)
        mask[rows] = True
        return mask

    def _random_ranks(self) -> npt.NDArray[np.intp]:
        return np.random.default_rng(self._seed).permutation(len(self.table))

    def _go_to_first(self, mask: npt.NDArray[np.bool_]) -> None:
        """Show the page of the first row in this mask, and make it the current one; nothing if there is none."""
        places = np.flatnonzero(mask[self.order] & (self.table.column.codes[self.order] >= 0))
        if len(places):
            self.page, self.current = int(places[0]) // self.page_size, int(self.order[places[0]])

    def _choose_informative(self, n: int | None, is_reviewed: npt.NDArray[np.bool_], embed: Embed | None) -> None:
        """Make the rows whose labels would teach most the sample, without those that were reviewed before."""
        from jsdf.display.review.informative import choose_rows

        if n is None:
            raise InvalidInputError("order='informative' needs the number of rows to review: pass n=50, for example")
        table = self.table
        if embed is None:
            self._explain_missing_embeddings()
        margin = np.full(len(table), np.nan, np.float32) if table.margin is None else table.margin
        rows = np.flatnonzero((table.column.codes >= 0) & ~is_reviewed)
        chosen = choose_rows(rows, np.flatnonzero(is_reviewed), table.column.hashes, margin, int(n), self._seed, embed)
        self.is_informative = True
        self.sample = self._mask_of(chosen)
        self._ranks = np.full(len(table), len(table), np.intp)
        self._ranks[chosen] = np.arange(len(chosen))

    def _explain_missing_embeddings(self) -> None:
        """Say that rows are chosen by their margins alone; refuse if there are no margins either."""
        how = 'run pip install "jsdf[local]", or pass vectors='
        if self.table.margin is None:
            raise InvalidInputError(
                f"order='informative' needs scores of the labels or embeddings: pass scores=, {how}"
            )
        self.status_message = f"no embeddings: the least sure rows are shown, however alike; {how}"
        warn(f"order='informative': {self.status_message}")

    def _sort_keys(self) -> list[npt.NDArray[Any]]:
        if self.order_by == "review":
            return filtering.review_priority(self.table, self._disagrees)
        if self.order_by == "random":
            is_missing = self.table.column.codes < 0
            return [is_missing, self._random_ranks()]
        if self.order_by == _INFORMATIVE:
            return [self._ranks]
        return super()._sort_keys()
