"""Rate limiter of the server, and its response headers."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from jsdf.server.errors import RequestRejected

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER_PREFIX = "x-jigsaw-rate-limit-"


class FixedWindowRateLimiter:
    """Rate limiter that admits a number of requests in each second of the clock; rejected requests do not count.

    Args:
        rate: Requests a second, 0 for no limit and no headers.
        clock: Returns unix time in seconds.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.time) -> None:
        self._rate, self._clock = rate, clock
        self._second, self._admitted = 0, 0

    def acquire(self) -> None:
        """Admit one request.

        Raises:
            RequestRejected: 429 where the limit is reached.
        """
        self._update_window()
        if self._rate and self._admitted >= self._rate:
            raise RequestRejected(
                429, f"more than {self._rate} requests in this second; retry in the next", {"retry-after": "1"}
            )
        self._admitted += 1

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the three headers of a response that is sent now; the reset is unix time in milliseconds."""
        if not self._rate:
            return []
        self._update_window()
        values = {"limit": self._rate, "remaining": self._rate - self._admitted, "reset": (self._second + 1) * 1000}
        return [((HEADER_PREFIX + name).encode(), str(value).encode()) for name, value in values.items()]

    def _update_window(self) -> None:
        second = math.floor(self._clock())
        if second != self._second:
            self._second, self._admitted = second, 0
