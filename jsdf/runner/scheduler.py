"""Send batches concurrently within the rate limit and the budget, and store their answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import PreparingSession
from jsdf.errors import JSDFError
from jsdf.formatting.text import pluralize
from jsdf.results.answers import ANSWERED
from jsdf.results.cost import ledger_name
from jsdf.runner.batches import Batch, BatchQueue
from jsdf.runner.circuit_breaker import CircuitBreaker
from jsdf.runner.failure_handling import FailureHandler
from jsdf.runner.limits.budget import Budget, RunStopped
from jsdf.runner.limits.rate_limit import RateLimiter, shared_rate_limiter
from jsdf.runner.progress import WAITING, then_call
from jsdf.runner.sender import RequestSender
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from jsdf.engines.base import Engine, Question, Reply, Session
    from jsdf.results.usage import Usage
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.store.thread import StoreThread

#: Batches without an affordable sample after which a run stops searching for shorter samples.
MAX_SET_ASIDE = 100


class Scheduler:
    """Sends batches until there are none left, or until it is stopped.

    Args:
        engine: The engine, whose rate and concurrency are respected.
        session: The open session of the engine.
        store: The store; the answers of a request are stored before its task sends anything else.
        on_settled: Called with a table and the values that reached their final status.
        on_note: Called on every change, with a note for the user, "" if there is none.
        budget: Limits on requests and tokens.
        concurrency: Maximum number of requests in flight; None for that of the engine.
        clock: Returns monotonic seconds.
        rate_limiter: Limits the rate of the requests; None for the shared one of the engine.
    """

    def __init__(
        self,
        engine: Engine,
        session: Session,
        store: StoreThread,
        *,
        on_settled: Callable[[AnswerTable, Sequence[int]], object],
        on_note: Callable[[str], None],
        budget: Budget,
        concurrency: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        rate_limiter: RateLimiter | None = None,
    ) -> None:
        self.stopped: str | None = None
        self.error: JSDFError | None = None
        self._engine, self._store, self._session = engine, store, session
        self._on_settled, self._on_note, self._budget = on_settled, on_note, budget
        self._concurrency = concurrency or engine.concurrency
        self._rate_limiter = rate_limiter or shared_rate_limiter(engine)
        self._sender = RequestSender(
            session,
            self._rate_limiter,
            budget,
            before_send=self._check_before_send,
            is_stopping=lambda: self.stopped is not None,
            on_note=on_note,
            clock=clock,
        )
        self._breaker, self._queue = CircuitBreaker(), BatchQueue(iter(()))
        self._tasks: dict[asyncio.Task[None], Batch] = {}
        self._set_aside_count = 0

    async def run(self, batches: Iterator[Batch]) -> None:
        """Send these batches; return once all are answered or failed, or once the scheduler has stopped."""
        self._queue = BatchQueue(batches)
        self._failure_handler = FailureHandler(
            self._queue,
            self._breaker,
            self._store,
            is_stopped=lambda: self.stopped is not None,
            stop=self.stop,
            stop_with_error=self._stop_with_error,
            on_failed=self._settle,
        )
        try:
            self._start_batches()
            while self._tasks:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._collect(task, self._tasks.pop(task))
                self._start_batches()
            if self._set_aside_count:
                self.stop(self._budget.token_refusal())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _collect(self, task: asyncio.Task[None], batch: Batch) -> None:
        if not task.cancelled():
            task.result()
        elif self.stopped is None:  # not cancelled by `stop`
            self._failure_handler.handle(batch, batch.items, RuntimeError("the engine cancelled its own request"))

    def _start_batches(self) -> None:
        while self.stopped is None and len(self._tasks) < self._breaker.max_in_flight(self._concurrency):
            batch = self._queue.pop(has_succeeded=self._breaker.has_succeeded)
            if batch is None:
                return
            refusal = self._budget.request_refusal(self.usage, len(self._tasks.keys() - self._sender.in_flight))
            part = self._queue.cut_to_fit(batch, self._budget, self._tasks.values()) if refusal is None else None
            if part is not None:
                self._tasks[asyncio.create_task(self._handle(part))] = part
            elif self._tasks:
                self._queue.put_back(batch)
                return
            elif refusal is not None:
                self.stop(refusal)
            else:
                self._set_aside(batch)

    def _set_aside(self, batch: Batch) -> None:
        """Leave the values of a batch pending, none of which fits the budget; shorter ones may follow."""
        self._set_aside_count += 1
        if self._set_aside_count == MAX_SET_ASIDE or self._budget.is_used_up(batch.table.question):
            self.stop(self._budget.token_refusal())

    def stop(self, reason: str, max_wait: float | None = None) -> None:
        """Send no further requests; those in flight are still answered, within `max_wait` seconds, and stored."""
        if max_wait is not None:
            asyncio.get_running_loop().call_later(max_wait, self._sender.cancel_awaited)
        if self.stopped is None:
            self.stopped = reason
            log.debug("stopped: %s; %d requests in flight", reason, len(self._sender.in_flight))
            for task in self._tasks.keys() - self._sender.in_flight - {asyncio.current_task()}:
                task.cancel()
            self._report()

    def _report(self) -> None:
        """Report a change and, while stopping, the number of requests that are still in flight."""
        waiting = len(self._sender.in_flight - {asyncio.current_task()})  # the reporting request has its answer
        wait = f", waiting for {pluralize(waiting, 'request')}" if waiting else ""
        self._on_note("" if self.stopped is None else f"stopping: {self.stopped}{wait}")

    @property
    def usage(self) -> Usage:
        """Requests and tokens so far."""
        return self._sender.usage

    @property
    def in_flight(self) -> int:
        """Number of requests that were sent and whose replies have not come yet."""
        return self._sender.awaited_replies

    def _check_before_send(self) -> None:
        """Raise `RunStopped` right before a request is sent if none is allowed, or the run is stopping."""
        if (refusal := self._budget.request_refusal(self.usage)) is not None:
            self.stop(refusal)
        if self.stopped is not None:
            raise RunStopped

    def _stop_with_error(self, error: JSDFError) -> None:
        if self.stopped is None:
            self.error = error
        self.stop(str(error))

    async def _handle(self, batch: Batch) -> None:
        try:
            if isinstance(self._session, PreparingSession):
                await self._prepare_and_ask(batch, self._session)
            else:
                items = await self._rate_limiter.acquire_for(lambda: self._drop_answered(batch))
                await self._ask(batch, items, batch.table.question, [batch.table.values[i] for i in items])
        finally:
            self._sender.in_flight.discard(asyncio.current_task())

    async def _prepare_and_ask(self, batch: Batch, session: PreparingSession) -> None:
        """Prepare a batch (uploads), then acquire a slot and send it, so that no slot is held during uploads."""
        table = batch.table
        # Only files are worth a look into the store before they are prepared; the one in the slot follows anyway.
        items = await self._drop_answered(batch) if table.question.has_images else batch.items
        sending = then_call(self._sender.send_file_request, self._report_phase)
        preparing = session.prepare(table.question, [table.values[i] for i in items], sending)
        prepared = await self._failure_handler.guard(batch, items, preparing)
        if prepared is None:
            return
        self._report_phase(WAITING)
        try:
            table.add_notes({items[position]: note for position, note in prepared.notes.items()})
            self._fail_unsendable(table, {items[position]: reason for position, reason in prepared.failures.items()})
            sendable = {items[position]: value for position, value in prepared.values.items()}
            rest = batch.with_items(list(sendable))
            sent = await self._rate_limiter.acquire_for(lambda: self._drop_answered(rest)) if sendable else ()
            await self._ask(batch, sent, prepared.question, [sendable[item] for item in sent])
        finally:
            prepared.release()

    def _report_phase(self, note: str = "") -> None:
        if not self._breaker.has_succeeded and self.stopped is None:  # afterwards, answers show that the run goes on
            self._on_note(note or f"uploading images: {self.usage.file_requests:,} so far")

    def _fail_unsendable(self, table: AnswerTable, reasons: Mapping[int, str]) -> None:
        for item, reason in reasons.items():
            table.answers.fail([item], reason)
        if reasons:
            self._settle(table, list(reasons))

    async def _ask(self, batch: Batch, items: Sequence[int], question: Question, values: list[Any]) -> None:
        if values:
            batch = batch.with_items(items)
            sending = self._sender.send(question, values, batch.max_attempts, batch.size)
            reply = await self._failure_handler.guard(batch, items, sending)
            if reply is not None:
                await self._store_reply(batch, reply)

    async def _drop_answered(self, batch: Batch) -> list[int]:
        """Load the batch from the store once more and return the rest: another process may have answered it."""
        await self._store.look_up(batch.table.load, batch.items)
        status = batch.table.answers.status
        stored = [i for i in batch.items if status[i] == ANSWERED]
        if stored:
            self._settle(batch.table, stored)
        return [i for i in batch.items if status[i] != ANSWERED]

    async def _store_reply(self, batch: Batch, reply: Reply) -> None:
        is_first = self._breaker.record_success()
        if (refusal := self._budget.missing_price()) is not None:
            self.stop(refusal)
        if is_first:
            self._start_batches()  # the service answers, so the others need not wait until this answer is stored
        table, items = batch.table, batch.items
        cost = batch.cost(ledger_name(self._engine.name, self._engine.identity), reply.tokens)
        await self._store.add_answers(table.apply_reply(items, reply), cost)
        self._settle(table, items)

    def _settle(self, table: AnswerTable, items: Sequence[int]) -> None:
        self._on_settled(table, items)
        self._report()
