"""The fake's rate limit, and the headers that tell of it."""

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
    """The three headers; `reset` is unix time in seconds and is sent in milliseconds, as the service does."""
    return {
        "x-jigsaw-rate-limit-limit": str(limit),
        "x-jigsaw-rate-limit-remaining": str(remaining),
        "x-jigsaw-rate-limit-reset": str(math.ceil(reset * 1000)),
    }


class FakeRateLimiter:
    """Lets so many requests through in a window; what it refuses does not count.

    Args:
        rate: Requests a window, None for no limit and no headers.
        window: Its length in seconds.
        sliding: True for "in the last `window` seconds"; False for windows aligned to the clock.
        headers: Whether responses carry the rate headers.
        retry_after: The form of the Retry-After header of a refusal, None for no such header.
        clock: Gives unix time in seconds.
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
        self._passed: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self) -> dict[str, str]:
        """Let one request through and tell the headers of its response.

        Raises:
            Refused: 429, with the headers that go with it.
        """
        if self._rate is None:
            return {}
        with self._lock:
            now = self._clock()
            self._forget(now)
            granted = len(self._passed) < self._rate
            if granted:
                self._passed.append(now)
            remaining, reset = self._rate - len(self._passed), self._reset(now)
        said = rate_limit_headers(self._rate, remaining, reset) if self._headers else {}
        if granted:
            return said
        raise ServiceRefusal(
            429, f"more than {self._rate} requests in {self._window:g} s", said | self._wait(now, reset)
        )

    def _forget(self, now: float) -> None:
        start = now - self._window if self._sliding else self._start(now)
        while self._passed and (self._passed[0] <= start if self._sliding else self._passed[0] < start):
            self._passed.popleft()

    def _start(self, now: float) -> float:
        return math.floor(now / self._window) * self._window

    def _reset(self, now: float) -> float:
        return (self._passed[0] if self._sliding and self._passed else self._start(now)) + self._window

    def _wait(self, now: float, reset: float) -> dict[str, str]:
        if self._retry_after == "seconds":
            return {"retry-after": str(max(1, math.ceil(reset - now)))}
        if self._retry_after == "date":
            return {"retry-after": formatdate(reset, usegmt=True)}
        return {}
