"""Thumbnails of a gallery page, with a time limit for slow hosts and prefetching of the next page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from jsdf.images.thumbnails import MAX_SIZE, Thumbnail, ThumbnailCache

#: Seconds that a page waits for its thumbnails before it is shown without the missing ones.
_MAX_WAIT_SECONDS = 1.5
#: Thumbnails made by `prefetch` between two checks that they are still wanted.
_PREFETCH_BATCH = 4


class PageThumbnails:
    """Makes and caches the thumbnails of a gallery.

    Args:
        size: Pixels of the longer side.
        on_ready: Called on another thread when thumbnails that a page did not wait for are ready.

    Attributes:
        waiting: Thread that waits for these thumbnails; None before the first such wait.
    """

    def __init__(self, size: int, on_ready: Callable[[], None]) -> None:
        self._small, self._large = ThumbnailCache(size), ThumbnailCache(MAX_SIZE, keep=60)
        self._on_ready = on_ready
        self.waiting: threading.Thread | None = None

    def get(self, values: Sequence[Any], *, wait: bool = False) -> list[Thumbnail]:
        """Return the thumbnails of these values; without `wait`, a slow one is a `Thumbnail` with a reason."""
        if wait:
            return self._small.get(values)
        thumbnails: list[Thumbnail] = []
        thread = _start_thread(lambda: thumbnails.extend(self._small.get(values)))
        thread.join(_MAX_WAIT_SECONDS)
        if not thread.is_alive():
            return thumbnails or self._small.get(values)
        self.waiting = _start_thread(lambda: self._notify_when_done(thread))
        return self._small.get_cached(values)

    def _notify_when_done(self, thread: threading.Thread) -> None:
        thread.join()
        self._on_ready()

    def large(self, value: Any) -> Thumbnail:
        """Return a thumbnail whose longer side has at most 256 pixels."""
        return self._large.get([value])[0]

    def prefetch(self, values: Sequence[Any], is_wanted: Callable[[], bool]) -> threading.Thread:
        """Make these thumbnails on a new thread, which is returned, while `is_wanted()` is true."""

        def make_all() -> None:
            for start in range(0, len(values), _PREFETCH_BATCH):
                # The user may have moved to another page, or the interpreter may be exiting.
                if not is_wanted() or not threading.main_thread().is_alive():
                    return
                self._small.get(values[start : start + _PREFETCH_BATCH])

        return _start_thread(make_all)


def _start_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
