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
from jsdf.display.gallery.locking import locked
from jsdf.display.gallery.page_thumbnails import Pictures
from jsdf.display.gallery.row_table import Sheet, tile_of
from jsdf.display.gallery.rows import whole_number, whole_number_between
from jsdf.display.gallery.tile import WHOLE, words
from jsdf.errors import InvalidInputError
from jsdf.images.thumbnails import LARGEST, Thumb
from jsdf.results.answers import STATUSES

if TYPE_CHECKING:
    from jsdf.display.gallery.locking import locked
    from jsdf.display.gallery.row_labels import Labelling
from jsdf.display.gallery.tile import Tile

#: Tiles of a page at most; the plain widgets keep this many and use them again.
POOL = 24


class GalleryModel:
    """Rows as tiles: filters, an order and pages; it knows no front end.

    Attributes:
        order: intp, the positions of the rows that pass the filters, in order.
        page: Which page is shown, from 0.
        said: What was done last, in words, for a screen reader.
        pictures: Makes and keeps the pictures.
        lock: Held while something is done, by a cell or by a browser, whose messages may come on several threads.
        can_clear: Whether labels can be taken away.
        auto_advance: Whether a label key goes on to the next row.
    """

    title = "Gallery"
    reviewing = False
    can_clear = False
    going_on = False

    def __init__(self, sheet: Sheet, *, columns: int = 6, size: int = 96) -> None:
        self.sheet = sheet
        self.columns = whole_number_between("columns", columns, 1, POOL)
        self.size = whole_number_between("size", size, 32, LARGEST)
        self.labelling: Labelling | None = sheet.labelling
        self.page = 0
        self.said = ""
        self.label: int | None = None
        self.status: str | None = None
        self.text = ""
        self.by = "row"
        self.order: npt.NDArray[np.intp] = np.arange(len(sheet), dtype=np.intp)
        self.pictures = Pictures(self.size, self._arrived)
        self._watchers: list[Callable[[], None]] = []
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.order)

    @property
    def names(self) -> list[str]:
        """The labels as texts."""
        return [] if self.labelling is None else self.labelling.names

    @property
    def page_size(self) -> int:
        """Tiles of a page: as many full lines as the pool holds."""
        return self.columns * (POOL // self.columns)

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
        sure = {"unsure": "least sure first", "sure": "most sure first"} if self.sheet.sure is not None else {}
        return {"row": "as in the column", **sure}

    @property
    def statuses(self) -> dict[str, int]:
        """The states there are -> how many rows are in them."""
        if self.labelling is None:
            return {}
        counts = np.bincount(self.sheet.status, minlength=len(STATUSES)).tolist()
        return {name: n for name, n in zip(STATUSES, counts, strict=True) if n}

    def counts(self) -> list[int]:
        """Rows of each label."""
        return [] if self.labelling is None else self.labelling.counts()

    @locked
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
        self._moved(f"{len(self.order):,} of {len(self.sheet):,} rows")

    @locked
    def sort(self, by: str) -> None:
        """Choose the order.

        Args:
            by: One of `sorts`: `"row"`, and where there are scores `"unsure"` and `"sure"`.
        """
        if by not in self.sorts:
            raise InvalidInputError(f"by={by!r}: there is {', '.join(map(repr, self.sorts))}")
        self.by = by
        self._arrange()
        self._moved(f"sorted: {self.sorts[by]}")

    @locked
    def turn(self, page: int) -> None:
        """Show another page, the first or last one where there is none of that number."""
        self.page = max(0, min(whole_number("page", page), self.pages - 1))
        self._moved(f"page {self.page + 1} of {self.pages}")

    @locked
    def tiles(self, most: int | None = None, *, wait: bool = False) -> list[Tile]:
        """The tiles of this page, or of that many rows from the first on, with their pictures.

        A picture that does not come soon is left out, and watchers are called when it is there, unless `wait` is set.
        """
        rows = self.rows if most is None else self.order[:most].tolist()
        if self.sheet.column.kind == "text":
            return [self._tile(row, None) for row in rows]
        there = [row for row in rows if self.sheet.value(row) is not None]
        found = self.pictures.get([self.sheet.value(row) for row in there], wait=wait)
        thumbs = dict(zip(there, found, strict=True))
        return [self._tile(row, thumbs.get(row)) for row in rows]

    @locked
    def peek(self, most: int) -> list[Tile]:
        """The first tiles without their pictures."""
        return [self._tile(row, None) for row in self.order[:most].tolist()]

    def enlarge(self, row: int) -> tuple[str, Thumb | None]:
        """A row's whole text or name, and its picture at 256 pixels."""
        value = self.sheet.value(row)
        picture = self.sheet.column.kind == "image" and value is not None
        return words(value, WHOLE), self.pictures.large(value) if picture else None

    def prefetch(self) -> threading.Thread | None:
        """Make the next page's pictures on a thread, which is returned; None where there are none."""
        values = [value for value in map(self.sheet.value, self._rows_of(self.page + 1)) if value is not None]
        if self.sheet.column.kind == "text" or not values:
            return None
        page, order = self.page, self.order
        return self.pictures.prepare(values, lambda: self.page == page and self.order is order)

    def watch(self, watcher: Callable[[], None]) -> None:
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
        n, total = len(self.order), len(self.sheet)
        return f"{total:,} rows" if n == total else f"{n:,} of {total:,} rows"

    def _arrived(self) -> None:
        with self.lock:
            self._moved(self.said)

    def _moved(self, said: str) -> None:
        self.said = said
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
        self.order = filtering.ordered(self._kept(), self._keys())
        self.page = 0

    def _keys(self) -> list[npt.NDArray[Any]]:
        return [] if self.by == "row" else filtering.by_score(self.sheet, surest=self.by == "sure")

    def _kept(self) -> npt.NDArray[np.bool_]:
        kept = np.ones(len(self.sheet), bool)
        if self.label is not None and self.labelling is not None:
            kept &= filtering.labelled(self.labelling, self.label)
        if self.status is not None:
            kept &= self._in_status(self.status)
        if self.text:
            kept &= filtering.holding(self.sheet.column, self.text)
        return kept

    def _in_status(self, status: str) -> npt.NDArray[np.bool_]:
        return np.asarray(self.sheet.status == STATUSES.index(status))

    def _tile(self, row: int, thumb: Thumb | None) -> Tile:
        return tile_of(self.sheet, self.labelling, row, thumb)
