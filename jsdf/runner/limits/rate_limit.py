"""Rate limiter that all requests of an engine share: evenly spaced slots, slots known to be free, and common pauses."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from weakref import WeakKeyDictionary

from jsdf.engines.base import Engine
from jsdf.engines.reply import MAX_RATE_LIMIT, MIN_RATE_LIMIT, RateLimitInfo
from jsdf.errors import RateLimitError
from jsdf.runner.limits.service_clock import ServiceClock
from jsdf.runner.limits.service_window import ServiceWindow

T = TypeVar("T")

#: Seconds. Bounds for a pause computed from the reset header, since the service's clock may differ from ours.
MIN_PAUSE, MAX_PAUSE = 0.02, 2.0
#: The fraction of the rate that evenly spaced slots use, and the seconds of delay that may be caught up with a burst.
HEADROOM, BURST_SECONDS = 0.99, 0.06
#: Seconds after the last change of the rate before it is raised again.
SPEED_UP_AFTER = 10.0
#: Seconds. A longer Retry-After, such as a proxy may send, is cut to this.
MAX_RETRY_AFTER = 120.0
#: Requests in a row that are refused before a refusal counts for all.
MAX_SINGLE_REFUSALS = 3


class RateLimiter:
    """Rate limiter with one slot per request.

    Slots are spaced evenly, because a bucket of `rate` tokens lets nearly twice the rate through in its first second.
    They may be caught up for a few hundredths of a second, which makes up for delays of a busy machine. Where the
    headers of an answer say how many requests are left in the window, and all that were used are ours, those that are
    left go out at once; the evenly spaced slots then begin later by as many, and none before the window ends.

    A 429 does not count as a failure of its request: it pauses all requests until the reset. If each request backed
    off by itself, nearly half the requests of two clients with one key would fail. Only where the headers say that
    requests are left, the refusal is that of one request, and no other waits for it.

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
        self.rate = self._max_rate = rate
        self._clock, self._wall, self._sleep = clock, wall, sleep
        self._window, self._service_clock = ServiceWindow(), ServiceClock()
        self._resume_at = 0.0
        self._refusals = 0
        self._last_adjusted = 0.0
        self._next_slot = -math.inf
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def _adjust_rate(self, rate: float) -> None:
        """Lower the rate at once, but raise it rarely."""
        now = self._clock()
        if self.rate is not None and (rate < self.rate or now - self._last_adjusted > SPEED_UP_AFTER):
            self._last_adjusted, self.rate = now, rate

    def pause_all(self, seconds: float) -> None:
        """Pause all requests for this many seconds."""
        self._window.forget()
        self._pause(seconds)

    async def wait(self, seconds: float) -> None:
        """Let one request wait, after a refusal that is its own."""
        await self._sleep(seconds)

    async def acquire(self) -> None:
        """Wait for the next slot, and for any pause that starts in the meantime."""
        while True:
            while (wait := self._resume_at - self._clock()) > 0:
                await self._sleep(wait)
            if self.rate is None:
                self._window.give_slot()
            else:
                await self._next_turn()
            if self._resume_at <= self._clock():
                return
            self._window.take_slot_back()

    async def acquire_for(self, to_send: Callable[[], Awaitable[Sequence[T]]]) -> Sequence[T]:
        """Wait for a slot, then return what is to be sent in it; the slot is given back if that is nothing."""
        await self.acquire()
        items: Sequence[T] = ()
        try:
            items = await to_send()
        finally:
            if not items:
                self.release()
        return items

    def release(self) -> None:
        """Give back a slot whose request is not sent."""
        self._window.take_slot_back()
        if self.rate is not None:
            self._next_slot -= 1 / (self.rate * HEADROOM)
            self._give_turns()

    def count_sent(self) -> int:
        """Count a request that is sent now, in its slot, and return its number."""
        return self._window.send(self._clock())

    def count_ended(self, number: int, error: BaseException | None = None) -> None:
        """Count a request that has ended without an answer, or with one that has no headers.

        Args:
            number: The number of the request.
            error: The error with which it has ended.
        """
        if isinstance(error, RateLimitError):
            self._observe(error.reset, number)
        self._window.end_request(number, self._clock())

    def _observe(self, reset: float | None, number: int) -> None:
        if reset is not None and math.isfinite(reset):
            now = self._clock()
            self._service_clock.observe(reset, self._window.sending_time(number, now), now)

    def _until(self, reset: float | None) -> float | None:
        if reset is None or not math.isfinite(reset):
            return None
        return self._service_clock.until(reset, self._clock(), self._wall())

    async def _next_turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._give_turns()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot goes to the next one
                self.release()
            raise

    def _give_turns(self) -> None:
        """Give slots to those who wait, in order, as long as there are any; and set the timer for the next one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self._clock()
            if self._waiting[0].done():  # cancelled
                self._waiting.popleft()
                continue
            at = self._time_of_next_turn(now)
            if at > now:
                self._timer = asyncio.get_running_loop().call_later(at - now, self._give_turns)
                return
            if self.rate is not None:
                slot = max(self._next_slot, now - BURST_SECONDS) + 1 / (self.rate * HEADROOM)
                self._next_slot = min(slot, self._window.end) if now < self._window.end else slot
            self._window.give_slot()
            self._waiting.popleft().set_result(None)

    def _time_of_next_turn(self, now: float) -> float:
        is_left = self._window.left(now) > 0
        return now if is_left else max(self._next_slot, self._window.earliest(now))

    def update_from_headers(self, info: RateLimitInfo, number: int | None = None) -> None:
        """Adapt to the headers of an accepted request: its limit, what is left, the reset of an exhausted window.

        Args:
            info: The headers.
            number: The number of the request, as `count_sent` returned it; None if unknown.
        """
        self._refusals = 0
        if info.limit is not None and MIN_RATE_LIMIT <= info.limit <= MAX_RATE_LIMIT and self._max_rate is not None:
            self._adjust_rate(min(self._max_rate, info.limit))
        if number is not None:
            self._observe(info.reset, number)
        until_end = self._until(info.reset)
        if number is not None:
            # A rate below the limit is the user's wish, and is kept by evenly spaced slots alone.
            counts = info.limit is not None and info.limit <= (self._max_rate or 0.0)
            self._window.read_headers(info if counts else RateLimitInfo(), number, self._clock(), until_end)
        # A window lasts about a second, so more than two seconds means that the clocks differ.
        if info.remaining is not None and info.remaining <= 0 and until_end is not None and 0 < until_end <= MAX_PAUSE:
            self._pause(until_end)
        self._give_turns()

    def back_off(self, refusal: RateLimitError) -> tuple[float, bool]:
        """Pause after a 429: all requests, or none but the refused one, where the headers say that requests are left.

        Returns:
            Seconds until the refused request may be sent again, and True if all requests pause.
        """
        # Another client may be using the same key, or the clocks may differ: each refusal doubles the minimum wait.
        min_wait = min(MAX_PAUSE, MIN_PAUSE * 2.0 ** min(self._refusals, 10))
        self._refusals += 1
        reset = self._until(refusal.reset)
        wait = min_wait
        if refusal.retry_after is not None and not math.isnan(refusal.retry_after):
            wait = min(max(refusal.retry_after, min_wait), MAX_RETRY_AFTER)
        elif reset is not None:
            wait = min(max(reset, min_wait), MAX_PAUSE)
        if self._refusals < MAX_SINGLE_REFUSALS and self._has_slots_left(refusal):
            return wait, False
        self._window.forget()
        self._pause(wait)
        return wait, True

    def _has_slots_left(self, refusal: RateLimitError) -> bool:
        """Return True if the headers of the refusal, or else those of the latest answer, say that requests are left."""
        if refusal.remaining is not None:
            return refusal.remaining > 0
        return self._window.left(self._clock()) > 0

    def _pause(self, seconds: float) -> None:
        self._resume_at = max(self._resume_at, self._clock() + seconds)


_rate_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, float], RateLimiter]] = WeakKeyDictionary()


def shared_rate_limiter(engine: Engine) -> RateLimiter:
    """Return the rate limiter of an engine; concurrent runs share it, since the service counts them together."""
    if engine.rate is None:
        return RateLimiter(None)
    limiters = _rate_limiters.setdefault(asyncio.get_running_loop(), {})
    return limiters.setdefault((engine.identity, engine.rate), RateLimiter(engine.rate))
