"""Decide if and when a request that failed is sent again."""

from __future__ import annotations

import random
from collections.abc import Callable

from jsdf.errors import TransientError
from jsdf.runner.limits.rate_limit import MAX_RETRY_AFTER

#: Repetitions of a request after a lost reply that may have been billed.
MAX_LOST_REPLIES = 2
#: Seconds before the first repetition while the service answers other requests; each further one waits twice as long.
SHORT_WAIT = 0.1


class RetryPolicy:
    """Policy of one request, called by stamina with each error.

    Args:
        may_retry: Returns False if the request must not be sent again after this error.
        answers_others: Returns True if the service answers other requests at the moment.
        on_note: Called with a note for the user.

    Attributes:
        attempts: Number of attempts so far, which the caller counts.
    """

    def __init__(
        self,
        *,
        may_retry: Callable[[TransientError], bool],
        answers_others: Callable[[], bool],
        on_note: Callable[[str], None],
    ) -> None:
        self.attempts = 0
        self._lost_replies = 0
        self._may_retry, self._answers_others, self._on_note = may_retry, answers_others, on_note

    def __call__(self, error: Exception) -> bool | float:
        """Return False to give up, the seconds to wait, or True for stamina's own exponential backoff."""
        if not isinstance(error, TransientError) or not self._may_retry(error):
            return False
        self._lost_replies += error.maybe_billed
        if self._lost_replies > MAX_LOST_REPLIES:
            return False
        self._on_note(f"retrying: {error}")
        if error.retry_after is not None:
            return min(error.retry_after, MAX_RETRY_AFTER)
        if not self._answers_others():
            return True
        return SHORT_WAIT * 2.0 ** (self.attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
