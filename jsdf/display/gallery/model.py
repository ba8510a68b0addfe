"""State of a gallery: filters, sort order, pages and thumbnails, independent of any front end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.display.gallery import filtering
from jsdf.display.gallery.filtering import NO_LABEL
from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.page_thumbnails import PageThumbnails
from jsdf.display.gallery.row_table import RowTable, tile_of
from jsdf.display.gallery.rows import whole_number, whole_number_between
from jsdf.display.gallery.tile import MAX_ENLARGED_CHARS, Tile, describe_value
from jsdf.errors import InvalidInputError
from jsdf.images.thumbnails import MAX_SIZE, Thumbnail
from jsdf.results.answers import STATUSES

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels

#: Tiles of a page at most; the ipywidgets front end makes this many once and reuses them.
MAX_TILES = 24


class GalleryModel:
    """State of a gallery: rows as tiles, with filters, a sort order and pages. It knows no front end.

    Attributes:
        order: intp, positions of the rows that match the filters, in sort order.
        page: Current page, from 0.
        status_message: Description of the last action, for screen readers.
        pictures: Makes and caches the thumbnails.
        lock: Held during every action; cells and messages from a browser may come on several threads.
        can_clear: True if labels can be removed.
        is_auto_advancing: True if a label key moves on to the next row.
    """

    title = "Gallery"
    is_editable = False
    can_clear = False
    is_auto_advancing = False

    def __init__(self, table: RowTable, *, columns: int = 6, size: int = 96) -> None:
        self.table = table
        self.columns = whole_number_between("columns", columns, 1, MAX_TILES)
        self.size = whole_number_between("size", size, 32, MAX_SIZE)
        self.row_labels: RowLabels | None = table.row_labels
        self.page = 0
        self.status_message = ""
        self.label: int | None = None
        self.status: str | None = None
        self.text = ""
        self.order_by = "row"
        self.order: npt.NDArray[np.intp] = np.arange(len(table), dtype=np.intp)
        self.pictures = PageThumbnails(self.size, self._thumbnails_ready)
        self._callbacks: list[Callable[[], None]] = []
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.order)

    @property
    def names(self) -> list[str]:
        """Names of the labels; empty without labels."""
        return [] if self.row_labels is None else self.row_labels.names

    @property
    def page_size(self) -> int:
        """Tiles per page: as many full lines as fit into 24 tiles."""
        return self.columns * (MAX_TILES // self.columns)

    @property
    def pages(self) -> int:
        """Number of pages; at least 1."""
        return max(1, -(-len(self.order) // self.page_size))

    @property
    def rows(self) -> list[int]:
        """Positions of the rows on the current page."""
        return self._rows_on_page(self.page)

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
    def filter(self, *, label: Any = None, status: str | None = None, text: str = "", near: int | None = None) -> None:
        """Show only rows that match all arguments; without arguments, all rows.

        Args:
            label: A label or its name; `pandas.NA` for rows without one.
            status: One of `statuses`.
            text: Characters to find in the text, path or URL, ignoring case.
            near: Position of a row whose page to show if it matches; None, the default, for the first page.

        Raises:
            InvalidInputError: There is no such label or status.
        """
        self.label = self._label_code(label)
        if status is not None and status not in self.statuses:
            raise InvalidInputError(f"status={status!r}: pass one of {', '.join(map(repr, self.statuses))}")
        if not isinstance(text, str):
            raise InvalidInputError(f"text={text!r}: pass a string to search for")
        self.status, self.text = status, text
        self._arrange()
        self.page = 0 if near is None else self._page_of(near)
        self._notify(f"{len(self.order):,} of {len(self.table):,} rows")

    @synchronized
    def sort(self, by: str) -> None:
        """Sort the rows.

        Args:
            by: One of `sorts`: `"row"`, and if there are scores, `"unsure"` and `"sure"`.

        Raises:
            InvalidInputError: There is no such order.
        """
        if by not in self.sorts:
            raise InvalidInputError(f"by={by!r}: pass one of {', '.join(map(repr, self.sorts))}")
        self.order_by = by
        self._arrange()
        self._notify(f"sorted: {self.sorts[by]}")

    @synchronized
    def go_to_page(self, page: int) -> None:
        """Show a page, counted from 0; a number out of range shows the first or the last page."""
        self.page = max(0, min(whole_number("page", page), self.pages - 1))
        self._notify(f"page {self.page + 1} of {self.pages}")

    @synchronized
    def tiles(self, max_tiles: int | None = None, *, wait: bool = False) -> list[Tile]:
        """Return the tiles of this page, or of the first `max_tiles` rows, with their thumbnails.

        A slow thumbnail is left out and reported to `on_change` callbacks when it is ready, unless `wait` is set.
        """
        rows = self.rows if max_tiles is None else self.order[:max_tiles].tolist()
        if self.table.column.kind == "text":
            return [self._tile(row, None) for row in rows]
        with_value = [row for row in rows if self.table.value(row) is not None]
        thumbnails = self.pictures.get([self.table.value(row) for row in with_value], wait=wait)
        by_row = dict(zip(with_value, thumbnails, strict=True))
        return [self._tile(row, by_row.get(row)) for row in rows]

    @synchronized
    def peek(self, max_tiles: int) -> list[Tile]:
        """Return the first tiles without thumbnails."""
        return [self._tile(row, None) for row in self.order[:max_tiles].tolist()]

    def enlarge(self, row: int) -> tuple[str, Thumbnail | None]:
        """Return a row's text, up to 20,000 characters, or name, and its image at up to 256 pixels."""
        value = self.table.value(row)
        is_image = self.table.column.kind == "image" and value is not None
        return describe_value(value, MAX_ENLARGED_CHARS), self.pictures.large(value) if is_image else None

    def prefetch(self) -> threading.Thread | None:
        """Make the next page's thumbnails on a thread, which is returned; None if it has no images."""
        values = [value for value in map(self.table.value, self._rows_on_page(self.page + 1)) if value is not None]
        if self.table.column.kind == "text" or not values:
            return None
        page, order = self.page, self.order
        return self.pictures.prefetch(values, lambda: self.page == page and self.order is order)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Register a callback to be called after every change of state."""
        self._callbacks.append(callback)

    def apply_action(self, action: str, rows: list[int], message: dict[str, Any]) -> None:
        """Run an action of a front end beyond viewing; ignored if invalid, and always here: a gallery has none.

        Args:
            action: Name of the action; unknown names are ignored.
            rows: Positions of existing rows.
            message: The whole message, with the arguments of the action.
        """

    def summary(self) -> str:
        """Return the number of rows, as in "20 of 60 rows"."""
        n, total = len(self.order), len(self.table)
        return f"{total:,} rows" if n == total else f"{n:,} of {total:,} rows"

    def _thumbnails_ready(self) -> None:
        with self.lock:
            self._notify(self.status_message)

    def _notify(self, message: str) -> None:
        self.status_message = message
        for callback in self._callbacks:
            callback()

    def _rows_on_page(self, page: int) -> list[int]:
        rows: list[int] = self.order[page * self.page_size : (page + 1) * self.page_size].tolist()
        return rows

    def _page_of(self, row: int) -> int:
        matches = np.flatnonzero(self.order == row)
        return int(matches[0]) // self.page_size if len(matches) else 0

    def _label_code(self, label: Any) -> int | None:
        if label is None or label is pd.NA:
            return None if label is None else NO_LABEL
        if str(label) not in self.names:
            choices = f"pass one of {', '.join(map(repr, self.names))}" if self.names else "there are no labels"
            raise InvalidInputError(f"label={label!r}: {choices}")
        return self.names.index(str(label))

    def _arrange(self) -> None:
        """Filter and sort again. Nothing else does, so that a row stays in its place when its label changes."""
        self.order = filtering.sort_rows(self._filter_mask(), self._sort_keys())
        self.page = 0

    def _sort_keys(self) -> list[npt.NDArray[Any]]:
        return [] if self.order_by == "row" else filtering.score_order(self.table, surest=self.order_by == "sure")

    def _filter_mask(self) -> npt.NDArray[np.bool_]:
        mask = np.ones(len(self.table), bool)
        if self.label is not None and self.row_labels is not None:
            mask &= filtering.has_label(self.row_labels, self.label)
        if self.status is not None:
            mask &= self._status_mask(self.status)
        if self.text:
            mask &= filtering.contains_text(self.table.column, self.text)
        return mask

    def _status_mask(self, status: str) -> npt.NDArray[np.bool_]:
        return np.asarray(self.table.status == STATUSES.index(status))

    def _tile(self, row: int, thumb: Thumbnail | None) -> Tile:
        return tile_of(self.table, self.row_labels, row, thumb)
