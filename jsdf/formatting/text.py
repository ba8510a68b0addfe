"""Plain-text formatting: counts, percentages, durations, and untrusted text made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: Maximum characters of a text on a gallery tile; a tile of 96 to 256 pixels has no room for more.
MAX_TILE_CHARS = 300
_JOINERS = "\u200c\u200d"  # not printable, but part of emoji and of some scripts
# Control characters can end a text in a browser or move a terminal's cursor; a lone surrogate cannot be encoded.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def pluralize(count: int, noun: str) -> str:
    """Return a count with its noun, as in "1 row" and "2,000 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def one_line(text: object, max_chars: int | None = 80) -> str:
    """Return text on one line, without control characters, surrogates or marks of writing direction.

    Args:
        text: Any object; its `str` is used.
        max_chars: Maximum characters; a longer text is cut and ends in "…". None for no limit.
    """
    head = str(text) if max_chars is None else str(text)[: 4 * max_chars]
    shown = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in head).split())
    return shown if max_chars is None or len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def escape_controls(text: str) -> str:
    """Return a text of others for a message: what cannot be printed as escapes, except line breaks."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _JOINERS or c == "\n" else repr(c)[1:-1] for c in text)


def quote(value: object, max_chars: int = 60) -> str:
    """Return the `repr` of a value for a message, cut to `max_chars` characters."""
    shown = repr(value)
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def describe_value(value: Any) -> str:
    """Return a sample on one line: a text or path itself, or the type of an image in memory."""
    return (
        one_line(value, 60) if isinstance(value, str) or hasattr(value, "__fspath__") else f"<{type(value).__name__}>"
    )


def sanitize(text: str, max_chars: int = MAX_TILE_CHARS) -> str:
    """Replace control characters except line breaks and tabs, and cut the text to `max_chars` characters."""
    shown = _CONTROLS.sub("\ufffd", text[: max_chars + 1])
    return shown if len(text) <= max_chars else shown[:max_chars] + "…"


def display_width(text: str) -> int:
    """Return the terminal columns of a text: 0 for a combining mark or joiner, 2 for a wide character, else 1."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def escape_html(text: object, max_chars: int = 80) -> str:
    """Return text on one line, as `one_line`, escaped for HTML and its attributes."""
    from html import escape  # its table of entities would make up a tenth of `import jsdf`

    return escape(one_line(text, max_chars), quote=True)


def duration(seconds: float) -> str:
    """Return a duration, as in "0.4 s", "12 s", "3 min 20 s" and "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def percent(part: int, whole: int) -> str:
    """Return a rounded percentage; "0%" and "100%" only if exact, as in "<1%" and "99%" near the ends."""
    if not whole:
        return "0%"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1%"
    return f"{min(round(percent), 99) if part < whole else round(percent)}%"


def top_labels(label_counts: Mapping[str, int], max_labels: int) -> tuple[list[tuple[str, int]], int, int]:
    """Return the labels to show: all in their order, or the most frequent if there are more than `max_labels`.

    Returns:
        Pairs of label and rows, the number of labels left out, and the total rows of those.
    """
    if len(label_counts) <= max_labels:
        return list(label_counts.items()), 0, 0
    ranked = sorted(label_counts.items(), key=lambda pair: -pair[1])
    return ranked[:max_labels], len(ranked) - max_labels, sum(rows for _, rows in ranked[max_labels:])
