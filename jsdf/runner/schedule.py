"""Batches in flight: paced, retried, split, budgeted, stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import stamina

from jsdf.answers import ANSWERED
from jsdf.engines.base import Reply
from jsdf.errors import APIError, AuthenticationError, RateLimitError, TransientError
from jsdf.run import Usage
from jsdf.runner.breaker import Breaker
from jsdf.runner.pace import Pacer
from jsdf.store import Spent

if TYPE_CHECKING:
    from jsdf.engines.base import Engine, Question, Session
    from jsdf.runner.files import StoreThread
    from jsdf.runner.sheet import Sheet

log = logging.getLogger("jsdf")

#: Tries of a whole batch, and of the parts of one that used them up.
TRIES, TRIES_OF_PART = 5, 2
#: How often a request is sent again after an answer that may have been paid for got lost.
LOST_ANSWERS = 2
#: Seconds without one accepted request after which being told to wait is no longer believed.
PATIENCE = 120.0
#: Statuses that every other request would meet too: payment, address, method.
_HOPELESS = {402, 404, 405}


def _not_ours(record: logging.LogRecord) -> bool:
    # stamina logs every retry as a warning, which Python prints where logging is not set up; ours are
    # counted in the run instead.
    return not str(getattr(record, "stamina.callable", "")).startswith("jsdf.")


logging.getLogger("stamina").addFilter(_not_ours)


class Halted(Exception):  # noqa: N818 - it ends one request's work, and nothing is wrong
    """The run was stopped before this request was sent."""


@dataclass(frozen=True)
class Batch:
    """Values to ask about in one request.

    Attributes:
        sheet: Where the answers go.
        items: Positions of the values.
        suspected: True where a request that held them was refused.
        tries: How often it may be sent.
    """

    sheet: Sheet
    items: Sequence[int]
    suspected: bool = False
    tries: int = TRIES

    def quarters(self, *, tries: int | None = None) -> list[Batch]:
        """The same values in up to four batches; quarters find one bad sample in 32 with 11 requests."""
        size = -(-len(self.items) // 4)
        parts = [self.items[i : i + size] for i in range(0, len(self.items), size)]
        return [Batch(self.sheet, part, True, tries or self.tries) for part in parts]


class Scheduler:
    """Sends batches until there are none, or until it is stopped.

    Args:
        engine: Who answers; its rate and concurrency are kept.
        session: The engine at work.
        store: Where each answer goes before anything else is sent.
        settled: Called with a sheet and the values that got their final state.
        report: Called with a note, "" for none, whenever something has moved.
        max_requests: Stop before the request after this many.
        max_tokens: Stop before the request that would probably pass this many.
        tokens_a_sample: What a sample is thought to cost before any was answered.
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
        max_requests: int | None = None,
        max_tokens: int | None = None,
        tokens_a_sample: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        pacer: Pacer | None = None,
    ) -> None:
        self.usage = Usage()
        self.stopped: str | None = None
        self.error: APIError | None = None
        self._engine, self._session, self._store = engine, session, store
        self._settled, self._report = settled, report
        self._max_requests, self._max_tokens = max_requests, max_tokens
        self._dearest = tokens_a_sample
        self._clock = clock
        self._pacer = pacer or Pacer(engine.rate, clock=clock)
        self._breaker = Breaker()
        self._urgent: deque[Batch] = deque()
        self._batches: Iterator[Batch] = iter(())
        self._tasks: dict[asyncio.Task[None], Batch] = {}
        self._flying: set[asyncio.Task[None]] = set()
        self._landed = clock()
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
            if not self._affordable(batch):
                self._urgent.appendleft(batch)
                if not self._tasks:
                    self.stop(f"max_tokens={self._max_tokens:,} was reached")
                return
            self._tasks[asyncio.create_task(self._handle(batch))] = batch

    def _affordable(self, batch: Batch) -> bool:
        """Whether the tokens suffice for this batch beside those that are on their way."""
        if self._max_tokens is None:
            return True
        if self._dearest is None:  # the first one goes alone, and tells the price
            return not self._tasks and self._max_tokens > 0
        samples = len(batch.items) + sum(len(b.items) for b in self._tasks.values())
        return self.usage.total_tokens + samples * self._dearest <= self._max_tokens

    def stop(self, reason: str) -> None:
        """Send nothing more; what is in flight lands and is kept."""
        if self.stopped is None:
            self.stopped = reason
            log.debug("stopped: %s; %d requests in flight", reason, len(self._flying))
            me = asyncio.current_task()
            for task in self._tasks.keys() - self._flying:
                if task is not me:
                    task.cancel()

    @property
    def in_flight(self) -> int:
        """How many requests have been sent and not been answered yet."""
        return len(self._flying)

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
                reply = await self._ask(batch.sheet.question, [batch.sheet.values[i] for i in items], batch.tries)
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
            task = asyncio.current_task()
            if task is not None:
                self._flying.discard(task)

    async def _still_open(self, batch: Batch) -> list[int]:
        """Look at the store once more, right before paying: another process may have been quicker."""
        await self._store.call(batch.sheet.load, batch.items)
        status = batch.sheet.answers.status
        found = [i for i in batch.items if status[i] == ANSWERED]
        if found:
            self._settled(batch.sheet, found)
            self._report("")
        return [i for i in batch.items if status[i] != ANSWERED]

    async def _ask(self, question: Question, values: list[Any], tries: int) -> Reply:
        """One reply, whatever it takes: paced, with backoff, and with pauses that are no tries."""
        attempts = lost = 0

        def worth_another(error: Exception) -> bool | float:
            nonlocal lost
            if not isinstance(error, TransientError) or self.stopped is not None:
                return False
            lost += error.maybe_billed
            if lost > LOST_ANSWERS:
                return False
            self._report(f"trying again: {error}")
            return True if error.retry_after is None else error.retry_after

        @stamina.retry(on=worth_another, attempts=tries, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=1.0)
        async def request() -> Reply:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                await self._pacer.slot()
            return await self._send_until_let_in(question, values)

        try:
            return await request()
        except APIError as error:
            error.attempts = attempts
            raise

    async def _send_until_let_in(self, question: Question, values: list[Any]) -> Reply:
        while True:
            try:
                return await self._send(question, values)
            except RateLimitError as refusal:
                self.usage = self.usage.add(refused=1)
                wait = self._pacer.pause(refusal)
                if self._clock() - self._landed > PATIENCE:
                    raise
                self._report(f"rate limited: pausing for {wait:.1f} s")
                await self._pacer.slot()

    async def _send(self, question: Question, values: list[Any]) -> Reply:
        if self.stopped is not None:
            raise Halted
        if self._max_requests is not None and self.usage.requests >= self._max_requests:
            self.stop(f"max_requests={self._max_requests:,} was reached")
            raise Halted
        self.usage = self.usage.add(requests=1)
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - always inside one
        self._flying.add(task)
        try:
            reply = await self._session.classify(question, values)
            _check_shape(reply, question, values)
        except TransientError as error:
            self.usage = self.usage.add(maybe_billed_twice=int(error.maybe_billed))
            self._flying.discard(task)
            raise
        except BaseException:
            self._flying.discard(task)
            raise
        return reply  # it stays in flight until it is in the store

    async def _keep(self, sheet: Sheet, items: Sequence[int], reply: Reply) -> None:
        self._landed = self._clock()
        self._breaker.success()
        self._pacer.learn(reply.pace)
        self._count(items, reply)
        answers = sheet.accept(items, reply)
        spent = Spent(self._engine.identity, sheet.job, len(items), *_tokens(reply))
        await self._store.put(answers, spent)
        self._settled(sheet, items)
        self._report("")

    def _count(self, items: Sequence[int], reply: Reply) -> None:
        tokens = reply.tokens
        self.usage = self.usage.add(
            rows_sent=len(items),
            input_tokens=tokens.input_tokens,
            output_tokens=tokens.output_tokens,
            inference_time_tokens=tokens.inference_time_tokens,
            total_tokens=tokens.total_tokens,
        )
        if tokens.reported:
            self._dearest = max(self._dearest or 0.0, tokens.total_tokens / len(items))
        elif self._max_tokens is not None:
            self.stop(f"the service reported no usage, so max_tokens={self._max_tokens:,} cannot be kept")

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


def _check_shape(reply: Reply, question: Question, values: Sequence[Any]) -> None:
    """Refuse to pair by position what does not have one answer a sample."""
    if not isinstance(reply, Reply):
        raise TypeError(f"the engine returned a {type(reply).__name__}, not a jsdf.engines.Reply")
    if reply.scores is not None and np.shape(reply.scores) != (len(values), len(question.labels)):
        raise ValueError(f"the engine's scores have the shape {np.shape(reply.scores)}, not (samples, labels)")
    if len(reply.predictions) != len(values):
        raise TransientError(
            f"the service gave {len(reply.predictions)} predictions for {len(values)} samples",
            maybe_billed=True,
            log_id=reply.log_id,
        )


def _tokens(reply: Reply) -> tuple[int | None, ...]:
    tokens = reply.tokens
    if not tokens.reported:
        return (None, None, None, None)
    return (tokens.input_tokens, tokens.output_tokens, tokens.inference_time_tokens, tokens.total_tokens)
