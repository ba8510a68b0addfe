"""Values to ask about in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.runner.ask import TRIES

if TYPE_CHECKING:
    from jsdf.runner.sheet import Sheet


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
