"""Batches in flight: paced, retried, split, budgeted, stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Preparing
from jsdf.errors import JSDFError
from jsdf.formatting.text import counted
from jsdf.results.answers import ANSWERED
from jsdf.runner.batches import Batch, Queue
from jsdf.runner.budget import Budget
from jsdf.runner.circuit_breaker import Breaker
from jsdf.runner.failure_handling import Judge
from jsdf.runner.rate_limit import Pacer, pacer_of
from jsdf.runner.sender import Asker, Halted
from jsdf.store.sqlite import Spent
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from jsdf.engines.base import Engine, Question, Reply, Session
    from jsdf.results.usage import Usage
    from jsdf.runner.answer_table import Sheet
    from jsdf.store.thread import StoreThread


class Scheduler:
    """Sends batches until there are none, or until it is stopped.

    Args:
        engine: Who answers; its rate and concurrency are kept.
        session: The engine at work.
        store: Where each answer goes before anything else is sent.
        settled: Called with a sheet and the values that got their final state.
        report: Called with a note, "" for none, whenever something has moved.
        budget: What may be spent.
        clock: Monotonic seconds.
        pacer: Gives out the slots.
    """

    def __init__(
        self,
        engine: Engine,
        session: Session,
        store: StoreThread,
        *,
        settled: Callable[[Sheet, Sequence[int]], object],
        report: Callable[[str], None],
        budget: Budget,
        clock: Callable[[], float] = time.monotonic,
        pacer: Pacer | None = None,
    ) -> None:
        self.stopped: str | None = None
        self.error: JSDFError | None = None
        self._engine, self._store, self._session = engine, store, session
        self._settled, self._report = settled, report
        self._budget = budget
        self._pacer = pacer or pacer_of(engine)
        self._asker = Asker(
            session,
            self._pacer,
            budget,
            enter=self._enter,
            stopping=self._is_stopped,
            report=report,
            clock=clock,
        )
        self._breaker = Breaker()
        self._queue = Queue(iter(()))
        self._tasks: dict[asyncio.Task[None], Batch] = {}

    async def run(self, batches: Iterator[Batch]) -> None:
        """Send these batches; returns when all have landed, or when it was stopped."""
        self._queue = Queue(batches)
        self._judge = Judge(
            self._queue,
            self._breaker,
            self._store,
            stopped=self._is_stopped,
            stop=self.stop,
            halt=self._halt,
            failed=self._failed,
        )
        try:
            self._fill()
            while self._tasks:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._look_at(task, self._tasks.pop(task))
                self._fill()
        finally:
            await self._abandon()

    def _look_at(self, task: asyncio.Task[None], batch: Batch) -> None:
        if not task.cancelled():
            task.result()
        elif self.stopped is None:  # nobody here cancelled it
            self._judge.failure(batch, batch.items, RuntimeError("the engine cancelled its own request"))

    async def _abandon(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fill(self) -> None:
        while self.stopped is None and len(self._tasks) < self._breaker.width(self._engine.concurrency):
            batch = self._queue.next(proven=self._breaker.proven)
            if batch is None:
                return
            refusal = self._refusal(batch)
            if refusal is not None:
                self._queue.put_back(batch)
                if not self._tasks:
                    self.stop(refusal)
                return
            self._tasks[asyncio.create_task(self._handle(batch))] = batch

    def _refusal(self, batch: Batch) -> str | None:
        """Why a batch may not be begun beside the others, before anything is done for it, such as an upload."""
        unsent = len(self._tasks.keys() - self._asker.flying)
        others = [len(b.items) for b in self._tasks.values()]
        refusal = self._budget.refuses_request(self.usage, unsent)
        return refusal or self._budget.refuses_samples(len(batch.items), others)

    def stop(self, reason: str) -> None:
        """Send nothing more; what is in flight lands and is kept."""
        if self.stopped is None:
            self.stopped = reason
            log.debug("stopped: %s; %d requests in flight", reason, len(self._asker.flying))
            me = asyncio.current_task()
            for task in self._tasks.keys() - self._asker.flying:
                if task is not me:
                    task.cancel()
            self._tell()

    def _tell(self) -> None:
        """Report what has moved and, while it stops, for what it waits."""
        landing = len(self._asker.flying - {asyncio.current_task()})  # whoever reports has landed
        wait = f", {counted(landing, 'request')} {'is' if landing == 1 else 'are'} landing" if landing else ""
        self._report("" if self.stopped is None else f"stopping: {self.stopped}{wait}")

    @property
    def usage(self) -> Usage:
        """What was spent so far."""
        return self._asker.usage

    @property
    def in_flight(self) -> int:
        """How many requests have been sent and not been answered yet."""
        return len(self._asker.flying)

    def _is_stopped(self) -> bool:
        return self.stopped is not None

    def _enter(self, samples: int) -> None:
        """The last look before a request is sent: what got lost may have been paid for since it was begun."""
        others = [len(batch.items) for task, batch in self._tasks.items() if task in self._asker.unanswered]
        refusal = self._budget.refuses_request(self.usage) or self._budget.refuses_samples(samples, others)
        if refusal is not None:
            self.stop(refusal)
        if self.stopped is not None:
            raise Halted

    def _halt(self, error: JSDFError) -> None:
        if self.stopped is None:
            self.error = error
        self.stop(str(error))

    async def _handle(self, batch: Batch) -> None:
        try:
            if isinstance(self._session, Preparing):
                await self._prepare_and_ask(batch, self._session)
            else:
                await self._pacer.slot()
                items = await self._still_open(batch)
                await self._ask(batch, items, batch.sheet.question, [batch.sheet.values[i] for i in items])
        finally:
            self._asker.flying.discard(asyncio.current_task())

    async def _prepare_and_ask(self, batch: Batch, session: Preparing) -> None:
        """What takes its time comes first, so that the slot is used when it is given."""
        items, sheet = await self._still_open(batch), batch.sheet
        values = [sheet.values[i] for i in items]
        ready = await self._judge.mind(batch, items, session.prepare(sheet.question, values, self._asker.errand))
        if ready is None:
            return
        try:
            self._cannot_send(sheet, {items[position]: why for position, why in ready.failures.items()})
            if ready.values:
                await self._pacer.slot()
            await self._ask(batch, [items[p] for p in ready.values], ready.question, list(ready.values.values()))
        finally:
            ready.release()

    def _cannot_send(self, sheet: Sheet, reasons: Mapping[int, str]) -> None:
        for item, reason in reasons.items():
            sheet.answers.fail([item], reason)
        if reasons:
            self._failed(sheet, list(reasons))

    async def _ask(self, batch: Batch, items: Sequence[int], question: Question, values: list[Any]) -> None:
        if values:
            reply = await self._judge.mind(batch, items, self._asker.ask(question, values, batch.tries))
            if reply is not None:
                await self._keep(batch.sheet, items, reply)

    async def _still_open(self, batch: Batch) -> list[int]:
        """Look at the store once more, right before paying: another process may have been quicker."""
        await self._store.call(batch.sheet.load, batch.items)
        status = batch.sheet.answers.status
        found = [i for i in batch.items if status[i] == ANSWERED]
        if found:
            self._settled(batch.sheet, found)
            self._tell()
        return [i for i in batch.items if status[i] != ANSWERED]

    async def _keep(self, sheet: Sheet, items: Sequence[int], reply: Reply) -> None:
        self._breaker.success()
        refusal = self._budget.unknown_price()
        if refusal is not None:
            self.stop(refusal)
        answers = sheet.accept(items, reply)
        spent = Spent(self._engine.identity, sheet.job, len(items), *reply.tokens.counts())
        await self._store.put(answers, spent)
        self._settled(sheet, items)
        self._tell()

    def _failed(self, sheet: Sheet, items: Sequence[int]) -> None:
        self._settled(sheet, items)
        self._tell()
