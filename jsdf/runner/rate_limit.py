"""Rate limiter that all requests of an engine share, with a common pause after a 429."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from aiolimiter import AsyncLimiter

from jsdf.engines.base import MAX_RATE_LIMIT, MIN_RATE_LIMIT, Engine, RateLimitInfo
from jsdf.errors import RateLimitError

#: Seconds. Bounds for a pause computed from the reset header, since the service's clock may differ from ours.
MIN_PAUSE, MAX_PAUSE = 0.02, 2.0
#: The fraction of the rate that is used, and the seconds of delay that may be caught up with a burst.
HEADROOM, BURST_SECONDS = 0.99, 0.06
#: Seconds after the last change of the rate before it is raised again.
SPEED_UP_AFTER = 10.0
#: Seconds. A longer Retry-After, such as a proxy may send, is cut to this.
MAX_RETRY_AFTER = 120.0


class RateLimiter:
    """Rate limiter with evenly spaced slots, one per request.

    The slots are spaced evenly because a bucket of `rate` tokens lets nearly twice the rate through in its first
    second. The small bucket only makes up for delays of a busy machine; without it, every delayed slot is lost (46
    instead of 49 of 50 requests per second on two busy cores).

    A 429 does not count as a failure of its request: it pauses all requests until the reset. If each request backed
    off by itself, nearly half the requests of two clients with one key would fail.

    Args:
        rate: Requests per second; None for no limit.
        clock: Returns monotonic seconds.
        wall: Returns Unix time in seconds, for comparison with the reset header.
        sleep: Awaitable sleep for a number of seconds.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._max_rate = rate
        self._clock, self._wall, self._sleep = clock, wall, sleep
        self._resume_at = 0.0
        self._refusals = 0
        self._last_adjusted = 0.0
        self.rate: float | None = None
        self._limiter: AsyncLimiter | None = None
        self._set_rate(rate)

    def _set_rate(self, rate: float | None) -> None:
        if rate != self.rate:
            self.rate = rate
            if rate is not None:
                bucket = max(1.0, rate * BURST_SECONDS)
                self._limiter = AsyncLimiter(bucket, bucket / (rate * HEADROOM))

    def _adjust_rate(self, rate: float) -> None:
        """Lower the rate at once, but raise it rarely, since each new limiter starts with an empty bucket."""
        now = self._clock()
        if self.rate is not None and (rate < self.rate or now - self._last_adjusted > SPEED_UP_AFTER):
            self._last_adjusted = now
            self._set_rate(rate)

    def pause_all(self, seconds: float) -> None:
        """Pause all requests for this many seconds."""
        self._pause(seconds)

    async def acquire(self) -> None:
        """Wait for the next slot, and for any pause that starts in the meantime."""
        while True:
            while (wait := self._resume_at - self._clock()) > 0:
                await self._sleep(wait)
            if self._limiter is not None:
                await self._limiter.acquire()
            if self._resume_at <= self._clock():
                return

    def update_from_headers(self, info: RateLimitInfo) -> None:
        """Adapt to the headers of an accepted request: its limit, and the reset time of an exhausted window."""
        self._refusals = 0
        if info.limit is not None and MIN_RATE_LIMIT <= info.limit <= MAX_RATE_LIMIT and self._max_rate is not None:
            self._adjust_rate(min(self._max_rate, info.limit))
        if info.remaining is not None and info.remaining <= 0 and info.reset is not None:
            wait = info.reset - self._wall()
            # A window lasts about a second, so more than two seconds means that the clocks differ.
            if 0 < wait <= MAX_PAUSE:
                self._pause(wait)

    def back_off(self, refusal: RateLimitError) -> float:
        """Pause all requests after a 429.

        Returns:
            Seconds until the next slot.
        """
        # Another client may be using the same key, or the clocks may differ: each refusal doubles the minimum wait.
        min_wait = min(MAX_PAUSE, MIN_PAUSE * 2.0 ** min(self._refusals, 10))
        self._refusals += 1
        wait = min_wait
        if refusal.retry_after is not None and not math.isnan(refusal.retry_after):
            wait = min(max(refusal.retry_after, min_wait), MAX_RETRY_AFTER)
        elif refusal.reset is not None and not math.isnan(refusal.reset):
            wait = min(max(refusal.reset - self._wall(), min_wait), MAX_PAUSE)
        self._pause(wait)
        return wait

    def _pause(self, seconds: float) -> None:
        self._resume_at = max(self._resume_at, self._clock() + seconds)


_rate_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, float], RateLimiter]] = WeakKeyDictionary()


def shared_rate_limiter(engine: Engine) -> RateLimiter:
    """Return the rate limiter of an engine; concurrent runs share it, since the service counts them together."""
    if engine.rate is None:
        return RateLimiter(None)
    limiters = _rate_limiters.setdefault(asyncio.get_running_loop(), {})
    return limiters.setdefault((engine.identity, engine.rate), RateLimiter(engine.rate))
