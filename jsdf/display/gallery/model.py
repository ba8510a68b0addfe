"""State of a gallery: filters, order, pages and pictures. No front end is in it."""

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
from jsdf.display.gallery.tile import MAX_ENLARGED_CHARS, describe_value
from jsdf.errors import InvalidInputError
from jsdf.images.thumbnails import MAX_SIZE, Thumbnail
from jsdf.results.answers import STATUSES

if TYPE_CHECKING:
    from jsdf.display.gallery.locking import synchronized
    from jsdf.display.gallery.row_labels import RowLabels
from jsdf.display.gallery.tile import Tile

#: Tiles of a page at most; the plain widgets keep this many and use them again.
MAX_TILES = 24


class GalleryModel:
    """Rows as tiles: filters, an order and pages; it knows no front end.

    Attributes:
        order: intp, the positions of the rows that pass the filters, in order.
        page: Which page is shown, from 0.
        status_message: What was done last, in words, for a screen reader.
        pictures: Makes and keeps the pictures.
        lock: Held while something is done, by a cell or by a browser, whose messages may come on several threads.
        can_clear: Whether labels can be taken away.
        auto_advance: Whether a label key goes on to the next row.
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
        self._watchers: list[Callable[[], None]] = []
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.order)

    @property
    def names(self) -> list[str]:
        """The labels as texts."""
        return [] if self.row_labels is None else self.row_labels.names

    @property
    def page_size(self) -> int:
        """Tiles of a page: as many full lines as the pool holds."""
        return self.columns * (MAX_TILES // self.columns)

    @property
    def pages(self) -> int:
        """How many there are; at least 1."""
        return max(1, -(-len(self.order) // self.page_size))

    @property
    def rows(self) -> list[int]:
        """The positions of the rows on this page."""
        return self._rows_of(self.page)

    @property
    def sorts(self) -> dict[str, str]:
        """The orders there are -> in words."""
        sure = {"unsure": "least sure first", "sure": "most sure first"} if self.table.score is not None else {}
        return {"row": "as in the column", **sure}

    @property
    def statuses(self) -> dict[str, int]:
        """The states there are -> how many rows are in them."""
        if self.row_labels is None:
            return {}
        counts = np.bincount(self.table.status, minlength=len(STATUSES)).tolist()
        return {name: n for name, n in zip(STATUSES, counts, strict=True) if n}

    def counts(self) -> list[int]:
        """Rows of each label."""
        return [] if self.row_labels is None else self.row_labels.counts()

    @synchronized
    def filter(self, *, label: Any = None, status: str | None = None, text: str = "", near: int | None = None) -> None:
        """Show some rows only; an argument that is not given filters nothing.

        Args:
            label: A label or its name; `pandas.NA` for rows without one.
            status: One of `statuses`.
            text: Some characters of the text, path or address, in any case.
            near: A row whose page is shown, if it passes; None, the default, for the first page.

        Raises:
            InvalidInputError: There is no such label or status.
        """
        self.label = self._label(label)
        if status is not None and status not in self.statuses:
            raise InvalidInputError(f"status={status!r}: there is {', '.join(map(repr, self.statuses))}")
        if not isinstance(text, str):
            raise InvalidInputError(f"text={text!r}: pass some characters to look for")
        self.status, self.text = status, text
        self._arrange()
        self.page = 0 if near is None else self._page_with(near)
        self._notify(f"{len(self.order):,} of {len(self.table):,} rows")

    @synchronized
    def sort(self, by: str) -> None:
        """Choose the order.

        Args:
            by: One of `sorts`: `"row"`, and where there are scores `"unsure"` and `"sure"`.
        """
        if by not in self.sorts:
            raise InvalidInputError(f"by={by!r}: there is {', '.join(map(repr, self.sorts))}")
        self.order_by = by
        self._arrange()
        self._notify(f"sorted: {self.sorts[by]}")

    @synchronized
    def go_to_page(self, page: int) -> None:
        """Show another page, the first or last one where there is none of that number."""
        self.page = max(0, min(whole_number("page", page), self.pages - 1))
        self._notify(f"page {self.page + 1} of {self.pages}")

    @synchronized
    def tiles(self, most: int | None = None, *, wait: bool = False) -> list[Tile]:
        """The tiles of this page, or of that many rows from the first on, with their pictures.

        A picture that does not come soon is left out, and watchers are called when it is there, unless `wait` is set.
        """
        rows = self.rows if most is None else self.order[:most].tolist()
        if self.table.column.kind == "text":
            return [self._tile(row, None) for row in rows]
        there = [row for row in rows if self.table.value(row) is not None]
        found = self.pictures.get([self.table.value(row) for row in there], wait=wait)
        thumbs = dict(zip(there, found, strict=True))
        return [self._tile(row, thumbs.get(row)) for row in rows]

    @synchronized
    def peek(self, most: int) -> list[Tile]:
        """The first tiles without their pictures."""
        return [self._tile(row, None) for row in self.order[:most].tolist()]

    def enlarge(self, row: int) -> tuple[str, Thumbnail | None]:
        """A row's whole text or name, and its picture at 256 pixels."""
        value = self.table.value(row)
        picture = self.table.column.kind == "image" and value is not None
        return describe_value(value, MAX_ENLARGED_CHARS), self.pictures.large(value) if picture else None

    def prefetch(self) -> threading.Thread | None:
        """Make the next page's pictures on a thread, which is returned; None where there are none."""
        values = [value for value in map(self.table.value, self._rows_of(self.page + 1)) if value is not None]
        if self.table.column.kind == "text" or not values:
            return None
        page, order = self.page, self.order
        return self.pictures.prefetch(values, lambda: self.page == page and self.order is order)

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Call this whenever something has moved."""
        self._watchers.append(watcher)

    def apply_action(self, action: str, rows: list[int], label: Any) -> None:
        """Do what a front end asks for beyond looking, if it makes sense; a gallery itself has no such action.

        Args:
            action: Its name; an unknown one does nothing.
            rows: Positions of rows that are there.
            label: The argument of the action: the position of a label, or an answer to "on or off?".
        """

    def summary(self) -> str:
        """How many rows there are, in words."""
        n, total = len(self.order), len(self.table)
        return f"{total:,} rows" if n == total else f"{n:,} of {total:,} rows"

    def _thumbnails_ready(self) -> None:
        with self.lock:
            self._notify(self.status_message)

    def _notify(self, said: str) -> None:
        self.status_message = said
        for watcher in self._watchers:
            watcher()

    def _rows_of(self, page: int) -> list[int]:
        rows: list[int] = self.order[page * self.page_size : (page + 1) * self.page_size].tolist()
        return rows

    def _page_with(self, row: int) -> int:
        places = np.flatnonzero(self.order == row)
        return int(places[0]) // self.page_size if len(places) else 0

    def _label(self, label: Any) -> int | None:
        if label is None or label is pd.NA:
            return None if label is None else NO_LABEL
        if str(label) not in self.names:
            raise InvalidInputError(f"label={label!r}: there is {', '.join(map(repr, self.names)) or 'no label'}")
        return self.names.index(str(label))

    def _arrange(self) -> None:
        """Filter and sort anew, which nothing else does: a row that is changed stays where it is."""
        self.order = filtering.sort_rows(self._passing(), self._keys())
        self.page = 0

    def _keys(self) -> list[npt.NDArray[Any]]:
        return [] if self.order_by == "row" else filtering.score_order(self.table, surest=self.order_by == "sure")

    def _passing(self) -> npt.NDArray[np.bool_]:
        kept = np.ones(len(self.table), bool)
        if self.label is not None and self.row_labels is not None:
            kept &= filtering.has_label(self.row_labels, self.label)
        if self.status is not None:
            kept &= self._in_status(self.status)
        if self.text:
            kept &= filtering.contains_text(self.table.column, self.text)
        return kept

    def _in_status(self, status: str) -> npt.NDArray[np.bool_]:
        return np.asarray(self.table.status == STATUSES.index(status))

    def _tile(self, row: int, thumb: Thumbnail | None) -> Tile:
        return tile_of(self.table, self.row_labels, row, thumb)
