"""An engine that answers from a queue and remembers what it was asked."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from jsdf.engines.base import Engine, Kind, Question, Reply, Tokens
from jsdf.testing.answers import expected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import numpy.typing as npt

Told: TypeAlias = "Reply | Sequence[Any] | Exception | None"
Answers: TypeAlias = "Iterable[Told] | Callable[[Question, Sequence[Any]], Told]"

_numbers = itertools.count()


class FakeEngine(Engine):
    """An engine without a network: hand it to `engine=`, then look at its `calls`.

    Args:
        answers: One entry a request, used up in order: a list of predictions, a `Reply`, or an
            exception to raise; or a function of question and values that returns one of these. What
            is None, everything after the last, and everything by default is answered as `expected` says.
        batch_size: The most samples of one request.
        max_labels: The most labels of one request, None for no limit.
        rate: Requests a second, None for as fast as it goes.
        concurrency: Requests in flight at once.
        kinds: The kinds of sample that it answers.
        scores: Whether replies come with scores: 1 for what is predicted, else 0.
        fail: Called with the values of each request; what it returns is raised, None is not.
        identity: What the store knows it by; by default no two engines share one.
    """

    name = "fake"

    def __init__(
        self,
        answers: Answers | None = None,
        *,
        batch_size: int = 32,
        max_labels: int | None = None,
        rate: float | None = None,
        concurrency: int = 8,
        kinds: Collection[Kind] = ("text", "image"),
        scores: bool = False,
        fail: Callable[[Sequence[Any]], Exception | None] | None = None,
        identity: str | None = None,
    ) -> None:
        self.batch_size = batch_size
        self.max_labels = max_labels
        self.rate = rate
        self.concurrency = concurrency
        self.kinds = frozenset(kinds)
        self.has_scores = scores
        #: Every request so far, those that failed included, as (question, values).
        self.calls: list[tuple[Question, list[Any]]] = []
        self._function = answers if callable(answers) else None
        self._queue = iter(()) if answers is None or callable(answers) else iter(answers)
        self._fail = fail
        self._identity = f"fake-{next(_numbers)}" if identity is None else identity
        self._lock = threading.Lock()

    @property
    def identity(self) -> str:
        """See `Engine.identity`."""
        return self._identity

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """See `Session.classify`."""
        told = self._note(question, values)
        error = self._fail(values) if self._fail is not None else None
        if isinstance(told, Exception):
            raise told
        if error is not None:
            raise error
        if isinstance(told, Reply):
            return told
        if told is None:
            told = [expected(value, question.labels, question.multiple) for value in values]
        return self._reply(question, told)

    def _note(self, question: Question, values: Sequence[Any]) -> Told:
        with self._lock:
            self.calls.append((question, list(values)))
            if self._function is None:
                return next(self._queue, None)
        return self._function(question, values)

    def _reply(self, question: Question, predictions: Sequence[Any]) -> Reply:
        scores = _scores(question, predictions) if self.has_scores else None
        n = len(predictions)
        return Reply(predictions, scores, Tokens(n, n, 0, 2 * n, reported=True))


def _scores(question: Question, predictions: Sequence[Any]) -> npt.NDArray[np.float32]:
    found = np.zeros((len(predictions), len(question.labels)), dtype=np.float32)
    for row, prediction in enumerate(predictions):
        for name in prediction if isinstance(prediction, list) else [prediction]:
            column = question.labels.find(name)
            if column is not None:
                found[row, column] = 1.0
    return found
