"""Reasons that name the file which failed, and the same reasons counted over many files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from jsdf.utils.opened_images import source_path
from jsdf.utils.paths import is_path, shorten_middle

_MAX_NAME = 100  # characters of a path


def name_file(value: Any, reason: object) -> str:
    """Return the reason why an image failed, with the name of its file in front; without one if it has no file."""
    text = str(reason)
    return text if (_name(value) or text) in text else _prefix(value) + text


def count_reasons(failed: Iterable[tuple[Any, str, int]]) -> Counter[str]:
    """Return the number of rows of each reason; files that failed for one reason count together, and one is named.

    Args:
        failed: Value, reason as `name_file` returns it, and number of rows of each value.
    """
    rows: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    for value, reason, n in failed:
        prefix = _prefix(value)
        shared = reason.removeprefix(prefix)
        rows[shared] += n
        if shared != reason:
            examples.setdefault(shared, []).append(prefix)
    return Counter({_with_example(reason, examples.get(reason, [])): n for reason, n in rows.items()})


def _with_example(reason: str, prefixes: list[str]) -> str:
    if not prefixes:
        return reason
    return prefixes[0] + reason if len(prefixes) == 1 else f"{reason}, as for {prefixes[0][:-2]}"


def _prefix(value: Any) -> str:
    name = _name(value)
    if name is None:
        return ""
    return f"{shorten_middle(name, _MAX_NAME)!r}: "


def _name(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value and is_path(value) else None
    return str(value) if isinstance(value, PurePath) else source_path(value)
