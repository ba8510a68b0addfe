"""Limits of a run: requests are counted exactly; the price of a request in tokens is estimated from its size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from jsdf.results.cost import format_cost, format_limit
from jsdf.runner.limits.prices import SAMPLE_OVERHEAD, PriceModel, RequestSize, question_size, request_size, value_size

if TYPE_CHECKING:
    from jsdf.engines.base import Question, Tokens
    from jsdf.results.cost import Price
    from jsdf.results.usage import Usage
    from jsdf.store.request_cost import PriceFit

#: With a limit below this many times the bound of a full request, the first request holds a single sample.
MANY_REQUESTS = 32


class RunStopped(Exception):  # noqa: N818 - a signal to end one request, not an error
    """The run was stopped before this request was sent."""


class RequestDeferred(Exception):  # noqa: N818 - a signal to end one request, not an error
    """A request does not fit the budget beside those in flight; its values are to be sent later."""


class Budget:
    """Remaining requests and tokens of a run.

    Several requests are in flight only while the upper bounds of their prices, taken together, are within the limit.
    Afterwards requests are sent one at a time and are made smaller, as long as they are expected to fit. A run can
    therefore exceed `max_tokens` by one request at most: by its first one, whose price is not known yet, or by one
    whose texts take more tokens for a byte than all before it.

    Args:
        max_requests: Stop after this many requests; None for no limit.
        max_tokens: Stop before the request that is expected to exceed this many tokens; None for no limit.
        prior: Prices of earlier runs, to size the first request; None if unknown.
        max_cost: Stop before the request that is expected to exceed this amount of money, which is kept as the number
            of tokens that it buys; None for no limit.
        price: Price of a token; needed with `max_cost`.

    Attributes:
        requests_before: Requests of earlier runs that count too.
        prices: Prices of requests, as far as they are known.
    """

    def __init__(
        self,
        max_requests: int | None,
        max_tokens: int | None,
        prior: PriceFit | None = None,
        *,
        max_cost: float | None = None,
        price: Price | None = None,
    ) -> None:
        self.requests_before = 0
        self._max_requests = max_requests
        self._max_tokens: float | None = max_tokens
        self._limit_text, self._price = f"max_tokens={max_tokens:,}" if max_tokens is not None else "", None
        affordable = None if max_cost is None or price is None else price.to_tokens(max_cost)
        if affordable is not None and price is not None and (max_tokens is None or affordable < max_tokens):
            self._max_tokens, self._price = affordable, price
            self._limit_text = f"max_cost={format_limit(max_cost or 0.0, price.currency)}"
        self.prices = PriceModel(prior)
        self._spent = self._charged = 0.0
        self._lowest_refused: float | None = None
        self._is_price_missing = False

    def allow_at_most(self, requests: int) -> None:
        """Stop after this many requests from now on, if that is less than the limit."""
        most = self.requests_before + requests
        self._max_requests = most if self._max_requests is None else min(most, self._max_requests)

    @property
    def has_token_limit(self) -> bool:
        """True if there is a limit on tokens or cost."""
        return self._max_tokens is not None

    def request_refusal(self, usage: Usage, unsent: int = 0) -> str | None:
        """Return the reason not to send another request, with `unsent` others about to be sent; None if it may go."""
        requests = self.requests_before + usage.requests
        if self._max_requests is None or requests + unsent < self._max_requests:
            return None
        return f"max_requests={self._max_requests:,} was reached"

    def affordable(self, question: Question, values: Sequence[Any], in_flight: Sequence[RequestSize]) -> list[int]:
        """Return the positions of the samples that one request may hold now, in order; empty if it must not be sent.

        Args:
            question: The question of the request.
            values: All samples that are to be sent next.
            in_flight: Sizes of the requests that were started and not answered yet.
        """
        if in_flight and self.may_send(request_size(question, values), in_flight):
            return list(range(len(values)))
        return [] if in_flight else self._largest_affordable(question, values)

    def may_send(self, request: RequestSize, in_flight: Sequence[RequestSize]) -> bool:
        """Return True if this request fits beside those in flight."""
        if self._max_tokens is None:
            return True
        remaining, prices = self._max_tokens - self._spent, self.prices
        if not in_flight:
            is_first = not prices.is_known and request.samples == 1 and remaining > 0
            return (prices.lower_bound if is_first else prices.expected)(request) <= remaining
        if not prices.is_known or prices.is_experiment(request):
            return False
        return sum(map(prices.bound, [request, *in_flight])) <= remaining

    def check(self, request: RequestSize, in_flight: Sequence[RequestSize]) -> None:
        """Check a request again right before it is sent: lost replies may have used up the budget since it was started.

        Raises:
            RequestDeferred: The request does not fit beside those in flight.
        """
        if not self.may_send(request, in_flight):
            raise RequestDeferred

    def _largest_affordable(self, question: Question, values: Sequence[Any]) -> list[int]:
        """Return the positions of the shortest samples that fit together in a request of their own."""
        sizes = [value_size(value, question.kind) for value in values]
        shortest_first = sorted(range(len(values)), key=sizes.__getitem__)
        totals = accumulate(sizes[i] for i in shortest_first)
        fixed = question_size(question)
        requests = [RequestSize(samples, total, fixed) for samples, total in enumerate(totals, 1)]
        if self._should_start_small(requests[-1]):
            requests = requests[:1]
        for request in reversed(requests):
            if self.may_send(request, []):
                return sorted(shortest_first[: request.samples])
        price = self.prices.lower_bound(requests[0])
        self._lowest_refused = price if self._lowest_refused is None else min(price, self._lowest_refused)
        return []

    def _should_start_small(self, request: RequestSize) -> bool:
        # The price of a single sample shows the fixed part, so that the last requests can be sized to use the limit up.
        limit = self._max_tokens
        return not self.prices.is_known and limit is not None and self.prices.bound(request) * MANY_REQUESTS > limit

    def is_used_up(self, question: Question) -> bool:
        """Return True if not even the shortest possible sample fits."""
        return not self.may_send(RequestSize(1, SAMPLE_OVERHEAD, question_size(question)), [])

    def token_refusal(self) -> str:
        """Return the reason to stop once no request fits."""
        limit = self._limit_text
        if self._spent or not self._max_tokens or self._lowest_refused is None:
            lost = f", counting up to {self._in_units(self._charged)} of lost answers" if self._charged else ""
            return f"{limit} was reached{lost}"
        return f"{limit} is less than one row is expected to cost, at least {self._in_units(self._lowest_refused)}"

    def _in_units(self, tokens: float) -> str:
        """Return a number of tokens in the unit of the limit: tokens, or money."""
        price = self._price
        return f"{tokens:,.0f} tokens" if price is None else format_cost(price.of_tokens(tokens), price.currency)

    def missing_price(self) -> str | None:
        """Return the reason to stop if there is a limit on tokens or cost but no reported price; else None."""
        if self._max_tokens is None or not self._is_price_missing:
            return None
        return f"the service reported no usage, so {self._limit_text} cannot be kept"

    def record(self, tokens: Tokens, request: RequestSize, *, answered: bool) -> None:
        """Record the cost of a request; a lost reply without reported tokens is charged at the upper bound."""
        if tokens.reported:
            self._spent += tokens.total_tokens
            self.prices.record(request, tokens.total_tokens)
        elif not answered:
            price = self.prices.bound(request)
            self._spent, self._charged = self._spent + price, self._charged + price
        self._is_price_missing = self._is_price_missing or (answered and not tokens.reported)
