"""The window in which a service counts requests, as the headers of its answers and our own requests show it."""

from __future__ import annotations

import math
from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING

from jsdf.runner.limits.service_clock import WINDOW

if TYPE_CHECKING:
    from jsdf.engines.base import RateLimitInfo

#: Seconds. A window ends within this time; if the header says later, the clocks differ.
MAX_UNTIL_END = 2.0
#: Seconds for which requests of another client are assumed to go on.
SHARED_SECONDS = 10.0
#: Seconds by which a request may overtake another one on its way.
OVERTAKING = 0.03


class ServiceWindow:
    """Counts our requests, and derives how many more the service accepts now.

    Answers overtake each other. The headers that count are those of the request that the service received last: those
    with the latest reset and, of these, with the fewest requests left, whether the window slides or not. Each request
    that has a slot and no answer may have been received since then, so it is subtracted. What remains is a lower bound,
    as long as no other client uses the key. All times are passed in, in monotonic seconds.

    Attributes:
        end: Time at which the window ends; minus infinity if the headers do not say it, or the clocks differ.
    """

    def __init__(self) -> None:
        self.end = -math.inf
        self._sent = 0
        self._sent_at: deque[float] = deque(maxlen=4096)
        self._unsent = 0  # slots that were given, and whose requests were not sent yet
        self._in_flight: dict[int, float] = {}  # time of sending by number
        self._ended_without_headers: deque[float] = deque(maxlen=4096)
        self._latest, self._received, self._is_trusted = (-math.inf, 0.0), -math.inf, False
        self._limit = self._left = 0.0
        self._empty_after = math.inf  # seconds after the end at which a request has found an empty window
        self._shared_until = -math.inf

    def give_slot(self) -> None:
        """Count a slot whose request will be sent."""
        self._unsent += 1

    def take_slot_back(self) -> None:
        """Count a slot as no longer waiting for its request."""
        self._unsent = max(0, self._unsent - 1)

    def send(self, now: float) -> int:
        """Count a request that is sent in its slot, and return its number."""
        self.take_slot_back()
        self._sent += 1
        self._in_flight[self._sent] = now
        self._sent_at.append(now)
        return self._sent

    def sending_time(self, number: int, now: float) -> float:
        """Return the time at which a request in flight was sent; `now` for any other."""
        return self._in_flight.get(number, now)

    def end_request(self, number: int, now: float) -> None:
        """Count a request that has ended without headers; the service may have counted it."""
        if self._in_flight.pop(number, None) is not None:
            self._ended_without_headers.append(now)

    def read_headers(self, info: RateLimitInfo, number: int, now: float, until_end: float | None) -> None:
        """Take the headers of the answer to a request.

        Args:
            info: The headers; without limit or remaining, they are not used.
            number: The number of the request.
            now: The time.
            until_end: Seconds until the end of the window; None if unknown.
        """
        sent_at = self._in_flight.pop(number, now)
        while self._ended_without_headers and self._ended_without_headers[0] <= sent_at:
            self._ended_without_headers.popleft()  # received before this one, whose headers count them
        if info.limit is None or info.remaining is None:
            return
        used = info.limit - info.remaining
        if used > self._count_sent_since(sent_at - 1.1 * WINDOW):
            self._shared_until = now + SHARED_SECONDS
        reset = -math.inf if info.reset is None else info.reset
        if sent_at >= self.end > -math.inf:
            self._learn_if_empty(used, sent_at, is_next=reset > self._latest[0])
        if now < self._received + WINDOW and (reset, used) < self._latest:
            return
        self._latest, self._received, self._is_trusted = (reset, used), now, True
        self._limit, self._left = info.limit, min(info.remaining, info.limit)
        self.end = now + until_end if until_end is not None and 0 < until_end <= MAX_UNTIL_END else -math.inf

    def _learn_if_empty(self, used: float, sent_at: float, *, is_next: bool) -> None:
        """Learn if windows begin empty, from the first request after the end of one; a sliding window never does."""
        is_empty = used <= self._count_sent_since(self.end) < self._count_sent_since(sent_at - 0.9 * WINDOW)
        self._empty_after = min(self._empty_after, sent_at - self.end) if is_next and is_empty else math.inf

    def _count_sent_since(self, time: float) -> int:
        return sum(1 for _ in takewhile(lambda at: at >= time, reversed(self._sent_at)))

    def forget(self) -> None:
        """Forget what the headers said, until those of a later request come."""
        self._is_trusted, self._empty_after = False, math.inf

    def left(self, now: float) -> int:
        """Return the number of requests that the service accepts at once; 0 if it is not known."""
        if not self._is_known(now):
            return 0
        # The next window is begun as late as the request that has found one empty, and a little later.
        left = self._limit if now >= self.end + self._empty_after + OVERTAKING else self._left
        return max(0, int(left) - len(self._in_flight) - self._unsent - len(self._ended_without_headers))

    def earliest(self, now: float) -> float:
        """Return the time of the next request while none is left; minus infinity if nothing is known.

        Nothing is sent before the window ends. One request finds out if the next window begins empty; until its answer
        comes, there are no more requests in `WINDOW` than a sliding window accepts.
        """
        if not self._is_known(now):
            return -math.inf
        if now < self.end:
            return self.end
        is_first = not self._unsent and self._sent_at and self._sent_at[-1] < self.end
        position = int(self._limit) - self._unsent
        if is_first or not 0 < position <= len(self._sent_at):
            return -math.inf
        return self._sent_at[-position] + WINDOW

    def _is_known(self, now: float) -> bool:
        return self._is_trusted and self._shared_until <= now < self._received + WINDOW
