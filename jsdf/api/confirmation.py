"""Confirmation of calls that may cost more than `jsdf.options.confirm_above`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.config import options
from jsdf.engines.cascade import paid_engine
from jsdf.errors import ConfirmationError, InvalidInputError
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import pluralize
from jsdf.results.cost import format_cost
from jsdf.results.plan_totals import sum_plans
from jsdf.runner import make_plan
from jsdf.runner.limits.prices import MAX_FIXED_TOKENS, MAX_TOKENS_PER_BYTE
from jsdf.runner.planning.planned_requests import paid_job, plan_requests, within_limit
from jsdf.utils.money_settings import parse_threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.results.estimate import Plan
    from jsdf.runner import Job


def confirm(jobs: Sequence[Job], *, is_limit_shared: bool = False) -> None:
    """Check that a call costs no more than `jsdf.options.confirm_above`, or that it has a limit of its own.

    In a notebook, the plan is shown.

    Args:
        jobs: The jobs of the call.
        is_limit_shared: True if a limit of the call is one for all jobs together, not for each.

    Raises:
        ConfirmationError: It may cost more; the message names the argument that confirms it.
        InvalidInputError: The threshold is an amount of money, and no price of the engine is known.
    """
    threshold, _ = parse_threshold(options.confirm_above)
    if threshold is None or all(job.has_limit for job in jobs):
        return
    if threshold.requests is None:
        for job in jobs:
            _check_price(job)
        if all(job.price is not None and not job.price.per_million for job in jobs):
            return
    plans = [make_plan(job)[0] for job in jobs]
    plan, limit = sum_plans(plans), sum if is_limit_shared else max
    if threshold.requests is not None:
        excess = _excess_of_requests(plan, threshold.requests, limit(plan.requests for plan in plans))
    else:
        highest = [_highest_cost(*pair) for pair in zip(jobs, plans, strict=True)]
        excess = _excess_of_cost(plan, threshold.cost or 0.0, sum(highest), limit(highest))
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
            f"{paid_engine(job.engine).name!r} is not known; set jsdf.options.price_per_million_tokens, or a number of "
            "requests, as in jsdf.options.confirm_above = '1000 requests'"
        )


def _excess_of_requests(plan: Plan, most: int, limit: int) -> str | None:
    if plan.requests <= most:
        return None
    return (
        f"the call would send {pluralize(plan.requests, 'request')}, more than "
        f"jsdf.options.confirm_above={options.confirm_above!r}: pass max_requests={limit} to go on"
    )


def _highest_cost(job: Job, plan: Plan) -> float:
    """Return the most that a job may cost."""
    if plan.cost_range is not None:
        return plan.cost_range[1]
    # Nothing is known: no tokenizer makes more tokens than there are bytes.
    job = paid_job(job)
    (values,) = within_limit(job, [job.column.values])
    _, planned = plan_requests(job, values)
    tokens = MAX_FIXED_TOKENS * planned.requests
    tokens += MAX_TOKENS_PER_BYTE * (planned.sample_size + planned.question_size)
    return 0.0 if job.price is None else job.price.of_tokens(tokens * job.repeats)


def _excess_of_cost(plan: Plan, most: float, high: float, limit: float) -> str | None:
    """Return the reason that a call may cost more than an amount; None if it does not."""
    if high <= most:
        return None
    if plan.cost is not None:
        words = f"the call would cost about {format_cost(plan.cost)}, perhaps {format_cost(high)}"
    else:
        words = f"the cost of the call is not known yet; it may be as much as {format_cost(high)}"
    return (
        f"{words}, more than jsdf.options.confirm_above={options.confirm_above!r}: pass "
        f"max_cost={_rounded_up(limit)} to go on"
    )


def _rounded_up(amount: float) -> float:
    """Return an amount with two significant digits that is no less."""
    shown = float(f"{amount:.1e}")
    return shown if shown >= amount else float(f"{amount * 1.05:.1e}")
