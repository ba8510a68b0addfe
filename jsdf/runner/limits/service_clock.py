"""The difference between the clock of a service and ours, as far as the headers of its answers bound it."""

from __future__ import annotations

import math

#: Seconds: the length of the window in which a service counts requests.
WINDOW = 1.0


class ServiceClock:
    """Converts the ends of windows, in Unix time of the service, to our monotonic time.

    Our wall clock may be ahead of the service's, or behind. But a window ends after a request was sent that the service
    has counted in it, and at most `WINDOW` after it has answered.
    """

    def __init__(self) -> None:
        self._lowest, self._highest = -math.inf, math.inf  # of our time minus the service's

    def observe(self, reset: float, sent_at: float, now: float) -> None:
        """Learn from an answer or a refusal that has just come.

        Args:
            reset: The end of its window, in Unix time.
            sent_at: Monotonic time at which the request was sent.
            now: Monotonic time.
        """
        lowest, highest = sent_at - reset, now + WINDOW - reset
        if max(lowest, self._lowest) > min(highest, self._highest):  # a clock was set
            self._lowest, self._highest = lowest, highest
        self._lowest, self._highest = max(lowest, self._lowest), min(highest, self._highest)

    def until(self, reset: float, now: float, wall: float) -> float:
        """Return the seconds until the end of a window.

        Args:
            reset: The end, in Unix time.
            now: Monotonic time.
            wall: Unix time by our clock.
        """
        difference = min(max(now - wall, self._lowest), self._highest)
        return reset + difference - now
