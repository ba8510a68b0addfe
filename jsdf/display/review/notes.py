"""Notes of a person on rows."""

from __future__ import annotations

from typing import Any

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.utils.characters import is_blank, repair_surrogates

#: Characters of a note at most.
MAX_NOTE_CHARS = 2_000


def check_note(text: Any) -> str:
    """Return a note as it is kept: empty if it is blank, and with U+FFFD for lone surrogates, which no file holds.

    Raises:
        InvalidInputError: It is no string, or too long.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"text={quote(text)}: pass the note as a string; an empty one removes it")
    text = repair_surrogates(text)
    if len(text) > MAX_NOTE_CHARS:
        raise InvalidInputError(f"the note has {len(text):,} characters; shorten it to {MAX_NOTE_CHARS:,}")
    return "" if is_blank(text) else text
