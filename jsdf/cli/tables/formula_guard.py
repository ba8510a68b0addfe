"""Texts that a spreadsheet program would take for a formula, made safe by an apostrophe as OWASP advises."""

from __future__ import annotations

import re

# A formula begins at the start of a cell. A program that is set to another separator, or takes quotes for ordinary
# characters, begins cells in the middle of a text. Full-width characters count in East Asian editions.
_FORMULA = re.compile("(^|[,;|\t\r\n\"])(?='*[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"[+-]?(?=[.,]*[0-9])[0-9.,]+(?:[eE][+-]?[0-9]+)?%?")


def guard(text: str) -> str:
    """Return a text with an apostrophe before each place where a spreadsheet program would begin a formula.

    Numbers such as `-5` stay as they are. Apostrophes that precede such a place already get one more, so that removing
    one from each gives the text again.
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1'", text)
