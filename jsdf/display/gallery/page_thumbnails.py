"""The pictures of a gallery's pages: this one's, soon; the next one's, ahead; and a slow host's, when they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from jsdf.images.thumbnails import MAX_SIZE, Thumbnail, ThumbnailCache

#: Seconds that a page waits for its pictures before it is shown without those that are not there yet.
_PATIENCE = 1.5
#: Pictures of the next page that are made before a look whether it still is the next one.
_CONCURRENCY = 4


class PageThumbnails:
    """Makes and keeps the pictures of a gallery.

    Args:
        size: Pixels of the longer side.
        arrived: Called on a thread when pictures that a page did not wait for are there.

    Attributes:
        waiting: The thread that waits for them; None where none does.
    """

    def __init__(self, size: int, arrived: Callable[[], None]) -> None:
        self._small, self._large = ThumbnailCache(size), ThumbnailCache(MAX_SIZE, keep=60)
        self._on_ready = arrived
        self.waiting: threading.Thread | None = None

    def get(self, values: Sequence[Any], *, wait: bool = False) -> list[Thumbnail]:
        """The pictures of these values; what does not come soon is a `Thumbnail` that says so, unless `wait` is set."""
        if wait:
            return self._small.get(values)
        found: list[Thumbnail] = []
        thread = _thread(lambda: found.extend(self._small.get(values)))
        thread.join(_PATIENCE)
        if not thread.is_alive():
            return found or self._small.get(values)
        self.waiting = _thread(lambda: self._notify_when_done(thread))
        return self._small.get_cached(values)

    def _notify_when_done(self, thread: threading.Thread) -> None:
        thread.join()
        self._on_ready()

    def large(self, value: Any) -> Thumbnail:
        """A picture of 256 pixels."""
        return self._large.get([value])[0]

    def prefetch(self, values: Sequence[Any], wanted: Callable[[], bool]) -> threading.Thread:
        """Make these pictures on a thread, which is returned, for as long as they are wanted."""

        def work() -> None:
            for start in range(0, len(values), _CONCURRENCY):
                if not wanted() or not threading.main_thread().is_alive():  # somebody has gone elsewhere, or home
                    return
                self._small.get(values[start : start + _CONCURRENCY])

        return _thread(work)


def _thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
