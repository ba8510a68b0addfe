"""Plain-text formatting: counts, shares, durations, and texts of unknown origin made safe to show."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: Characters of a text that a tile shows; a card of 96 to 256 pixels holds no more.
MAX_TILE_CHARS = 300
_JOINERS = "\u200c\u200d"  # they do not print, and hold letters and emoji together
# A control character would end a text in a browser or move a terminal's cursor; a lone surrogate cannot be sent.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def pluralize(count: int, noun: str) -> str:
    """As in "1 row" and "2,000 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def one_line(text: object, max_chars: int | None = 80) -> str:
    """The text on one line: no control characters, no surrogates, no marks of writing direction.

    Args:
        text: Anything; its `str` is shown.
        max_chars: Characters at most, the last being "…" where the text was cut; None for all of it.
    """
    head = str(text) if max_chars is None else str(text)[: 4 * max_chars]
    shown = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in head).split())
    return shown if max_chars is None or len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def quote(value: object, max_chars: int = 60) -> str:
    """The `repr` of a value, cut to `max_chars` characters: what a message quotes."""
    shown = repr(value)
    return shown if len(shown) <= max_chars else shown[: max_chars - 1] + "…"


def describe_value(value: Any) -> str:
    """A sample as one line; of a picture only what it is."""
    return (
        one_line(value, 60) if isinstance(value, str) or hasattr(value, "__fspath__") else f"<{type(value).__name__}>"
    )


def sanitize(text: str, max_chars: int = MAX_TILE_CHARS) -> str:
    """A text that can be sent and shown: no control characters but line breaks and tabs, and not too long."""
    shown = _CONTROLS.sub("\ufffd", text[: max_chars + 1])
    return shown if len(text) <= max_chars else shown[:max_chars] + "…"


def display_width(text: str) -> int:
    """Columns of a terminal that a text takes: none for a combining mark or a joiner, two for a wide character."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def escape_html(text: object, max_chars: int = 80) -> str:
    """The same, fit for HTML and for its attributes."""
    return html.escape(one_line(text, max_chars), quote=True)


def duration(seconds: float) -> str:
    """As in "0.4 s", "12 s", "3 min 20 s" and "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def percent(part: int, whole: int) -> str:
    """Per cent, rounded, but neither 0 nor 100 for what is not."""
    if not whole:
        return "0%"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1%"
    return f"{min(round(percent), 99) if part < whole else round(percent)}%"


def top_labels(label_counts: Mapping[str, int], max_labels: int) -> tuple[list[tuple[str, int]], int, int]:
    """The labels to show: all in their own order, or the most frequent ones where there are too many.

    Returns:
        Labels and rows, how many labels were left out, and the rows of those.
    """
    if len(label_counts) <= max_labels:
        return list(label_counts.items()), 0, 0
    ranked = sorted(label_counts.items(), key=lambda pair: -pair[1])
    return ranked[:max_labels], len(ranked) - max_labels, sum(rows for _, rows in ranked[max_labels:])
