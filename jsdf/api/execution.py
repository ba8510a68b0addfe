"""Execute a checked call and return a `Run` or its labels; accessors and plain functions both end here."""

from __future__ import annotations

import warnings
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.api.confirmation import confirm
from jsdf.api.validation import CheckedCall
from jsdf.config import options
from jsdf.display.progress.view import view
from jsdf.errors import ClassificationError, InvalidInputError
from jsdf.formatting.text import pluralize
from jsdf.labels import add_examples
from jsdf.results.answers import Answers
from jsdf.results.estimate import Plan
from jsdf.results.row_counts import list_notes, list_reasons, part_of_rows
from jsdf.results.run import Run
from jsdf.runner import Runner, make_plan, new_runner
from jsdf.runner.loops import event_loop, nested_loop
from jsdf.utils.call_site import user_stacklevel

if TYPE_CHECKING:
    from jsdf.display.progress.preparation import Preparation
    from jsdf.labels import LabelSet
    from jsdf.runner import Job
    from jsdf.runner.limits.budget import Budget
    from jsdf.runner.loops.operation import EventCallback
    from jsdf.runner.planning.image_check import ImageFindings

_last_run: Run | None = None
_last_job_runner: Runner | None = None


def plan(call: CheckedCall, *, check: bool = False) -> Plan:
    """Plan a run without sending anything; warn if the store cannot be used.

    Args:
        call: The checked arguments.
        check: True to open each image that would be sent.

    Raises:
        InvalidInputError: `check` is not a boolean.
        InvalidLabelsError: With `check`, an example image cannot be opened.
    """
    if not isinstance(check, (bool, np.bool_)):
        raise InvalidInputError(f"check={check!r}: pass True or False")
    check_images = partial(_check_images, call) if check and call.job.column.kind == "image" else None
    plan_, problem = make_plan(call.job, check_images)
    if problem is not None:
        warnings.warn(problem, stacklevel=user_stacklevel())
    return plan_


def _check_images(call: CheckedCall, values: list[Any]) -> ImageFindings:
    from jsdf.runner.planning.image_check import ImageCheck  # imports Pillow, which other calls do not need

    with view(call.progress) as (show, idle):
        return event_loop.run(ImageCheck(values, _labels_with_images(call.job)), show, idle)


def _labels_with_images(job: Job) -> LabelSet:
    """Return the labels with all example images that a run would open."""
    applied = job.examples
    return add_examples(job.labels, applied.examples, None).labels if applied and applied.learns else job.asked_labels


def run(
    call: CheckedCall,
    answers: Answers | None = None,
    *,
    budget: Budget | None = None,
    is_confirmed: bool = False,
    preparation: Preparation | None = None,
) -> Run:
    """Execute a call and return its `Run`.

    Args:
        call: The checked arguments.
        answers: Answers of an earlier run of the same call, to continue from; None to start anew.
        budget: Limits that several runs share; None for those of the call. Afterwards the requests count in it.
        is_confirmed: True if the call was confirmed before.
        preparation: The view that was opened while the call was checked; None for none.

    Raises:
        APIError: The service accepts no further requests: invalid key, no credit, a rate limit that never ends.
        ConfirmationError: It may cost more than `jsdf.options.confirm_above`.
        KeyboardInterrupt: After an interrupt; `last_run()` then holds the answers so far.
    """
    if answers is None and not is_confirmed:
        confirm([call.job])
    operation = _RunOperation(call, answers, budget)
    run_operation = nested_loop.run_nested if options.event_loop == "nested" else event_loop.run
    try:
        with view(call.progress, operation.request_stop, keeps_run=True, preparation=preparation) as (show, idle):
            before = 0 if budget is None else budget.requests_before
            done = run_operation(operation, show, idle)
            if budget is not None:
                budget.requests_before = before + done.usage.requests
    finally:
        operation.emit_warnings()
    return operation.result_or_raise(done)


async def arun(call: CheckedCall, preparation: Preparation | None = None) -> Run:
    """Execute a call and return its `Run`; the async version of `run`."""
    confirm([call.job])
    operation = _RunOperation(call, None)
    shown: dict[str, Any] = {"awaited": True, "keeps_run": True, "preparation": preparation}
    try:
        with view(call.progress, operation.request_stop, **shown) as (show, idle):
            done = await event_loop.arun(operation, show, idle)
    finally:
        operation.emit_warnings()
    return operation.result_or_raise(done)


