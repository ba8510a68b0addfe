"""Run a job by two engines: label by the cheap one, fit and certify on samples, and pay the strong one for the rest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.results.answers import ANSWERED, FAILED, PENDING, UNKNOWN, Answers
from jsdf.results.run import Run
from jsdf.results.run_totals import end_of
from jsdf.runner.cascade.cascade_state import CascadeState
from jsdf.runner.cascade.certifier.asked_values import UNPAID
from jsdf.runner.cascade.certifier.fit_sampling import fit_sample
from jsdf.runner.cascade.certifying import Certifying
from jsdf.runner.cascade.cheap_labelling import Labelling
from jsdf.runner.cascade.opened_engine import OpenedEngine
from jsdf.runner.cascade.paid_answers import PaidAnswers
from jsdf.runner.cascade.phases import Phases

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.cascade import Cascade
    from jsdf.errors import JSDFError
    from jsdf.results.certificate import Certificate
    from jsdf.results.usage import Progress, Usage
    from jsdf.runner.job import Job
    from jsdf.runner.limits.budget import Budget


class CascadeRunner:
    """Runs a job whose engine is a `Cascade`; used as a `JobRunner`.

    Args:
        job: The job.
        answers: Answers of an earlier run of the same job; those that were paid for are not paid for again.
        retry: Implements `Run.retry`.
        budget: Limits that the runs of a stream share; None for those of the job.
        **options: As for `JobRunner`, for what is paid for.
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
        self._cascade: Cascade = job.engine  # type: ignore[assignment]
        self._retry = retry
        self._finished = answers if answers is not None and answers.certificate is not None else None
        if self._cascade.fitted is not None:
            self._cascade.fitted.check(job.labels, multiple=job.multiple)
        budget = budget or job.new_budget()
        if self._cascade.budget is not None:
            budget.allow_at_most(self._cascade.budget)
        self._phases = Phases(job, retry, budget, **options)
        self._paid = PaidAnswers(job, self._phases, answers)
        if self._finished is not None:
            self._paid.keep(self._finished)
        self._labelling = Labelling(job, self._phases)
        self._certifying: Certifying | None = None

    async def run(self, emit: Callable[[Progress], None]) -> Run:
        """Run the job, and call `emit` on every change."""
        try:
            async with AsyncExitStack() as stack:
                await self._label_and_pay(OpenedEngine(self._cascade.strong, stack), emit)
        finally:
            emit(end_of(self.partial_run()))
        return self.partial_run()

    async def _label_and_pay(self, strong: OpenedEngine, emit: Callable[[Progress], None]) -> None:
        self._paid.open(strong, emit)
        if self._finished is not None:
            await self._ask_again(self._finished)
            return
        first = await self._ask_first()
        if not self._phases.is_ending:
            await self._labelling.run(self._paid.report)
        if not self._phases.is_ending:
            state = CascadeState(self.job, self._labelling, self._paid, self._phases)
            self._certifying = Certifying(state, self._phases, first)
            await self._certifying.run()

    async def _ask_again(self, finished: Answers) -> None:
        """Ask about the values without an answer, after a run that was finished, and leave all others as they are."""
        weights, certificate = self.job.column.weights, finished.certificate
        items = finished.with_status(FAILED, UNKNOWN, PENDING)
        await self._paid.ask(items, "paying")
        answers = self._paid.answers
        if finished.is_paid is not None:
            answers.is_paid = finished.is_paid.copy()
            answers.is_paid[items] = True
        answered = items[answers.status[items] == ANSWERED]
        if certificate is not None and weights.sum():
            answers.certificate = certificate.with_answers(float(weights[answered].sum() / weights.sum()))

    async def _ask_first(self) -> npt.NDArray[np.intp]:
        """Pay for the first sample, which needs no cheap label: so a wrong key shows before anything is labelled."""
        if self._cascade.fitted is not None:
            return np.zeros(0, np.intp)
        weights = self.job.column.weights
        values = fit_sample(weights, np.full(len(weights), UNPAID), seed=self._cascade.seed)
        await self._paid.ask(values, "sampling")
        return values

    def stop(self, reason: str) -> None:
        """Send no further requests; see `JobRunner.stop`."""
        self._phases.stop(reason)

    @property
    def error(self) -> JSDFError | None:
        """Error that stopped the run; None if there was none."""
        return self._phases.error

    @property
    def in_flight(self) -> int:
        """Number of requests that were sent and whose replies have not come yet."""
        return self._phases.in_flight

    @property
    def problems(self) -> list[str]:
        """Messages about secondary problems, and the remarks of the certificate, each once."""
        warnings = [] if self._certifying is None else self._certifying.warnings
        return [*self._phases.problems, *self._labelling.warnings, *warnings]

    def failed_keys(self) -> list[bytes]:
        """Return the store keys of the values that failed or were answered outside the labels."""
        return self._phases.failed_keys()

    @property
    def is_stored(self) -> bool:
        """True if the answers that were paid for so far are in the store."""
        return self._phases.is_stored

    @property
    def stopped(self) -> str | None:
        """Reason for an early end; None as long as the run is not stopping."""
        return self._phases.stopped

    @property
    def usage(self) -> Usage:
        """Requests, tokens and seconds so far; without those to a cheap engine that uses no tokens."""
        return self._phases.usage

    @property
    def certificate(self) -> Certificate | None:
        """Promise of the cascade; None before it is known."""
        if self._finished is not None:
            return self._paid.answers.certificate
        return None if self._certifying is None else self._certifying.certificate

    def partial_run(self) -> Run:
        """Return a `Run` with the answers so far; a cheap label is given only once that is certified."""
        job, answers = self.job, self._paid.answers.copy()
        certifying = self._certifying
        if certifying is not None and certifying.kept is not None:
            answers.put(certifying.kept, certifying.kept_answers())
        if self._finished is None:
            answers.is_paid, answers.certificate = self._paid.is_asked, self.certificate
        fitted = None if certifying is None else certifying.fitted
        return Run(
            job.column, job.labels, answers, self.usage, self._cascade.name, self.stopped, self._retry, job.task,
            self.certificate, fitted, self._cascade.sources,
        )  # fmt: skip
