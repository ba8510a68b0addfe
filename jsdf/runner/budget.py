"""The two caps of a run: requests are counted exactly, tokens are reckoned before they are spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.engines.base import Tokens
    from jsdf.results.usage import Usage


class Budget:
    """What may still be spent.

    A request's price grows with its samples, but not in proportion: the labels cost each time. So prices are
    known by size, and a size not seen yet costs what the next larger one did, or the largest in proportion.

    Args:
        max_requests: Stop before the request after this many, None for no limit.
        max_tokens: Stop before the request that would probably pass this many, None likewise.
        price: What requests for this very question have cost: samples and tokens; None for unknown.
    """

    def __init__(
        self, max_requests: int | None, max_tokens: int | None, price: tuple[int, float] | None = None
    ) -> None:
        self._max_requests, self._max_tokens = max_requests, max_tokens
        self._prices: dict[int, float] = {} if price is None else dict([price])
        self._spent = 0.0
        self._unpriced = False

    def request_refusal(self, usage: Usage, others: int = 0) -> str | None:
        """Why no further request may leave beside so many others that are about to, None where one may."""
        if self._max_requests is None or usage.requests + others < self._max_requests:
            return None
        return f"max_requests={self._max_requests:,} was reached"

    def sample_refusal(self, samples: int, on_their_way: Sequence[int]) -> str | None:
        """Why a request of so many samples may not leave beside those on their way, None where it may."""
        if self._max_tokens is None:
            return None
        if not self._prices:  # the first one goes alone, and tells the price
            affordable = not on_their_way and self._spent < self._max_tokens
        else:
            affordable = self._spent + sum(map(self._price, [samples, *on_their_way])) <= self._max_tokens
        return None if affordable else f"max_tokens={self._max_tokens:,} was reached"

    def missing_price(self) -> str | None:
        """Why the run must stop where nobody says what a request costs, None where it need not."""
        if self._max_tokens is None or not self._unpriced:
            return None
        return f"the service reported no usage, so max_tokens={self._max_tokens:,} cannot be kept"

    def record(self, tokens: Tokens, samples: int, *, answered: bool) -> None:
        """Take in what so many samples cost; an answer that got lost costs what others did."""
        if tokens.reported:
            self._spent += tokens.total_tokens
            self._prices[samples] = max(self._prices.get(samples, 0.0), tokens.total_tokens)
        elif self._prices:
            self._spent += self._price(samples)
        self._unpriced = self._unpriced or (answered and not tokens.reported)

    def _price(self, samples: int) -> float:
        larger = [size for size in self._prices if size >= samples]
        if larger:
            return self._prices[min(larger)]
        largest = max(self._prices)
        return self._prices[largest] * samples / largest