class _RunOperation:
    """The `BackgroundOperation` of one run; sets `last_run()` however the run ends."""

    def __init__(self, call: CheckedCall, answers: Answers | None, budget: Budget | None = None) -> None:
        self._job_runner = new_runner(call.job, answers, retry=lambda run: retry(call, run), budget=budget)
        self._lost_requests = 0

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, Run]:
        """Run the job, and return its `Run`."""
        return self._execute(emit)

    async def _execute(self, emit: EventCallback) -> Run:
        try:
            done = await self._job_runner.run(emit)
        except BaseException:
            self.abandon()
            raise
        self._set_last_run(done)
        return done

    def request_stop(self) -> None:
        """Send no further requests; those in flight are still answered and stored."""
        self._job_runner.stop("interrupted")

    def abandon(self) -> None:
        """Set `last_run()` to the partial run, and count the requests whose answers are lost."""
        self._set_last_run(self._job_runner.partial_run())
        self._lost_requests = self._lost_requests or self._job_runner.in_flight

    def _set_last_run(self, run_: Run) -> None:
        global _last_run, _last_job_runner
        _last_run, _last_job_runner = run_, self._job_runner

    def interrupt_message(self) -> str:
        """Return the number of answered rows, where they are, what is lost, and how to continue."""
        partial = self._job_runner.partial_run()
        hint = "repeat the call to continue" if self._job_runner.is_stored else "they are not in the store"
        answered = part_of_rows(partial.counts["answered"], len(partial), "is", "are")
        lost = f", and {self._lost_answers()}" if self._lost_requests else ""
        self._lost_requests = 0  # no warning is needed then
        return f"{answered} answered{lost}: see jsdf.last_run(); {hint}"

    def _lost_answers(self) -> str:
        requests = pluralize(self._lost_requests, "request")
        return f"the answers of {requests} in flight are lost, though they may be billed"

    def emit_warnings(self) -> None:
        """Warn, also after an interrupt, of lost answers and other problems, and once of all notes of the engine."""
        lost = [f"the run was stopped: {self._lost_answers()}"] if self._lost_requests else []
        for problem in [*lost, *self._job_runner.problems]:
            warnings.warn(problem, stacklevel=user_stacklevel())
        notes = self._job_runner.partial_run().notes
        if notes:
            warnings.warn(list_notes(notes.items()), stacklevel=user_stacklevel())

    def result_or_raise(self, done: Run) -> Run:
        """Return the run, or raise the error that stopped it."""
        error = self._job_runner.error
        if error is not None:
            error.run = done
            raise error.with_traceback(None)
        return done


def retry(call: CheckedCall, run_: Run) -> Run:
    """Ask again for the rows of an earlier run of this call that have no answer."""
    return run(call, run_._answers)


def labels_or_raise(run_: Run, call: CheckedCall) -> pd.Series[Any] | pd.DataFrame:
    """Return the labels, as `classify` does, and warn if some rows have none.

    Raises:
        ClassificationError: With `errors="raise"`, when rows failed or were answered outside the labels.
    """
    message = _failure_message(run_, is_stored=call.job.cache)
    if message is not None and call.errors == "raise":
        raise ClassificationError(message, run_)
    if message is not None:
        warnings.warn(message, stacklevel=user_stacklevel())
    elif run_.counts["pending"]:
        rows = part_of_rows(run_.counts["pending"], len(run_), "is", "are")
        how = "call again" if call.job.cache else "call jsdf.last_run().retry()"
        warnings.warn(f"{rows} pending: {run_.stopped}; {how} to continue", stacklevel=user_stacklevel())
    return run_.labels


def _failure_message(run_: Run, *, is_stored: bool) -> str | None:
    count = run_.counts["failed"] + run_.counts["unknown"]
    if not count:
        return None
    reasons = list_reasons(run_.top_reasons())
    distinct = len(run_.top_reasons(len(run_)))
    more = f"; and {pluralize(distinct - 5, 'more reason')}" if distinct > 5 else ""
    pending = part_of_rows(run_.counts["pending"], len(run_), "is", "are")
    stopped = f" The run stopped early: {run_.stopped}; {pending} pending." if run_.stopped else ""
    rerun = ", and so does a re-run" if is_stored else ""
    return (
        f"{part_of_rows(count, len(run_), 'has', 'have')} no label: {reasons}{more}.{stopped} All other answers are in "
        f"jsdf.last_run(); its retry() pays for those rows alone{rerun}."
    )


def last_run() -> Run | None:
    """Return the latest run of this process, finished, failed or interrupted; None before the first."""
    return _last_run


def is_last_run_stored() -> bool:
    """Return True if the answers of the latest run are in the store."""
    return _last_job_runner is not None and _last_job_runner.is_stored
