"""Confirmation of calls that may cost more than `jsdf.options.confirm_above`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.config import options
from jsdf.errors import ConfirmationError, InvalidInputError
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import pluralize
from jsdf.results.cost import format_cost
from jsdf.runner import make_plan
from jsdf.runner.limits.prices import MAX_FIXED_TOKENS, MAX_TOKENS_PER_BYTE
from jsdf.runner.plan import plan_requests
from jsdf.utils.money_settings import parse_threshold

if TYPE_CHECKING:
    from jsdf.results.estimate import Plan
    from jsdf.runner import Job


def confirm(job: Job) -> None:
    """Check that a job costs no more than `jsdf.options.confirm_above`, or that the call has a limit of its own.

    In a notebook, the plan is shown.

    Raises:
        ConfirmationError: It may cost more; the message names the argument that confirms it.
        InvalidInputError: The threshold is an amount of money, and no price of the engine is known.
    """
    threshold, _ = parse_threshold(options.confirm_above)
    if threshold is None or job.has_limit:
        return
    if threshold.requests is None:
        _check_price(job)
        if job.price is not None and not job.price.per_million:
            return
    plan, _ = make_plan(job)
    if threshold.requests is not None:
        excess = _excess_of_requests(plan, threshold.requests)
    else:
        excess = _excess_of_cost(job, plan, threshold.cost or 0.0)
    if excess is None:
        return
    if in_jupyter_kernel():
        from IPython.display import display

        display(plan)  # type: ignore[no-untyped-call]
    raise ConfirmationError(excess, plan)


def refuse_unconfirmed(job: Job, what: str) -> None:
    """Refuse a job whose size is not known before, if calls are to be confirmed and this one has no limit.

    Args:
        job: The job.
        what: The call, as in "classify_batches"; and the advice after it.

    Raises:
        ConfirmationError: It may cost more than `jsdf.options.confirm_above`.
    """
    threshold, _ = parse_threshold(options.confirm_above)
    is_free = job.price is not None and not job.price.per_million
    if threshold is not None and not job.has_limit and not (is_free and threshold.requests is None):
        raise ConfirmationError(f"jsdf.options.confirm_above={options.confirm_above!r}: {what}", None)


def _check_price(job: Job) -> None:
    if job.price is None:
        raise InvalidInputError(
            f"jsdf.options.confirm_above={options.confirm_above!r} is an amount of money, but the price of the engine "
            f"{job.engine.name!r} is not known; set jsdf.options.price_per_million_tokens, or a number of requests, as "
            "in jsdf.options.confirm_above = '1000 requests'"
        )


def _excess_of_requests(plan: Plan, most: int) -> str | None:
    if plan.requests <= most:
        return None
    return (
        f"the call would send {pluralize(plan.requests, 'request')}, more than "
        f"jsdf.options.confirm_above={options.confirm_above!r}: pass max_requests={plan.requests} to go on"
    )


def _excess_of_cost(job: Job, plan: Plan, most: float) -> str | None:
    """Return the reason that a job may cost more than an amount; None if it does not."""
    price = job.price
    if price is None:
        return None
    if plan.cost_range is not None:
        high = plan.cost_range[1]
        words = f"the call would cost about {format_cost(plan.cost or 0.0)}, perhaps {format_cost(high)}"
    else:
        # Nothing is known: no tokenizer makes more tokens than there are bytes.
        _, planned = plan_requests(job, job.column.values)
        tokens = MAX_FIXED_TOKENS * planned.requests
        tokens += MAX_TOKENS_PER_BYTE * (planned.sample_size + planned.question_size)
        high = price.of_tokens(tokens)
        words = f"the cost of the call is not known yet; it may be as much as {format_cost(high)}"
    if high <= most:
        return None
    return (
        f"{words}, more than jsdf.options.confirm_above={options.confirm_above!r}: pass "
        f"max_cost={_rounded_up(high)} to go on"
    )


def _rounded_up(amount: float) -> float:
    """Return an amount with two significant digits that is no less."""
    shown = float(f"{amount:.1e}")
    return shown if shown >= amount else float(f"{amount * 1.05:.1e}")
