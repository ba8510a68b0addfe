"""What the fake answers: a choice that anybody can work out beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from jsdf.labels import Labels, LabelSet, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

AnswersWith: TypeAlias = Literal["key", "value"]

#: Of 256: a class applies to about three samples in eight of a multiple question, so that some have none.
_APPLIES_BELOW = 96


@dataclass(frozen=True)
class Choice:
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
    return choose(value, choices(found.wire()), multiple, answers_with)


def choices(labels: Iterable[Mapping[str, Any]]) -> list[Choice]:
    """The classes of a request's `labels`: those that share a key are one."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for label in labels:
        groups.setdefault(str(label.get("key", label["value"])), []).append(label)
    return [Choice(key, group[0]["value"], _seed(group)) for key, group in groups.items()]


def choose(
    value: object, among: Sequence[Choice], multiple: bool, answers_with: AnswersWith = "key"
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
