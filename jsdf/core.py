"""The door that every face goes through: arguments in, `Run` or labels out."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from jsdf import loop, nesting
from jsdf.answers import FAILED, UNKNOWN, Answers
from jsdf.column import encode
from jsdf.display.progress import view
from jsdf.engines.find import find_engine
from jsdf.errors import ClassificationError, InvalidInputError
from jsdf.labels import parse
from jsdf.options import options
from jsdf.run import Plan, Progress, Run
from jsdf.runner import Conductor, Job, make_plan

_last: Run | None = None


@dataclass(frozen=True)
class Call:
    """The arguments of one call, checked and with nothing sent yet.

    Attributes:
        job: What to do.
        errors: `"raise"` or `"coerce"`.
        progress: See `jsdf.display.progress.view`.
    """

    job: Job
    errors: str
    progress: bool | Callable[[Progress], None] | None


def prepare(
    series: pd.Series[Any],
    labels: Any,
    *,
    multiple_labels: bool = False,
    task: str | None = None,
    kind: str = "auto",
    engine: Any = None,
    errors: Literal["raise", "coerce"] = "raise",
    cache: bool = True,
    progress: bool | Callable[[Progress], None] | None = None,
    max_requests: int | None = None,
    max_tokens: int | None = None,
) -> Call:
    """Check every argument of `classify` and of its relatives.

    Raises:
        InvalidLabelsError: See `jsdf.labels.parse`.
        InvalidInputError: Any other argument cannot be used.
        MissingKeyError: Nobody is there to answer.
    """
    if not isinstance(series, pd.Series):
        raise InvalidInputError(f"pass a pandas Series, not a {type(series).__name__}")
    if errors not in ("raise", "coerce"):
        raise InvalidInputError(f"errors={errors!r}: use 'raise' or 'coerce'")
    if task is not None and not (isinstance(task, str) and task.strip()):
        raise InvalidInputError(f"task={task!r}: pass an instruction in words, or leave it out")
    for name, flag in (("multiple_labels", multiple_labels), ("cache", cache)):
        if not isinstance(flag, (bool, np.bool_)):
            raise InvalidInputError(f"{name}={flag!r}: pass True or False")
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise InvalidInputError(f"progress={progress!r}: pass True, False, None or a function")
    label_set = parse(labels)
    column = encode(series, kind)
    chosen = find_engine(engine)
    if column.kind not in chosen.kinds:
        raise InvalidInputError(
            f"engine={chosen.name!r} answers {' and '.join(sorted(chosen.kinds))} columns, and {series.name!r} holds "
            f"{column.kind}s; use another engine, or kind= if they are something else"
        )
    if task is not None and not chosen.follows_tasks:
        warnings.warn(f"the {chosen.name} engine follows no task: task={task!r} changes nothing", stacklevel=_outside())
    limits = _limit("max_requests", max_requests), _limit("max_tokens", max_tokens)
    job = Job(column, label_set, chosen, bool(multiple_labels), task, bool(cache), *limits)
    job.requests(1)  # refuses labels that no number of rounds could hold
    return Call(job, errors, options.progress if progress is None else progress)


def plan(call: Call) -> Plan:
    """What a run would do; warns where the store cannot be used."""
    found, problem = make_plan(call.job)
    if problem is not None:
        warnings.warn(problem, stacklevel=_outside())
    return found


def run(call: Call, answers: Answers | None = None) -> Run:
    """Do it, and give back everything that came of it.

    Raises:
        APIError: The service refused to go on: a wrong key, no credit, a rate limit that never ends.
        KeyboardInterrupt: After an interrupt, with what was answered at `last_run()`.
    """
    work = _Work(call, answers)
    door = nesting.run_nested if options.event_loop == "nested" else loop.run
    try:
        with view(call.progress) as show:
            done = door(work, show)
    finally:
        work.warn()
    return work.deliver(done)


async def arun(call: Call, answers: Answers | None = None) -> Run:
    """The awaitable twin of `run`."""
    work = _Work(call, answers)
    try:
        with view(call.progress) as show:
            done = await loop.arun(work, show)
    finally:
        work.warn()
    return work.deliver(done)


class _Work:
    """One call as the loop takes it; whatever becomes of it, `last_run()` knows."""

    def __init__(self, call: Call, answers: Answers | None) -> None:
        self._call = call
        self._conductor = Conductor(call.job, answers, again=lambda run: retry(call, run))

    def start(self, emit: loop.Emit) -> Coroutine[Any, Any, Run]:
        """See `loop.Work`."""
        return self._conduct(emit)

    async def _conduct(self, emit: loop.Emit) -> Run:
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
            warnings.warn(f"left with {lost} requests in flight, whose answers are lost", stacklevel=_outside())

    def farewell(self) -> str:
        """See `loop.Work`."""
        done = self._conductor.run()
        kept = self._call.job.cache and self._conductor.store_problem is None
        goes_on = "the same call goes on from there" if kept else "no store keeps them"
        return f"{done.counts['answered']:,} of {len(done):,} rows are answered, at jsdf.last_run(); {goes_on}"

    def warn(self) -> None:
        """Say that the store could not be used, also after an interrupt: nothing was kept."""
        if self._conductor.store_problem is not None:
            warnings.warn(self._conductor.store_problem, stacklevel=_outside())

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
        warnings.warn(message, stacklevel=_outside())
    elif run_.counts["pending"]:
        rows = f"{run_.counts['pending']:,} of {len(run_):,} rows"
        warnings.warn(f"{rows} are pending: {run_.stopped}; call again to go on", stacklevel=_outside())
    return run_.labels


def _complaint(run_: Run, *, kept: bool) -> str | None:
    bad = run_.counts["failed"] + run_.counts["unknown"]
    if not bad:
        return None
    why = "; ".join(f"{reason} ({rows:,} row{'' if rows == 1 else 's'})" for reason, rows in run_.why())
    kinds = len({run_.answers.reasons.get(int(v)) for v in run_.answers.where(FAILED, UNKNOWN)})
    more = f"; and {kinds - 5} more reasons" if kinds > 5 else ""
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


def _limit(name: str, value: int | None) -> int | None:
    try:
        limit = None if value is None else operator.index(value)
    except TypeError:
        limit = -1
    if isinstance(value, bool) or (limit is not None and limit < 0):
        raise InvalidInputError(f"{name}={value!r}: pass a whole number, 0 or more, or None for no limit")
    return limit


def _outside() -> int:
    """The stack level of the first frame outside this package, for a warning that points at the user's line."""
    import sys

    level, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("jsdf."):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    return level
