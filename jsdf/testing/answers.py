"""Compute the fake's answers: each is chosen by a digest, so a test can predict it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from jsdf.labels import Labels, LabelSet, parse
from jsdf.testing.messages import Response, send_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jsdf.testing.file_store import FakeFileStore
    from jsdf.testing.validation import Request

AnswersWith: TypeAlias = Literal["key", "value"]

#: Compared with one digest byte (0 to 255): with `multiple`, a label applies to 3 samples in 8, so some get no label.
_APPLIES_BELOW = 96


@dataclass(frozen=True)
class LabelChoice:
    """A class of a request: all labels that share a key.

    Args:
        key: The name of the class: the key of its labels, or the value where they have no key.
        value: The value of its first label.
        seed: A digest of its descriptions. The key and the order of the labels do not change it.
    """

    key: str
    value: str
    seed: bytes


def expected(
    value: object, labels: Labels | LabelSet, multiple: bool = False, *, answers_with: AnswersWith = "key"
) -> str | list[str]:
    """Return the label that a fake answers for a sample by default.

    Every class gets a score from a digest of the sample and of the descriptions of the class; the highest
    score wins. The order of the labels, their keys and a classification in several rounds do not change the answer.

    Args:
        value: The sample: a text, the URL of an image, or the bytes of an image in the file store.
        labels: The labels in any form that `jsdf.classify` takes.
        multiple: True for a list of all labels that apply, which may be empty.
        answers_with: `"key"` or `"value"`: the name to return for a label that has both.

    Returns:
        The name of a label, or a list of names in the order of `labels`.
    """
    label_set = labels if isinstance(labels, LabelSet) else parse(labels)
    return choose_label(value, label_choices(label_set.to_json()), multiple, answers_with)


def label_choices(labels: Iterable[Mapping[str, Any]]) -> list[LabelChoice]:
    """Return the classes of a request's `labels`; labels that share a key are one class."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for label in labels:
        groups.setdefault(str(label.get("key", label["value"])), []).append(label)
    return [LabelChoice(key, group[0]["value"], _seed(group)) for key, group in groups.items()]


def choose_label(
    value: object, choices: Sequence[LabelChoice], multiple: bool, answers_with: AnswersWith = "key"
) -> str | list[str]:
    """Return the answer of `expected` for labels that are grouped into classes already."""
    sample = _encode(value)
    scores = [blake2b(sample, digest_size=8, key=choice.seed).digest() for choice in choices]
    names = [getattr(choice, answers_with) for choice in choices]
    if multiple:
        return [name for name, score in zip(names, scores, strict=True) if score[-1] < _APPLIES_BELOW]
    return str(names[scores.index(max(scores))])


def digest(value: object) -> str:
    """Return the 16 hexadecimal digits that identify a value in the `--ledger` file of `python -m jsdf.testing`."""
    return blake2b(_encode(value), digest_size=8).hexdigest()


def _seed(group: Iterable[Mapping[str, Any]]) -> bytes:
    parts = sorted(repr((m.get("type", "text"), m["value"], m.get("text"))) for m in group)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _encode(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


Prediction: TypeAlias = "str | list[str]"
Answer: TypeAlias = Callable[[str, "tuple[Mapping[str, Any], ...]", bool, "str | None"], "Prediction | None"]


class Answerer:
    """Handler that answers valid classification requests, by `expected` or as the user decides.

    Args:
        answer: As for `FakeService`.
        answers_with: As for `FakeService`.
        usage: True to include `_usage` and `log_id` in answers.
        files: The file store that holds the contents of uploaded images.
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
        """Return the correct response to a request.

        Raises:
            ServiceRefusal: 422 where an image of the file store was deleted.
        """
        choices = label_choices(request.labels)
        for label in request.labels:
            self._fetch(label["type"], label["value"])
        predictions = [self._predict(value, request, choices) for value in request.values]
        body: dict[str, Any] = {"success": True, "predictions": predictions}
        if self._usage:
            body |= {"_usage": _token_usage(request), "log_id": f"log-{next(self._log_ids)}"}
        return send_json(200, body)

    def _predict(self, value: str, request: Request, choices: list[LabelChoice]) -> Prediction:
        # Also where `answer` decides: like the service, the fake fails a request whose image was deleted.
        content = self._fetch(request.kind, value)
        prediction = None
        if isinstance(self._answer, Mapping):
            prediction = self._answer.get(value)
        elif self._answer is not None:
            prediction = self._answer(value, request.labels, request.multiple, request.task)
        if prediction is not None:
            return prediction
        return choose_label(value if content is None else content, choices, request.multiple, self._answers_with)

    def _fetch(self, kind: str, value: str) -> bytes | None:
        """Return the bytes of an image in the file store, None for a text or for an image elsewhere."""
        return self._files.content(value) if kind == "image" else None


def _token_usage(request: Request) -> dict[str, int]:
    """Estimate `_usage`, at four characters a token, by a simple rule so that tests can check the sums."""
    texts = [*request.values, *(label["value"] for label in request.labels)]
    input_tokens = sum(1 + len(text) // 4 for text in texts)
    counts = {"input_tokens": input_tokens, "output_tokens": 2 * len(request.values), "inference_time_tokens": 100}
    return {**counts, "total_tokens": sum(counts.values())}
