"""Interpret labels: a label describes a class, or is the complement of other classes ("other", "not X").

A sentence model embeds "not spam" right beside "spam", so similarity to the words alone cannot tell them apart. The
rules read descriptions only (of a plain label, the name is the description; the name of a described label must not
change any answer, since stored answers do not depend on it):

1. A description that means "something else" (other, others, none of these, none of the above, neither, anything
   else, miscellaneous, unrelated, irrelevant, off-topic, uncategorised, unknown, n/a, ...) is the complement of every
   class that is not a complement itself.
2. A negation (not X, no X, non-X, isn't X, without X, nothing about X, anything but X, ...) is the complement of the
   class that X describes; case, articles and punctuation are ignored. So is "ham" if "spam" is a label.
3. If X is not a label, X becomes an implicit class, and the label is its complement. Joined forms ("no-code",
   "nonprofit") are ordinary descriptions unless X is a label.
4. A class that also has a description that is not a complement is represented by that one; its negations are ignored.
5. If there is no class of which a label could be the complement, its description is used as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.labels import Label, LabelClass, LabelSet

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

#: Marks a description as the address of an example image; no description begins with it.
IMAGE_PREFIX = "\0"

_THING = r"(?:(?:anything|everything|something|it|this|that|(?:(?:a|the|this|these) )?(?:text|message|review|post)s?)"
_SUBJECT = _THING + r"(?: that| which)?(?: is|'s| are| was| were)? )?"
_LEADING_WORDS = re.compile(
    r"^(?:(?:a|an|the|any|about|really|related to|relating to|mention of|mentions of|sign of|signs of|of) )+"
)
_NEGATION = re.compile(
    _SUBJECT
    + r"(?:(?:(?:is|are|was|were|does|do|has|have) )?not|isn'?t|aren'?t|wasn'?t|doesn'?t|don'?t|no|non|never"
    + r"|without|nothing|lacks|lacking|lack of|absence of|(?:anything|everything|all) (?:but|except)|other than)"
    + r" (?:(?:be|been|have|contain|containing|mention|mentioning) )?(?P<rest>.+)"
)
_JOINED_NEGATION = re.compile(r"(?:not-|non-?|no-)(?P<rest>.+)")
_REST = re.compile(
    _SUBJECT
    + r"(?:(?:all |any |every)?(?:the )?(?:others?|rest|remainder)"
    + r"(?: (?:topic|class|label|category|categorie|subject|text|thing)(?:e?s)?)?"
    + r"|(?:none|neither|nothing|not any|not one)(?: of (?:the )?(?:these|them|those|above|others?|rest|all|two))?"
    + r"|(?:some|any|every)(?:thing|one) else|else|something different|not listed|misc|miscellaneous"
    + r"|unrelated|irrelevant|not relevant|not related|off[ -]topic|not applicable|n/a|unknown"
    + r"|uncategori[sz]ed|unclassified)"
)
#: Word -> the label whose absence it means, if that label is in the set.
_OPPOSITES = {"ham": "spam"}


@dataclass(frozen=True)
class Meaning:
    """Interpretation of one class: its descriptions, or the classes it is the complement of.

    Args:
        descriptions: Descriptions that samples are compared with; those of the implicit class if `is_implicit`.
            Empty for other complements.
        complement_of: Positions of the classes that are excluded; its own position if `is_implicit`. Empty for an
            ordinary class.
        is_implicit: True for the complement of an implicit class, which has `descriptions` but is not in the set.
    """

    descriptions: tuple[str, ...] = ()
    complement_of: tuple[int, ...] = ()
    is_implicit: bool = False


def read_meanings(labels: LabelSet) -> tuple[Meaning, ...]:
    """Return the meaning of each class, in the order of `labels`, by the rules of the module docstring."""
    descriptions = [_descriptions(cls) for cls in labels.classes]
    normalized = {normalize(text) for texts in descriptions for text in texts}
    affirmative = [tuple(text for text in texts if not _is_complement(text, normalized)) for texts in descriptions]
    positions = {normalize(text): i for i, texts in enumerate(affirmative) for text in texts}
    return tuple(_meaning(i, descriptions[i], affirmative[i], positions) for i in range(len(descriptions)))


def _meaning(
    position: int, descriptions: tuple[str, ...], affirmative: tuple[str, ...], positions: Mapping[str, int]
) -> Meaning:
    if affirmative:
        return Meaning(affirmative)
    ordinary = tuple(sorted(set(positions.values())))
    if any(_is_rest(text) for text in descriptions):
        return Meaning(complement_of=ordinary) if ordinary else Meaning(descriptions)
    negated = [words for text in descriptions if (words := negated_words(text, positions)) is not None]
    excluded = tuple(sorted({positions[words] for words in negated if words in positions}))
    return Meaning(complement_of=excluded) if excluded else Meaning(tuple(negated), (position,), is_implicit=True)


def negated_words(text: str, other_labels: Container[str] = ()) -> str | None:
    """Return the words that a description negates, normalized, or None: "Not a hotdog" -> "hotdog".

    Args:
        text: A description.
        other_labels: The normalized descriptions of the other labels; joined negations and opposites are recognised
            only if they refer to one of these.
    """
    words = _clean(text)
    negation = _NEGATION.fullmatch(words)
    if negation:
        return normalize(negation["rest"])
    joined = _JOINED_NEGATION.fullmatch(words)
    candidate = normalize(joined["rest"]) if joined else _OPPOSITES.get(words, "")
    return candidate if candidate and candidate in other_labels else None


def normalize(text: str) -> str:
    """Remove case, outer punctuation and leading articles and prepositions: "About the Law." -> "law"."""
    words = _clean(text)
    return _LEADING_WORDS.sub("", words) or words


def _clean(text: str) -> str:
    straight = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("_", " ").casefold()
    return " ".join(straight.split()).strip(" .,;:!?\"'()[]")


def _is_rest(text: str) -> bool:
    return _REST.fullmatch(_clean(text)) is not None


def _is_complement(text: str, other_labels: set[str]) -> bool:
    return _is_rest(text) or negated_words(text, other_labels) is not None


def _descriptions(cls: LabelClass) -> tuple[str, ...]:
    return tuple(member.value for member in cls.members)


def with_image_placeholders(labels: LabelSet) -> LabelSet:
    """Return the labels with every example image replaced by a text: `IMAGE_PREFIX` followed by its address.

    The rules of this module thus count an example image as one description, and its caption, if it has one, as
    another.
    """
    return LabelSet(
        tuple(
            LabelClass(
                cls.name, tuple(Label(text, cls.name) for member in cls.members for text in _member_texts(member))
            )
            for cls in labels.classes
        )
    )


def _member_texts(member: Label) -> list[str]:
    if member.type == "text":
        return [member.value]
    return [IMAGE_PREFIX + member.value, *([member.text] if member.text else [])]
