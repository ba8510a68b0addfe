"""When to stop asking: every first request fails alike, or nobody is there."""

from __future__ import annotations

from collections import Counter

#: How many distinct batches must fail alike. Five fail together by chance alone where one row in 20 is bad
#: (a third of such runs), which is why refused batches are followed down to single samples first.
FAILURE_THRESHOLD = 5


class CircuitBreaker:
    """Counts failures until the first success, and narrows the run meanwhile."""

    def __init__(self) -> None:
        self.has_succeeded = False
        self._together: Counter[object] = Counter()
        self._alone: Counter[object] = Counter()
        self._unreached = 0

    def max_in_flight(self, full: int) -> int:
        """How many requests may be in flight: few until the first success, one while in doubt."""
        if self.has_succeeded:
            return full
        return (
            1 if self._together and max(self._together.values()) >= FAILURE_THRESHOLD else min(full, FAILURE_THRESHOLD)
        )

    def record_success(self) -> None:
        """A request was answered: labels and key are right, the service is there."""
        self.has_succeeded = True

    def record_refusal(self, kind: object, *, alone: bool) -> bool:
        """A request failed for what it holds.

        Args:
            kind: What makes two failures alike, such as the HTTP status.
            alone: True where a single sample failed for good.

        Returns:
            True when it is time to stop: enough single samples failed alike, and nothing ever succeeded.
        """
        (self._alone if alone else self._together)[kind] += 1
        return not self.has_succeeded and self._alone[kind] >= FAILURE_THRESHOLD

    def record_unreachable(self) -> bool:
        """A batch could not be delivered after all its tries.

        Returns:
            True when it is time to stop: enough of them, and none was ever delivered.
        """
        self._unreached += 1
        return not self.has_succeeded and self._unreached >= FAILURE_THRESHOLD
