"""Characters that cannot be seen, or cannot be encoded: blank texts, surrogates, and texts that look alike."""

from __future__ import annotations

import re
import unicodedata

#: Characters that show nothing although their Unicode category is that of letters, marks or symbols: the grapheme
#: joiner, the fillers of Hangul, inherent vowels of Khmer, variation selectors, tags, and the empty Braille pattern.
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
#: Control and format characters, and the separators of words, lines and paragraphs.
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_SURROGATE = re.compile("[\ud800-\udfff]")
#: A surrogate that escapes no byte, by PEP 383.
_OTHER_SURROGATE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def is_blank(text: str) -> bool:
    """Return True if a text has no character that can be seen: only blanks, control, format and filler characters."""
    if "!" <= text[:1] <= "~":  # most texts begin with a visible ASCII character
        return False
    return all(map(is_invisible, text))


def is_invisible(char: str) -> bool:
    """Return True if a character shows nothing by itself: a blank, or a control, format or filler character."""
    return unicodedata.category(char) in _INVISIBLE_CATEGORIES or _FILLERS.match(char) is not None


def has_surrogate(text: str) -> bool:
    """Return True if a text holds a surrogate, half of a character in UTF-16, which UTF-8 cannot encode."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def escapes_bytes(text: str) -> bool:
    """Return True if a text holds surrogates that all escape bytes, as in a file's name that is not UTF-8."""
    return has_surrogate(text) and _OTHER_SURROGATE.search(text) is None


def join_surrogates(text: str, errors: str = "surrogatepass") -> str:
    """Join pairs of surrogates to the character that they stand for; `errors` says what becomes of lone ones."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors) if has_surrogate(text) else text


def repair_surrogates(text: str) -> str:
    """Join pairs of surrogates to the character that they stand for, and replace each lone one by U+FFFD."""
    return join_surrogates(text, "replace")


def fold(text: str) -> str:
    """Return a form that is equal for texts that differ only by case, blanks, Unicode form or invisible characters."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if not is_invisible(c))
    return unicodedata.normalize("NFKC", visible.casefold())
