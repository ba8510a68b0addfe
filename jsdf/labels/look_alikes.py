"""Warn of labels that people, and engines, can hardly tell apart."""

from __future__ import annotations

import unicodedata

from jsdf.formatting.text import quote
from jsdf.labels.label_set import LabelSet
from jsdf.utils.call_site import warn
from jsdf.utils.characters import fold, is_invisible

_MAX_CHARS = 80


def warn_of_look_alikes(labels: LabelSet) -> None:
    """Warn if two classes have texts that differ only by case, blanks, Unicode form or invisible characters."""
    owners: dict[str, tuple[str, str]] = {}
    pairs = []
    for label_class in labels.classes:
        for text in dict.fromkeys([label_class.name, *(m.value for m in label_class.members if m.type == "text")]):
            owner, first = owners.setdefault(fold(text), (label_class.name, text))
            if owner != label_class.name and first != text:
                pairs.append((first, text))
    if pairs:
        (one, other), more = pairs[0], f" (and {len(pairs) - 1:,} more)" if len(pairs) > 1 else ""
        difference, is_visible = _difference(one, other)
        show = quote if is_visible else _quote_ascii
        warn(
            f"labels: {show(one, _MAX_CHARS)} and {show(other, _MAX_CHARS)}{more} differ only by {difference}; "
            "give them names that can be told apart, or make them one label"
        )


def _difference(one: str, other: str) -> tuple[str, bool]:
    """Return what two texts differ by, and whether their `repr` shows it."""
    if _without_case(one) == _without_case(other):
        return "case", True
    if _without_case("".join(one.split())) == _without_case("".join(other.split())):
        return "blanks", True
    visible = ["".join(c for c in text if not is_invisible(c)) for text in (one, other)]
    if _without_case(visible[0]) == _without_case(visible[1]):
        return "invisible characters", False
    forms = [unicodedata.normalize("NFKC", text) for text in visible]
    return "their Unicode form" if forms[0] == forms[1] else "case, blanks or their Unicode form", False


def _without_case(text: str) -> str:
    """Return a text without case; a ligature keeps its form, although it would be folded to letters."""
    return text.casefold() if unicodedata.is_normalized("NFKC", text) else text.lower()


def _quote_ascii(text: str, max_chars: int) -> str:
    shown = ascii(text)
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "\u2026"
