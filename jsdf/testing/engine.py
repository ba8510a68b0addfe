"""A fake engine that answers from a queue and records its calls."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from jsdf.engines.base import Engine, Kind, Question, Reply, Tokens
from jsdf.testing.answers import expected
from jsdf.testing.argument_checks import ENGINE_CHECKS, checked_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import numpy.typing as npt

FakeAnswer: TypeAlias = "Reply | Sequence[Any] | Exception | None"
Answers: TypeAlias = "Iterable[FakeAnswer] | Callable[[Question, Sequence[Any]], FakeAnswer]"

_engine_numbers = itertools.count()


class FakeEngine(Engine):
    """An engine without a network: pass it as `engine=`, then check its `calls`.

    Args:
        answers: One entry a request, consumed in order: a list of predictions, a `Reply`, or an
            exception to raise; or a function of question and values that returns one of these. An entry
            of None, requests after the last entry, and all requests by default are answered as by `expected`.
        batch_size: The maximum number of samples in one request.
        max_labels: The maximum number of labels in one request, None for no limit.
        rate: Requests a second, None for no limit.
        concurrency: The maximum number of requests in flight.
        kinds: The kinds of sample that the engine accepts.
        scores: True for replies with scores: 1 for each predicted label, otherwise 0.
        fail: Called with the values of each request; an exception that it returns is raised.
        identity: The name under which the store keeps the answers; by default each engine gets its own.

    Attributes:
        calls: All requests so far, including those that failed, as pairs (question, values).
    """

    name = "fake"

    @checked_arguments(ENGINE_CHECKS)
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
        self.calls: list[tuple[Question, list[Any]]] = []
        self._function = answers if callable(answers) else None
        self._queue = iter(()) if answers is None or callable(answers) else iter(answers)
        self._fail = fail
        self._identity = f"fake-{next(_engine_numbers)}" if identity is None else identity
        self._lock = threading.Lock()

    @property
    def identity(self) -> str:
        """The name under which the store keeps this engine's answers."""
        return self._identity

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Record the request and answer it with the next entry of `answers`; see `Session.classify`."""
        answer = self._next_answer(question, values)
        error = self._fail(values) if self._fail is not None else None
        if isinstance(answer, Exception):
            raise answer
        if error is not None:
            raise error
        if isinstance(answer, Reply):
            return answer
        if answer is None:
            answer = [expected(value, question.labels, question.multiple) for value in values]
        return self._reply(question, answer)

    def _next_answer(self, question: Question, values: Sequence[Any]) -> FakeAnswer:
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
    scores = np.zeros((len(predictions), len(question.labels)), dtype=np.float32)
    for row, prediction in enumerate(predictions):
        for name in prediction if isinstance(prediction, list) else [prediction]:
            column = question.labels.find(name)
            if column is not None:
                scores[row, column] = 1.0
    return scores
