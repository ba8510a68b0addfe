"""The door that every face goes through: arguments in, `Run` or labels out."""

from __future__ import annotations

import warnings
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.api.validation import Call
from jsdf.config import options
from jsdf.display.progress.view import view
from jsdf.errors import ClassificationError, InvalidInputError
from jsdf.formatting.text import counted
from jsdf.results.answers import FAILED, UNKNOWN, Answers
from jsdf.results.run import Plan, Run
from jsdf.runner import Conductor, event_loop, make_plan, nested_loop
from jsdf.utils.call_site import outside

if TYPE_CHECKING:
    from jsdf.runner.image_check import Findings

_last: Run | None = None


def plan(call: Call, *, check: bool = False) -> Plan:
    """What a run would do; warns where the store cannot be used.

    Args:
        call: What `prepare` made of the arguments.
        check: True to open each image that would be sent.

    Raises:
        InvalidLabelsError: With `check`, an example image cannot be opened.
    """
    if not isinstance(check, (bool, np.bool_)):
        raise InvalidInputError(f"check={check!r}: pass True or False")
    look = partial(_look_at, call) if check and call.job.column.kind == "image" else None
    found, problem = make_plan(call.job, look)
    if problem is not None:
        warnings.warn(problem, stacklevel=outside())
    return found


def _look_at(call: Call, values: list[Any]) -> Findings:
    from jsdf.runner.image_check import Look  # it brings Pillow along

    with view(call.progress) as (show, idle):
        return event_loop.run(Look(values, call.job.labels), show, idle)


def run(call: Call, answers: Answers | None = None) -> Run:
    """Do it, and give back everything that came of it.

    Raises:
        APIError: The service refused to go on: a wrong key, no credit, a rate limit that never ends.
        KeyboardInterrupt: After an interrupt, with what was answered at `last_run()`.
    """
    work = _Work(call, answers)
    door = nested_loop.run_nested if options.event_loop == "nested" else event_loop.run
    try:
        with view(call.progress, work.stop) as (show, idle):
            done = door(work, show, idle)
    finally:
        work.warn()
    return work.deliver(done)


async def arun(call: Call, answers: Answers | None = None) -> Run:
    """The awaitable twin of `run`."""
    work = _Work(call, answers)
    try:
        with view(call.progress, work.stop, awaited=True) as (show, idle):
            done = await event_loop.arun(work, show, idle)
    finally:
        work.warn()
    return work.deliver(done)


class _Work:
    """One call as the loop takes it; whatever becomes of it, `last_run()` knows."""

    def __init__(self, call: Call, answers: Answers | None) -> None:
        self._conductor = Conductor(call.job, answers, again=lambda run: retry(call, run))

    def start(self, emit: event_loop.Emit) -> Coroutine[Any, Any, Run]:
        """See `loop.Work`."""
        return self._conduct(emit)

    async def _conduct(self, emit: event_loop.Emit) -> Run:
        try:
            done = await self._conductor.conduct(emit)
        except BaseException:
            self.leave()
            raise
        _remember(done)
        return done

    def stop(self) -> None:
        """See `loop.Work`."""
        self._conductor.stop("interrupted")

    def leave(self) -> None:
        """See `loop.Work`."""
        _remember(self._conductor.run())
        lost = self._conductor.in_flight
        if lost:
            warnings.warn(
                f"left with {counted(lost, 'request')} in flight, whose answers are lost", stacklevel=outside()
            )

    def farewell(self) -> str:
        """See `loop.Work`."""
        done = self._conductor.run()
        goes_on = "the same call goes on from there" if self._conductor.keeps else "no store keeps them"
        return f"{done.counts['answered']:,} of {len(done):,} rows are answered, at jsdf.last_run(); {goes_on}"

    def warn(self) -> None:
        """Say what went wrong besides, also after an interrupt: a store that kept nothing, an upload that is left."""
        for problem in self._conductor.problems:
            warnings.warn(problem, stacklevel=outside())

    def deliver(self, done: Run) -> Run:
        """The run, or the reason why the service would not go on."""
        error = self._conductor.error
        if error is not None:
            error.run = done
            raise error.with_traceback(None)
        return done


def retry(call: Call, run_: Run) -> Run:
    """Ask again for what an earlier run of this call has no answer for."""
    return run(call, run_.answers)


def labels_of(run_: Run, call: Call) -> pd.Series[Any] | pd.DataFrame:
    """What `classify` returns, or raises.

    Raises:
        ClassificationError: With `errors="raise"`, when rows failed or were answered outside the labels.
    """
    message = _complaint(run_, kept=call.job.cache)
    if message is not None and call.errors == "raise":
        raise ClassificationError(message, run_)
    if message is not None:
        warnings.warn(message, stacklevel=outside())
    elif run_.counts["pending"]:
        rows = f"{run_.counts['pending']:,} of {len(run_):,} rows"
        how = "call again" if call.job.cache else "call jsdf.last_run().retry()"
        warnings.warn(f"{rows} are pending: {run_.stopped}; {how} to go on", stacklevel=outside())
    return run_.labels


def _complaint(run_: Run, *, kept: bool) -> str | None:
    bad = run_.counts["failed"] + run_.counts["unknown"]
    if not bad:
        return None
    why = "; ".join(f"{reason} ({counted(rows, 'row')})" for reason, rows in run_.why())
    kinds = len({run_.answers.reasons.get(int(v)) for v in run_.answers.where(FAILED, UNKNOWN)})
    more = f"; and {counted(kinds - 5, 'more reason')}" if kinds > 5 else ""
    stopped = (
        f" The run stopped early: {run_.stopped}; {run_.counts['pending']:,} rows are pending." if run_.stopped else ""
    )
    return (
        f"{bad:,} of {len(run_):,} rows have no label: {why}{more}.{stopped} Every other answer is kept: "
        f"jsdf.last_run() has them, and its retry() pays for those rows alone{'; a re-run pays for no others' * kept}."
    )


def last_run() -> Run | None:
    """The latest run of this process, finished, failed or interrupted; None before the first."""
    return _last


def _remember(run_: Run) -> None:
    global _last
    _last = run_
