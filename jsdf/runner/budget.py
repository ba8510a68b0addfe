"""The two caps of a run: requests are counted exactly, tokens are reckoned before they are spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.engines.base import Tokens
    from jsdf.run import Usage


class Budget:
    """What may still be spent.

    Args:
        max_requests: Stop before the request after this many, None for no limit.
        max_tokens: Stop before the request that would probably pass this many, None likewise.
        tokens_a_sample: What a sample is thought to cost before any was answered, None for unknown.
    """

    def __init__(self, max_requests: int | None, max_tokens: int | None, tokens_a_sample: float | None) -> None:
        self._max_requests, self._max_tokens = max_requests, max_tokens
        self._dearest = tokens_a_sample

    def refuses_request(self, usage: Usage) -> str | None:
        """Why no further request may leave, None where one may."""
        if self._max_requests is None or usage.requests < self._max_requests:
            return None
        return f"max_requests={self._max_requests:,} was reached"

    def refuses_samples(self, usage: Usage, samples: int, on_their_way: int) -> str | None:
        """Why these samples may not be asked about beside those on their way, None where they may."""
        if self._max_tokens is None:
            return None
        if self._dearest is None:  # the first ones go alone, and tell the price
            affordable = on_their_way == 0 and self._max_tokens > 0
        else:
            affordable = usage.total_tokens + (samples + on_their_way) * self._dearest <= self._max_tokens
        return None if affordable else f"max_tokens={self._max_tokens:,} was reached"

    def learn(self, tokens: Tokens, samples: int) -> str | None:
        """Take in what so many samples cost; returns why the run must stop where nobody says it."""
        if tokens.reported:
            self._dearest = max(self._dearest or 0.0, tokens.total_tokens / samples)
        elif self._max_tokens is not None:
            return f"the service reported no usage, so max_tokens={self._max_tokens:,} cannot be kept"
        return None
