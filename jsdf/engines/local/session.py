"""The local engine's session: fetch and decode samples, then classify them with the model for their kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from jsdf.engines.base import Reply
from jsdf.engines.embedding import Embeddings
from jsdf.engines.local.caching import LRUCache
from jsdf.errors import ImageError, InvalidLabelsError
from jsdf.labels import invalid_example_error
from jsdf.utils.failing_files import name_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.base import Kind, Question
    from jsdf.engines.local.classifier import Classifier
    from jsdf.images import Fetcher, Limits
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float32]

#: Returns an async context manager in which an image may be read.
ImageLimit: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
#: Images fetched or decoded at once unless the caller sets a limit. Bounds the memory of downloaded files that
#: wait for a thread.
_CONCURRENCY = 16
#: Downloads at once, whoever limits them.
_MAX_DOWNLOADS = 64


class LocalSession:
    """Threads, models and downloads of one job.

    Args:
        pool: Threads for decoding and for models.
        get_classifier: Returns the classifier for a kind, which may load its model later.
        stack: Exit stack that is closed when the job ends.
        untrusted: True to answer an untrusted client; see `jsdf.images.Fetcher`.
        limits: Limits on the size and download time of images; None for the defaults.
    """

    def __init__(
        self,
        pool: Executor,
        get_classifier: Callable[[Kind], Classifier],
        stack: AsyncExitStack,
        *,
        untrusted: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._pool, self._get_classifier, self._stack = pool, get_classifier, stack
        self._untrusted, self._limits = untrusted, limits
        semaphore = asyncio.Semaphore(_CONCURRENCY)
        self._image_limit: ImageLimit = lambda: semaphore
        self._fetcher: Fetcher | None = None
        self._examples: LRUCache[asyncio.Task[dict[str, Image]]] = LRUCache()

    async def classify(
        self, question: Question, values: Sequence[Any], *, image_limit: ImageLimit | None = None
    ) -> Reply:
        """Answer one request. `question.task` is ignored: the models follow no instructions.

        Args:
            question: The labels, the kind of the samples, and whether a sample may have several labels.
            values: Texts, or images in any form that `jsdf.images.Fetcher` reads.
            image_limit: Returns an async context manager that waits until an image may be read; None for 16 images at a
                time in the whole session.

        Returns:
            The predictions and scores; an image that cannot be read is listed in `failures`.

        Raises:
            InvalidLabelsError: An example image cannot be opened, or the model accepts no example images.
            ModelError: The model's file is missing or differs from the pinned one.
        """
        classifier = self._get_classifier(question.kind)
        limit = image_limit or self._image_limit
        examples = await self._examples_of(question.labels, limit)
        if question.kind == "text":
            return await classifier.classify(question, values, examples)
        opened = await self._open_all(values, classifier.min_side, limit)
        failures = _failures_of(opened, values)
        images = [result[0] for result in opened if not isinstance(result, ImageError)]
        notes = {i: r[1] for i, r in enumerate(opened) if not isinstance(r, ImageError) and r[1] is not None}
        if not images:
            return Reply([None] * len(values), failures=failures)
        reply = _insert_failures(await classifier.classify(question, images, examples), failures, len(values))
        return replace(reply, notes=notes)

    async def embed(self, kind: Kind, values: Sequence[Any]) -> Embeddings:
        """Embed samples with the model for their kind.

        Args:
            kind: Kind of the samples.
            values: Texts, or images in any form that `jsdf.images.Fetcher` reads.

        Returns:
            Vectors of length 1; an image that cannot be read, or a text of which the model knows no word, is listed in
            `failures`.

        Raises:
            InvalidInputError: The model has no embeddings.
            ModelError: The model's file is missing or differs from the pinned one.
        """
        classifier = self._get_classifier(kind)
        if kind == "text":
            return await classifier.embed(values)
        opened = await self._open_all(values, classifier.min_side, self._image_limit)
        failures = _failures_of(opened, values)
        embedded = await classifier.embed([result[0] for result in opened if not isinstance(result, ImageError)])
        return Embeddings(_spread(embedded.vectors, failures, len(values)), failures)

    async def _open_all(
        self, values: Sequence[Any], min_side: int, limit: ImageLimit
    ) -> list[tuple[Image, str | None] | ImageError]:
        return await asyncio.gather(*[self._open_or_error(value, min_side, limit) for value in values])

    async def _open_or_error(
        self, value: Any, min_side: int, limit: ImageLimit
    ) -> tuple[Image, str | None] | ImageError:
        try:
            return await self._open(value, min_side, limit)
        except ImageError as error:
            return error.with_traceback(None)

    async def _open(self, value: Any, min_side: int, limit: ImageLimit) -> tuple[Image, str | None]:
        """Return an image, and a note on the range of its values if it was in doubt."""
        async with limit():
            content = value if _is_data_uri(value) else await self._fetch(value)
            return await asyncio.wrap_future(self._pool.submit(self._decode, content, min_side))

    def _decode(self, content: Any, min_side: int) -> tuple[Image, str | None]:
        from jsdf.images import Limits, open_with_note
        from jsdf.images.files import read_data

        limits = self._limits or Limits()
        if _is_data_uri(content):  # not on the event loop: base64 of megabytes takes tens of milliseconds
            content = read_data(content.strip(), limits)
        return open_with_note(content, min_side=min_side, allow_larger=True, limits=limits)

    async def _fetch(self, value: Any) -> Any:
        if self._fetcher is None:
            from jsdf.images import Fetcher, Limits

            self._fetcher = Fetcher(
                untrusted=self._untrusted, limits=self._limits or Limits(), concurrency=_MAX_DOWNLOADS
            )
            self._stack.push_async_exit(self._fetcher)
        return await self._fetcher.read(value)

    async def _examples_of(self, labels: LabelSet, limit: ImageLimit) -> Mapping[str, Image]:
        task = self._examples.get_or_create(labels, lambda: asyncio.create_task(self._open_examples(labels, limit)))
        try:
            return await asyncio.shield(task)
        except InvalidLabelsError:  # The URL may be reachable again at the next request.
            self._examples.pop(labels, None)
            raise

    async def _open_examples(self, labels: LabelSet, limit: ImageLimit) -> dict[str, Image]:
        image_labels = [(cls.name, m.value) for cls in labels.classes for m in cls.members if m.type == "image"]
        side = self._get_classifier("image").min_side if image_labels else 0
        opened = await asyncio.gather(*[self._open_or_error(value, side, limit) for _, value in image_labels])
        examples: dict[str, Image] = {}
        for (name, value), result in zip(image_labels, opened, strict=True):
            if isinstance(result, ImageError):
                raise invalid_example_error(name, value, result)
            examples[value] = result[0]
        return examples


def _is_data_uri(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip()[:5].lower() == "data:"


def _insert_failures(reply: Reply, failures: Mapping[int, str], count: int) -> Reply:
    """Extend a reply about the readable samples to all `count` samples: failures have no prediction, and nan scores."""
    if not failures:
        return reply
    given = iter(reply.predictions)
    predictions = [None if i in failures else next(given) for i in range(count)]
    scores = None if reply.scores is None else _spread(reply.scores, failures, count)
    vectors = None if reply.vectors is None else _spread(reply.vectors, failures, count)
    return Reply(predictions, scores, failures=failures, vectors=vectors)


def _spread(rows: Floats, failures: Mapping[int, str], count: int) -> Floats:
    """Extend the rows of the readable samples to those of all `count` samples: nan for failures."""
    if not failures:
        return rows
    import numpy as np

    spread = np.full((count, rows.shape[1]), np.nan, dtype=np.float32)
    spread[[i for i in range(count) if i not in failures]] = rows
    return spread


def _failures_of(opened: Sequence[Any], values: Sequence[Any]) -> dict[int, str]:
    return {i: name_file(values[i], r) for i, r in enumerate(opened) if isinstance(r, ImageError)}
