"""Batches of values for single requests, and the queue that orders them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.runner.sender import TRIES

if TYPE_CHECKING:
    from jsdf.runner.answer_table import Sheet

from collections import deque
from collections.abc import Iterator

from jsdf.runner.circuit_breaker import ENOUGH


@dataclass(frozen=True)
class Batch:
    """Values to ask about in one request.

    Attributes:
        sheet: Where the answers go.
        items: Positions of the values.
        suspected: True where a request that held them was refused.
        tries: How often it may be sent.
    """

    sheet: Sheet
    items: Sequence[int]
    suspected: bool = False
    tries: int = TRIES

    def quarters(self, *, tries: int | None = None) -> list[Batch]:
        """The same values in up to four batches; quarters find one bad sample in 32 with 11 requests."""
        size = -(-len(self.items) // 4)
        parts = [self.items[i : i + size] for i in range(0, len(self.items), size)]
        return [Batch(self.sheet, part, True, tries or self.tries) for part in parts]


class Queue:
    """Batches in the order in which they are asked about.

    While nothing has been answered yet, the first few batches come before the parts of any that failed: bad
    rows are often neighbours, and whether all others are bad too shows elsewhere in the column. After that
    the parts come first, so that few batches are open at a time.

    Args:
        batches: The whole ones; `spread` gives an order that looks at all of the column early.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._parts: deque[Batch] = deque()
        self._begun = 0

    def next(self, *, proven: bool) -> Batch | None:
        """The next batch, None where there is none now."""
        if self._parts and (proven or self._begun >= ENOUGH):
            return self._parts.popleft()
        batch = next(self._batches, None)
        self._begun += 1
        return batch if batch is not None or not self._parts else self._parts.popleft()

    def put_back(self, batch: Batch) -> None:
        """It is next again."""
        self._parts.appendleft(batch)

    def split(self, batch: Batch, items: Sequence[int], tries: int) -> None:
        """Ask about these values of a batch in quarters, before anything else."""
        parts = Batch(batch.sheet, items, batch.suspected, tries).quarters()
        self._parts.extendleft(reversed(parts))


def spread(count: int, size: int) -> Iterator[range]:
    """Cut positions 0 to `count` into ranges of `size`: a few from all over first, then the others in order."""
    starts = range(0, count, size)
    last = len(starts) - 1
    first = dict.fromkeys(round(last * share / (ENOUGH - 1)) for share in range(ENOUGH)) if last >= 0 else {}
    for i in first:
        yield range(starts[i], min(starts[i] + size, count))
    for i, start in enumerate(starts):
        if i not in first:
            yield range(start, min(start + size, count))
