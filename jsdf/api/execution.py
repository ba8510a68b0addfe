"""The door that every face goes through: arguments in, `Run` or labels out."""

from __future__ import annotations

import warnings
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.api.validation import CheckedCall
from jsdf.config import options
from jsdf.display.progress.view import view
from jsdf.errors import ClassificationError, InvalidInputError
from jsdf.formatting.text import pluralize
from jsdf.results.answers import FAILED, UNKNOWN, Answers
from jsdf.results.run import Plan, Run
from jsdf.runner import JobRunner, event_loop, make_plan, nested_loop
from jsdf.utils.call_site import user_stacklevel

if TYPE_CHECKING:
    from jsdf.runner.image_check import ImageFindings

_last_run: Run | None = None


def plan(call: CheckedCall, *, check: bool = False) -> Plan:
    """What a run would do; warns where the store cannot be used.

    Args:
        call: What `prepare` made of the arguments.
        check: True to open each image that would be sent.

    Raises:
        InvalidLabelsError: With `check`, an example image cannot be opened.
    """
    if not isinstance(check, (bool, np.bool_)):
        raise InvalidInputError(f"check={check!r}: pass True or False")
    check_images = partial(_check_images, call) if check and call.job.column.kind == "image" else None
    found, problem = make_plan(call.job, check_images)
    if problem is not None:
        warnings.warn(problem, stacklevel=user_stacklevel())
    return found


def _check_images(call: CheckedCall, values: list[Any]) -> ImageFindings:
    from jsdf.runner.image_check import ImageCheck  # it brings Pillow along

    with view(call.progress) as (show, idle):
        return event_loop.run(ImageCheck(values, call.job.labels), show, idle)


def run(call: CheckedCall, answers: Answers | None = None) -> Run:
    """Do it, and give back everything that came of it.

    Raises:
        APIError: The service refused to go on: a wrong key, no credit, a rate limit that never ends.
        KeyboardInterrupt: After an interrupt, with what was answered at `last_run()`.
    """
    operation = _RunOperation(call, answers)
    run_operation = nested_loop.run_nested if options.event_loop == "nested" else event_loop.run
    try:
        with view(call.progress, operation.request_stop) as (show, idle):
            done = run_operation(operation, show, idle)
    finally:
        operation.emit_warnings()
    return operation.result_or_raise(done)


async def arun(call: CheckedCall, answers: Answers | None = None) -> Run:
    """The awaitable twin of `run`."""
    operation = _RunOperation(call, answers)
    try:
        with view(call.progress, operation.request_stop, awaited=True) as (show, idle):
            done = await event_loop.arun(operation, show, idle)
    finally:
        operation.emit_warnings()
    return operation.result_or_raise(done)


class _RunOperation:
    """One call as the loop takes it; whatever becomes of it, `last_run()` knows."""

    def __init__(self, call: CheckedCall, answers: Answers | None) -> None:
        self._job_runner = JobRunner(call.job, answers, again=lambda run: retry(call, run))

    def start(self, emit: event_loop.EventCallback) -> Coroutine[Any, Any, Run]:
        """See `loop.BackgroundOperation`."""
        return self._execute(emit)

    async def _execute(self, emit: event_loop.EventCallback) -> Run:
        try:
            done = await self._job_runner.run(emit)
        except BaseException:
            self.abandon()
            raise
        _set_last_run(done)
        return done

    def request_stop(self) -> None:
        """See `loop.BackgroundOperation`."""
        self._job_runner.stop("interrupted")

    def abandon(self) -> None:
        """See `loop.BackgroundOperation`."""
        _set_last_run(self._job_runner.partial_run())
        lost = self._job_runner.in_flight
        if lost:
            warnings.warn(
                f"left with {pluralize(lost, 'request')} in flight, whose answers are lost",
                stacklevel=user_stacklevel(),
            )

    def interrupt_message(self) -> str:
        """See `loop.BackgroundOperation`."""
        done = self._job_runner.partial_run()
        goes_on = "the same call goes on from there" if self._job_runner.is_stored else "no store keeps them"
        return f"{done.counts['answered']:,} of {len(done):,} rows are answered, at jsdf.last_run(); {goes_on}"

    def emit_warnings(self) -> None:
        """Say what went wrong besides, also after an interrupt: a store that kept nothing, an upload that is left."""
        for problem in self._job_runner.problems:
            warnings.warn(problem, stacklevel=user_stacklevel())

    def result_or_raise(self, done: Run) -> Run:
        """The run, or the reason why the service would not go on."""
        error = self._job_runner.error
        if error is not None:
            error.run = done
            raise error.with_traceback(None)
        return done


def retry(call: CheckedCall, run_: Run) -> Run:
    """Ask again for what an earlier run of this call has no answer for."""
    return run(call, run_._answers)


def labels_or_raise(run_: Run, call: CheckedCall) -> pd.Series[Any] | pd.DataFrame:
    """What `classify` returns, or raises.

    Raises:
        ClassificationError: With `errors="raise"`, when rows failed or were answered outside the labels.
    """
    message = _failure_message(run_, kept=call.job.cache)
    if message is not None and call.errors == "raise":
        raise ClassificationError(message, run_)
    if message is not None:
        warnings.warn(message, stacklevel=user_stacklevel())
    elif run_.counts["pending"]:
        rows = f"{run_.counts['pending']:,} of {len(run_):,} rows"
        how = "call again" if call.job.cache else "call jsdf.last_run().retry()"
        warnings.warn(f"{rows} are pending: {run_.stopped}; {how} to go on", stacklevel=user_stacklevel())
    return run_.labels


def _failure_message(run_: Run, *, kept: bool) -> str | None:
    bad = run_.counts["failed"] + run_.counts["unknown"]
    if not bad:
        return None
    why = "; ".join(f"{reason} ({pluralize(rows, 'row')})" for reason, rows in run_.top_reasons())
    kinds = len({run_._answers.reasons.get(int(v)) for v in run_._answers.with_status(FAILED, UNKNOWN)})
    more = f"; and {pluralize(kinds - 5, 'more reason')}" if kinds > 5 else ""
    stopped = (
        f" The run stopped early: {run_.stopped}; {run_.counts['pending']:,} rows are pending." if run_.stopped else ""
    )
    return (
        f"{bad:,} of {len(run_):,} rows have no label: {why}{more}.{stopped} Every other answer is kept: "
        f"jsdf.last_run() has them, and its retry() pays for those rows alone{'; a re-run pays for no others' * kept}."
    )


def last_run() -> Run | None:
    """The latest run of this process, finished, failed or interrupted; None before the first."""
    return _last_run


def _set_last_run(run_: Run) -> None:
    global _last_run
    _last_run = run_
