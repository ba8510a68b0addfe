"""Batches in flight: paced, retried, split, budgeted, stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from jsdf.answers import ANSWERED
from jsdf.engines.base import Reply
from jsdf.errors import APIError, AuthenticationError, RateLimitError, TransientError
from jsdf.runner.ask import TRIES_OF_PART, Asker, Halted
from jsdf.runner.batch import Batch
from jsdf.runner.breaker import Breaker
from jsdf.runner.budget import Budget
from jsdf.runner.pace import Pacer
from jsdf.store import Spent

if TYPE_CHECKING:
    from jsdf.engines.base import Engine, Session
    from jsdf.run import Usage
    from jsdf.runner.files import StoreThread
    from jsdf.runner.sheet import Sheet

log = logging.getLogger("jsdf")

#: Statuses that every other request would meet too: payment, address, method.
_HOPELESS = {402, 404, 405}


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
        self.error: APIError | None = None
        self._engine, self._store = engine, store
        self._settled, self._report = settled, report
        self._budget = budget
        self._pacer = pacer or Pacer(engine.rate, clock=clock)
        self._asker = Asker(
            session,
            self._pacer,
            enter=self._enter,
            stopping=lambda: self.stopped is not None,
            report=report,
            clock=clock,
        )
        self._breaker = Breaker()
        self._urgent: deque[Batch] = deque()
        self._batches: Iterator[Batch] = iter(())
        self._tasks: dict[asyncio.Task[None], Batch] = {}
        self._broken = False

    async def run(self, batches: Iterator[Batch]) -> None:
        """Send these batches; returns when all have landed, or when it was stopped."""
        self._batches = batches
        try:
            self._fill()
            while self._tasks:
                done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del self._tasks[task]
                    if not task.cancelled():
                        task.result()
                self._fill()
        finally:
            await self._abandon()

    async def _abandon(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _fill(self) -> None:
        while self.stopped is None and len(self._tasks) < self._breaker.width(self._engine.concurrency):
            batch = self._urgent.popleft() if self._urgent else next(self._batches, None)
            if batch is None:
                return
            on_their_way = sum(len(b.items) for b in self._tasks.values())
            refusal = self._budget.refuses_samples(self.usage, len(batch.items), on_their_way)
            if refusal is not None:
                self._urgent.appendleft(batch)
                if not self._tasks:
                    self.stop(refusal)
                return
            self._tasks[asyncio.create_task(self._handle(batch))] = batch

    def stop(self, reason: str) -> None:
        """Send nothing more; what is in flight lands and is kept."""
        if self.stopped is None:
            self.stopped = reason
            log.debug("stopped: %s; %d requests in flight", reason, len(self._asker.flying))
            me = asyncio.current_task()
            for task in self._tasks.keys() - self._asker.flying:
                if task is not me:
                    task.cancel()
            self._report(f"stopping: {reason}" + (f", {self.in_flight} requests are landing" if self.in_flight else ""))

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

    def _enter(self) -> None:
        """The last look before a request is sent."""
        refusal = self._budget.refuses_request(self.usage)
        if refusal is not None:
            self.stop(refusal)
        if self.stopped is not None:
            raise Halted

    def _halt(self, error: APIError) -> None:
        if self.stopped is None:
            self.error = error
        self.stop(str(error))

    async def _handle(self, batch: Batch) -> None:
        items: Sequence[int] = batch.items
        try:
            await self._pacer.slot()
            items = await self._still_open(batch)
            if items:
                reply = await self._asker.ask(batch.sheet.question, [batch.sheet.values[i] for i in items], batch.tries)
                await self._keep(batch.sheet, items, reply)
        except Halted:
            pass
        except TransientError as error:
            self._unreached(batch, items, error)
        except AuthenticationError as error:
            self._halt(error)
        except APIError as error:
            if isinstance(error, RateLimitError) or _is_hopeless(error.status):
                self._halt(error)
            else:
                self._refused(batch, items, error)
        except Exception as error:  # somebody else's engine may raise anything for a bad row
            log.debug("the engine raised", exc_info=True)
            self._refused(batch, items, error)
        finally:
            self._asker.flying.discard(asyncio.current_task())

    async def _still_open(self, batch: Batch) -> list[int]:
        """Look at the store once more, right before paying: another process may have been quicker."""
        await self._store.call(batch.sheet.load, batch.items)
        status = batch.sheet.answers.status
        found = [i for i in batch.items if status[i] == ANSWERED]
        if found:
            self._settled(batch.sheet, found)
            self._report("")
        return [i for i in batch.items if status[i] != ANSWERED]

    async def _keep(self, sheet: Sheet, items: Sequence[int], reply: Reply) -> None:
        self._breaker.success()
        self._count(items, reply)
        answers = sheet.accept(items, reply)
        spent = Spent(self._engine.identity, sheet.job, len(items), *reply.tokens.counts())
        await self._store.put(answers, spent)
        self._settled(sheet, items)
        self._report("")

    def _count(self, items: Sequence[int], reply: Reply) -> None:
        tokens = reply.tokens
        self._asker.usage = self.usage.add(
            rows_sent=len(items),
            input_tokens=tokens.input_tokens,
            output_tokens=tokens.output_tokens,
            inference_time_tokens=tokens.inference_time_tokens,
            total_tokens=tokens.total_tokens,
        )
        refusal = self._budget.learn(tokens, len(items))
        if refusal is not None:
            self.stop(refusal)

    def _unreached(self, batch: Batch, items: Sequence[int], error: TransientError) -> None:
        """All tries of a request are used up: ask in smaller ones, unless nobody answers at all."""
        if self._breaker.unreached():
            self._break(f"the last requests all failed, each after several tries: {error}")
        if self.stopped is not None and not self._broken:
            return  # it was not asked as often as it may be: its rows stay pending
        if error.splittable and len(items) > 1 and not self._broken:
            self._split(Batch(batch.sheet, items, batch.suspected), TRIES_OF_PART)
        else:
            self._fail(batch.sheet, items, str(error))

    def _refused(self, batch: Batch, items: Sequence[int], error: Exception) -> None:
        """The request was refused for what it holds: find out which sample it is."""
        status = error.status if isinstance(error, APIError) else None
        reason = str(error) if isinstance(error, APIError) else f"{type(error).__name__}: {error}"
        guilty = len(items) == 1 and batch.suspected
        if self._breaker.refused(status or type(error), alone=guilty):
            self._break(f"the first requests were all refused alike: {reason}")
        if guilty or self._broken:
            self._fail(batch.sheet, items, reason)
            if guilty and status is not None and not self._broken:
                self._store.refuse(batch.sheet.keys[items[0]], status)
        elif self.stopped is None:
            self._split(Batch(batch.sheet, items, batch.suspected, batch.tries))

    def _break(self, reason: str) -> None:
        self._broken = True
        self.stop(reason)

    def _split(self, batch: Batch, tries: int | None = None) -> None:
        # In front of the queue: while in doubt, a refused batch is followed down before another is begun.
        self._urgent.extendleft(reversed(batch.quarters(tries=tries)))

    def _fail(self, sheet: Sheet, items: Sequence[int], reason: str) -> None:
        sheet.answers.fail(list(items), reason)
        self._settled(sheet, items)
        self._report("")


def _is_hopeless(status: int | None) -> bool:
    return status in _HOPELESS or (status is not None and 300 <= status < 400)
