"""Ask about each value several times, in differently mixed requests, and let the answers vote."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.results.answers import FAILED, UNKNOWN, Answers
from jsdf.results.run import Run
from jsdf.results.run_totals import end_of
from jsdf.results.usage import Progress, Usage
from jsdf.results.votes import count_votes
from jsdf.runner.job_runner import JobRunner
from jsdf.runner.limits.budget import Budget

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.errors import JSDFError
    from jsdf.runner.job import Job


class RepeatedRunner:
    """Runs a job as often as it says, one pass after another; used as a `JobRunner`.

    A value that failed in one pass is not asked again in the next ones.

    Args:
        job: The job, with more than one repeat.
        answers: Outcome of an earlier run of the same job with its `votes`; what is missing of them is asked again.
        retry: Implements `Run.retry`.
        budget: Limits that the runs of a stream share; None for those of the job.
        **options: As for `JobRunner`.
    """

    def __init__(
        self,
        job: Job,
        answers: Answers | None = None,
        retry: Callable[[Run], Run] | None = None,
        *,
        budget: Budget | None = None,
        **options: Any,
    ) -> None:
        self.job = job
        self._earlier, self._retry, self._options = answers, retry, options
        self._budget = budget or job.new_budget()
        self._requests_before = self._budget.requests_before
        self._stop_reason: str | None = None
        self._started = time.monotonic()
        self._passes: list[JobRunner] = []
        self._passes.append(self._new_pass(0))

    def _new_pass(self, number: int) -> JobRunner:
        answers = None
        if self._earlier is not None:
            votes, job = self._earlier.votes, self.job
            is_known = number < len(votes)
            empty = Answers.empty(len(job.column.values), len(job.labels), multiple=job.multiple)
            answers = votes[number] if is_known else empty
        options = {**self._options, "budget": self._budget, "skipped": self._failed()}
        return JobRunner(self.job.passes()[number], answers, self._retry, **options)

    def _failed(self) -> npt.NDArray[np.bool_]:
        """Return which values failed in a pass."""
        failed: npt.NDArray[np.bool_] = np.zeros(len(self.job.column.values), bool)
        for answers in self._votes():
            failed |= answers.status == FAILED
        return failed

    def _votes(self) -> list[Answers]:
        return [runner.partial_run()._answers for runner in self._passes]

    def stop(self, reason: str) -> None:
        """Send no further requests; see `JobRunner.stop`."""
        self._stop_reason = self._stop_reason or reason
        self._passes[-1].stop(reason)

    @property
    def error(self) -> JSDFError | None:
        """Error that stopped the run; None if there was none."""
        return self._passes[-1].error

    @property
    def in_flight(self) -> int:
        """Number of requests that were sent and whose replies have not come yet."""
        return self._passes[-1].in_flight

    @property
    def problems(self) -> list[str]:
        """Messages about secondary problems, each once."""
        return list(dict.fromkeys(problem for runner in self._passes for problem in runner.problems))

    def failed_keys(self) -> list[bytes]:
        """Return the store keys of the values that failed, or whose votes do not decide."""
        items = self.partial_run()._answers.with_status(FAILED, UNKNOWN).tolist()
        keys = self.job.new_answer_table().store_keys
        return [keys[item] for item in items]

    @property
    def is_stored(self) -> bool:
        """True if the answers so far are in the store."""
        return all(runner.is_stored for runner in self._passes)

    @property
    def stopped(self) -> str | None:
        """Reason for an early end; None as long as the run is not stopping."""
        return self._passes[-1].stopped or self._stop_reason

    @property
    def usage(self) -> Usage:
        """Requests, tokens and seconds of all passes so far."""
        return self._sum([runner.usage for runner in self._passes])

    def _sum(self, passes: list[Usage]) -> Usage:
        """Return the usage of passes together; from the store are the rows that had all their votes there."""
        total = sum(passes, Usage())
        cached = min(usage.rows_cached for usage in passes) if len(passes) == self.job.repeats else 0
        return replace(total, rows_cached=cached, seconds=time.monotonic() - self._started)

    def partial_run(self) -> Run:
        """Return a `Run` with the outcome so far; values that have not all their votes are pending."""
        job = self.job
        answers = count_votes(self._votes(), job.repeats, job.labels)
        return Run(job.column, job.labels, answers, self.usage, job.engine.name, self.stopped, self._retry, job.task)

    async def run(self, emit: Callable[[Progress], None]) -> Run:
        """Run all passes, and call `emit` on every change."""
        done_before = 0
        for number in range(self.job.repeats):
            if number:
                self._passes.append(self._new_pass(number))
            latest = await self._run_pass(number, done_before, emit)
            done_before += latest
            if self.error is not None or self.stopped is not None:
                break
        run = self.partial_run()
        emit(end_of(run))
        return run

    async def _run_pass(self, number: int, done_before: int, emit: Callable[[Progress], None]) -> int:
        """Run one pass, and return its rows that are done."""
        before, repeats, done = [runner.usage for runner in self._passes[:-1]], self.job.repeats, 0

        def on_progress(progress: Progress) -> None:
            nonlocal done
            done = progress.done
            note = progress.note or f"repeat {number + 1} of {repeats}"
            total = (done_before + done) // repeats
            usage = self._sum([*before, progress.usage])
            emit(replace(progress, done=total, usage=usage, note=note, finished=False))

        runner = self._passes[-1]
        if self._stop_reason is not None:
            runner.stop(self._stop_reason)
        await runner.run(on_progress)
        self._budget.requests_before = self._requests_before + self.usage.requests
        return done
