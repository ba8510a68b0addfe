"""Rate limiter that all requests of an engine share: evenly spaced slots, slots known to be free, and common pauses."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from itertools import takewhile
from weakref import WeakKeyDictionary

from jsdf.engines.base import Engine
from jsdf.engines.reply import MAX_RATE_LIMIT, MIN_RATE_LIMIT, RateLimitInfo
from jsdf.errors import RateLimitError

#: Seconds. Bounds for a pause computed from the reset header, since the service's clock may differ from ours.
MIN_PAUSE, MAX_PAUSE = 0.02, 2.0
#: The fraction of the rate that evenly spaced slots use, and the seconds of delay that may be caught up with a burst.
HEADROOM, BURST_SECONDS = 0.99, 0.06
#: Seconds after the last change of the rate before it is raised again.
SPEED_UP_AFTER = 10.0
#: Seconds. A longer Retry-After, such as a proxy may send, is cut to this.
MAX_RETRY_AFTER = 120.0
#: Seconds: the length of the service's window, and the time for which slots are evenly spaced after the headers have
#: shown requests of another client.
WINDOW, SHARED_SECONDS = 1.0, 10.0
#: Requests in a row that are refused before a refusal counts for all.
MAX_SINGLE_REFUSALS = 3


class RateLimiter:
    """Rate limiter with one slot per request.

    Slots are spaced evenly, because a bucket of `rate` tokens lets nearly twice the rate through in its first second.
    They may be caught up for a few hundredths of a second, which makes up for delays of a busy machine. Where the
    headers of an answer say how many requests are left in the window, and all that were used are ours, those that are
    left go out at once; the evenly spaced slots then begin later by as many.

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
        self._resume_at = 0.0
        self._refusals = 0
        self._last_adjusted = 0.0
        self._next_slot = -math.inf
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._free, self._free_until = 0, -math.inf  # slots that the headers say are left
        self._window_end = -math.inf
        self._shared_until = -math.inf
        self._unsent = 0  # slots that were given, and whose requests were not sent yet
        self._sent = self._unanswered = 0
        self._sent_at: deque[float] = deque(maxlen=4096)

    def _adjust_rate(self, rate: float) -> None:
        """Lower the rate at once, but raise it rarely."""
        now = self._clock()
        if self.rate is not None and (rate < self.rate or now - self._last_adjusted > SPEED_UP_AFTER):
            self._last_adjusted, self.rate = now, rate

    def pause_all(self, seconds: float) -> None:
        """Pause all requests for this many seconds."""
        self._pause(seconds)

    async def wait(self, seconds: float) -> None:
        """Let one request wait, after a refusal that is its own."""
        await self._sleep(seconds)

    async def acquire(self) -> None:
        """Wait for the next slot, and for any pause that starts in the meantime."""
        while True:
            while (wait := self._resume_at - self._clock()) > 0:
                await self._sleep(wait)
            if self.rate is not None:
                await self._next_turn()
            if self._resume_at <= self._clock():
                self._unsent += 1
                return

    def release(self) -> None:
        """Give back a slot whose request is not sent."""
        self._unsent = max(0, self._unsent - 1)

    def count_sent(self) -> int:
        """Count a request that is sent now, in its slot, and return its number."""
        self.release()
        self._sent += 1
        self._unanswered += 1
        self._sent_at.append(self._clock())
        return self._sent

    def count_ended(self) -> None:
        """Count a request that has ended, with or without an answer; before its headers are passed on."""
        self._unanswered -= 1

    async def _next_turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._give_turns()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot goes to the next one
                self._free += 1
                self._give_turns()
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
            is_free = self._free > 0 and now < self._free_until
            if not is_free and self._next_slot > now:
                self._timer = asyncio.get_running_loop().call_later(self._next_slot - now, self._give_turns)
                return
            self._free -= is_free
            if self.rate is not None:
                slot = max(self._next_slot, now - BURST_SECONDS) + 1 / (self.rate * HEADROOM)
                self._next_slot = min(slot, self._window_end) if now < self._window_end else slot
            self._waiting.popleft().set_result(None)

    def update_from_headers(self, info: RateLimitInfo, number: int | None = None) -> None:
        """Adapt to the headers of an accepted request: its limit, what is left, the reset of an exhausted window.

        Args:
            info: The headers.
            number: The number of the request, as `count_sent` returned it; None if unknown.
        """
        self._refusals = 0
        if info.limit is not None and MIN_RATE_LIMIT <= info.limit <= MAX_RATE_LIMIT and self._max_rate is not None:
            self._adjust_rate(min(self._max_rate, info.limit))
        if info.remaining is None:
            return
        wait = 0.0 if info.reset is None else info.reset - self._wall()
        # A window lasts about a second, so more than two seconds means that the clocks differ.
        is_known = 0 < wait <= MAX_PAUSE
        # A rate below the limit is the user's wish, and is kept by evenly spaced slots alone.
        limit = info.limit if info.limit is not None and info.limit <= (self._max_rate or 0.0) else None
        self._window_end = self._clock() + wait if is_known and limit is not None else -math.inf
        if info.remaining <= 0 and is_known:
            self._pause(wait)
        elif number is not None and limit is not None:
            self._use_what_is_left(limit, info.remaining, number)

    def _use_what_is_left(self, limit: float, remaining: float, number: int) -> None:
        now = self._clock()
        later = self._sent - number  # requests sent after this one, which the headers do not count
        sent_at = self._sent_at[-1 - later] if later < len(self._sent_at) else now
        ours = sum(1 for _ in takewhile(lambda at: at >= sent_at - 1.1 * WINDOW, reversed(self._sent_at)))
        if limit - remaining > ours:
            self._shared_until = now + SHARED_SECONDS
        # Requests on new connections may arrive later than those sent after them: unanswered, they are not counted yet.
        left = int(min(remaining, limit)) - max(later, self._unanswered) - self._unsent
        self._free, self._free_until = left if now >= self._shared_until else 0, now + WINDOW
        self._give_turns()

    def back_off(self, refusal: RateLimitError) -> tuple[float, bool]:
        """Pause after a 429: all requests, or none but the refused one, where the headers say that requests are left.

        Returns:
            Seconds until the refused request may be sent again, and True if all requests pause.
        """
        # Another client may be using the same key, or the clocks may differ: each refusal doubles the minimum wait.
        min_wait = min(MAX_PAUSE, MIN_PAUSE * 2.0 ** min(self._refusals, 10))
        self._refusals += 1
        reset = None if refusal.reset is None or math.isnan(refusal.reset) else refusal.reset - self._wall()
        wait = min_wait
        if refusal.retry_after is not None and not math.isnan(refusal.retry_after):
            wait = min(max(refusal.retry_after, min_wait), MAX_RETRY_AFTER)
        elif reset is not None:
            wait = min(max(reset, min_wait), MAX_PAUSE)
        if self._refusals < MAX_SINGLE_REFUSALS and self._has_slots_left(refusal):
            return wait, False
        self._pause(wait)
        return wait, True

    def _has_slots_left(self, refusal: RateLimitError) -> bool:
        """Return True if the headers of the refusal, or else those of the latest answer, say that requests are left."""
        if refusal.remaining is not None:
            return refusal.remaining > 0
        return self._free > 0 and self._clock() < self._free_until

    def _pause(self, seconds: float) -> None:
        self._resume_at = max(self._resume_at, self._clock() + seconds)
        self._free = 0


_rate_limiters: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, float], RateLimiter]] = WeakKeyDictionary()


def shared_rate_limiter(engine: Engine) -> RateLimiter:
    """Return the rate limiter of an engine; concurrent runs share it, since the service counts them together."""
    if engine.rate is None:
        return RateLimiter(None)
    limiters = _rate_limiters.setdefault(asyncio.get_running_loop(), {})
    return limiters.setdefault((engine.identity, engine.rate), RateLimiter(engine.rate))
