"""What a run of a job would do; nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jsdf.results.answers import ANSWERED, FAILED
from jsdf.results.run import Plan
from jsdf.store.sqlite import Store

if TYPE_CHECKING:
    from jsdf.runner.image_check import Findings
    from jsdf.runner.job import Job


def make_plan(job: Job, look: Callable[[list[Any]], Findings] | None = None) -> tuple[Plan, str | None]:
    """What a run of this job would do, and what is wrong with the store, if anything; nothing is sent.

    Args:
        job: The job.
        look: Says what is wrong with the values that would be sent; None to take them as they are.
    """
    store = Store() if job.cache else None
    sheet = job.sheet()
    tokens = None
    if store is not None:
        items = sheet.open_items().tolist()
        sheet.load(store, items)
        sheet.load_refusals(store, sheet.open_items().tolist())
        tokens = store.tokens_a_sample(sheet.job) or store.tokens_a_sample(engine=job.engine.identity)
        store.close()
    items = sheet.open_items().tolist()
    findings = None if look is None else look([sheet.values[i] for i in items])
    sent = [sheet.values[i] for n, i in enumerate(items) if findings is None or n not in findings.bad]
    requests, file_requests = job.requests(len(sent)), job.engine.file_requests(job.column.kind, sent)
    found = Plan(
        engine=job.engine.name,
        rows=len(job.column.codes),
        missing=job.column.missing,
        distinct=len(job.column.values),
        cached=len(sheet.answers.where(ANSWERED)),
        refused=len(sheet.answers.where(FAILED)) - len(job.column.unsendable),
        to_send=len(sent),
        requests=requests,
        seconds=None if job.engine.rate is None else (requests + file_requests) / job.engine.rate,
        tokens=None if tokens is None else round(tokens * len(sent)),
        file_requests=file_requests,
        unusable=None if findings is None else len(findings.bad),
        duplicates=None if findings is None else len(findings.twins),
        findings=None if findings is None else findings.frame(job.column, items),
    )
    return found, None if store is None else store.problem
