"""Images that were signed more than once: one value for all addresses that differ in their signatures alone."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
import numpy.typing as npt

from jsdf.utils.signed_urls import is_signed, signed_until, unsigned_url

_LONG_AGO = datetime(1, 1, 1, tzinfo=timezone.utc)


def merge_signed(codes: npt.NDArray[np.intp], values: list[Any]) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Join the signed addresses of one image; the one that is valid longest stays, in the place of the first.

    Args:
        codes: Position in `values` of each row, -1 for a missing value.
        values: Distinct values, images.

    Returns:
        Codes and values without these duplicates; the same objects if there are none.
    """
    positions: dict[str, list[int]] = {}
    for i, value in enumerate(values):
        if isinstance(value, str) and is_signed(value):
            positions.setdefault(unsigned_url(value.strip()), []).append(i)
    duplicates = [same for same in positions.values() if len(same) > 1]
    if not duplicates:
        return codes, values
    target, kept = np.arange(len(values) + 1), list(values)
    for same in duplicates:
        kept[same[0]] = max((values[i] for i in same), key=lambda url: signed_until(url) or _LONG_AGO)
        target[same] = same[0]
    is_first = target[:-1] == np.arange(len(values))
    renumbered = np.append(np.cumsum(is_first) - 1, -1)
    target[-1] = len(values)  # the entry that a missing row's code, -1, picks
    return renumbered[target[codes]], [value for value, first in zip(kept, is_first, strict=True) if first]
