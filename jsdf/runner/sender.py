"""One reply to one batch, whatever it takes: paced, retried with backoff, let in after any pause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import stamina

from jsdf.engines.base import Reply, Tokens
from jsdf.errors import APIError, RateLimitError, TransientError
from jsdf.results.usage import Usage
from jsdf.runner.rate_limit import LONGEST_RETRY_AFTER
from jsdf.utils.logs import silence_own_retries

if TYPE_CHECKING:
    from jsdf.engines.base import Question, Session
    from jsdf.runner.budget import Budget
    from jsdf.runner.rate_limit import Pacer

T = TypeVar("T")

#: Tries of a whole batch, and of the parts of one that used them up.
TRIES, TRIES_OF_PART = 5, 2
#: Tries of an upload or of a deletion.
TRIES_OF_ERRAND = 3
#: How often a request is sent again after an answer that may have been paid for got lost.
LOST_ANSWERS = 2
#: Seconds without one accepted request after which being told to wait is no longer believed.
PATIENCE = 120.0
#: Failures in a row after which everybody pauses, and for how many seconds: a quarter of the time that
#: nothing was answered, within these bounds. Thirty-two requests use up their tries in the same outage.
OUTAGE, SHORTEST_HOLD, LONGEST_HOLD = 10, 0.5, 10.0


silence_own_retries()


class Halted(Exception):  # noqa: N818 - it ends one request's work, and nothing is wrong
    """The run was stopped before this request was sent."""


class Outage(Exception):  # noqa: N818 - it carries the error that went on and on
    """Nothing has been answered for so long that the service must be down."""

    def __init__(self, error: TransientError) -> None:
        super().__init__(str(error))
        self.error = error


class Asker:
    """Sends requests, and counts them.

    Args:
        session: The engine at work.
        pacer: Gives out the slots.
        budget: Told what each request cost.
        enter: Called with the number of samples right before each sending; raises `Halted` where it is time to stop.
        stopping: Whether the run is about to end, so that nothing is tried again.
        report: Called with a note on what is happening.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        session: Session,
        pacer: Pacer,
        budget: Budget,
        *,
        enter: Callable[[int], None],
        stopping: Callable[[], bool],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.usage = Usage()
        #: The tasks whose request was sent and whose answer is not in the store yet.
        self.flying: set[asyncio.Task[Any] | None] = set()
        #: Those of them whose answer has not come yet.
        self.unanswered: set[asyncio.Task[Any] | None] = set()
        self._session, self._pacer, self._budget = session, pacer, budget
        self._enter, self._stopping, self._report = enter, stopping, report
        self._clock = clock
        self._landed = clock()
        self._proven = False
        self._failures = 0  # in a row, of all requests together

    async def ask(self, question: Question, values: list[Any], tries: int) -> Reply:
        """One reply, the first slot being taken already.

        Raises:
            Halted: The run was stopped first.
            APIError: What the engine said to the last try.
        """
        return await self._insist(lambda: self._send(question, values), tries)

    async def errand(self, request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        """See `jsdf.engines.base.Send`; it is paced like the others, and counted apart.

        Raises:
            Halted: The run was stopped first, and this is not part of the ending.
            APIError: What the engine said to the last try.
        """

        async def once() -> T:
            if self._stopping() and not closing:
                raise Halted
            self.usage = self.usage.add(file_requests=1)
            return await request()

        if closing or not self._stopping():
            await self._pacer.slot()
        return await self._insist(once, TRIES_OF_ERRAND, anyway=closing)

    async def _insist(self, send: Callable[[], Awaitable[T]], tries: int, *, anyway: bool = False) -> T:
        attempts = lost = 0

        def worth_another(error: Exception) -> bool | float:
            nonlocal lost
            if not isinstance(error, TransientError) or (self._stopping() and not anyway):
                return False
            lost += error.maybe_billed
            if lost > LOST_ANSWERS:
                return False
            self._report(f"trying again: {error}")
            return True if error.retry_after is None else min(error.retry_after, LONGEST_RETRY_AFTER)

        @stamina.retry(on=worth_another, attempts=tries, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=1.0)
        async def request() -> T:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                await self._pacer.slot()
            return await self._until_let_in(send)

        try:
            return await request()
        except APIError as error:
            error.attempts = attempts
            raise

    async def _until_let_in(self, send: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await send()
            except RateLimitError as refusal:
                self.usage = self.usage.add(refused=1)
                wait = self._pacer.pause(refusal)
                if self._clock() - self._landed > PATIENCE:
                    raise
                self._report(f"rate limited: pausing for {wait:.1f} s")
                await self._pacer.slot()

    async def _send(self, question: Question, values: list[Any]) -> Reply:
        self._enter(len(values))
        self.usage = self.usage.add(requests=1)
        task = asyncio.current_task()
        self.flying.add(task)
        self.unanswered.add(task)
        try:
            reply = await self._session.classify(question, values)
            _check_shape(reply, question, values)
        except BaseException as error:
            self.flying.discard(task)
            if isinstance(error, TransientError):
                self._note_failure(error, len(values))
            if isinstance(error, SystemExit):  # it would end the loop, and all runs with it
                raise RuntimeError(f"the engine raised SystemExit({error.code})") from None  # noqa: TRY004
            raise
        finally:
            self.unanswered.discard(task)
        self._landed, self._proven, self._failures = self._clock(), True, 0
        self._pacer.learn(reply.pace)
        self._count(reply.tokens, len(values))
        self.usage = self.usage.add(rows_sent=len(values))
        return reply  # its task goes on flying until the answer is in the store

    def _count(self, tokens: Tokens, samples: int, *, answered: bool = True) -> None:
        self._budget.learn(tokens, samples, answered=answered)
        self.usage = self.usage.add(
            input_tokens=tokens.input_tokens,
            output_tokens=tokens.output_tokens,
            inference_time_tokens=tokens.inference_time_tokens,
            total_tokens=tokens.total_tokens,
        )

    def _note_failure(self, error: TransientError, samples: int) -> None:
        """Count what may have been paid for, and make room for a service that is down."""
        if error.maybe_billed:
            self.usage = self.usage.add(maybe_billed_twice=1)
            self._count(error.tokens or Tokens(), samples, answered=False)
        self._failures += 1
        if self._failures < OUTAGE:
            return
        since = self._clock() - self._landed
        if since > (PATIENCE if self._proven else PATIENCE / 4):
            raise Outage(error)
        wait = min(max(since / 4, SHORTEST_HOLD), LONGEST_HOLD)
        self._pacer.hold(wait)
        self._report(f"nothing is answered: pausing for {wait:.1f} s ({error})")


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
            tokens=reply.tokens,
            log_id=reply.log_id,
        )
