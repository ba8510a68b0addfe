"""Rows of a gallery in the order in which it shows them: filters, sort order, and counts for the filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering
from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.query.facets import count_facets
from jsdf.display.gallery.query.filter_arguments import label_code, read_filters
from jsdf.display.gallery.query.filters import Filters
from jsdf.display.gallery.query.masks import FilterMasks
from jsdf.display.gallery.query.pages import PagedRows
from jsdf.errors import InvalidInputError
from jsdf.results.answers import STATUSES

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable


class ArrangedRows(PagedRows):
    """Rows that match filters, in an order.

    Attributes:
        table: Data of all rows.
        row_labels: Current labels; None without labels.
        filters: Filters that rows match.
        order_by: Key of the sort order, one of `sorts`.
        sample: bool of shape (rows,), True for the rows that the gallery is limited to; None for all.
    """

    sample: npt.NDArray[np.bool_] | None = None

    def __init__(self, table: RowTable) -> None:
        super().__init__(len(table))
        self.table = table
        self.row_labels: RowLabels | None = table.row_labels
        self.filters = Filters()
        self.order_by = "row"
        self._masks = FilterMasks(table)
        self._facets: dict[str, Any] | None = None

    @property
    def names(self) -> list[str]:
        """Names of the labels; empty without labels."""
        return [] if self.row_labels is None else self.row_labels.names

    @property
    def n_rows(self) -> int:
        """Number of rows without filters."""
        return len(self.table) if self.sample is None else int(np.count_nonzero(self.sample))

    @property
    def sorts(self) -> dict[str, str]:
        """Available sort orders -> their descriptions."""
        by_score = {"unsure": "least sure first", "sure": "most sure first"} if self.table.score is not None else {}
        return {"row": "as in the column", **by_score}

    @property
    def statuses(self) -> dict[str, int]:
        """Statuses that occur -> number of rows."""
        if self.row_labels is None:
            return {}
        counts = np.bincount(self.table.status, minlength=len(STATUSES)).tolist()
        return {name: n for name, n in zip(STATUSES, counts, strict=True) if n}

    def counts(self) -> list[int]:
        """Return the number of rows of each label, in the order of `names`."""
        return [] if self.row_labels is None else self.row_labels.counts()

    @synchronized
    def facets(self) -> dict[str, Any]:
        """Return the counts of rows for all filters, as JSON values; made again only after a change of them."""
        if self._facets is None:
            masks = self._masks.of(self.filters, self.row_labels, self._status_mask)
            self._facets = count_facets(
                self.table, self.row_labels, masks, self.sample, self.statuses, self._status_mask
            )
        return self._facets

    @synchronized
    def filter(
        self,
        *,
        label: Any = None,
        status: str | None = None,
        text: str = "",
        score: tuple[float, float] | None = None,
        cell: tuple[Any, Any] | None = None,
        columns: dict[str, Any] | None = None,
        near: int | None = None,
    ) -> None:
        """Show only rows that match all arguments; without arguments, all rows.

        Args:
            label: A label or its name, or a list of them, of which a row has at least one; `pandas.NA` for rows
                without one.
            status: One of `statuses`.
            text: Characters to find in the text, path or URL, ignoring case.
            score: Lowest and highest score of the label, both included, as in `(0, 0.5)`.
            cell: A pair of the label and of what the second opinion says instead (`against=`): a cell of the confusion
                matrix.
            columns: Name of another column of the gallery -> a value or a list of values, None for missing ones; or
                for numbers and dates, a pair of the lowest and the highest, both included, None for no limit.
            near: Position of a row whose page to show if it matches; None, the default, for the first page.

        Raises:
            InvalidInputError: There is no such label, status, score or column.
        """
        filters = read_filters(
            self.table, self.names, self.statuses,
            label=label, status=status, text=text, score=score, cell=cell, columns=columns,
        )  # fmt: skip
        self.apply_filters(filters, near)

    @synchronized
    def apply_filters(self, filters: Filters, near: int | None = None) -> None:
        """Show only rows that match these filters, which fit the rows, and the page of the row `near`."""
        self.filters = filters
        self._arrange()
        self._move_to(0 if near is None else self._page_of(near))
        self._notify(f"{len(self.order):,} of {self.n_rows:,} rows")

    @synchronized
    def sort(self, by: str) -> None:
        """Sort the rows.

        Args:
            by: One of `sorts`: `"row"`, and if there are scores, `"unsure"` and `"sure"`.

        Raises:
            InvalidInputError: There is no such order.
        """
        if not isinstance(by, str) or by not in self.sorts:
            raise InvalidInputError(f"by={by!r}: pass one of {', '.join(map(repr, self.sorts))}")
        self._set_order(by)
        self._arrange()
        self._notify(f"sorted: {self.sorts[by]}", is_view_only=True)

    def _set_order(self, by: str) -> None:
        self.order_by = by

    def summary(self) -> str:
        """Return the number of rows, as in "20 of 60 rows"."""
        n, total = len(self.order), self.n_rows
        return f"{total:,} rows" if n == total else f"{n:,} of {total:,} rows"

    def _notify(self, message: str, current: int | None = None, *, is_view_only: bool = False) -> None:
        if not is_view_only:
            self._facets = None
        super()._notify(message, current, is_view_only=is_view_only)

    def _label_code(self, label: Any) -> int:
        return label_code(label, self.names)

    def _arrange(self) -> None:
        """Filter and sort again. Nothing else does, so that a row stays in its place when its label changes."""
        self.order = filtering.sort_rows(self._filter_mask(), self._order_keys())
        self._move_to(0)

    def _order_keys(self) -> list[npt.NDArray[Any]]:
        return self._sort_keys()

    def _sort_keys(self) -> list[npt.NDArray[Any]]:
        return [] if self.order_by == "row" else filtering.score_order(self.table, surest=self.order_by == "sure")

    def _filter_mask(self) -> npt.NDArray[np.bool_]:
        masks = [*self._masks.of(self.filters, self.row_labels, self._status_mask).values()]
        masks += [] if self.sample is None else [self.sample]
        return np.asarray(np.logical_and.reduce(masks)) if masks else np.ones(len(self.table), bool)

    def _status_mask(self, status: str) -> npt.NDArray[np.bool_]:
        return np.asarray(self.table.status == STATUSES.index(status))
