"""Which batch is next: the column's own ones, and the parts of those that failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from jsdf.runner.batch import Batch
from jsdf.runner.breaker import ENOUGH


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
