"""What a local model does for the engine, whichever model it is."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from jsdf.engines.local.caching import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from jsdf.engines.base import Question, Reply
    from jsdf.labels import LabelSet

T = TypeVar("T")


class Classifier(Protocol):
    """A model that labels samples of one kind. Any number of requests may be with it at once.

    Attributes:
        identity: The model's digest and the version of the rules that turn its numbers into labels.
        min_side: Pictures may be shrunk to this shortest side, in pixels, before they come here; they have up
            to twice as many.
    """

    identity: str
    min_side: int

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


class PooledClassifier:
    """Shared part of the classifiers: work runs in a pool of threads, and each set of labels is prepared once.

    Args:
        pool: The threads.
    """

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._label_sets: LRUCache[Future[Any]] = LRUCache()

    async def _run(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.wrap_future(self._pool.submit(work, *arguments))

    async def _prepare_once(self, labels: LabelSet, prepare: Callable[[], T]) -> T:
        future: Future[T] = self._label_sets.get_or_create(labels, lambda: self._pool.submit(prepare))
        # Shielded: a request that is cancelled must not take the labels away from the one beside it.
        return await asyncio.shield(asyncio.wrap_future(future))
