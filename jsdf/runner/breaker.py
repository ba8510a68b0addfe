"""When to stop asking: every first request is refused alike, or nobody answers any more."""

from __future__ import annotations

from collections import Counter

#: How many distinct batches must fail alike. Five fail together by chance alone where one row in 20 is bad
#: (a third of such runs), which is why refused batches are followed down to single samples first.
ENOUGH = 5


class Breaker:
    """Counts failures, and narrows the run while nothing has succeeded yet."""

    def __init__(self) -> None:
        self._proven = False
        self._batches: Counter[object] = Counter()
        self._alone: Counter[object] = Counter()
        self._unreached = 0

    def width(self, full: int) -> int:
        """How many requests may be in flight: few until the first success, one while in doubt."""
        if self._proven:
            return full
        return 1 if self._batches and max(self._batches.values()) >= ENOUGH else min(full, ENOUGH)

    def success(self) -> None:
        """A request was answered: labels and key are right, the service is there."""
        self._proven = True
        self._unreached = 0

    def refused(self, kind: object, *, alone: bool) -> bool:
        """A request was refused for what it holds.

        Args:
            kind: What makes two refusals alike, such as the HTTP status.
            alone: True where a single sample was refused for good.

        Returns:
            True when it is time to stop: enough single samples failed alike, and nothing ever succeeded.
        """
        (self._alone if alone else self._batches)[kind] += 1
        return not self._proven and self._alone[kind] >= ENOUGH

    def unreached(self) -> bool:
        """A request failed after all its tries.

        Returns:
            True when it is time to stop: enough distinct ones in a row, with no success between.
        """
        self._unreached += 1
        return self._unreached >= ENOUGH
