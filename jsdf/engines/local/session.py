"""The local engine at work: samples are read and opened here, and answered by a reader of their kind."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.local.caching import LRUCache
from jsdf.errors import ImageError, InvalidLabelsError
from jsdf.labels import invalid_example_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from PIL.Image import Image

    from jsdf.engines.base import Kind, Question
    from jsdf.engines.local.classifier import Classifier
    from jsdf.images import Fetcher, Limits
    from jsdf.labels import LabelSet

#: Pictures that are fetched or decoded at once; it bounds the memory of files that wait for a thread.
_CONCURRENCY = 16


class LocalSession:
    """A job's threads, models and downloads.

    Args:
        pool: Threads for decoding and for models.
        reader: Gives the model of a kind, loaded or not.
        stack: Closed when the job ends.
        untrusted: True on behalf of somebody else: see `jsdf.images.Fetcher`.
        limits: Of pictures; None for the usual ones.
    """

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        reader: Callable[[Kind], Classifier],
        stack: AsyncExitStack,
        *,
        untrusted: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._pool, self._classifier, self._stack = pool, reader, stack
        self._untrusted, self._limits = untrusted, limits
        self._gate = asyncio.Semaphore(_CONCURRENCY)
        self._fetcher: Fetcher | None = None
        self._examples: LRUCache[asyncio.Task[dict[str, Image]]] = LRUCache()

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """See `Session.classify`; `question.task` is not read, since the models follow no instruction.

        Raises:
            InvalidLabelsError: An example image cannot be opened, or the model takes none.
            ModelError: The model's file is missing, or not the one that was pinned.
        """
        reader = self._classifier(question.kind)
        examples = await self._examples_of(question.labels)
        if question.kind == "text":
            return await reader.classify(question, values, examples)
        opened = await asyncio.gather(*[self._open_or_error(value, reader.min_side) for value in values])
        failures = {i: str(found) for i, found in enumerate(opened) if isinstance(found, ImageError)}
        pictures = [found for found in opened if not isinstance(found, ImageError)]
        if not pictures:
            return Reply([None] * len(values), failures=failures)
        return _insert_failures(await reader.classify(question, pictures, examples), failures, len(values))

    async def _open_or_error(self, value: Any, shortest: int) -> Image | ImageError:
        try:
            return await self._open(value, shortest)
        except ImageError as error:
            return error.with_traceback(None)

    async def _open(self, value: Any, shortest: int) -> Image:
        from jsdf.images import Limits, open_picture

        async with self._gate:
            content = await self._fetch(value)
            work = self._pool.submit(
                lambda: open_picture(content, min_side=shortest, allow_larger=True, limits=self._limits or Limits())
            )
            return await asyncio.wrap_future(work)

    async def _fetch(self, value: Any) -> Any:
        if self._fetcher is None:
            from jsdf.images import Fetcher, Limits

            self._fetcher = Fetcher(
                untrusted=self._untrusted, limits=self._limits or Limits(), concurrency=_CONCURRENCY
            )
            self._stack.push_async_exit(self._fetcher)
        return await self._fetcher.read(value)

    async def _examples_of(self, labels: LabelSet) -> Mapping[str, Image]:
        task = self._examples.get_or_create(labels, lambda: asyncio.create_task(self._open_examples(labels)))
        try:
            return await asyncio.shield(task)
        except InvalidLabelsError:  # an address that is dead now may not be so later
            self._examples.pop(labels, None)
            raise

    async def _open_examples(self, labels: LabelSet) -> dict[str, Image]:
        shown = [(cls.name, m.value) for cls in labels.classes for m in cls.members if m.type == "image"]
        side = self._classifier("image").min_side if shown else 0
        opened = await asyncio.gather(*[self._open_or_error(value, side) for _, value in shown])
        examples: dict[str, Image] = {}
        for (name, value), found in zip(shown, opened, strict=True):
            if isinstance(found, ImageError):
                raise invalid_example_error(name, value, found)
            examples[value] = found
        return examples


def _insert_failures(reply: Reply, failures: Mapping[int, str], count: int) -> Reply:
    """A reply about some of the samples as one about all of them."""
    if not failures:
        return reply
    import numpy as np

    there = [i for i in range(count) if i not in failures]
    predictions: list[Any] = [None] * count
    for i, prediction in zip(there, reply.predictions, strict=True):
        predictions[i] = prediction
    scores = None
    if reply.scores is not None:
        scores = np.full((count, reply.scores.shape[1]), np.nan, dtype=np.float32)
        scores[there] = reply.scores
    return Reply(predictions, scores, failures=failures)
