"""Circuit breaker: stop a run if all first requests fail in the same way."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.errors import TransientError

#: Number of distinct batches that must fail in the same way. With one bad row in 20, the first five batches all fail
#: by chance in a third of the runs, which is why refused batches are first split down to single samples.
FAILURE_THRESHOLD = 5


class ServiceUnavailable(Exception):  # noqa: N818 - a signal that carries the actual error
    """No request has succeeded for so long that the service must be down.

    Args:
        error: The error of the latest attempt.
    """

    def __init__(self, error: TransientError) -> None:
        super().__init__(str(error))
        self.error = error


class CircuitBreaker:
    """Counts failures until the first success, and limits the requests in flight until then."""

    def __init__(self) -> None:
        self.has_succeeded = False
        self._refused_batches: Counter[object] = Counter()
        self._refused_samples: Counter[object] = Counter()

    def max_in_flight(self, concurrency: int) -> int:
        """Return the maximum number of requests in flight.

        That is the engine's concurrency after the first success, at most `FAILURE_THRESHOLD` before, and 1 while that
        many batches have been refused in the same way.
        """
        if self.has_succeeded:
            return concurrency
        if self._refused_batches and max(self._refused_batches.values()) >= FAILURE_THRESHOLD:
            return 1
        return min(concurrency, FAILURE_THRESHOLD)

    def record_success(self) -> bool:
        """Record an answered request: the service is reachable and accepts the key and the labels.

        Returns:
            True for the first one.
        """
        is_first, self.has_succeeded = not self.has_succeeded, True
        return is_first

    def record_refusal(self, kind: object, *, is_isolated: bool) -> bool:
        """Record a request that failed because of its content.

        Args:
            kind: The property that equal failures share, such as the HTTP status.
            is_isolated: True if it is the final failure of a single sample.

        Returns:
            True if the run should stop: enough single samples failed in the same way, and no request succeeded.
        """
        (self._refused_samples if is_isolated else self._refused_batches)[kind] += 1
        return not self.has_succeeded and self._refused_samples[kind] >= FAILURE_THRESHOLD
