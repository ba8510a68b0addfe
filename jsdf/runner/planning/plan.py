"""Estimate the requests, time, tokens and cost of a job without sending anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jsdf.engines.cascade import Cascade
from jsdf.results.answers import ANSWERED, FAILED, PENDING
from jsdf.results.cost import is_price_set
from jsdf.results.estimate import Plan
from jsdf.runner.cascade.certifier.sample_sizes import least_values
from jsdf.runner.label_edits import describe_edit, load_valid_answers
from jsdf.runner.limits.token_estimate import TokenEstimate, estimate_tokens
from jsdf.runner.planning.planned_requests import paid_job, plan_requests, within_limit
from jsdf.store import ledger_access
from jsdf.store.opening import open_store

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.job import Job
    from jsdf.runner.planning.image_check import ImageFindings
    from jsdf.store.request_cost import RequestShape


class _Stored(NamedTuple):
    """Shapes and mean tokens of earlier requests, a message about the store, and what edited labels cost."""

    shapes: Sequence[RequestShape] = ()
    mean: float | None = None
    problem: str | None = None
    edit: str | None = None


def _read_store(job: Job, tables: Sequence[AnswerTable]) -> _Stored:
    """Load stored answers and refusals into the table of each pass, and return the rest."""
    store = open_store()
    for table in tables:
        table.load(store, table.pending().tolist())
        if not job.strict:
            load_valid_answers(store, table)
        table.load_refusals(store, table.pending().tolist())
    table = tables[0]
    shapes = ledger_access.request_shapes(store, job.column.kind, job.ledger_name)
    mean = store.mean_tokens_per_sample(table.question_digest)
    mean = mean or store.mean_tokens_per_sample(engine=job.ledger_name)
    edit = describe_edit(store, table, job.column.weights)
    store.close()
    return _Stored(shapes, mean, store.problem, edit)


def _estimate(job: Job, table: AnswerTable, passes: list[list[Any]], stored: _Stored) -> TokenEstimate | None:
    """Return the tokens that the values of all passes are expected to cost; None if there is nothing to go by."""
    estimates = [estimate for values in passes if (estimate := _estimate_pass(job, table, values, stored)) is not None]
    return TokenEstimate(*map(sum, zip(*estimates, strict=True))) if len(estimates) == len(passes) else None


def _estimate_pass(job: Job, table: AnswerTable, values: list[Any], stored: _Stored) -> TokenEstimate | None:
    if not values:
        return TokenEstimate(0.0, 0.0, 0.0)
    fewest, most = (
        estimate_tokens(stored.shapes, table.question_digest, planned, job.column.kind)
        for planned in plan_requests(job, values)
    )
    if fewest is not None and most is not None:
        return TokenEstimate((fewest.expected + most.expected) / 2, fewest.low, most.high)
    if stored.mean is None:
        return None
    expected = stored.mean * len(values)  # a file of an earlier version holds no shapes
    return TokenEstimate(expected, 0.0, 2 * expected)


class _Cost(NamedTuple):
    """The fields of a plan about tokens and money."""

    tokens: int | None = None
    tokens_range: tuple[int, int] | None = None
    cost: float | None = None
    cost_range: tuple[float, float] | None = None
    cost_unknown: str | None = None


def _cost(job: Job, estimate: TokenEstimate | None) -> _Cost:
    """Return the expected tokens and cost with their ranges, and what to do where there is no cost."""
    price = job.price
    is_free = price is not None and not price.per_million
    unknown = None
    if is_price_set() and price is None:
        unknown = f"set jsdf.options.price_per_million_tokens for {job.engine.name!r}"
    elif is_price_set() and estimate is None and not is_free:
        unknown = "no request to this engine is in the store yet" if job.cache else "cache=False reads no earlier ones"
    if estimate is None:
        return _Cost(cost=0.0, cost_range=(0.0, 0.0)) if is_free else _Cost(cost_unknown=unknown)
    expected, low, high = estimate
    tokens, tokens_range = round(expected), (round(low), round(high))
    if price is None:
        return _Cost(tokens, tokens_range, cost_unknown=unknown)
    return _Cost(tokens, tokens_range, price.of_tokens(expected), (price.of_tokens(low), price.of_tokens(high)))


def _plan_cascade(
    job: Job, cascade: Cascade, check_images: Callable[[list[Any]], ImageFindings] | None
) -> tuple[Plan, str | None]:
    """Return the plan of the strong engine alone, with the requests that the cascade needs at least."""
    plan, problem = make_plan(paid_job(job), check_images)
    samples = 0
    if cascade.fitted is None:
        least = least_values(len(job.column.values), cascade.target, cascade.delta, learn=cascade.learn)
        samples = min(plan.requests, -(-least // cascade.batch_size))
    return replace(plan, engine=cascade.name, sample_requests=samples), problem


def make_plan(job: Job, check_images: Callable[[list[Any]], ImageFindings] | None = None) -> tuple[Plan, str | None]:
    """Estimate a run of the job without sending anything.

    Args:
        job: The job.
        check_images: Checks the images that would be sent; None for no check.

    Returns:
        The plan, and a message about a store that cannot be used or was damaged, else None.
    """
    if isinstance(job.engine, Cascade):
        return _plan_cascade(job, job.engine, check_images)
    tables = [a_pass.new_answer_table() for a_pass in job.passes()]
    stored = _read_store(job, tables) if job.cache else _Stored()
    # A value that failed in one pass is not asked in those after it.
    refused = np.logical_or.accumulate([table.answers.status == FAILED for table in tables])
    pending = [(table.answers.status == PENDING) & ~is_out for table, is_out in zip(tables, refused, strict=True)]
    items = np.flatnonzero(np.any(pending, axis=0)).tolist()
    findings = None if check_images is None else check_images([job.column.values[i] for i in items])
    usable = [i for n, i in enumerate(items) if findings is None or n not in findings.failures]
    passes = [[job.column.values[i] for i in usable if is_pending[i]] for is_pending in pending]
    needed = sum(job.request_count(len(values)) for values in passes)
    requests = needed if job.max_requests is None else min(needed, job.max_requests)
    passes = within_limit(job, passes)
    file_requests = sum(job.engine.file_requests(job.column.kind, values) for values in passes)
    plan = Plan(
        engine=job.engine.name,
        rows=len(job.column.codes),
        missing=job.column.missing,
        distinct=len(job.column.values),
        cached=int(np.all([table.answers.status == ANSWERED for table in tables], axis=0).sum()),
        refused=int(refused[-1].sum()),
        to_send=len(usable),
        requests=requests,
        seconds=None if job.engine.rate is None else (requests + file_requests) / job.engine.rate,
        file_requests=file_requests,
        unusable=None if findings is None else len(findings.failures),
        duplicates=None if findings is None else len(findings.duplicates),
        findings=None if findings is None else findings.frame(job.column, items),
        edit=stored.edit,
        requests_left_out=needed - requests or None,
        repeats=job.repeats if job.repeats > 1 else None,
        examples=None if job.examples is None else job.examples.describe(),
        **_cost(job, _estimate(job, tables[0], passes, stored))._asdict(),
    )
    return plan, stored.problem
