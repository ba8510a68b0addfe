"""Remove a secret from a text that a service wrote, in whatever spelling it stands there."""

from __future__ import annotations

import base64
import re

_HIDDEN = "***"
#: Spellings of a character in JSON, Python, URLs and HTML; a URL may be encoded twice, a string quoted twice.
_ESCAPE = re.compile(
    r"\\+(?:u00([0-9a-f]{2})|x([0-9a-f]{2}))|%(?:25)*([0-9a-f]{2})|&#0*([0-9]{1,3});|&#x0*([0-9a-f]{2});|\\+",
    re.IGNORECASE,
)
_ESCAPES = re.compile(r"[\\%&\0]")
_DECIMAL = 4  # the group in `_ESCAPE` that holds a decimal number
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
#: Secrets of fewer characters are searched for only as they are and character by character: their encoded forms are
#: short enough to occur by chance.
_MIN_ENCODED = 8


class Redaction:
    """Search for a secret in all spellings.

    Args:
        secret: The secret, of printable ASCII characters.
    """

    def __init__(self, secret: str) -> None:
        forms = [secret, *(_encoded(secret) if len(secret) >= _MIN_ENCODED else ())]
        self._forms = [form.lower() for form in forms]
        #: False if the secret itself may look like an escape, so that only the slow search is sure.
        self._is_simple = not set(secret) & set("\\%&")
        self._patterns = [re.compile("".join(map(_any_spelling, form)), re.IGNORECASE) for form in forms]

    def redact(self, text: str) -> str:
        """Return the text with three asterisks for the secret."""
        if self._is_simple and not self._is_in(text):
            return text
        for pattern in self._patterns:
            text = pattern.sub(_HIDDEN, text)
        return _HIDDEN if self._is_simple and self._is_in(text) else text

    def _is_in(self, text: str) -> bool:
        lower = text.lower()
        if any(form in lower for form in self._forms):
            return True
        plain = _plain(text) if _ESCAPES.search(text) else ""
        return any(form in plain for form in self._forms)


def _plain(text: str) -> str:
    """Return the text in lower case, without escapes."""
    for char, name in _NAMED.items():
        text = text.replace(name, char)
    return _ESCAPE.sub(_unescape, text).replace("\0", "").lower()


def _unescape(match: re.Match[str]) -> str:
    group = match.lastindex
    return "" if group is None else chr(int(match[group], 10 if group == _DECIMAL else 16))


def _any_spelling(char: str) -> str:
    code = f"{ord(char):02x}"
    # The repetitions are limited, since a search would otherwise take the square of their number.
    number = f"&#0{{0,8}}{ord(char)};|&#x0{{0,8}}{code};"
    escaped = rf"\\{{0,8}}{re.escape(char)}|\\{{1,8}}(?:u00|x){code}|%(?:25){{0,4}}{code}|{number}"
    named = f"|{_NAMED[char]}" if char in _NAMED else ""
    return rf"\0{{0,4}}(?:{escaped}{named})"


def _encoded(secret: str) -> list[str]:
    """Return the hexadecimal form, and the base64 forms at each position within a longer text, in both alphabets."""
    forms = [secret.encode().hex()]
    for before in range(3):
        whole = base64.b64encode(b" " * before + secret.encode()).decode().rstrip("=")
        start = -(-8 * before // 6)
        end = 8 * (before + len(secret)) // 6  # the characters that hold bits of the secret alone
        core = whole[start:end]
        forms += {core, core.replace("+", "-").replace("/", "_")}
    return forms
