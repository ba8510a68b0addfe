"""Rate limiter of the server, and its response headers."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import TYPE_CHECKING

from jsdf.server.errors import RequestRejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsdf.server.admission.clients import Client

HEADER_PREFIX = "x-jigsaw-rate-limit-"


class FixedWindowRateLimiter:
    """Rate limiter that admits a number of requests of each client in each second of the clock.

    Rejected requests do not count.

    Args:
        rate: Requests a second, 0 for no limit and no headers.
        clock: Returns unix time in seconds.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.time) -> None:
        self._rate, self._clock = rate, clock
        self._second = 0
        self._admitted: Counter[Client] = Counter()

    def acquire(self, client: Client) -> None:
        """Admit one request.

        Raises:
            RequestRejected: 429 where the client has reached the limit.
        """
        if not self._rate:
            return
        self._update_window()
        if self._admitted[client] >= self._rate:
            raise RequestRejected(
                429, f"more than {self._rate} requests in this second; retry in the next", {"retry-after": "1"}
            )
        self._admitted[client] += 1

    def headers(self, client: Client) -> list[tuple[bytes, bytes]]:
        """Return the three headers of a response that is sent now; the reset is unix time in milliseconds."""
        if not self._rate:
            return []
        self._update_window()
        remaining = self._rate - self._admitted[client]
        values = {"limit": self._rate, "remaining": remaining, "reset": (self._second + 1) * 1000}
        return [((HEADER_PREFIX + name).encode(), str(value).encode()) for name, value in values.items()]

    def _update_window(self) -> None:
        second = math.floor(self._clock())
        if second != self._second:
            self._second = second
            self._admitted.clear()
