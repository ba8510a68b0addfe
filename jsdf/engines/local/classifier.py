"""Protocol of local classifiers, and base classes for those that run in a thread pool."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from jsdf.engines.local.caching import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from jsdf.engines.base import Question, Reply
    from jsdf.engines.embedding import Embeddings
    from jsdf.labels import LabelSet

T = TypeVar("T")


class Classifier(Protocol):
    """A model that labels samples of one kind. It may be called by any number of requests at once.

    Attributes:
        identity: The model's digest and the version of the rules that turn its numbers into labels.
        min_side: Length in pixels of the shortest side to which images may be shrunk before they are passed in;
            they may be up to twice as large.
    """

    identity: str
    min_side: int

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """Answer one request.

        Args:
            question: The labels, the kind of the samples, and whether a sample may have several labels.
            values: Texts, or upright RGB images (`PIL.Image.Image`).
            examples: Maps the value of each label that is an image to the opened image.

        Raises:
            InvalidLabelsError: The model cannot compare samples with labels of this kind.
            ModelError: The model cannot be loaded.
        """
        ...

    async def embed(self, values: Sequence[Any]) -> Embeddings:
        """Embed samples.

        Args:
            values: Texts, or upright RGB images (`PIL.Image.Image`).

        Returns:
            Vectors of length 1, and the failures of those that the model cannot read.

        Raises:
            InvalidInputError: The model has no embeddings.
            ModelError: The model cannot be loaded.
        """
        ...


class PooledClassifier:
    """Base class of all classifiers: work runs in a thread pool.

    Args:
        pool: Threads to run on.
    """

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    async def _run_in_pool(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.wrap_future(self._pool.submit(work, *arguments))

    async def _run_first(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run short work before what waits in the pool, which may be another request's, for seconds."""
        submit = getattr(self._pool, "submit_first", self._pool.submit)
        result: T = await asyncio.wrap_future(submit(work, *arguments))
        return result


class BuiltInClassifier(PooledClassifier):
    """Base class of the built-in classifiers: each set of labels is prepared once, in the thread pool.

    Args:
        pool: Threads to run on.
    """

    def __init__(self, pool: Executor) -> None:
        super().__init__(pool)
        self._label_sets: LRUCache[Future[Any]] = LRUCache()

    async def _prepare_once(self, labels: LabelSet, prepare: Callable[[], T]) -> T:
        future: Future[T] = self._label_sets.get_or_create(labels, lambda: self._pool.submit(prepare))
        # Shielded: cancelling one request must not cancel the preparation that another request awaits.
        return await asyncio.shield(asyncio.wrap_future(future))
