"""Images that were signed more than once: one address for all that differ in their signatures alone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from jsdf.utils.signed_urls import is_signed, signed_until, unsigned_url

_LONG_AGO = datetime(1, 1, 1, tzinfo=timezone.utc)


def longest_valid_addresses(values: list[Any]) -> dict[int, str]:
    """Return position -> address that replaces it: of the signed addresses of one image, the one valid longest.

    Args:
        values: Distinct values, images.
    """
    positions: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        if isinstance(value, str) and is_signed(value):
            positions.setdefault(unsigned_url(value.strip()), []).append(i)
    replaced: dict[int, str] = {}
    for same in positions.values():
        if len(same) > 1:
            replaced |= dict.fromkeys(same, max((values[i] for i in same), key=lambda u: signed_until(u) or _LONG_AGO))
    return replaced
