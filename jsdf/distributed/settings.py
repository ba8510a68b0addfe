"""Arguments of a call, checked on the driver, in a form that travels to workers: no key, no password, no client."""

from __future__ import annotations

import copy
import math
import numbers
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.api.confirmation import refuse_unconfirmed
from jsdf.api.example_input.example_checks import check_example_kind
from jsdf.api.validation import check_call, check_kind
from jsdf.column import encode
from jsdf.distributed.store_settings import StoreSettings, store_settings
from jsdf.engines.cascade import refuse_unfitted
from jsdf.errors import InvalidInputError
from jsdf.runner import Job

if TYPE_CHECKING:
    from jsdf.api.arguments import Arguments
    from jsdf.engines.base import Engine, Kind
    from jsdf.labels import AppliedExamples, LabelSet
    from jsdf.results.cost import Price

#: Limits of one run; a lazy frame has as many runs as partitions, at different times.
LIMITS = ("max_requests", "max_tokens", "max_cost")


@dataclass(frozen=True)
class CallSettings:
    """Checked arguments of a call on a cluster. A pickle of it holds neither the API key nor a password.

    Attributes:
        labels: The labels to choose from.
        engine: The engine; its `rate` is that of the whole cluster.
        multiple: True if a row may have any number of labels.
        task: An instruction in natural language; None if there is none.
        kind: `"text"`, `"image"` or `"auto"`.
        errors: `"raise"` or `"coerce"`.
        store: The store; None if the call uses none.
        price: Price of the engine's tokens by the settings of the driver; None if it is not known.
        strict: True to ask again for all rows after a label was removed.
        repeats: Number of times that each value is asked.
        examples: Values whose labels the user knows, and how the engine uses them; None without.
    """

    labels: LabelSet
    engine: Engine
    multiple: bool
    task: str | None
    kind: str
    errors: str
    store: StoreSettings | None
    price: Price | None = None
    strict: bool = False
    repeats: int = 1
    examples: AppliedExamples | None = None

    @property
    def names(self) -> list[str]:
        """Names of the labels in the caller's order."""
        return list(self.labels.names)

    def make_job(self, series: pd.Series[Any]) -> Job:
        """Return the job that labels one partition.

        Raises:
            InvalidInputError: The partition holds values that are neither texts nor images.
            MissingKeyError: This process has no API key.
        """
        self.engine.check_configuration()
        if self.store is not None:
            self.store.check()
        column = encode(series, self.kind)
        check_kind(column, self.engine)
        check_example_kind(column, self.examples)
        cache = self.store is not None
        more: dict[str, Any] = {"price": self.price, "strict": self.strict, "repeats": self.repeats}
        more["examples"] = self.examples
        return Job(column, self.labels, self.engine, self.multiple, self.task, cache, **more)


def check_settings(name: Any, dtype: Any, labels: Any, rate: float | None, arguments: Arguments) -> CallSettings:
    """Check the arguments of a call on a cluster; reads no row and sends nothing.

    Args:
        name: The name of the column.
        dtype: Its pandas dtype, as far as it is known.
        labels: As for `jsdf.classify`.
        rate: Requests a second for the whole cluster; None for that of the engine.
        arguments: As for `jsdf.classify`, without `max_requests`, `max_tokens` and `max_cost`.

    Raises:
        JSDFError: As for `jsdf.classify`; also for a dtype that holds neither texts nor images.
    """
    given = next((limit for limit in LIMITS if arguments.get(limit) is not None), None)
    if given is not None:
        raise InvalidInputError(
            f"{given}={arguments[given]!r} cannot be kept by workers that label parts at different times; leave it "  # type: ignore[literal-required]
            "out, and label a sample first, as in head()"
        )
    check_dtype(name, dtype)
    call = check_call(pd.Series([], name=name, dtype=object), labels, **arguments)
    refuse_unfitted(call.job.engine)
    refuse_unconfirmed(
        call.job, "the number of rows is not known before; set jsdf.options.confirm_above = None to go on"
    )
    kind: Kind | None = {"text": "text", "image": "image"}.get(arguments.get("kind", "auto"))  # type: ignore[assignment]
    if kind is not None:
        check_kind(replace(call.job.column, kind=kind), call.job.engine)
    return CallSettings(
        call.job.labels,
        _with_rate(call.job.engine, rate),
        call.job.multiple,
        call.job.task,
        arguments.get("kind", "auto"),
        call.errors,
        store_settings() if call.job.cache else None,
        call.job.price,
        call.job.strict,
        call.job.repeats,
        call.job.examples,
    )


def check_dtype(name: Any, dtype: Any) -> None:
    """Check that a column of this dtype can hold texts or images; one of floats may be all null.

    Raises:
        InvalidInputError: It cannot.
    """
    held = dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) and dtype.categories is not None else dtype
    kind = getattr(held, "kind", "O")
    if kind in "biucmM" or isinstance(held, (pd.PeriodDtype, pd.IntervalDtype)):
        column = "the column" if name is None else f"column {name!r}"
        raise InvalidInputError(
            f"{column} is of dtype {dtype}, which holds neither texts nor images; pass another column, or convert it "
            "with .astype('string')"
        )


def _with_rate(engine: Engine, rate: float | None) -> Engine:
    if rate is None:
        return engine
    is_number = isinstance(rate, numbers.Real) and not isinstance(rate, bool)
    if not is_number or not math.isfinite(rate) or rate <= 0:
        raise InvalidInputError(f"rate={rate!r}: pass requests a second, more than 0, for the whole cluster")
    return with_attributes(engine, rate=float(rate))


def with_attributes(engine: Engine, **attributes: Any) -> Engine:
    """Return a copy of an engine with other values of these attributes."""
    changed = copy.copy(engine)
    for name, value in attributes.items():
        setattr(changed, name, value)
    return changed
