"""Batches of values for single requests, and the queue that orders them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD
from jsdf.runner.sender import MAX_ATTEMPTS

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable


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

    def put_back(self, batch: Batch) -> None:
        """Return a batch to the head of the queue."""
        self._parts.appendleft(batch)

    def push_split(self, batch: Batch, items: Sequence[int], max_attempts: int) -> None:
        """Split these values of a batch into quarters, and put them at the head of the parts."""
        parts = Batch(batch.table, items, batch.was_refused, max_attempts).split()
        self._parts.extendleft(reversed(parts))


def sampling_order(count: int, size: int) -> Iterator[range]:
    """Cut positions 0 to `count` into ranges of `size`: first a few spread evenly over all, then the rest in order."""
    starts = range(0, count, size)
    last = len(starts) - 1
    first = (
        dict.fromkeys(round(last * share / (FAILURE_THRESHOLD - 1)) for share in range(FAILURE_THRESHOLD))
        if last >= 0
        else {}
    )
    for i in first:
        yield range(starts[i], min(starts[i] + size, count))
    for i, start in enumerate(starts):
        if i not in first:
            yield range(start, min(start + size, count))
