"""Sizes of the requests that a job would send."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsdf.engines.cascade import Cascade, paid_engine
from jsdf.runner.batches import request_count, sampling_order
from jsdf.runner.limits.prices import question_size, value_size
from jsdf.runner.limits.token_estimate import PlannedRequests
from jsdf.runner.rounds import fits_one_request, partition_labels

if TYPE_CHECKING:
    from jsdf.labels import LabelSet
    from jsdf.runner.job import Job


def paid_job(job: Job) -> Job:
    """Return the job with the engine that is paid, and no more requests than the budget of a cascade."""
    if not isinstance(job.engine, Cascade):
        return job
    limits = [limit for limit in (job.max_requests, job.engine.budget) if limit is not None]
    return replace(job, engine=paid_engine(job.engine), max_requests=min(limits, default=None))


def plan_requests(job: Job, values: list[Any]) -> tuple[PlannedRequests, PlannedRequests]:
    """Return the requests for these values, the fewest and the most that there may be; the same without rounds."""
    samples, size = len(values), sum(value_size(value, job.column.kind) for value in values)
    engine, labels = job.engine, job.asked_labels
    whole = request_count(samples, engine.batch_size, job.first_batch_size)
    if engine.max_labels is None or fits_one_request(labels, engine.max_labels):
        total = _requests(job, labels, whole, samples, size)
        return total, total
    groups = [g for g in partition_labels(labels, engine.max_labels, multiple=job.multiple) if len(g) > 1]
    total = PlannedRequests(0, 0, 0, 0, 0)
    for group in groups:
        total = total.plus(_requests(job, labels.subset(group), whole, samples, size))
    if job.multiple:
        return total, total
    largest = [max(group, key=lambda i: len(labels.classes[i].members)) for group in groups]
    winners, most = labels.subset(largest), job.request_count(samples) - total.requests
    return tuple(total.plus(_requests(job, winners, last, samples, size)) for last in (whole, most))  # type: ignore[return-value]


def within_limit(job: Job, passes: list[list[Any]]) -> list[list[Any]]:
    """Return the values of each pass that the limit on requests leaves, those that are sent first.

    Where the labels take several rounds, it is the share of the values that the limit is of all requests.
    """
    left = job.max_requests
    if left is None:
        return passes
    kept = []
    for values in passes:
        ranges = list(sampling_order(len(values), job.engine.batch_size))
        needed = job.request_count(len(values))
        share = len(ranges) if needed <= left else -(-len(ranges) * left // needed)
        kept.append([values[i] for part in ranges[:share] for i in part])
        left = max(0, left - needed)
    return kept


def _requests(job: Job, labels: LabelSet, requests: int, samples: int, sample_size: int) -> PlannedRequests:
    members = sum(len(label.members) for label in labels.classes)
    size = question_size(replace(job.question, labels=labels))
    return PlannedRequests(requests, samples, sample_size, requests * members, requests * size)
