"""`Examples`: values whose labels the user knows, in a frozen form that travels to workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from jsdf.labels.label_set import LabelSet

_DIGEST_BYTES = 16


@dataclass(frozen=True)
class Example:
    """A value and its labels.

    Attributes:
        value: The text; or the path, URL or `data:` URI of the image.
        labels: Positions of its labels, ascending; none or several only for a multi-label question.
        content: Digest by which the same value is found in a column; that of a file holds its version.
    """

    value: str
    labels: tuple[int, ...]
    content: bytes


@dataclass(frozen=True)
class Examples:
    """Distinct values with the labels that a user gave them.

    Attributes:
        kind: Kind of the values.
        items: The examples, in the user's order.
        label_set: The labels whose positions they name.
    """

    kind: Literal["text", "image"]
    items: tuple[Example, ...]
    label_set: LabelSet

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def digest(self) -> bytes:
        """Digest (16 bytes) of the values and their labels; it does not depend on the order of either."""
        classes = self.label_set.classes
        parts = sorted((item.content, *sorted(classes[i].digest for i in item.labels)) for item in self.items)
        return blake2b(repr((self.kind, parts)).encode(), digest_size=_DIGEST_BYTES).digest()

    @cached_property
    def by_content(self) -> dict[bytes, tuple[int, ...]]:
        """Content of a value -> positions of its labels."""
        return {item.content: item.labels for item in self.items}

    def in_turns(self) -> Iterator[tuple[int, Example]]:
        """Yield pairs of a label and one of its examples: the first of each label, then the second of each, and so on.

        An example with several labels comes once for each.
        """
        of_labels = [[item for item in self.items if i in item.labels] for i in range(len(self.label_set))]
        for turn in zip_longest(*of_labels):
            yield from ((i, item) for i, item in enumerate(turn) if item is not None)
