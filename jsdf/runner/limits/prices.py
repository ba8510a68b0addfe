"""Sizes of requests, and their prices in tokens as learned from earlier requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jsdf.engines.base import Kind, Question
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
        self.prior = prior
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
            prior = self.prior
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
        is_guess = self._smallest is None and self.prior is None
        return request.total / MAX_BYTES_PER_TOKEN if is_guess else self.expected(request)
