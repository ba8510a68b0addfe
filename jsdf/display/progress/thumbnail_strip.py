"""Strip of the latest images with their labels, made on a separate thread that never delays the run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from jsdf.formatting.text import one_line

#: Pairs of a value and its label.
LatestSamples = Sequence[tuple[Any, str]]

_SIZE = 64  # pixels of the longer side
_MIN_PAUSE = 0.5  # seconds between two batches of thumbnails
_PAUSE_FACTOR = 4  # a pause is at least this many times the last batch's time: at most a fifth of a core is used


class ThumbnailStrip:
    """Makes thumbnails of the latest values on a thread; values that arrive while it is busy are skipped.

    Args:
        make: Values -> `jsdf.images.thumbnails.Thumbnail`s; None for a `ThumbnailCache` of its own.
        clock: Monotonic seconds.

    Attributes:
        pictures: Pairs of a `data:` URI and a label, for each thumbnail that is ready.
    """

    def __init__(
        self, make: Callable[[list[Any]], list[Any]] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pictures: list[tuple[str, str]] = []
        self._make, self._clock = make, clock
        self._latest: LatestSamples = ()
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def update(self, latest: LatestSamples) -> None:
        """Start to make thumbnails of these values, unless the thread is busy, pausing, or has made them already."""
        if latest and not self._is_busy and self._clock() >= self._not_before and not self._is_current(latest):
            self._start(latest)

    @property
    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _is_current(self, latest: LatestSamples) -> bool:
        return len(latest) == len(self._latest) and all(a is b for a, b in zip(latest, self._latest, strict=True))

    def _start(self, latest: LatestSamples) -> None:
        self._latest = latest
        self._thread = threading.Thread(target=self._make_pictures, args=(latest,), name="jsdf-strip", daemon=True)
        self._thread.start()

    def _make_pictures(self, latest: LatestSamples) -> None:
        start = self._clock()
        try:
            if self._make is None:
                self._make = _default_maker()
            thumbs = self._make([value for value, _ in latest])
            named = zip(thumbs, latest, strict=True)
            self.pictures = [(thumb.uri, one_line(label, 60)) for thumb, (_, label) in named if thumb.uri]
        except Exception:  # noqa: BLE001 - a decoration must never fail the run
            self.pictures = []
        now = self._clock()
        self._not_before = now + max(_MIN_PAUSE, _PAUSE_FACTOR * (now - start))


def _default_maker() -> Callable[[list[Any]], list[Any]]:
    from jsdf.images.thumbnails import ThumbnailCache

    return ThumbnailCache(_SIZE, keep=64).get
