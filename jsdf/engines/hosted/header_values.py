"""Read the numbers in a response's headers, which a proxy may have written: what makes no sense is ignored."""

from __future__ import annotations

import email.utils
import math
import re
from collections.abc import Mapping

from jsdf.engines.reply import MAX_RATE_LIMIT, MIN_RATE_LIMIT, RateLimitInfo

_PREFIX = "x-jigsaw-rate-limit-"
#: Bounds of each value: requests per second, requests, and Unix time in milliseconds.
_LIMIT, _REMAINING, _RESET = (MIN_RATE_LIMIT, MAX_RATE_LIMIT), (0.0, 1e9), (0.0, 1e14)
#: Seconds. A longer wait, or a date that is longer ago, is taken for a mistake.
_MAX_WAIT = 7 * 86_400.0
#: As HTTP writes numbers; `float` reads more: "1_0", "1e5", digits of other scripts.
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
#: Characters; a number or a date is shorter.
_MAX_CHARS = 64


def parse_rate_limit(headers: Mapping[str, str]) -> RateLimitInfo:
    """Return the rate limit headers, None for each that is absent or senseless; the reset header is in milliseconds."""
    reset = _number(headers.get(f"{_PREFIX}reset"), _RESET)
    return RateLimitInfo(
        limit=_number(headers.get(f"{_PREFIX}limit"), _LIMIT),
        remaining=_number(headers.get(f"{_PREFIX}remaining"), _REMAINING),
        reset=None if reset is None else reset / 1000,
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return a `Retry-After` header, given as seconds or as a date, in seconds from `now` (Unix time).

    Returns:
        Seconds, 0 or more; None for a value that is absent, cannot be read, or is more than a week away.
    """
    if value is None or len(value) > _MAX_CHARS or not value.isascii():
        return None
    seconds = _number(value, (-math.inf, math.inf))
    if seconds is None:
        seconds = _seconds_until(value, now)
    return None if seconds is None or abs(seconds) > _MAX_WAIT else max(0.0, seconds)


def _seconds_until(date: str, now: float) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - now
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError):  # such as for the year 99999
        return None


def _number(value: str | None, bounds: tuple[float, float]) -> float | None:
    """Return a number within the bounds, or None."""
    if value is None or len(value) > _MAX_CHARS or not _NUMBER.fullmatch(value.strip(" \t")):
        return None
    number = float(value)
    return number if bounds[0] <= number <= bounds[1] else None
