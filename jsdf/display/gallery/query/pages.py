"""Rows in an order, shown page by page; front ends are told of every change."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.rows import whole_number, whole_number_between

#: Tiles of a page: by default, and at most.
PAGE_SIZE, MAX_PAGE_SIZE = 24, 200


class PagedRows:
    """Rows in an order, by pages.

    Args:
        n_rows: Number of rows of the column, which all are shown at first.

    Attributes:
        order: intp, positions of the rows that are shown, in their order.
        page: Current page, from 0.
        page_size: Tiles of a page.
        current: Row to which the last action moves the view; None if it does not.
        status_message: Description of the last action, for screen readers.
        revision: Number of actions so far.
        moved_at: The revision that showed other rows last, by a turn of the page, an order or a filter.
        lock: Held during every action; cells and messages from a browser may come on several threads.
    """

    def __init__(self, n_rows: int) -> None:
        self.order: npt.NDArray[np.intp] = np.arange(n_rows, dtype=np.intp)
        self.page, self.page_size = 0, PAGE_SIZE
        self.current: int | None = None
        self.status_message, self.revision, self.moved_at = "", 0, 0
        self._has_moved = False
        self._callbacks: list[Callable[[], None]] = []
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.order)

    @property
    def pages(self) -> int:
        """Number of pages; at least 1."""
        return max(1, -(-len(self.order) // self.page_size))

    @property
    def rows(self) -> list[int]:
        """Positions of the rows on the current page."""
        return self._rows_on_page(self.page)

    @synchronized
    def go_to_page(self, page: int) -> None:
        """Show a page, counted from 0; a number out of range shows the first or the last page."""
        self._move_to(max(0, min(whole_number("page", page), self.pages - 1)))
        self._notify(f"page {self.page + 1} of {self.pages}", is_view_only=True)

    @synchronized
    def resize(self, page_size: int, near: int | None = None) -> None:
        """Set the number of tiles of a page, 1 to 200.

        Args:
            page_size: Tiles of a page.
            near: Position of a row whose page to show; None, the default, for the first row of the current page.
        """
        size = whole_number_between("page_size", page_size, 1, MAX_PAGE_SIZE)
        first = self.page * self.page_size
        self.page_size = size
        at = self._place_of(near) if near is not None else None
        self.page = min((first if at is None else at) // size, self.pages - 1)
        self._notify(self.status_message, is_view_only=True)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Register a callback to be called after every change of state."""
        self._callbacks.append(callback)

    def announce(self, message: str) -> None:
        """Show a message, and change nothing else."""
        self._notify(message, is_view_only=True)

    def _notify(self, message: str, current: int | None = None, *, is_view_only: bool = False) -> None:  # noqa: ARG002
        """Tell all callbacks that the state has changed.

        Args:
            message: Description of the change.
            current: Row to which the view goes; None to stay.
            is_view_only: True if neither filters nor labels nor statuses have changed, so that counts of them stay.
        """
        self.status_message, self.current = message, current
        self.revision += 1
        if self._has_moved:
            self.moved_at, self._has_moved = self.revision, False
        self._call_back()

    def _move_to(self, page: int) -> None:
        self.page, self._has_moved = page, True

    def _call_back(self) -> None:
        for callback in self._callbacks:
            callback()

    def _rows_on_page(self, page: int) -> list[int]:
        rows: list[int] = self.order[page * self.page_size : (page + 1) * self.page_size].tolist()
        return rows

    def _place_of(self, row: int) -> int | None:
        matches = np.flatnonzero(self.order == row)
        return int(matches[0]) if len(matches) else None

    def _page_of(self, row: int) -> int:
        return (self._place_of(row) or 0) // self.page_size
