"""Rate limiter of the fake, and its response headers."""

from __future__ import annotations

import math
import threading
from collections import deque
from email.utils import formatdate
from typing import TYPE_CHECKING, Literal, TypeAlias

from jsdf.testing.messages import ServiceRefusal

if TYPE_CHECKING:
    from collections.abc import Callable

RetryAfter: TypeAlias = "Literal['seconds', 'date'] | None"


def rate_limit_headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    """Return the three rate headers.

    Args:
        limit: Requests a window.
        remaining: Requests left in this window.
        reset: The end of the window, as unix time in seconds; it is sent in milliseconds, as the service does.
    """
    return {
        "x-jigsaw-rate-limit-limit": str(limit),
        "x-jigsaw-rate-limit-remaining": str(remaining),
        "x-jigsaw-rate-limit-reset": str(math.ceil(reset * 1000)),
    }


class FakeRateLimiter:
    """Rate limiter with a fixed or sliding window; refused requests do not count.

    Args:
        rate: Requests a window, None for no limit and no headers.
        window: The length of the window in seconds.
        sliding: True for a sliding window of the last `window` seconds; False for windows aligned to the clock.
        headers: True if responses carry the rate headers.
        retry_after: The format of the Retry-After header of a 429, None for no such header.
        clock: Returns unix time in seconds.
    """

    def __init__(
        self,
        rate: int | None,
        window: float,
        sliding: bool,
        headers: bool,
        retry_after: RetryAfter,
        clock: Callable[[], float],
    ) -> None:
        self._rate = rate
        self._window = window
        self._sliding = sliding
        self._headers = headers
        self._retry_after = retry_after
        self._clock = clock
        self._admitted: deque[float] = deque()  # arrival times
        self._lock = threading.Lock()

    def take(self) -> dict[str, str]:
        """Admit one request and return the rate headers of its response.

        Raises:
            ServiceRefusal: 429, with the rate headers and the Retry-After header.
        """
        if self._rate is None:
            return {}
        with self._lock:
            now = self._clock()
            self._drop_expired(now)
            is_admitted = len(self._admitted) < self._rate
            if is_admitted:
                self._admitted.append(now)
            remaining, reset = self._rate - len(self._admitted), self._window_end(now)
        headers = rate_limit_headers(self._rate, remaining, reset) if self._headers else {}
        if is_admitted:
            return headers
        raise ServiceRefusal(
            429,
            f"more than {self._rate} requests in {self._window:g} s",
            headers | self._retry_after_header(now, reset),
        )

    def _drop_expired(self, now: float) -> None:
        start = now - self._window if self._sliding else self._window_start(now)
        while self._admitted and (self._admitted[0] <= start if self._sliding else self._admitted[0] < start):
            self._admitted.popleft()

    def _window_start(self, now: float) -> float:
        return math.floor(now / self._window) * self._window

    def _window_end(self, now: float) -> float:
        start = self._admitted[0] if self._sliding and self._admitted else self._window_start(now)
        return start + self._window

    def _retry_after_header(self, now: float, reset: float) -> dict[str, str]:
        if self._retry_after == "seconds":
            return {"retry-after": str(max(1, math.ceil(reset - now)))}
        if self._retry_after == "date":
            return {"retry-after": formatdate(reset, usegmt=True)}
        return {}
