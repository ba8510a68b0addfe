"""When the next request may leave: the rate, and the pause that everybody shares."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from aiolimiter import AsyncLimiter

from jsdf.engines.base import Engine, RateLimitInfo
from jsdf.errors import RateLimitError

#: Seconds. The reset header is by the service's clock, so a wait taken from it is never believed whole.
MIN_PAUSE, MAX_PAUSE = 0.02, 2.0
#: The share of the rate that is used, and the seconds of lateness that are made up for.
HEADROOM, BURST_SECONDS = 0.99, 0.06
#: Seconds after the last change of the rate before it is raised again.
SPEED_UP_AFTER = 10.0
#: Seconds. A proxy's Retry-After is obeyed up to here.
MAX_RETRY_AFTER = 120.0


class RateLimiter:
    """Gives out slots, one a request.

    One slot after the other rather than a bucket of `rate`, which lets nearly twice the rate through in
    its first second. The bucket only holds what a busy machine may be late by; without it, every late
    slot is lost for good (46 instead of 49 of 50 requests a second on two busy cores). A 429 is no failure
    of its request: it pauses all of them until the reset, since backing off one by one fails nearly half
    the requests of two clients on one key.

    Args:
        rate: Requests a second, None for no limit.
        clock: Monotonic seconds.
        wall: Unix time in seconds, which the reset header is compared with.
        sleep: Waits for so many seconds.
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
        self._resume = 0.0
        self._refusals = 0
        self._followed = 0.0
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
        """Slow down at once, speed up seldom: each new limiter begins with an empty bucket."""
        now = self._clock()
        if self.rate is not None and (rate < self.rate or now - self._followed > SPEED_UP_AFTER):
            self._followed = now
            self._set_rate(rate)

    def pause_all(self, seconds: float) -> None:
        """Nobody sends for so long."""
        self._pause(seconds)

    async def acquire(self) -> None:
        """Wait for the next slot; a pause that begins meanwhile is waited for too."""
        while True:
            while (wait := self._resume - self._clock()) > 0:
                await self._sleep(wait)
            if self._limiter is not None:
                await self._limiter.acquire()
            if self._resume <= self._clock():
                return

    def update_from_headers(self, pace: RateLimitInfo) -> None:
        """Go by the headers of an accepted request: its limit, and the end of an exhausted window."""
        self._refusals = 0
        if pace.limit is not None and pace.limit > 0 and self._max_rate is not None:
            self._adjust_rate(min(self._max_rate, pace.limit))
        if pace.remaining is not None and pace.remaining <= 0 and pace.reset is not None:
            wait = pace.reset - self._wall()
            # A window lasts about a second; more than two means that the two clocks disagree.
            if 0 < wait <= MAX_PAUSE:
                self._pause(wait)

    def back_off(self, refusal: RateLimitError) -> float:
        """Hold everybody back after a 429.

        Returns:
            The seconds until the next slot.
        """
        # Somebody else may be using the key up, or the clocks may disagree: each refusal doubles the least wait.
        shortest = min(MAX_PAUSE, MIN_PAUSE * 2.0 ** min(self._refusals, 10))
        self._refusals += 1
        wait = shortest
        if refusal.retry_after is not None:
            wait = min(max(refusal.retry_after, shortest), MAX_RETRY_AFTER)
        elif refusal.reset is not None:
            wait = min(max(refusal.reset - self._wall(), shortest), MAX_PAUSE)
        self._pause(wait)
        return wait

    def _pause(self, seconds: float) -> None:
        self._resume = max(self._resume, self._clock() + seconds)


_rate_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, float], RateLimiter]] = WeakKeyDictionary()


def shared_rate_limiter(engine: Engine) -> RateLimiter:
    """The rate_limiter of an engine: runs at the same time share it, since the service counts them together."""
    if engine.rate is None:
        return RateLimiter(None)
    own = _rate_limiters.setdefault(asyncio.get_running_loop(), {})
    return own.setdefault((engine.identity, engine.rate), RateLimiter(engine.rate))
