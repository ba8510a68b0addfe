"""Records of the store as rows of its tables, with a checksum; rows that fail a check are left out.

The checksum stands behind the scores, as 5 bytes: scores are 4-byte floats, so that the length tells whether there is
one, and earlier versions, which write none, still find the answer.
"""

from __future__ import annotations

import zlib
from collections.abc import Container
from typing import Any, NamedTuple

_MARK = b"\x01"
_SCORE_BYTES = 4
_TRAILER_BYTES = 5  # the mark and a CRC-32
_RESIDUE = 0x2144DF1C  # CRC-32 of any bytes that end with their own CRC-32, in the order of its low byte first
_CLOCK_SKEW = 24 * 3600.0  # seconds that another machine's clock may be ahead


class StoredAnswer(NamedTuple):
    """Answer as stored; the runner encodes and decodes its bytes. `scores` are 4-byte floats, or None."""

    key: bytes
    answer: bytes
    scores: bytes | None = None


class NewAnswer(StoredAnswer):
    """Answer that this process was given, and does not have from a store."""

    __slots__ = ()


def to_row(stored: StoredAnswer) -> tuple[bytes, bytes, bytes]:
    """Return the row of this answer."""
    key, answer, scores = stored
    marked = (scores or b"") + _MARK
    return key, answer, marked + zlib.crc32(key + answer + marked, len(answer)).to_bytes(4, "little")


def has_checksum(row: tuple[Any, ...]) -> bool:
    """True if this row has a checksum, right or wrong."""
    scores = row[2]
    return isinstance(scores, bytes) and len(scores) % _SCORE_BYTES == _TRAILER_BYTES % _SCORE_BYTES


def from_row(row: tuple[Any, ...], wanted: Container[bytes] | None = None) -> StoredAnswer | None:
    """Return the answer in this row, or None if the row is damaged or its key is not one of `wanted`."""
    key, answer, scores = row
    if not isinstance(key, bytes) or not isinstance(answer, bytes) or (wanted is not None and key not in wanted):
        return None
    if isinstance(scores, bytes) and len(scores) % _SCORE_BYTES:
        if zlib.crc32(key + answer + scores, len(answer)) != _RESIDUE or len(scores) < _TRAILER_BYTES:
            return None
        return StoredAnswer(key, answer, scores[:-_TRAILER_BYTES] or None)
    # Versions without checksums stored the scores alone.
    return StoredAnswer(key, answer, scores or None) if scores is None or isinstance(scores, bytes) else None


def is_refusal(row: tuple[Any, ...], wanted: Container[bytes], since: float, now: float) -> bool:
    """True if this row is a refusal of one of the `wanted` keys, undamaged and not too old; times are Unix times."""
    key, status, at = row
    return (
        isinstance(key, bytes)
        and key in wanted
        and (status is None or (isinstance(status, int) and 100 <= status <= 599))
        and isinstance(at, float)
        and since < at < now + _CLOCK_SKEW
    )
