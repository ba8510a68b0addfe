"""The latest pictures with their labels, small, made beside the run and never in its way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from jsdf.formatting.text import escape_html

Latest = Sequence[tuple[Any, str]]

_SIZE = 64  # pixels of the longer side
_PAUSE = 0.5  # seconds between two looks at least
_SHARE = 4  # and so many times what the last one took: at most a fifth of a core goes to pictures
#: Seconds that the end of a run waits for the last pictures.
_PATIENCE = 0.5


class ThumbnailStrip:
    """Turns the latest values into small pictures on a thread; what comes while it is busy is skipped.

    Args:
        make: Values -> `jsdf.display.thumbs.Thumbnail`s; None for a `ThumbnailCache` of its own.
        clock: Monotonic seconds.
    """

    def __init__(
        self, make: Callable[[list[Any]], list[Any]] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        #: HTML of the pictures that are ready, a piece each.
        self.pictures: list[str] = []
        self._make, self._clock = make, clock
        self._seen: Latest = ()
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def update(self, latest: Latest) -> None:
        """Begin with these, unless others are under way or they are the ones that are shown."""
        busy = self._thread is not None and self._thread.is_alive()
        if latest and not busy and self._clock() >= self._not_before and not self._same(latest):
            self._begin(latest)

    def finish(self, latest: Latest) -> None:
        """Show these if that is a matter of half a second."""
        end = self._clock() + _PATIENCE
        self._wait(end)
        busy = self._thread is not None and self._thread.is_alive()
        if latest and not busy and not self._same(latest):
            self._begin(latest)
            self._wait(end)

    def html(self) -> str:
        """The pictures in a row; nothing where there are none."""
        return f'<div class="jsdf-strip">{"".join(self.pictures)}</div>' if self.pictures else ""

    def _same(self, latest: Latest) -> bool:
        return len(latest) == len(self._seen) and all(a is b for a, b in zip(latest, self._seen, strict=True))

    def _begin(self, latest: Latest) -> None:
        self._seen = latest
        self._thread = threading.Thread(target=self._work, args=(latest,), name="jsdf-strip", daemon=True)
        self._thread.start()

    def _wait(self, end: float) -> None:
        if self._thread is not None:
            self._thread.join(max(0.0, end - self._clock()))

    def _work(self, latest: Latest) -> None:
        began = self._clock()
        try:
            if self._make is None:
                self._make = _maker()
            thumbs = self._make([value for value, _ in latest])
            self.pictures = [
                _picture(thumb.uri, label) for thumb, (_, label) in zip(thumbs, latest, strict=True) if thumb.uri
            ]
        except Exception:  # noqa: BLE001 - a run is not to suffer from what only decorates it
            self.pictures = []
        now = self._clock()
        self._not_before = now + max(_PAUSE, _SHARE * (now - began))


def _maker() -> Callable[[list[Any]], list[Any]]:
    from jsdf.images.thumbnails import ThumbnailCache

    return ThumbnailCache(_SIZE, keep=64).get


def _picture(uri: str, label: str) -> str:
    shown = escape_html(label, 60)
    return (
        f'<figure><img src="{escape_html(uri, len(uri))}" alt="a picture labelled {shown}">'
        f'<figcaption title="{shown}">{shown}</figcaption></figure>'
    )
