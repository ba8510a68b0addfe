"""Figures and texts of unknown origin, as they are shown."""

from __future__ import annotations

import html
from collections.abc import Mapping

_JOINERS = "\u200c\u200d"  # they do not print, and hold letters and emoji together


def tidy(text: object, most: int = 80) -> str:
    """The text on one line: no control characters, no surrogates, nothing that turns the direction, cut with dots."""
    head = str(text)[: 4 * most]
    shown = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in head).split())
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def escape(text: object, most: int = 80) -> str:
    """The same, fit for HTML and for its attributes."""
    return html.escape(tidy(text, most), quote=True)


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


def share(part: int, whole: int) -> str:
    """Per cent, rounded, but neither 0 nor 100 for what is not."""
    if not whole:
        return "0%"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1%"
    return f"{min(round(percent), 99) if part < whole else round(percent)}%"


def foremost(tally: Mapping[str, int], most: int) -> tuple[list[tuple[str, int]], int, int]:
    """The labels to show: all in their own order, or the most frequent ones where there are too many.

    Returns:
        Labels and rows, how many labels were left out, and the rows of those.
    """
    if len(tally) <= most:
        return list(tally.items()), 0, 0
    ranked = sorted(tally.items(), key=lambda pair: -pair[1])
    return ranked[:most], len(ranked) - most, sum(rows for _, rows in ranked[most:])
