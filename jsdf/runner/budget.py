"""Limits of a run: requests are counted exactly, tokens are estimated before they are spent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.engines.base import Tokens
    from jsdf.results.usage import Usage


class Budget:
    """Remaining requests and tokens of a run.

    The price of a request grows with its number of samples, but not in proportion, since every request also pays for
    the labels. Prices are therefore recorded by number of samples. For a number without a recorded price, the price of
    the next larger one is assumed, or that of the largest one in proportion.

    Args:
        max_requests: Stop after this many requests; None for no limit.
        max_tokens: Stop before the request that is expected to exceed this many tokens; None for no limit.
        price: Price of earlier requests for the same question, as samples and tokens; None if unknown.
    """

    def __init__(
        self, max_requests: int | None, max_tokens: int | None, price: tuple[int, float] | None = None
    ) -> None:
        self._max_requests, self._max_tokens = max_requests, max_tokens
        self._prices: dict[int, float] = {} if price is None else dict([price])
        self._spent = 0.0
        self._is_price_missing = False

    def request_refusal(self, usage: Usage, unsent: int = 0) -> str | None:
        """Return the reason not to send another request, with `unsent` others about to be sent; None if it may go."""
        if self._max_requests is None or usage.requests + unsent < self._max_requests:
            return None
        return f"max_requests={self._max_requests:,} was reached"

    def sample_refusal(self, samples: int, in_flight: Sequence[int]) -> str | None:
        """Return the reason not to send a request, or None if it may go.

        Args:
            samples: Number of samples of the request.
            in_flight: Numbers of samples of the requests that were started and not answered yet.
        """
        if self._max_tokens is None:
            return None
        if not self._prices:  # the first request is sent alone, to learn the price
            is_affordable = not in_flight and self._spent < self._max_tokens
        else:
            is_affordable = self._spent + sum(map(self._price, [samples, *in_flight])) <= self._max_tokens
        return None if is_affordable else f"max_tokens={self._max_tokens:,} was reached"

    def missing_price(self) -> str | None:
        """Return the reason to stop if there is a token limit but no reported price; else None."""
        if self._max_tokens is None or not self._is_price_missing:
            return None
        return f"the service reported no usage, so max_tokens={self._max_tokens:,} cannot be kept"

    def record(self, tokens: Tokens, samples: int, *, answered: bool) -> None:
        """Record the cost of a request; a lost reply without reported tokens is charged at the estimated price."""
        if tokens.reported:
            self._spent += tokens.total_tokens
            self._prices[samples] = max(self._prices.get(samples, 0.0), tokens.total_tokens)
        elif self._prices:
            self._spent += self._price(samples)
        self._is_price_missing = self._is_price_missing or (answered and not tokens.reported)

    def _price(self, samples: int) -> float:
        larger = [size for size in self._prices if size >= samples]
        if larger:
            return self._prices[min(larger)]
        largest = max(self._prices)
        return self._prices[largest] * samples / largest
