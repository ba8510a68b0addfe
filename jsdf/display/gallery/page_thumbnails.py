"""Pictures of a gallery, with a time limit for slow hosts, and prefetching of the next page and of neighbours."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from jsdf.images.thumbnails import MAX_LARGE_SIZE, MAX_SIZE, Thumbnail, ThumbnailCache

#: Seconds that a page waits for its pictures before it is shown without the missing ones.
_MAX_WAIT_SECONDS = 1.5
#: The same while others are waited for already.
_SHORT_WAIT_SECONDS = 0.1
#: Thumbnails made by `prefetch` between two checks that they are still wanted.
_PREFETCH_BATCH = 4
#: Thumbnails are made in multiples of this many pixels: tiles of about one size then share them.
SIZE_STEP = 64
#: Large pictures that are kept, of up to about 1 MB each.
_KEPT_LARGE = 16


class PageThumbnails:
    """Makes and caches the thumbnails of a gallery, and the large pictures of single rows.

    Args:
        size: Pixels of the longer side of a tile; a thumbnail has the next multiple of 64, up to 256.
        on_ready: Called on another thread when pictures that were not waited for are ready.

    Attributes:
        waiting: Thread that waits for these pictures; None before the first such wait.
    """

    def __init__(self, size: int, on_ready: Callable[[], None]) -> None:
        self._size = min(SIZE_STEP * -(-size // SIZE_STEP), MAX_SIZE)
        self._small, self._large = ThumbnailCache(self._size), ThumbnailCache(MAX_LARGE_SIZE, keep=_KEPT_LARGE)
        self._on_ready = on_ready
        self.waiting: threading.Thread | None = None

    def get(self, values: Sequence[Any], *, wait: bool = False) -> list[Thumbnail]:
        """Return the thumbnails of these values; without `wait`, a slow one is a `Thumbnail` with a reason."""
        return self._small.get(values) if wait else self._get(self._small, values)

    def sharpen(self, size: int) -> None:
        """Make thumbnails with a longer side of this many pixels from now on; smaller than before has no effect."""
        if size > self._size:
            self._size, self._small = size, ThumbnailCache(size)

    def large(self, value: Any) -> Thumbnail:
        """Return a picture whose longer side has at most 1,600 pixels; a slow one is a `Thumbnail` with a reason."""
        return self._get(self._large, [value])[0]

    def prefetch(self, values: Sequence[Any], is_wanted: Callable[[], bool]) -> threading.Thread:
        """Make these thumbnails on a new thread, which is returned, while `is_wanted()` is true."""
        return _prefetch(self._small, values, is_wanted, _PREFETCH_BATCH)

    def prefetch_large(self, values: Sequence[Any], is_wanted: Callable[[], bool]) -> threading.Thread:
        """Make these large pictures one by one on a new thread, which is returned, while `is_wanted()` is true."""
        return _prefetch(self._large, values, is_wanted, 1)

    def _get(self, cache: ThumbnailCache, values: Sequence[Any]) -> list[Thumbnail]:
        thumbnails: list[Thumbnail] = []
        thread = _start_thread(lambda: thumbnails.extend(cache.get(values)))
        is_waiting = self.waiting is not None and self.waiting.is_alive()  # for a slow host, at each key anew
        thread.join(_SHORT_WAIT_SECONDS if is_waiting else _MAX_WAIT_SECONDS)
        if not thread.is_alive():
            return thumbnails or cache.get(values)
        self.waiting = _start_thread(lambda: self._notify_when_done(thread))
        return cache.get_cached(values)

    def _notify_when_done(self, thread: threading.Thread) -> None:
        thread.join()
        self._on_ready()


def _prefetch(
    cache: ThumbnailCache, values: Sequence[Any], is_wanted: Callable[[], bool], batch: int
) -> threading.Thread:
    def make_all() -> None:
        for start in range(0, len(values), batch):
            # The user may have moved to another page, or the interpreter may be exiting.
            if not is_wanted() or not threading.main_thread().is_alive():
                return
            cache.get(values[start : start + batch])

    return _start_thread(make_all)


def _start_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
