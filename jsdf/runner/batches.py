"""Batches of values for single requests, and the queue that orders them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.runner.sender import MAX_ATTEMPTS

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable

from collections import deque
from collections.abc import Iterator

from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD


@dataclass(frozen=True)
class Batch:
    """Values to ask about in one request.

    Attributes:
        table: Where the answers go.
        items: Positions of the values.
        was_refused: True where a request that held them was refused.
        max_attempts: How often it may be sent.
    """

    table: AnswerTable
    items: Sequence[int]
    was_refused: bool = False
    max_attempts: int = MAX_ATTEMPTS

    def split(self, *, max_attempts: int | None = None) -> list[Batch]:
        """The same values in up to four batches; quarters find one bad sample in 32 with 11 requests."""
        size = -(-len(self.items) // 4)
        parts = [self.items[i : i + size] for i in range(0, len(self.items), size)]
        return [Batch(self.table, part, True, max_attempts or self.max_attempts) for part in parts]


class BatchQueue:
    """Batches in the order in which they are asked about.

    While nothing has been answered yet, the first few batches come before the parts of any that failed: bad
    rows are often neighbours, and whether all others are bad too shows elsewhere in the column. After that
    the parts come first, so that few batches are open at a time.

    Args:
        batches: The whole ones; `sampling_order` gives an order that looks at all of the column early.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._parts: deque[Batch] = deque()
        self._started = 0

    def pop(self, *, has_succeeded: bool) -> Batch | None:
        """The next batch, None where there is none now."""
        if self._parts and (has_succeeded or self._started >= FAILURE_THRESHOLD):
            return self._parts.popleft()
        batch = next(self._batches, None)
        self._started += 1
        return batch if batch is not None or not self._parts else self._parts.popleft()

    def put_back(self, batch: Batch) -> None:
        """It is next again."""
        self._parts.appendleft(batch)

    def push_split(self, batch: Batch, items: Sequence[int], max_attempts: int) -> None:
        """Ask about these values of a batch in quarters, before anything else."""
        parts = Batch(batch.table, items, batch.was_refused, max_attempts).split()
        self._parts.extendleft(reversed(parts))


def sampling_order(count: int, size: int) -> Iterator[range]:
    """Cut positions 0 to `count` into ranges of `size`: a few from all over first, then the others in order."""
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
