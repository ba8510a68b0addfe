"""Limits of a run: requests are counted exactly; the price of a request in tokens is estimated from its size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsdf.engines.base import Kind, Question, Tokens
    from jsdf.results.usage import Usage
    from jsdf.store.request_cost import PriceFit

#: Sizes in bytes: of what a request holds for each sample and label besides its text, and of an image, whatever its
#: pixels. Vision models take about 100 to 2,000 tokens for one.
SAMPLE_OVERHEAD, IMAGE_SIZE = 16, 1000
#: Upper bounds in tokens until a request has shown more: for each byte (no tokenizer makes more tokens than bytes),
#: and for a request without any.
MAX_TOKENS_PER_BYTE, MAX_FIXED_TOKENS = 1.0, 500.0
#: Bytes for which a request costs at least one token; in natural languages there are 2 to 6 bytes to a token.
MAX_BYTES_PER_TOKEN = 8
#: A request this many times larger than all before it is sent alone.
MAX_EXTRAPOLATION = 4
#: With a limit below this many times the bound of a full request, the first request holds a single sample.
MANY_REQUESTS = 32


class RequestDeferred(Exception):  # noqa: N818 - a signal to end one request, not an error
    """A request does not fit the budget beside those in flight; its values are to be sent later."""


class RequestSize(NamedTuple):
    """Size of a request: its number of samples, their bytes, and the bytes of labels and task."""

    samples: int
    sample_bytes: int
    question_bytes: int

    @property
    def total(self) -> int:
        """Bytes of the whole request."""
        return self.sample_bytes + self.question_bytes


def value_size(value: Any, kind: Kind) -> int:
    """Return the size of a sample in bytes; an image counts `IMAGE_SIZE` and the bytes of its URL."""
    if kind == "image":
        is_url = isinstance(value, str) and value.startswith(("https://", "http://"))
        return SAMPLE_OVERHEAD + IMAGE_SIZE + (_text_size(value) if is_url else 0)
    return SAMPLE_OVERHEAD + _text_size(str(value))


def question_size(question: Question) -> int:
    """Return the size in bytes of what a request holds besides its samples: labels and task."""
    members = [member for cls in question.labels.classes for member in cls.members]
    labels = sum(value_size(m.value, m.type) + _text_size(m.text or "") for m in members)
    return labels + _text_size(question.task or "")


def request_size(question: Question, values: Sequence[Any]) -> RequestSize:
    """Return the size of a request."""
    return RequestSize(len(values), sum(value_size(v, question.kind) for v in values), question_size(question))


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class PriceModel:
    """Prices of requests in tokens, learned from those of a run.

    A price is a fixed part and a part for each byte. The fixed part is at most the price of the smallest request. The
    price of a byte is the highest that a request of at least twice that size has shown.

    Args:
        prior: Prices of earlier runs; None if unknown.
    """

    def __init__(self, prior: PriceFit | None = None) -> None:
        self._prior = prior
        # Of requests whose sizes have the same number of binary digits, the one with the highest price for a byte.
        self._observed: dict[int, tuple[int, float]] = {}
        self._smallest: tuple[RequestSize, float] | None = None
        self._largest = RequestSize(0, 0, 0)
        self._per_byte = MAX_TOKENS_PER_BYTE

    @property
    def is_known(self) -> bool:
        """True once a request of this run has shown its price."""
        return self._smallest is not None

    def record(self, request: RequestSize, tokens: float) -> None:
        """Learn from the price of a request."""
        size = request.total
        key, rate = size.bit_length(), tokens / size
        seen = self._observed.get(key)
        if seen is None or rate > seen[1] / seen[0]:
            self._observed[key] = size, tokens
        if self._smallest is None or (size, -tokens) < (self._smallest[0].total, -self._smallest[1]):
            self._smallest = request, tokens
        self._largest = RequestSize(*map(max, self._largest, request))
        smallest, price = self._smallest
        rates = [(c - price) / (s - smallest.total) for s, c in self._observed.values() if s >= 2 * smallest.total]
        # Before there are two sizes, the whole price may be that of the samples.
        self._per_byte = max(0.0, *rates) if rates else min(MAX_TOKENS_PER_BYTE, price / smallest.sample_bytes)

    def is_experiment(self, request: RequestSize) -> bool:
        """Return True if a request is so much larger than all before it that its price is uncertain."""
        return any(new > MAX_EXTRAPOLATION * seen for new, seen in zip(request, self._largest, strict=True))

    def expected(self, request: RequestSize) -> float:
        """Return the expected price of a request, rather too high than too low."""
        if self._smallest is None:
            prior = self._prior
            return self.bound(request) if prior is None else prior.fixed + prior.per_byte * request.total
        smallest, price = self._smallest
        seen = [tokens for size, tokens in self._observed.values() if size <= request.total]
        return max([price + self._per_byte * max(0, request.total - smallest.total), *seen])

    def bound(self, request: RequestSize) -> float:
        """Return a price that a request does not exceed, whatever the language of its texts."""
        if self._smallest is None:
            return MAX_FIXED_TOKENS + MAX_TOKENS_PER_BYTE * request.total
        return self._smallest[1] + max(MAX_TOKENS_PER_BYTE, 2 * self._per_byte) * request.total

    def lower_bound(self, request: RequestSize) -> float:
        """Return a price that a request costs at least, also before any price is known."""
        is_guess = self._smallest is None and self._prior is None
        return request.total / MAX_BYTES_PER_TOKEN if is_guess else self.expected(request)


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
    """

    def __init__(self, max_requests: int | None, max_tokens: int | None, prior: PriceFit | None = None) -> None:
        self._max_requests, self._max_tokens = max_requests, max_tokens
        self._prices = PriceModel(prior)
        self._spent = self._charged = 0.0
        self._lowest_refused: float | None = None
        self._is_price_missing = False

    @property
    def has_token_limit(self) -> bool:
        """True if there is a limit on tokens."""
        return self._max_tokens is not None

    def request_refusal(self, usage: Usage, unsent: int = 0) -> str | None:
        """Return the reason not to send another request, with `unsent` others about to be sent; None if it may go."""
        if self._max_requests is None or usage.requests + unsent < self._max_requests:
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
        remaining, prices = self._max_tokens - self._spent, self._prices
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
        price = self._prices.lower_bound(requests[0])
        self._lowest_refused = price if self._lowest_refused is None else min(price, self._lowest_refused)
        return []

    def _should_start_small(self, request: RequestSize) -> bool:
        # The price of a single sample shows the fixed part, so that the last requests can be sized to use the limit up.
        limit = self._max_tokens
        return not self._prices.is_known and limit is not None and self._prices.bound(request) * MANY_REQUESTS > limit

    def is_used_up(self, question: Question) -> bool:
        """Return True if not even the shortest possible sample fits."""
        return not self.may_send(RequestSize(1, SAMPLE_OVERHEAD, question_size(question)), [])

    def token_refusal(self) -> str:
        """Return the reason to stop once no request fits."""
        limit = f"max_tokens={self._max_tokens:,}"
        if self._spent or not self._max_tokens or self._lowest_refused is None:
            lost = f", counting up to {self._charged:,.0f} tokens of lost answers" if self._charged else ""
            return f"{limit} was reached{lost}"
        return f"{limit} is less than one row is expected to cost, at least {self._lowest_refused:,.0f} tokens"

    def missing_price(self) -> str | None:
        """Return the reason to stop if there is a token limit but no reported price; else None."""
        if self._max_tokens is None or not self._is_price_missing:
            return None
        return f"the service reported no usage, so max_tokens={self._max_tokens:,} cannot be kept"

    def record(self, tokens: Tokens, request: RequestSize, *, answered: bool) -> None:
        """Record the cost of a request; a lost reply without reported tokens is charged at the upper bound."""
        if tokens.reported:
            self._spent += tokens.total_tokens
            self._prices.record(request, tokens.total_tokens)
        elif not answered:
            price = self._prices.bound(request)
            self._spent, self._charged = self._spent + price, self._charged + price
        self._is_price_missing = self._is_price_missing or (answered and not tokens.reported)
