"""Check the arguments of a call before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from jsdf.api.example_input.example_checks import apply_examples
from jsdf.column import conversion_code, encode, to_series
from jsdf.config import options
from jsdf.engines.cascade import Cascade, paid_engine
from jsdf.engines.resolve import resolve_engine
from jsdf.errors import InvalidInputError
from jsdf.labels import parse
from jsdf.results.cost import current_price, ledger_name
from jsdf.results.usage import Progress
from jsdf.runner import Job
from jsdf.store.opening import check_store
from jsdf.utils.call_site import warn
from jsdf.utils.money_settings import to_amount
from jsdf.utils.whole_numbers import to_whole_number

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.results.cost import Price


#: More than these would be a mistake rather than a wish.
_MAX_REPEATS = 99


@dataclass(frozen=True)
class CheckedCall:
    """Validated arguments of one call; nothing has been sent yet.

    Attributes:
        job: The column, labels, engine and limits.
        errors: `"raise"` or `"coerce"`.
        progress: True or False to show a progress bar or not, None for the automatic choice, or a callback.
    """

    job: Job
    errors: str
    progress: bool | Callable[[Progress], None] | None


def check_call(
    series: pd.Series[Any],
    labels: Any,
    *,
    multiple_labels: bool = False,
    task: str | None = None,
    kind: str = "auto",
    engine: Any = None,
    errors: Literal["raise", "coerce"] = "raise",
    cache: bool = True,
    progress: bool | Callable[[Progress], None] | None = None,
    max_requests: int | None = None,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    strict: bool = False,
    repeats: int = 1,
    examples: Any = None,
) -> CheckedCall:
    """Check all arguments of `classify`, `run` or `plan`; they are documented at `jsdf.classify`.

    Raises:
        InvalidLabelsError: The labels cannot be used, or are too many for the engine.
        InvalidInputError: Any other argument cannot be used.
        MissingKeyError: There is neither an API key nor the local engine.
    """
    conversion = conversion_code(series)
    series = to_series(series)
    if errors not in ("raise", "coerce"):
        raise InvalidInputError(f"errors={errors!r}: use 'raise' or 'coerce'")
    if task is not None and not (isinstance(task, str) and task.strip()):
        raise InvalidInputError(f"task={task!r}: pass an instruction in words, or leave it out")
    for name, flag in (("multiple_labels", multiple_labels), ("cache", cache), ("strict", strict)):
        if not isinstance(flag, (bool, np.bool_)):
            raise InvalidInputError(f"{name}={flag!r}: pass True or False")
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise InvalidInputError(f"progress={progress!r}: pass True, False, None or a function")
    label_set = parse(labels)
    column = encode(series, kind, conversion=conversion)
    resolved_engine = resolve_engine(engine)
    check_kind(column, resolved_engine)
    if isinstance(resolved_engine, Cascade):
        resolved_engine.check_labels(label_set.names, multiple=bool(multiple_labels))
        check_cheap_price(resolved_engine.cheap)
    applied = None
    if examples is not None:
        resolved_engine, applied = apply_examples(
            examples, column, label_set, resolved_engine, kind, multiple=bool(multiple_labels)
        )
    if task is not None and not resolved_engine.follows_tasks:
        warn(f"the {resolved_engine.name} engine does not support tasks: task={task!r} has no effect")
    if cache:
        check_store()
    paid = paid_engine(resolved_engine)
    price = current_price(ledger_name(paid.name, paid.identity))
    job = Job(
        column,
        label_set,
        resolved_engine,
        bool(multiple_labels),
        task,
        bool(cache),
        max_requests=_check_limit("max_requests", max_requests),
        max_tokens=_check_limit("max_tokens", max_tokens),
        max_cost=_check_cost(max_cost, price, paid.name),
        price=price,
        strict=bool(strict),
        repeats=_check_repeats(repeats, resolved_engine),
        examples=applied,
    )
    job.request_count(1)  # raises InvalidLabelsError if there are too many labels even for rounds
    return CheckedCall(job, errors, options.progress if progress is None else progress)


def check_cheap_price(cheap: Engine) -> None:
    """Check that the cheap engine of a cascade costs nothing: limits, plan and confirmation are about the strong one.

    Raises:
        InvalidInputError: It has a price.
    """
    price = current_price(ledger_name(cheap.name, cheap.identity))
    if price is not None and price.per_million:
        raise InvalidInputError(
            f"cheap={cheap.name!r} costs {price.per_million:g} {price.currency} for 1,000,000 tokens, and limits of a "
            "call are about the strong engine alone; pass an engine that is free, or set its price to 0, as in "
            f"jsdf.options.price_per_million_tokens = {{{cheap.name!r}: 0, ...}}"
        )


def check_kind(column: Column, engine: Engine) -> None:
    """Check that an engine takes texts, or images, as the column holds.

    Raises:
        InvalidInputError: It does not.
    """
    if column.kind not in engine.kinds:
        name = "this one" if column.name is None else repr(column.name)
        raise InvalidInputError(
            f"engine={engine.name!r} takes {' and '.join(sorted(engine.kinds))} columns, but "
            f"{name} holds {column.kind}s; use another engine, or pass kind= if this was detected wrongly"
        )


def _check_repeats(repeats: int, engine: Engine) -> int:
    times = to_whole_number(repeats)
    if times is None or not 1 <= times <= _MAX_REPEATS:
        raise InvalidInputError(f"repeats={repeats!r}: pass a whole number from 1 to {_MAX_REPEATS}, odd to avoid ties")
    if times > 1 and isinstance(engine, Cascade):
        raise InvalidInputError(f"repeats={times}: a cascade asks once; leave it out, or use one of its engines")
    if times > 1 and engine.has_scores:
        raise InvalidInputError(
            f"repeats={times}: the {engine.name} engine gives scores already; repeats are for engines without scores"
        )
    return times


def _check_limit(name: str, value: int | None) -> int | None:
    limit = to_whole_number(value)
    if value is not None and (limit is None or limit < 0):
        raise InvalidInputError(f"{name}={value!r}: pass a whole number, 0 or more, or None for no limit")
    return limit


def _check_cost(value: float | None, price: Price | None, engine: str) -> float | None:
    if value is None:
        return None
    amount = to_amount(value)
    if amount is None:
        raise InvalidInputError(f"max_cost={value!r}: pass an amount of money, 0 or more, or None for no limit")
    if price is None:
        raise InvalidInputError(
            f"max_cost={value!r}: the price of the engine {engine!r} is not known; set "
            "jsdf.options.price_per_million_tokens first"
        )
    return amount
