"""What the readers of this room share: the pool, the turns, and labels that are prepared once."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from jsdf.engines.local.caching import LRUCache
from jsdf.engines.local.huggingface.loading import load
from jsdf.engines.local.huggingface.tokenization import batches
from jsdf.errors import InvalidLabelsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.labels import LabelSet

T = TypeVar("T")


class TransformersClassifier:
    """A part of `NLIModel`: everything but `classify`.

    Numbers of a row depend, in their last digits, on how long the rows beside it are: float32 sums are
    ordered by a batch's shape. Two runs may thus differ by about 1e-6, unlike those of the built-in models.

    Args:
        found: The model.
        pool: Threads to work on. A forward pass uses as many cores as torch is set to, and no more than the
            pool has threads; passes of one model follow each other.
    """

    min_side = 0

    def __init__(self, found: LocatedModel, pool: ThreadPoolExecutor) -> None:
        self.identity = found.identity
        self._model, self._pool = found, pool
        # What ThreadPoolExecutor was made with; it has no public name.
        self._threads: int | None = getattr(pool, "_max_workers", None)
        self._prepared: LRUCache[asyncio.Future[Any]] = LRUCache()

    async def _load(self, make: Callable[[LocatedModel], T]) -> T:
        return await self._run_in_pool(load, self.identity, self._model.name, lambda: make(self._model))

    async def _run_in_pool(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.wrap_future(self._pool.submit(work, *arguments))

    async def _forward(self, model: Any, work: Callable[..., T], *arguments: Any) -> T:
        """Do a forward pass when its turn comes."""

        def limited() -> T:
            with _limit_threads(self._threads):
                return work(*arguments)

        found: T = await asyncio.wrap_future(model.executor.submit(self._pool, limited))
        return found

    async def _forward_all(
        self, model: Any, work: Callable[[Sequence[Any]], Any], rows: Sequence[Any], lengths: Sequence[int]
    ) -> npt.NDArray[np.float32]:
        """Do passes over rows in batches of like lengths, and put what they give in the rows' order."""
        import numpy as np

        runs = batches(lengths)
        blocks = await asyncio.gather(*[self._forward(model, work, [rows[i] for i in run]) for run in runs])
        whole = np.concatenate(blocks)
        ordered = np.empty_like(whole)
        ordered[np.concatenate(runs)] = whole
        return ordered

    async def _prepare_once(self, labels: LabelSet, make: Callable[[], Awaitable[T]]) -> T:
        """What was made of these labels; it is made again where that failed."""
        task = self._prepared.get_or_create(labels, lambda: asyncio.ensure_future(_awaited(make())))
        try:
            # Shielded: a request that is cancelled must not take the labels away from the one beside it.
            found: T = await asyncio.shield(task)
        except Exception:
            self._prepared.pop(labels, None)
            raise
        return found


def refuse_images(labels: LabelSet) -> None:
    """Raise for labels that are shown by an image, which a model of texts cannot see.

    Raises:
        InvalidLabelsError: There is one.
    """
    for cls in labels.classes:
        if any(member.type == "image" for member in cls.members):
            raise InvalidLabelsError(f"labels: {cls.name!r} is shown by an image; a model of texts needs it in words")


@contextmanager
def _limit_threads(threads: int | None) -> Iterator[None]:
    """With no more cores than the engine may use.

    Torch keeps the number for each thread, and one for threads that are yet to begin: both are put back.
    """
    import torch

    before = torch.get_num_threads()
    if threads is None or threads >= before:
        yield
        return
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


async def _awaited(making: Awaitable[T]) -> T:
    return await making
