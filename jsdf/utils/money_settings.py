"""Checks of the settings about money: prices, the currency, and the amount above which a call is to be confirmed."""

from __future__ import annotations

import decimal
import difflib
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_MAX_CURRENCY_CHARS = 12
_NEAR_MISS = 0.8  # of difflib; an engine of the user's own may be named `local-llm`
_REQUESTS = re.compile(r"\s*(\d[\d,_]*)\s*requests?\s*", re.ASCII | re.IGNORECASE)


class Threshold(NamedTuple):
    """Cost above which a call is to be confirmed; one of both is None."""

    cost: float | None = None
    requests: int | None = None


def to_amount(value: Any) -> float | None:
    """Return a number, 0 or more and finite, as a float; None for every other value, and for a boolean."""
    is_number = isinstance(value, (numbers.Real, decimal.Decimal)) and not isinstance(value, bool)
    if not is_number:
        return None
    try:
        amount = float(value)
    except (OverflowError, ValueError):
        return None
    return amount if math.isfinite(amount) and amount >= 0 else None


def price_problem(value: Any, engine_names: Sequence[str]) -> str | None:
    """Return the value and the reason that it is no price, or no mapping of engines to prices; None if it is one."""
    if not isinstance(value, Mapping):
        advice = "pass a number, 0 or more, or a mapping of engines to numbers, as in {'hosted': 0.5}"
        return None if to_amount(value) is not None else f"{value!r}: {advice}"
    for name, price in value.items():
        if not isinstance(name, str) or not name.strip():
            return f"{dict(value)!r}: {name!r} is not the name of an engine; use 'hosted', or the `name` of your own"
        meant = difflib.get_close_matches(name.strip().lower(), engine_names, 1, _NEAR_MISS)
        if meant and name not in engine_names:
            return f"{dict(value)!r}: there is no engine {name!r}; did you mean {meant[0]!r}?"
        if to_amount(price) is None:
            return f"{dict(value)!r}: the price of {name!r} is {price!r}; pass a number, 0 or more"
    return None if value else f"{dict(value)!r}: name at least one engine, as in {{'hosted': 0.5}}, or pass None"


def currency_problem(value: Any) -> str | None:
    """Return the value and the reason that it is no name of a currency; None if it is one."""
    is_name = isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= _MAX_CURRENCY_CHARS
    return None if is_name else f"{value!r}: pass the name of a currency, as in 'USD' or 'EUR'"


def parse_threshold(value: Any) -> tuple[Threshold | None, str | None]:
    """Return the threshold that a setting means and None, or None and the value with the reason that it is none."""
    found = _REQUESTS.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        return Threshold(requests=int(found[1].replace(",", "").replace("_", ""))), None
    amount = to_amount(value)
    if amount is not None:
        return Threshold(cost=amount), None
    return None, f"{value!r}: pass an amount of money, as in 5.0, a number of requests, as in '1000 requests', or None"
