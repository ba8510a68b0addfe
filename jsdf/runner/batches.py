"""Batches of values for single requests, and the queue that orders them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD
from jsdf.runner.limits.prices import RequestSize, request_size
from jsdf.runner.sender import MAX_ATTEMPTS
from jsdf.store.request_cost import RequestCost

if TYPE_CHECKING:
    from jsdf.engines.base import Tokens
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.limits.budget import Budget

#: Each of the small first batches is this many times as large as the one before. Twice as large took 5 % more time for
#: 1,000 short texts of the local engine, which shares work between texts of a request.
FIRST_GROWTH = 8


@dataclass(frozen=True)
class Batch:
    """Values to send in one request.

    Attributes:
        table: The table that receives the answers.
        items: Positions of the values in the table.
        was_refused: True if an earlier, larger request with these values was refused.
        max_attempts: Maximum number of times the request is sent.
    """

    table: AnswerTable
    items: Sequence[int]
    was_refused: bool = False
    max_attempts: int = MAX_ATTEMPTS

    @property
    def values(self) -> list[Any]:
        """The values themselves."""
        return [self.table.values[i] for i in self.items]

    @cached_property
    def size(self) -> RequestSize:
        """Size of the request."""
        return request_size(self.table.question, self.values)

    def cost(self, engine: str, tokens: Tokens) -> RequestCost:
        """Return what this request held and used, for the ledger; `engine` is the engine as the ledger names it."""
        question, size = self.table.question, self.size
        return RequestCost(
            engine,
            self.table.question_digest,
            len(self.items),
            *tokens.counts(),
            kind=question.kind,
            size=size.total,
            sample_size=size.sample_bytes,
            labels=sum(len(label.members) for label in question.labels.classes),
        )

    def with_items(self, items: Sequence[int]) -> Batch:
        """Return a batch of other values that is otherwise the same."""
        return replace(self, items=items)

    def divide(self, positions: Sequence[int]) -> tuple[Batch, Batch | None]:
        """Return a batch of the values at these positions, and one of the others; None if there are no others."""
        if len(positions) == len(self.items):
            return self, None
        chosen = set(positions)
        rest = [item for position, item in enumerate(self.items) if position not in chosen]
        return self.with_items([self.items[p] for p in positions]), self.with_items(rest)

    def split(self, *, max_attempts: int | None = None) -> list[Batch]:
        """Return up to four smaller batches with the same values; this isolates 1 bad value of 32 in 11 requests."""
        size = -(-len(self.items) // 4)
        parts = [self.items[i : i + size] for i in range(0, len(self.items), size)]
        return [Batch(self.table, part, True, max_attempts or self.max_attempts) for part in parts]


class BatchQueue:
    """Batches in the order in which they are sent.

    Until a request has succeeded, the first few batches come before the parts of failed batches: bad rows are often
    neighbours, so batches from other parts of the column show sooner if all rows fail. Afterwards the parts come
    first, so that few batches are incomplete at a time.

    Args:
        batches: The unsplit batches; `sampling_order` gives an order that samples the whole column early.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._parts: deque[Batch] = deque()
        self._started = 0

    def pop(self, *, has_succeeded: bool) -> Batch | None:
        """Return the next batch, or None if the queue is empty."""
        if self._parts and (has_succeeded or self._started >= FAILURE_THRESHOLD):
            return self._parts.popleft()
        batch = next(self._batches, None)
        self._started += 1
        return batch if batch is not None or not self._parts else self._parts.popleft()

    def cut_to_fit(self, batch: Batch, budget: Budget, others: Iterable[Batch]) -> Batch | None:
        """Return the part of a batch that may be sent beside the others, None if there is none; put the rest back."""
        if not budget.has_token_limit:
            return batch
        positions = budget.affordable(batch.table.question, batch.values, [other.size for other in others])
        if not positions:
            return None
        part, rest = batch.divide(positions)
        if rest is not None:
            self.put_back(rest)
        return part

    def put_back(self, batch: Batch) -> None:
        """Return a batch to the head of the queue."""
        self._parts.appendleft(batch)

    def push_split(self, batch: Batch, items: Sequence[int], max_attempts: int) -> None:
        """Split these values of a batch into quarters, and put them at the head of the parts."""
        parts = Batch(batch.table, items, batch.was_refused, max_attempts).split()
        self._parts.extendleft(reversed(parts))


def request_count(count: int, size: int, first: int | None = None) -> int:
    """Return the number of ranges into which `sampling_order` cuts."""
    small = _small_ranges(count, size, first)
    return len(small) - (-(count - sum(map(len, small))) // size)


def sampling_order(count: int, size: int, first: int | None = None) -> Iterator[range]:
    """Cut positions 0 to `count` into ranges of `size`: first a few spread evenly over all, then the rest in order.

    Before them come ranges of `first`, then of `FIRST_GROWTH` times as many, and so on below `size`; none if `first` is
    None.
    """
    small = _small_ranges(count, size, first)
    yield from small
    starts = range(small[-1].stop if small else 0, count, size)
    last = len(starts) - 1
    spread = (
        dict.fromkeys(round(last * share / (FAILURE_THRESHOLD - 1)) for share in range(FAILURE_THRESHOLD))
        if last >= 0
        else {}
    )
    for i in spread:
        yield range(starts[i], min(starts[i] + size, count))
    for i, start in enumerate(starts):
        if i not in spread:
            yield range(start, min(start + size, count))


def _small_ranges(count: int, size: int, first: int | None) -> list[range]:
    ranges: list[range] = []
    start, length = 0, first or size
    while length < size and start < count:
        ranges.append(range(start, min(start + length, count)))
        start, length = start + length, FIRST_GROWTH * length
    return ranges


def mixed(items: list[int], pass_number: int) -> list[int]:
    """Return values in the order of a pass, in which each has other neighbours; the first pass keeps the order."""
    return items if pass_number == 0 else random.Random(pass_number).sample(items, len(items))  # noqa: S311 - no secret
