"""Estimate the requests, time and tokens of a job without sending anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from jsdf.results.answers import ANSWERED, FAILED
from jsdf.results.estimate import Plan
from jsdf.runner.budget import question_size, value_size
from jsdf.runner.job import stored_prices
from jsdf.runner.rounds import fits_one_request
from jsdf.store.sqlite import Store

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.image_check import ImageFindings
    from jsdf.runner.job import Job
    from jsdf.store.request_cost import PriceFit


class _Stored(NamedTuple):
    """Prices in the store: mean tokens of a sample, and tokens by size; and a message about the store, or None."""

    mean: float | None = None
    prices: PriceFit | None = None
    problem: str | None = None


def _read_store(job: Job, table: AnswerTable) -> _Stored:
    """Load stored answers and refusals into the table, and return the rest."""
    store = Store()
    table.load(store, table.pending().tolist())
    table.load_refusals(store, table.pending().tolist())
    mean = store.mean_tokens_per_sample(table.question_digest)
    mean = mean or store.mean_tokens_per_sample(engine=job.engine.identity)
    prices = stored_prices(job, table, store)
    store.close()
    return _Stored(mean, prices, store.problem)


def _expected_tokens(job: Job, values: list[Any], stored: _Stored) -> int | None:
    """Return the tokens that values are expected to cost: by their lengths, if the store holds requests of several."""
    mean, prices, _ = stored
    if mean is None:
        return None
    if prices is None or not prices.is_varied or not fits_one_request(job.labels, job.engine.max_labels):
        return round(mean * len(values))
    requests = job.request_count(len(values))
    size = sum(value_size(value, job.column.kind) for value in values) + requests * question_size(job.question)
    return round(prices.fixed * requests + prices.per_byte * size)


def make_plan(job: Job, check_images: Callable[[list[Any]], ImageFindings] | None = None) -> tuple[Plan, str | None]:
    """Estimate a run of the job without sending anything.

    Args:
        job: The job.
        check_images: Checks the images that would be sent; None for no check.

    Returns:
        The plan, and a message about a store that cannot be used or was damaged, else None.
    """
    table = job.new_answer_table()
    stored = _read_store(job, table) if job.cache else _Stored()
    items = table.pending().tolist()
    findings = None if check_images is None else check_images([table.values[i] for i in items])
    to_send = [table.values[i] for n, i in enumerate(items) if findings is None or n not in findings.failures]
    requests, file_requests = job.request_count(len(to_send)), job.engine.file_requests(job.column.kind, to_send)
    plan = Plan(
        engine=job.engine.name,
        rows=len(job.column.codes),
        missing=job.column.missing,
        distinct=len(job.column.values),
        cached=len(table.answers.with_status(ANSWERED)),
        refused=len(table.answers.with_status(FAILED)),
        to_send=len(to_send),
        requests=requests,
        seconds=None if job.engine.rate is None else (requests + file_requests) / job.engine.rate,
        tokens=_expected_tokens(job, to_send, stored),
        file_requests=file_requests,
        unusable=None if findings is None else len(findings.failures),
        duplicates=None if findings is None else len(findings.duplicates),
        findings=None if findings is None else findings.frame(job.column, items),
    )
    return plan, stored.problem
