"""What the words of a label ask for: a likeness, or the absence of one.

A sentence model puts "not spam" right beside "spam", so that likeness to the words cannot answer it. The
rule, which reads descriptions only (of a plain label the name is the description; the name of a described
label changes no answer, since the store keeps answers without it):

1. A description that says "something else" (other, others, none of these, none of the above, neither,
   anything else, miscellaneous, unrelated, irrelevant, off-topic, uncategorised, unknown, n/a, ...) is the
   complement of every class that is not a complement itself.
2. A description that negates (not X, no X, non-X, isn't X, without X, nothing about X, anything but X,
   ...) is the complement of the class that X describes, once case, articles and punctuation are off.
   So is "ham" where "spam" is a label.
3. Where X is no label, X is looked for as a hidden class, and the label is its complement. Joined forms
   ("no-code", "nonprofit") are words of their own unless X is a label.
4. A class that also has a description of another sort is known by that one; its negations are left out.
5. Where nothing is left to be the complement of, the words are taken as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.labels import Label, LabelClass, LabelSet

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

#: Stands before the address of an example picture, where descriptions are words: no description begins with it.
IMAGE_PREFIX = "\0"

_THING = r"(?:(?:anything|everything|something|it|this|that|(?:(?:a|the|this|these) )?(?:text|message|review|post)s?)"
_SUBJECT = _THING + r"(?: that| which)?(?: is|'s| are| was| were)? )?"
_ABOUT = re.compile(
    r"^(?:(?:a|an|the|any|about|really|related to|relating to|mention of|mentions of|sign of|signs of|of) )+"
)
_NEGATION = re.compile(
    _SUBJECT
    + r"(?:(?:(?:is|are|was|were|does|do|has|have) )?not|isn'?t|aren'?t|wasn'?t|doesn'?t|don'?t|no|non|never"
    + r"|without|nothing|lacks|lacking|lack of|absence of|(?:anything|everything|all) (?:but|except)|other than)"
    + r" (?:(?:be|been|have|contain|containing|mention|mentioning) )?(?P<rest>.+)"
)
_JOINED = re.compile(r"(?:not-|non-?|no-)(?P<rest>.+)")
_REST = re.compile(
    _SUBJECT
    + r"(?:(?:all |any |every)?(?:the )?(?:others?|rest|remainder)"
    + r"(?: (?:topic|class|label|category|categorie|subject|text|thing)(?:e?s)?)?"
    + r"|(?:none|neither|nothing|not any|not one)(?: of (?:the )?(?:these|them|those|above|others?|rest|all|two))?"
    + r"|(?:some|any|every)(?:thing|one) else|else|something different|not listed|misc|miscellaneous"
    + r"|unrelated|irrelevant|not relevant|not related|off[ -]topic|not applicable|n/a|unknown"
    + r"|uncategori[sz]ed|unclassified)"
)
#: Words that mean the absence of another label, where that label is there.
_OPPOSITES = {"ham": "spam"}


@dataclass(frozen=True)
class Meaning:
    """How one class is answered.

    Args:
        descriptions: Descriptions to be like; of a hidden class, where `is_implicit`. Empty for other complements.
        complement_of: Positions of the classes none of which may hold; its own position where `is_implicit`,
            empty for an ordinary class.
        is_implicit: True for the complement of `descriptions`, which is no class of the set.
    """

    descriptions: tuple[str, ...] = ()
    complement_of: tuple[int, ...] = ()
    is_implicit: bool = False


def read_meanings(labels: LabelSet) -> tuple[Meaning, ...]:
    """The meaning of each class, in the order of `labels`; see the rule above."""
    said = [_descriptions(cls) for cls in labels.classes]
    everything = {normalize(text) for texts in said for text in texts}
    plain = [tuple(text for text in texts if not _is_complement(text, everything)) for texts in said]
    named = {normalize(text): i for i, texts in enumerate(plain) for text in texts}
    return tuple(_meaning(i, said[i], plain[i], named) for i in range(len(said)))


def _meaning(position: int, said: tuple[str, ...], plain: tuple[str, ...], named: Mapping[str, int]) -> Meaning:
    if plain:
        return Meaning(plain)
    affirmed = tuple(sorted(set(named.values())))
    if any(_says_rest(text) for text in said):
        return Meaning(complement_of=affirmed) if affirmed else Meaning(said)
    negated = [words for text in said if (words := negated_words(text, named)) is not None]
    known = tuple(sorted({named[words] for words in negated if words in named}))
    return Meaning(complement_of=known) if known else Meaning(tuple(negated), (position,), is_implicit=True)


def negated_words(text: str, named: Container[str] = ()) -> str | None:
    """What a description negates, folded: "Not a hotdog" -> "hotdog"; None where it negates nothing.

    Args:
        text: A description.
        named: The folded descriptions of the other labels ; joined negations and
            opposites count only among them.
    """
    words = _plain(text)
    found = _NEGATION.fullmatch(words)
    if found:
        return normalize(found["rest"])
    joined = _JOINED.fullmatch(words)
    guess = normalize(joined["rest"]) if joined else _OPPOSITES.get(words, "")
    return guess if guess and guess in named else None


def normalize(text: str) -> str:
    """Without case, punctuation at the ends, and what may stand before a noun: "About the Law." -> "law"."""
    words = _plain(text)
    return _ABOUT.sub("", words) or words


def _plain(text: str) -> str:
    straight = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("_", " ").casefold()
    return " ".join(straight.split()).strip(" .,;:!?\"'()[]")


def _says_rest(text: str) -> bool:
    return _REST.fullmatch(_plain(text)) is not None


def _is_complement(text: str, everything: set[str]) -> bool:
    return _says_rest(text) or negated_words(text, everything) is not None


def _descriptions(cls: LabelClass) -> tuple[str, ...]:
    return tuple(member.value for member in cls.members)


def with_image_placeholders(labels: LabelSet) -> LabelSet:
    """Labels whose every member is a text: a description, or `IMAGE_PREFIX` with the address of an example picture.

    An example is a description like any other, so that the rules above count it as one; what it is said to
    show is another.
    """
    return LabelSet(
        tuple(
            LabelClass(cls.name, tuple(Label(text, cls.name) for member in cls.members for text in _said(member)))
            for cls in labels.classes
        )
    )


def _said(member: Label) -> list[str]:
    if member.type == "text":
        return [member.value]
    return [IMAGE_PREFIX + member.value, *([member.text] if member.text else [])]
