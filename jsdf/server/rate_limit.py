"""The rate limit, and the headers that tell of it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from jsdf.server.errors import RequestRejected

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER_PREFIX = "x-jigsaw-rate-limit-"


class FixedWindowRateLimiter:
    """Lets so many requests through in each second of the clock; what it refuses does not count.

    Args:
        rate: Requests a second, 0 for no limit and no headers.
        clock: Gives unix time in seconds.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.time) -> None:
        self._rate, self._clock = rate, clock
        self._second, self._passed = 0, 0

    def acquire(self) -> None:
        """Let one request through.

        Raises:
            Refused: 429.
        """
        self._look()
        if self._rate and self._passed >= self._rate:
            raise RequestRejected(
                429, f"more than {self._rate} requests in this second; wait for the next", {"retry-after": "1"}
            )
        self._passed += 1

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The three headers of a response that leaves now; the reset is in milliseconds."""
        if not self._rate:
            return []
        self._look()
        said = {"limit": self._rate, "remaining": self._rate - self._passed, "reset": (self._second + 1) * 1000}
        return [((HEADER_PREFIX + name).encode(), str(value).encode()) for name, value in said.items()]

    def _look(self) -> None:
        second = math.floor(self._clock())
        if second != self._second:
            self._second, self._passed = second, 0
