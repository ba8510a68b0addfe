"""Rows of a gallery ordered by likeness to one of them, on demand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.query.arrangement import ArrangedRows
from jsdf.display.gallery.query.similarity import RowVectors
from jsdf.display.gallery.rows import whole_number_between
from jsdf.errors import InvalidInputError, JSDFError

if TYPE_CHECKING:
    from jsdf.display.gallery.query.similarity import Embed, Rows
    from jsdf.display.gallery.row_table import RowTable


class SimilarRows(ArrangedRows):
    """Arranged rows that can be ordered by likeness to a row.

    Args:
        table: Data of all rows.
        embed: Embeds rows; None if there are no embeddings.

    Attributes:
        similar_to: Position of the row by whose likeness the rows are ordered; None for the sort order.
        searching: Thread that embeds rows for such an order; None before the first one.
    """

    def __init__(self, table: RowTable, embed: Embed | None = None) -> None:
        super().__init__(table)
        self.similar_to: int | None = None
        self.searching: threading.Thread | None = None
        self._vectors = None if embed is None else RowVectors(embed, len(table))

    @property
    def can_find_similar(self) -> bool:
        """True if there are embeddings to order rows by."""
        return self._vectors is not None

    @synchronized
    def find_similar(self, row: int | None, *, wait: bool = True) -> None:
        """Order the rows that match the filters by likeness to one of them, the most similar first.

        The likeness is the cosine of embeddings: of those that were passed as `vectors`, or of the local engine, which
        embeds up to 2,000 of the rows, those embedded before included. The others come last, as do rows that a later
        filter adds.

        Args:
            row: Position of the row; None to return to the sort order.
            wait: False to embed on another thread, and to call the callbacks when the order is ready.

        Raises:
            InvalidInputError: There are no embeddings, or the row does not exist or has none.
        """
        if row is None:
            self.similar_to = None
            self._arrange()
            self._notify(f"sorted: {self.sorts[self.order_by]}", is_view_only=True)
            return
        if self._vectors is None:
            raise InvalidInputError(
                'there are no embeddings to compare rows by: pass vectors=, or run pip install "jsdf[local]"'
            )
        row = whole_number_between("row", row, 0, len(self.table) - 1)
        if self.table.value(row) is None:
            raise InvalidInputError(f"row={row!r}: it has no value; pass a row that has one")
        self.similar_to = row
        to_embed = self._vectors.missing(row, np.flatnonzero(self._filter_mask() & (self.table.column.codes >= 0)))
        if wait or not len(to_embed):
            self._vectors.keep(to_embed, self._vectors.make(to_embed))
            self._show_similar(row)
        else:
            self._notify(f"looking for rows like row {self.table.index_text(row)}", is_view_only=True)
            self.searching = threading.Thread(target=self._search, args=(row, to_embed), daemon=True)
            self.searching.start()

    def _set_order(self, by: str) -> None:
        self.similar_to = None  # a sort order ends one by likeness
        super()._set_order(by)

    def _search(self, row: int, to_embed: Rows) -> None:
        """Embed rows without the lock, so that the gallery can be used meanwhile."""
        if self._vectors is None:
            return
        try:
            vectors = self._vectors.make(to_embed)
        except Exception as error:  # noqa: BLE001 - of any engine; the gallery goes on without this order
            reason = str(error) if isinstance(error, JSDFError) else type(error).__name__
            with self.lock:
                self._end_search(row, f"no rows could be compared: {reason}")
            return
        with self.lock:
            self._vectors.keep(to_embed, vectors)
            if self.similar_to != row:  # another order was chosen meanwhile
                return
            try:
                self._show_similar(row)
            except InvalidInputError as error:
                self._end_search(row, str(error))

    def _end_search(self, row: int, message: str) -> None:
        if self.similar_to == row:
            self.similar_to = None
        self._notify(message, is_view_only=True)

    def _show_similar(self, row: int) -> None:
        if self._vectors is None or not self._vectors.has_vector(row):
            self.similar_to = None
            raise InvalidInputError(f"row={row!r}: it has no embedding; pass a row that has one")
        self._arrange()
        self._notify(f"the most similar to row {self.table.index_text(row)} first", row, is_view_only=True)

    def _order_keys(self) -> list[npt.NDArray[Any]]:
        if self.similar_to is None or self._vectors is None:
            return super()._order_keys()
        likeness = self._vectors.likeness(self.similar_to)
        is_other = np.arange(len(likeness)) != self.similar_to  # a row is not less like itself than its double
        return [is_other, np.isnan(likeness), np.nan_to_num(-likeness)]
