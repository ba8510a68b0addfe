"""Local engine that learns from the examples of a call: a head on its embeddings and zero-shot scores.

A few examples with one label each make a `KernelHead`; more of them, or any number of labels each, a linear `Head`.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.base import Engine, Question, Reply
from jsdf.engines.local.caching import LRUCache
from jsdf.engines.local.learned.head import Head, fit_head, require_judge
from jsdf.engines.local.learned.kernel_head import KernelHead, fit_kernel_head
from jsdf.labels import invalid_example_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    import numpy.typing as npt

    from jsdf.engines.base import Kind, Session
    from jsdf.labels import Examples

    Floats32 = npt.NDArray[np.float32]
    AnyHead = Head | KernelHead

#: Increment this when the same examples would give other answers: it is part of the identity by which the store knows
#: them.
_RULES = 2
#: Examples a label, in the mean, up to which a kernel head is used: it is as good with more, but takes more time a row.
MOST_FOR_KERNEL = 20
#: Attributes of the engine that learns.
_COPIED = ("batch_size", "first_batch_size", "max_labels", "rate", "concurrency", "kinds", "has_scores")


class ExampleEngine(Engine):
    """Engine that answers as another one does, corrected by what the examples of a call show.

    Args:
        engine: Engine whose replies have scores, and vectors if it has embeddings.
        examples: The examples; at the start of each run, the engine is asked about them.

    Raises:
        MissingExtraError: SciPy is not installed.
    """

    def __init__(self, engine: Engine, examples: Examples) -> None:
        require_judge()
        self.name, self.follows_tasks = engine.name, engine.follows_tasks
        for name in _COPIED:
            setattr(self, name, getattr(engine, name))
        self._engine, self._examples = engine, examples

    @property
    def identity(self) -> str:
        """Identify the engine and, by their digest, the examples."""
        return f"{self._engine.identity}+examples:rules-{_RULES}:{self._examples.digest.hex()}"

    def startup_note(self, kind: Kind) -> str:
        """Return the note of the engine, or that it learns."""
        return self._engine.startup_note(kind) or "learning from the examples"

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open a session of the engine, which learns with the first request."""
        async with self._engine.session() as session:
            yield ExampleSession(session, self._examples, self._engine.batch_size)


class ExampleSession:
    """Session of an `ExampleEngine`.

    Args:
        session: Session of the engine that labels samples and examples.
        examples: The examples.
        batch_size: Examples to ask about at a time.
    """

    def __init__(self, session: Session, examples: Examples, batch_size: int) -> None:
        self._session, self._batch_size = session, batch_size
        # In an order of their own, so that the same examples give the same head.
        self._items = sorted(examples.items, key=lambda item: item.content)
        self._examples = examples
        self._heads: LRUCache[asyncio.Task[AnyHead | None]] = LRUCache()

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request, as `Session.classify`.

        Raises:
            InvalidLabelsError: An image among the examples cannot be opened.
        """
        task = self._heads.get_or_create(question, lambda: asyncio.ensure_future(self._fit(question)))
        head = await asyncio.shield(task)  # cancelling one request must not cancel what another one awaits
        reply = await self._session.classify(question, values)
        return reply if head is None else await asyncio.to_thread(_correct, reply, head, question)

    async def _fit(self, question: Question) -> AnyHead | None:
        """Ask the engine about the examples, and fit the head; None if it can read none of them."""
        starts = range(0, len(self._items), self._batch_size)
        parts = [self._items[start : start + self._batch_size] for start in starts]
        replies = [await self._session.classify(question, [item.value for item in part]) for part in parts]
        known = [
            (item, reply, position)
            for part, reply in zip(parts, replies, strict=True)
            for position, item in enumerate(part)
            if not self._is_unread(reply, position, item.value, item.labels)
        ]
        if not known:
            return None
        vectors = _rows([(reply.vectors, position) for _, reply, position in known])
        scores = _rows([(reply.scores, position) for _, reply, position in known])
        if scores is None:
            return None
        targets = _targets([item.labels for item, _, _ in known], len(question.labels), multiple=question.multiple)
        return await asyncio.to_thread(fit_examples, vectors, scores, targets, multiple=question.multiple)

    def _is_unread(self, reply: Reply, position: int, value: str, labels: tuple[int, ...]) -> bool:
        """Return True for a text without a word that the model knows."""
        if position in reply.failures:
            name = self._examples.label_set.names[labels[0]] if labels else "no label"
            raise invalid_example_error(name, value, reply.failures[position])
        return position in reply.unknown


def fit_examples(vectors: Floats32 | None, scores: Floats32, targets: npt.NDArray[Any], *, multiple: bool) -> AnyHead:
    """Return the head that suits the number of examples; the arguments are those of `fit_head`."""
    if multiple or vectors is None or len(targets) > MOST_FOR_KERNEL * len(np.unique(targets)):
        return fit_head(vectors, scores, targets, multiple=multiple, seed=0)
    return fit_kernel_head(vectors, scores, targets)


def _rows(places: list[tuple[Floats32 | None, int]]) -> Floats32 | None:
    """Return rows of arrays, by their positions, as one array; None if any of the arrays is missing."""
    rows = [array[position] for array, position in places if array is not None]
    return np.array(rows, np.float32) if len(rows) == len(places) else None


def _targets(labels: list[tuple[int, ...]], classes: int, *, multiple: bool) -> npt.NDArray[Any]:
    """Return the labels of examples as codes, or as a multi-hot array for a multi-label question."""
    if not multiple:
        return np.array([codes[0] for codes in labels], np.intp)
    return np.array([np.isin(np.arange(classes), codes) for codes in labels], bool).reshape(len(labels), classes)


def _correct(reply: Reply, head: AnyHead, question: Question) -> Reply:
    """Return a reply with the scores of the head, and the predictions that follow from them."""
    if reply.scores is None:
        return reply
    left_out = {*reply.failures, *reply.unknown}
    scores, names, predictions = (
        head.scores(reply.vectors, reply.scores),
        question.labels.names,
        list(reply.predictions),
    )
    for row in range(len(predictions)):
        if row in left_out or np.isnan(scores[row]).any():
            scores[row] = reply.scores[row]
        elif question.multiple:
            predictions[row] = [names[i] for i in np.flatnonzero(scores[row] >= 0.5)]
        else:
            predictions[row] = names[scores[row].argmax()]
    return replace(reply, predictions=predictions, scores=scores)
