"""Whole numbers among the arguments of a user."""

from __future__ import annotations

import operator
from typing import Any


def to_whole_number(value: Any) -> int | None:
    """Return an integer, also one of numpy's; None for everything else, also True and False."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
