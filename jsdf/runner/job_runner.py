"""Run a job: load stored answers, ask the engine for the rest, and return a `Run`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from jsdf.errors import JSDFError
from jsdf.formatting.text import pluralize
from jsdf.results.answers import ANSWERED, FAILED, PENDING, UNKNOWN, Answers
from jsdf.results.run import Run
from jsdf.results.run_log import log_end
from jsdf.results.usage import Progress, Usage
from jsdf.runner.answer_table import MAX_LOOKUP
from jsdf.runner.batches import Batch, mixed, sampling_order
from jsdf.runner.job import Job, stored_prices
from jsdf.runner.label_edits import load_for_run, remember_labels
from jsdf.runner.progress import ProgressCounter, first_note
from jsdf.runner.rounds import ask_in_rounds, fits_one_request
from jsdf.runner.scheduler import Scheduler
from jsdf.store import opening
from jsdf.store.thread import StoreThread

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Session
    from jsdf.runner.claims import Claims
    from jsdf.runner.limits.budget import Budget
    from jsdf.runner.limits.rate_limit import RateLimiter
    from jsdf.runner.progress import ProgressFields
    from jsdf.store.base import AnswerStore

#: Seconds for which the replies to requests in flight are waited for after an interrupt. What is left of the 10 s after
#: which containers are killed is for removing uploads, closing the store, and writing a table.
MAX_WAIT_AFTER_STOP = 6.0


class JobRunner:
    """One run of a job; started once on any event loop, and can be stopped from any thread.

    Args:
        job: The job to run.
        answers: Answers of an earlier run of the same job; values without an answer are asked again.
        retry: Implements `Run.retry`.
        open_store: Opens the store; None for the one of the settings, if the job uses it.
        budget: Limits on requests and tokens that the runs of a stream share; None for those of the job.
        concurrency: Maximum number of requests in flight; None for that of the engine.
        rate_limiter: Returns the rate limiter, on the event loop; None for the one that the runs of a process share.
        claims: The values that the runs of a stream ask for at the moment; None for a run alone.
        skipped: bool of shape (values,), True for those that are not asked; None to ask all.
    """

    def __init__(
        self,
        job: Job,
        answers: Answers | None = None,
        retry: Callable[[Run], Run] | None = None,
        *,
        open_store: Callable[[], AnswerStore] | None = None,
        budget: Budget | None = None,
        concurrency: int | None = None,
        rate_limiter: Callable[[], RateLimiter] | None = None,
        claims: Claims | None = None,
        skipped: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        self.job = job
        self._claims, self._skipped, self._usage_before = claims, skipped, Usage()
        self._open_store = open_store or (opening.open_store if job.cache else None)
        self._budget, self._concurrency, self._rate_limiter = budget, concurrency, rate_limiter
        self.error: JSDFError | None = None
        self._session: Session | None = None
        self._store: StoreThread | None = None
        self._retry = retry
        self._is_retry = answers is not None
        self._table = job.new_answer_table(None if answers is None else answers.with_others_pending())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduler: Scheduler | None = None
        self._stop_reason: str | None = None
        self._cached_rows = 0
        self._started = time.monotonic()

    def stop(self, reason: str) -> None:
        """Send no further requests, and finish those in flight, within `MAX_WAIT_AFTER_STOP` seconds.

        Callable from any thread, also before the start.
        """
        self._stop_reason = self._stop_reason or reason
        scheduler = self._scheduler
        if self._loop is not None and scheduler is not None:
            self._loop.call_soon_threadsafe(scheduler.stop, reason, MAX_WAIT_AFTER_STOP)

    @property
    def in_flight(self) -> int:
        """Number of requests that were sent and whose replies have not come yet."""
        return 0 if self._scheduler is None else self._scheduler.in_flight

    @property
    def problems(self) -> list[str]:
        """Messages about secondary problems: a store that cannot be used, uploads that were not removed."""
        problems = None if self._store is None else self._store.problem, getattr(self._session, "problem", None)
        return [problem for problem in problems if problem]

    def failed_keys(self) -> list[bytes]:
        """Return the store keys of the values that failed or were answered outside the labels."""
        return [self._table.store_keys[item] for item in self._table.answers.with_status(FAILED, UNKNOWN).tolist()]

    @property
    def is_stored(self) -> bool:
        """True if the answers so far are in the store."""
        return self.job.cache and (self._store is None or self._store.is_working)

    @property
    def usage(self) -> Usage:
        """Requests, tokens and seconds so far."""
        usage = self._usage_before
        if self._scheduler is not None:
            usage += self._scheduler.usage
        return usage.at_price(self.job.price).add(
            rows_cached=self._cached_rows, seconds=time.monotonic() - self._started
        )

    @property
    def stopped(self) -> str | None:
        """Reason for an early end; None as long as the run is not stopping."""
        return self._stop_reason if self._scheduler is None else self._scheduler.stopped or self._stop_reason

    def partial_run(self) -> Run:
        """Return a `Run` with the answers so far."""
        job, answers = self.job, self._table.answers
        return Run(job.column, job.labels, answers, self.usage, job.engine.name, self.stopped, self._retry, job.task)

    def _progress(self, fields: ProgressFields) -> Progress:
        return Progress(self.job.engine.name, usage=self.usage, stopped=self.stopped, **fields)

    async def run(self, emit: Callable[[Progress], None]) -> Run:
        """Run the job, and call `emit` on every change."""
        self._loop = asyncio.get_running_loop()
        counter = ProgressCounter(self._table, self.job.column, lambda fields: emit(self._progress(fields)))
        counter.add(self._table, self._table.answers.with_status(ANSWERED))  # a retry starts with the earlier answers
        counter.report("" if self._open_store is None else "opening the store")  # which another process may lock
        store = self._store = await StoreThread.open(self._open_store)
        try:
            ended = 0 if self._claims is None else self._claims.ended
            await self._load(self._pending(), store, counter, is_first=True)
            await self._ask_pending(store, counter, ended)
        finally:
            await store.close()
            counter.report("", finished=True)
            log_end(self.partial_run())
        return self.partial_run()

    def _pending(self) -> list[int]:
        pending: list[int] = self._table.pending().tolist()
        return pending if self._skipped is None else [i for i in pending if not self._skipped[i]]

    async def _ask_pending(self, store: StoreThread, counter: ProgressCounter, ended: int) -> None:
        """Ask for the values without an answer, for each in one run of the stream only."""

        async def ask(items: list[int]) -> bool:
            await self._ask(items, store, counter)
            await store.call(lambda _: None)  # refusals are there, too, once other runs go on
            return self.error is None and self.stopped is None

        async def load(items: list[int]) -> list[int]:
            await self._load(items, store, counter)
            return [i for i in items if table.answers.status[i] == PENDING]

        table = self._table
        items = mixed(self._pending(), self.job.pass_number) if self._stop_reason is None else []
        if self._claims is None and items:
            await ask(items)
        elif self._claims is not None:
            await self._claims.ask({i: table.store_keys[i] for i in items}, ended, ask, load)

    async def _load(
        self, items: list[int], store: StoreThread, counter: ProgressCounter, *, is_first: bool = False
    ) -> None:
        """Load answers and refusals of values that are pending; the first load of a retry deletes the refusals."""
        if store.store is None:
            return
        table, status, pending = self._table, self._table.answers.status, list[int]()

        def count(loaded: Sequence[int]) -> list[int]:
            rows = counter.add(table, [i for i in loaded if status[i] == ANSWERED])
            self._cached_rows += rows if is_first else 0
            return [i for i in loaded if status[i] == PENDING]

        for start in range(0, len(items), MAX_LOOKUP):  # in parts, so that progress is seen
            counter.report(f"looking up {pluralize(len(items), 'value')} in the store")
            part = items[start : start + MAX_LOOKUP]
            await store.call(table.load, part)
            pending += count(part)
        if not self.job.strict:
            await store.call(load_for_run, table)
        pending = count(pending)
        if is_first and self._is_retry:
            await store.clear_refusals([table.store_keys[i] for i in pending])
        else:
            await store.call(table.load_refusals, pending, "" if self._retry is None else "; retry() asks again")
        counter.add(table, [i for i in pending if status[i] == FAILED])
        counter.report("")

    async def _ask(self, items: list[int], store: StoreThread, counter: ProgressCounter) -> None:
        job, engine, table = self.job, self.job.engine, self._table
        store.call_after_first_write(remember_labels, table)
        budget = self._budget or job.new_budget()
        has_prices = store.store is not None and budget.has_token_limit
        prior = stored_prices(job, table, store.store) if has_prices and store.store is not None else None
        budget.prices.prior = prior or budget.prices.prior
        counter.report(first_note(engine, job.column.kind, len(items)))
        async with engine.session() as session:
            self._session = session
            if self._scheduler is not None:
                self._usage_before += self._scheduler.usage
            self._scheduler = scheduler = Scheduler(
                engine,
                session,
                store,
                on_settled=counter.add,
                on_note=counter.report,
                budget=budget,
                concurrency=self._concurrency,
                rate_limiter=None if self._rate_limiter is None else self._rate_limiter(),
            )
            if self._stop_reason is not None:
                scheduler.stop(self._stop_reason)
            if fits_one_request(job.asked_labels, engine.max_labels):
                await scheduler.run(self._make_batches(items))
            else:
                await ask_in_rounds(
                    table,
                    items,
                    scheduler,
                    store,
                    identity=engine.identity,
                    max_labels=engine.max_labels or 0,
                    batch_size=engine.batch_size,
                    first_batch_size=job.first_batch_size,
                    on_settled=counter.add,
                )
            self.error = scheduler.error

    def _make_batches(self, items: Sequence[int]) -> Iterator[Batch]:
        """Cut values into batches in a stable order, so that the service's own request cache helps repeated runs."""
        parts = sampling_order(len(items), self.job.engine.batch_size, self.job.first_batch_size)
        return (Batch(self._table, items[part.start : part.stop]) for part in parts)
