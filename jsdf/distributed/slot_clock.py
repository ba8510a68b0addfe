"""Clock that gives out the request slots of a cluster, evenly spaced; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM, MAX_RETRY_AFTER

if TYPE_CHECKING:
    from jsdf.engines.base import Engine


@dataclass(frozen=True)
class SlotClock:
    """State of a clock.

    Attributes:
        next_slot: Time of the next slot, in monotonic seconds of whoever keeps the clock.
    """

    next_slot: float = float("-inf")

    def lease(self, slots: int, rate: float, now: float) -> tuple[SlotClock, float, float]:
        """Give out the next slots.

        A clock that was not asked in time catches up with a burst of `BURST_SECONDS`, as the limiter of a process does.

        Args:
            slots: Number of slots.
            rate: Slots per second.
            now: The time.

        Returns:
            The new state; the seconds until the first slot, less than 0 for one that is due; and the seconds from one
            slot to the next.
        """
        interval = 1 / (rate * HEADROOM)
        first = max(self._checked_next(now), now - BURST_SECONDS)
        return SlotClock(first + slots * interval), first - now, interval

    def pause(self, seconds: float, now: float) -> SlotClock:
        """Return the state of a clock that gives out no slot for this many seconds."""
        return SlotClock(max(self._checked_next(now), now + min(seconds, MAX_RETRY_AFTER)))

    def _checked_next(self, now: float) -> float:
        """Return the time of the next slot; that of another boot of the machine counts as none."""
        return self.next_slot if self.next_slot <= now + 2 * MAX_RETRY_AFTER else now


def clock_name(engine: Engine) -> str:
    """Return the name of the clock of an engine's service."""
    return blake2b(engine.identity.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
