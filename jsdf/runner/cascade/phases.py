"""The runs of which a cascade consists, one after another, each of a part of the column."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsdf.results.cost import current_price
from jsdf.results.usage import Progress, Usage
from jsdf.runner.job_runner import JobRunner
from jsdf.runner.limits.budget import Budget

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Engine
    from jsdf.engines.cascade import Cascade
    from jsdf.errors import JSDFError
    from jsdf.results.answers import Answers
    from jsdf.results.run import Run
    from jsdf.runner.job import Job


class Phases:
    """Runs parts of a job, and adds up what they used.

    Args:
        job: The job of the cascade.
        retry: Implements `Run.retry`.
        budget: Limits on what is paid.
        **options: As for `JobRunner`, for the runs that are paid for.
    """

    def __init__(self, job: Job, retry: Callable[[Run], Run] | None, budget: Budget, **options: Any) -> None:
        self._job, self._retry, self._budget, self._options = job, retry, budget, options
        self._cascade: Cascade = job.engine  # type: ignore[assignment]
        self._requests_before = budget.requests_before
        self._labelling: list[JobRunner] = []
        self._paying: list[JobRunner] = []
        self._loading: list[JobRunner] = []
        self._latest: JobRunner | None = None
        self._stop_reason: str | None = None
        self._started = time.monotonic()

    async def label(self, engine: Engine, emit: Callable[[Progress], None], *, cache: bool) -> Answers:
        """Label the whole column by an engine that is not limited, and return its answers."""
        price = current_price(replace(self._job, engine=engine).ledger_name)
        job = replace(self._job, engine=engine, cache=cache and self._job.cache, price=price)
        job = replace(job, max_requests=None, max_tokens=None, max_cost=None)
        runner = JobRunner(job, open_store=self._options.get("open_store") if job.cache else None)
        self._labelling.append(runner)
        return await self._run(runner, emit)

    async def pay(
        self,
        engine: Engine,
        items: npt.NDArray[np.intp],
        known: Answers | None,
        emit: Callable[[Progress], None],
    ) -> Answers:
        """Ask an engine about these values, and return their answers; with `known`, refusals of before are forgotten.

        Args:
            engine: The engine that is paid.
            items: Positions of the values.
            known: Answers of an earlier run of the cascade, for these values; None if there was none.
            emit: Called on every change.
        """
        job = replace(self._job, engine=engine, column=self._job.column.part(items))
        runner = JobRunner(job, known, self._retry, budget=self._budget, **self._options)
        self._paying.append(runner)
        answers = await self._run(runner, emit)
        self._budget.requests_before = self._requests_before + self.requests
        return answers

    async def load(self, engine: Engine, items: npt.NDArray[np.intp]) -> Answers | None:
        """Return the answers to these values that are in the store, without asking; None without a store."""
        if not self._job.cache:
            return None
        job = replace(self._job, engine=engine, column=self._job.column.part(items))
        runner = JobRunner(job, open_store=self._options.get("open_store"), budget=Budget(0, None))
        self._loading.append(runner)
        return (await runner.run(lambda _: None))._answers

    async def _run(self, runner: JobRunner, emit: Callable[[Progress], None]) -> Answers:
        if self._stop_reason is not None:
            runner.stop(self._stop_reason)
        self._latest = runner
        run = await runner.run(emit)
        return run._answers

    def stop(self, reason: str) -> None:
        """Send no further requests; see `JobRunner.stop`."""
        self._stop_reason = self._stop_reason or reason
        if self._latest is not None:
            self._latest.stop(reason)

    @property
    def is_budget_spent(self) -> bool:
        """True if the cascade's own limit on requests ended the paying, and no other limit or failure."""
        budget, limit, latest = self._cascade.budget, self._job.max_requests, self._latest
        if budget is None or (limit is not None and limit < budget) or self.requests < budget:
            return False
        stopped = None if latest is None else latest.stopped
        return stopped is None or stopped.startswith("max_requests=")

    @property
    def is_ending(self) -> bool:
        """True if no further part is to be run."""
        return self.error is not None or self.stopped is not None

    @property
    def requests(self) -> int:
        """Requests that were paid for so far."""
        return sum(runner.usage.requests for runner in self._paying)

    @property
    def labelling_seconds(self) -> float:
        """Duration of the runs that are not limited."""
        return sum(runner.usage.seconds for runner in self._labelling)

    @property
    def usage(self) -> Usage:
        """Requests and tokens so far; without those to a cheap engine that uses no tokens."""
        cheap = [usage for runner in self._labelling if (usage := runner.usage).total_tokens]
        total = sum([*cheap, *(runner.usage for runner in (*self._paying, *self._loading))], Usage())
        return replace(total, seconds=time.monotonic() - self._started)

    @property
    def error(self) -> JSDFError | None:
        """Error that stopped the latest run; None if there was none."""
        return None if self._latest is None else self._latest.error

    @property
    def stopped(self) -> str | None:
        """Reason for an early end; None as long as the latest run is not stopping, and where the budget ended it."""
        if self._stop_reason is not None or self._latest is None or self.is_budget_spent:
            return self._stop_reason
        return self._latest.stopped

    @property
    def in_flight(self) -> int:
        """Number of requests that were sent and whose replies have not come yet."""
        return 0 if self._latest is None else self._latest.in_flight

    @property
    def problems(self) -> list[str]:
        """Messages about secondary problems, each once."""
        runners = [*self._labelling, *self._paying]
        return list(dict.fromkeys(problem for runner in runners for problem in runner.problems))

    @property
    def is_stored(self) -> bool:
        """True if the answers that were paid for so far are in the store."""
        return self._job.cache and all(runner.is_stored for runner in self._paying)

    def failed_keys(self) -> list[bytes]:
        """Return the store keys of the values that failed or were answered outside the labels."""
        return [key for runner in self._paying for key in runner.failed_keys()]
