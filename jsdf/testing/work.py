"""The fake's work: the right answer to a request, and what it is said to cost."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from jsdf.testing.answers import AnswersWith, Choice, choices, choose
from jsdf.testing.wire import Send, send_json

if TYPE_CHECKING:
    from jsdf.testing.contract import Request
    from jsdf.testing.files import FileStore

Prediction: TypeAlias = "str | list[str]"
Answer: TypeAlias = Callable[[str, "tuple[Mapping[str, Any], ...]", bool, "str | None"], "Prediction | None"]


class Worker:
    """Answers requests that keep the contract.

    Args:
        answer: As for `FakeService`.
        answers_with: As for `FakeService`.
        usage: Whether answers carry `_usage` and `log_id`.
        files: Where the contents of uploaded images are.
    """

    def __init__(
        self,
        answer: Answer | Mapping[str, Prediction] | None,
        answers_with: AnswersWith,
        usage: bool,
        files: FileStore,
    ) -> None:
        self._answer = answer
        self._answers_with: AnswersWith = answers_with
        self._usage = usage
        self._files = files
        self._log_ids = itertools.count()

    def reply(self, request: Request) -> Send:
        """The answer as the contract says."""
        among = choices(request.labels)
        for label in request.labels:
            self._fetch(label["type"], label["value"])
        predictions = [self._predict(value, request, among) for value in request.values]
        body: dict[str, Any] = {"success": True, "predictions": predictions}
        if self._usage:
            body |= {"_usage": _tokens(request), "log_id": f"log-{next(self._log_ids)}"}
        return send_json(200, body)

    def _predict(self, value: str, request: Request, among: list[Choice]) -> Prediction:
        content = self._fetch(request.kind, value)
        told = None
        if isinstance(self._answer, Mapping):
            told = self._answer.get(value)
        elif self._answer is not None:
            told = self._answer(value, request.labels, request.multiple, request.task)
        if told is not None:
            return told
        return choose(value if content is None else content, among, request.multiple, self._answers_with)

    def _fetch(self, kind: str, value: str) -> bytes | None:
        """Look an image up whoever answers, as the service would: one that is gone fails the request."""
        return self._files.content(value) if kind == "image" else None


def _tokens(request: Request) -> dict[str, int]:
    """About four characters a token; what matters is that the sums can be checked."""
    texts = [*request.values, *(label["value"] for label in request.labels)]
    read = sum(1 + len(text) // 4 for text in texts)
    counts = {"input_tokens": read, "output_tokens": 2 * len(request.values), "inference_time_tokens": 100}
    return {**counts, "total_tokens": sum(counts.values())}
