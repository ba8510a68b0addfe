"""Log whose lines clients cause: one line a second, so that nobody can fill it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jsdf.utils.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

_log = log.getChild("server")
_INTERVAL_SECONDS = 1.0


class LogThrottle:
    """Log that drops lines which come within a second of the line before, and tells in the next line how many.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next_at, self._dropped = float("-inf"), 0

    def log(self, level: int, message: str, *arguments: object, exc_info: bool = False) -> None:
        """Log a message, as `logging.Logger.log` does, with the traceback of the current exception if asked for."""
        if not _log.isEnabledFor(level):
            return
        now = self._clock()
        if now < self._next_at:
            self._dropped += 1
            return
        more = f" ({self._dropped:,} more lines were left out before this one)" if self._dropped else ""
        _log.log(level, message + more, *arguments, exc_info=exc_info)
        self._next_at, self._dropped = now + _INTERVAL_SECONDS, 0
