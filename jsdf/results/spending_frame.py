"""Frame of requests, tokens and cost from the ledger of a store: `jsdf.usage`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.results.cost import current_price
from jsdf.store import ledger_access
from jsdf.store.ledger.spending import FIGURES, Spending
from jsdf.store.opening import check_store, open_store
from jsdf.utils.call_signature import did_you_mean
from jsdf.utils.call_site import warn

By: TypeAlias = Literal["day", "engine", "job"]
#: Values of `by`.
GROUPS: tuple[By, ...] = get_args(By)
_COUNTS = ["requests", *FIGURES]


def stored_spending(by: Any) -> pd.DataFrame:
    """Return the frame of `jsdf.usage`; warn if the store cannot be used.

    Raises:
        InvalidInputError: `by` is none of `GROUPS`, or the store of the settings cannot be used.
    """
    if by not in GROUPS:
        hint = did_you_mean(by, GROUPS) if isinstance(by, str) else ""
        raise InvalidInputError(f"by={by!r}: use one of {', '.join(map(repr, GROUPS))}{hint}")
    check_store()
    store = open_store()
    frame = spending_frame(ledger_access.spending(store), by)
    store.close()
    if store.problem is not None:
        warn(store.problem)
    return frame


def spending_frame(spending: Sequence[Spending], by: By) -> pd.DataFrame:
    """Return requests, tokens and cost, one row for each day, engine or question.

    Args:
        spending: The sums of the ledger.
        by: `"day"`, days of the local time zone; `"engine"`, engines as in `ledger_name`; `"job"`, digests of
            questions.

    Returns:
        A frame with an index named `by`, in order: `requests`, `samples`, `input_tokens`, `output_tokens`,
        `inference_time_tokens`, `total_tokens` (int64), and `cost` (Float64), at the present prices; NA if the price of
        any of the engines is not known, or the tokens of a request to one with a price.
    """
    records = [(_group(part, by), *(getattr(part, name) for name in _COUNTS), _cost(part)) for part in spending]
    frame = pd.DataFrame(records, columns=[by, *_COUNTS, "cost"])
    frame = frame.astype({**dict.fromkeys(_COUNTS, "int64"), "cost": "Float64"})
    groups = frame.groupby(by, sort=True)
    summed: pd.DataFrame = groups[_COUNTS].sum()
    summed["cost"] = groups["cost"].sum().where(groups["cost"].count() == groups.size())
    if by == "day":
        summed.index = pd.DatetimeIndex(summed.index, name=by)
    return summed


def _group(part: Spending, by: By) -> Any:
    if by == "day":
        local = dt.datetime.fromtimestamp(part.start)
        return pd.Timestamp(local).normalize()
    return part.engine if by == "engine" else part.job.hex()


def _cost(part: Spending) -> Any:
    price = current_price(part.engine)
    if price is None or (price.per_million and part.unreported):
        return pd.NA
    return price.of_tokens(part.total_tokens)
