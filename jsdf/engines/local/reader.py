"""What a local model does for the engine, whichever model it is."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jsdf.engines.base import Question, Reply

T = TypeVar("T")
#: Sets of labels whose embeddings are kept: a run has a few, a server's clients any number.
_KEPT = 64


class Reader(Protocol):
    """A model that labels samples of one kind. Any number of requests may be with it at once.

    Attributes:
        identity: The model's digest and the version of the rules that turn its numbers into labels.
        shortest: Pictures may be shrunk to this shortest side, in pixels, before they come here; they have up
            to twice as many.
    """

    identity: str
    shortest: int

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """Answer one request.

        Args:
            question: What is asked.
            values: Texts, or RGB pictures (`PIL.Image.Image`) that stand upright.
            examples: The value of each label that is an image -> its picture.

        Raises:
            InvalidLabelsError: This model cannot compare its samples with such labels.
            ModelError: The model cannot be loaded.
        """
        ...


class Recent(OrderedDict[Any, T]):
    """The last few things that were made, by what they were made of."""

    def get_or(self, key: Any, make: Callable[[], T]) -> T:
        """The thing of this key, made if it is not there; what was not asked for lately is forgotten."""
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > _KEPT:
            self.popitem(last=False)
        return self[key]
