"""Remove a secret from a text that a service wrote, in whatever spelling it stands there."""

from __future__ import annotations

import base64
import re

_HIDDEN = "***"
#: Spellings of a character in JSON, Python, URLs, HTML and e-mail; a URL may be encoded twice, a string quoted twice.
_ESCAPE = re.compile(
    r"\\+(?:(?-i:U)000000([0-9a-f]{2})|u00([0-9a-f]{2})|x([0-9a-f]{2})|u\{0*([0-9a-f]{2})\})|%(?:25)*([0-9a-f]{2})"
    r"|=([0-9a-f]{2})|&#x0*([0-9a-f]{2});|&#0*([0-9]{1,3});|\\+([0-7]{3})|\\+",
    re.IGNORECASE,
)
_DECIMAL, _OCTAL = 8, 9  # the groups in `_ESCAPE` that hold other numbers than hexadecimal ones
_ESCAPES = re.compile(r"[\\%&=\0]")
_MAX_PERCENT = 4  # times that a percent sign is percent-encoded again
#: A line break as it is or escaped, with the sign that continues a line of an e-mail; limited as in `_any_spelling`.
_LINE_BREAK = re.compile(r"=?(?:(?<!\\)\\{1,8}[rnt]|\r?\n)+")
_NAMES = "amp lt gt quot apos sol plus lowbar period equals colon semi comma excl num dollar percnt lpar rpar ast quest"
_NAMED = dict(zip("&<>\"'/+_.=:;,!#$%()*?", (f"&{name};" for name in _NAMES.split()), strict=True))
#: Secrets of fewer characters are searched for only as they are and character by character: their encoded forms are
#: short enough to occur by chance.
_MIN_ENCODED = 8


class Redaction:
    """Search for a secret in all spellings.

    Args:
        secret: The secret, of printable ASCII characters.
    """

    def __init__(self, secret: str) -> None:
        is_long = len(secret) >= _MIN_ENCODED
        forms = [secret, *(_encoded(secret) if is_long else ())]
        self._forms = [form.lower() for form in forms]
        self._forms_without_gaps = [_without_gaps(form) for form in self._forms] if is_long else []
        #: False if the secret itself may look like an escape, so that only the slow search is sure.
        self._is_simple = not set(secret) & set("\\%&")
        self._patterns = [re.compile("".join(map(_any_spelling, form)), re.IGNORECASE) for form in forms]

    def redact(self, text: str) -> str:
        """Return the text with three asterisks for the secret."""
        if self._is_simple and not self._is_in(text):
            return text
        lower, plain = text.lower(), _plain(text)
        for form, pattern in zip(self._forms, self._patterns, strict=True):
            if form in lower or form in plain or not self._is_simple:
                text = pattern.sub(_HIDDEN, text)
        return _HIDDEN if self._is_simple and self._is_in(text) else text

    def _is_in(self, text: str) -> bool:
        lower = text.lower()
        if any(form in lower for form in self._forms):
            return True
        plain = _plain(text) if _ESCAPES.search(text) else lower
        if any(form in plain for form in self._forms):
            return True
        unbroken = _LINE_BREAK.sub(" ", text)
        texts = {lower, plain} if unbroken == text else {unbroken.lower(), _plain(unbroken)}
        return any(form in text for text in map(_without_gaps, texts) for form in self._forms_without_gaps)


def _plain(text: str) -> str:
    """Return the text in lower case, without escapes."""
    for char, name in _NAMED.items():
        text = text.replace(name, char)
    for _ in range(_MAX_PERCENT):  # far faster than the expression, which finds the rest
        text = text.replace("%25", "%")
    return _ESCAPE.sub(_unescape, text).replace("\0", "").lower()


def _without_gaps(text: str) -> str:
    """Return the text without white space, and without what separates the bytes of a hexadecimal form."""
    return "".join(text.split()).replace(":", "")


def _unescape(match: re.Match[str]) -> str:
    group = match.lastindex
    return "" if group is None else chr(int(match[group], {_DECIMAL: 10, _OCTAL: 8}.get(group, 16)))


def _any_spelling(char: str) -> str:
    code = f"{ord(char):02x}"
    # The repetitions are limited, since a search would otherwise take the square of their number.
    number = f"&#0{{0,8}}{ord(char)};|&#x0{{0,8}}{code};"
    escaped = rf"\\{{0,8}}{re.escape(char)}|\\{{1,8}}(?:u00|x){code}|%(?:25){{0,4}}{code}|{number}"
    named = f"|{_NAMED[char]}" if char in _NAMED else ""
    return rf"\0{{0,4}}(?:{escaped}{named})"


def _encoded(secret: str) -> list[str]:
    """Return the form from right to left, the hexadecimal one, and those in base64.

    There is one in base64 for each position within a longer text, in both alphabets.
    """
    forms = [secret[::-1], secret.encode().hex()]
    for before in range(3):
        whole = base64.b64encode(b" " * before + secret.encode()).decode().rstrip("=")
        start = -(-8 * before // 6)
        end = 8 * (before + len(secret)) // 6  # the characters that hold bits of the secret alone
        core = whole[start:end]
        forms += {core, core.replace("+", "-").replace("/", "_")}
    return forms
