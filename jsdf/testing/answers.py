"""What the fake answers: a choice that anybody can work out beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from jsdf.labels import Labels, LabelSet, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from jsdf.testing.messages import Response, send_json

if TYPE_CHECKING:
    from jsdf.testing.file_store import FakeFileStore
    from jsdf.testing.validation import Request


AnswersWith: TypeAlias = Literal["key", "value"]

#: Of 256: a class applies to about three samples in eight of a multiple question, so that some have none.
_APPLIES_BELOW = 96


@dataclass(frozen=True)
class LabelChoice:
    """A class as it came over the wire.

    Args:
        key: What names it: the key, else the value.
        value: The value of its first label.
        seed: A digest of its descriptions; neither the key nor the order is in it.
    """

    key: str
    value: str
    seed: bytes


def expected(
    value: object, labels: Labels | LabelSet, multiple: bool = False, *, answers_with: AnswersWith = "key"
) -> str | list[str]:
    """What a fake answers for a sample unless it was told otherwise.

    Every class gets a score from a digest of the sample and of the class's descriptions, and the best
    one wins. So neither the order of the labels, nor their keys, nor a knock-out by rounds changes it.

    Args:
        value: The sample: a text, an image's address, or the bytes of an image in the file store.
        labels: The labels in any form that `jsdf.classify` takes.
        multiple: True for the list of all labels that apply, which may be empty.
        answers_with: Whether a label that has both is named by its `"key"` or by its `"value"`.

    Returns:
        A label's name, or a list of names in the order of `labels`.
    """
    found = labels if isinstance(labels, LabelSet) else parse(labels)
    return choose_label(value, label_choices(found.to_json()), multiple, answers_with)


def label_choices(labels: Iterable[Mapping[str, Any]]) -> list[LabelChoice]:
    """The classes of a request's `labels`: those that share a key are one."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for label in labels:
        groups.setdefault(str(label.get("key", label["value"])), []).append(label)
    return [LabelChoice(key, group[0]["value"], _seed(group)) for key, group in groups.items()]


def choose_label(
    value: object, among: Sequence[LabelChoice], multiple: bool, answers_with: AnswersWith = "key"
) -> str | list[str]:
    """As `expected`, for classes that are read already."""
    sample = _encode(value)
    scores = [blake2b(sample, digest_size=8, key=c.seed).digest() for c in among]
    names = [getattr(c, answers_with) for c in among]
    if multiple:
        return [name for name, score in zip(names, scores, strict=True) if score[-1] < _APPLIES_BELOW]
    return str(names[scores.index(max(scores))])


def digest(value: object) -> str:
    """The 16 hexadecimal digits that stand for a value in the ledger file of `python -m jsdf.testing`."""
    return blake2b(_encode(value), digest_size=8).hexdigest()


def _seed(group: Iterable[Mapping[str, Any]]) -> bytes:
    parts = sorted(repr((m.get("type", "text"), m["value"], m.get("text"))) for m in group)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _encode(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


Prediction: TypeAlias = "str | list[str]"
Answer: TypeAlias = Callable[[str, "tuple[Mapping[str, Any], ...]", bool, "str | None"], "Prediction | None"]


class Answerer:
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
        files: FakeFileStore,
    ) -> None:
        self._answer = answer
        self._answers_with: AnswersWith = answers_with
        self._usage = usage
        self._files = files
        self._log_ids = itertools.count()

    def reply(self, request: Request) -> Response:
        """The answer as the contract says."""
        among = label_choices(request.labels)
        for label in request.labels:
            self._fetch(label["type"], label["value"])
        predictions = [self._predict(value, request, among) for value in request.values]
        body: dict[str, Any] = {"success": True, "predictions": predictions}
        if self._usage:
            body |= {"_usage": _tokens(request), "log_id": f"log-{next(self._log_ids)}"}
        return send_json(200, body)

    def _predict(self, value: str, request: Request, among: list[LabelChoice]) -> Prediction:
        content = self._fetch(request.kind, value)
        told = None
        if isinstance(self._answer, Mapping):
            told = self._answer.get(value)
        elif self._answer is not None:
            told = self._answer(value, request.labels, request.multiple, request.task)
        if told is not None:
            return told
        return choose_label(value if content is None else content, among, request.multiple, self._answers_with)

    def _fetch(self, kind: str, value: str) -> bytes | None:
        """Look an image up whoever answers, as the service would: one that is gone fails the request."""
        return self._files.content(value) if kind == "image" else None


def _tokens(request: Request) -> dict[str, int]:
    """About four characters a token; what matters is that the sums can be checked."""
    texts = [*request.values, *(label["value"] for label in request.labels)]
    read = sum(1 + len(text) // 4 for text in texts)
    counts = {"input_tokens": read, "output_tokens": 2 * len(request.values), "inference_time_tokens": 100}
    return {**counts, "total_tokens": sum(counts.values())}
