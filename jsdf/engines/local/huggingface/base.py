"""Base class of the classifiers for `transformers` models: serial forward passes, cached labels."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from jsdf.engines.local.caching import LRUCache
from jsdf.engines.local.classifier import PooledClassifier
from jsdf.engines.local.huggingface.loading import load
from jsdf.engines.local.huggingface.tokenization import plan_padded_batches
from jsdf.errors import InvalidInputError, InvalidLabelsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import Executor

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.embedding import Embeddings
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.labels import LabelSet

T = TypeVar("T")


class TransformersClassifier(PooledClassifier):
    """Base class of the classifiers for `transformers` models; subclasses implement `Classifier.classify`.

    The last digits of a row's numbers depend on the lengths of the other rows in its batch, since the shape of a batch
    determines the order of float32 additions. Two runs may thus differ by about 1e-6, unlike those of the built-in
    models.

    Args:
        model: The located model.
        pool: Threads to run on. A forward pass uses as many cores as torch is set to, but no more than the pool has
            threads; the passes of one model run one after another.
    """

    min_side = 0

    def __init__(self, model: LocatedModel, pool: Executor) -> None:
        super().__init__(pool)
        self.identity = model.identity
        self._model = model
        self._max_threads: int | None = getattr(pool, "size", None)
        self._prepared: LRUCache[asyncio.Future[Any]] = LRUCache()

    async def embed(self, values: Sequence[Any]) -> Embeddings:  # noqa: ARG002 - used by overrides
        """Raise, as a model that compares each text with each label does not embed them; overridden by the others.

        Raises:
            InvalidInputError: Always.
        """
        raise InvalidInputError(
            f"text_model={self._model.name!r} has no embeddings; use a sentence embedder, or leave text_model= out"
        )

    async def _load(self, load_model: Callable[[LocatedModel], T]) -> T:
        return await self._run_in_pool(load, self.identity, self._model.name, lambda: load_model(self._model))

    async def _forward(self, model: Any, work: Callable[..., T], *arguments: Any) -> T:
        """Run a forward pass of `model`, after those that were submitted before it."""

        def limited() -> T:
            with _limit_threads(self._max_threads):
                return work(*arguments)

        result: T = await asyncio.wrap_future(model.executor.submit(self._pool, limited))
        return result

    async def _forward_all(
        self, model: Any, work: Callable[[Sequence[Any]], Any], rows: Sequence[Any], lengths: Sequence[int]
    ) -> npt.NDArray[np.float32]:
        """Run `work` on batches of rows of similar length; return its results in the order of `rows`."""
        import numpy as np

        positions = plan_padded_batches(lengths)
        passes = [self._forward(model, work, [rows[i] for i in batch]) for batch in positions]
        results = np.concatenate(await asyncio.gather(*passes))
        ordered = np.empty_like(results)
        ordered[np.concatenate(positions)] = results
        return ordered

    async def _prepare_once(self, labels: LabelSet, make: Callable[[], Awaitable[T]]) -> T:
        """Return what `make` returned for these labels, from the cache if it has succeeded before."""
        task = self._prepared.get_or_create(labels, lambda: asyncio.ensure_future(_to_coroutine(make())))
        try:
            # Shielded: cancelling one request must not cancel the preparation that another request awaits.
            result: T = await asyncio.shield(task)
        except Exception:
            self._prepared.pop(labels, None)
            raise
        return result


def refuse_images(labels: LabelSet) -> None:
    """Raise if a label has an example image, which a text model cannot read.

    Raises:
        InvalidLabelsError: A label has an example image.
    """
    for cls in labels.classes:
        if any(member.type == "image" for member in cls.members):
            raise InvalidLabelsError(f"labels: {cls.name!r} has an example image; a text model needs a description")


@contextmanager
def _limit_threads(max_threads: int | None) -> Iterator[None]:
    """Limit torch to `max_threads` cores inside the `with` block; None for no limit.

    Torch keeps this number per thread, and a default for new threads: both are restored at the end.
    """
    import torch

    before = torch.get_num_threads()
    if max_threads is None or max_threads >= before:
        yield
        return
    torch.set_num_threads(max_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


async def _to_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable
