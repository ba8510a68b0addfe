"""One reply to one batch, whatever it takes: paced, retried with backoff, let in after any pause."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import stamina

from jsdf.engines.base import Reply
from jsdf.errors import APIError, RateLimitError, TransientError
from jsdf.run import Usage

if TYPE_CHECKING:
    from jsdf.engines.base import Question, Session
    from jsdf.runner.pace import Pacer

#: Tries of a whole batch, and of the parts of one that used them up.
TRIES, TRIES_OF_PART = 5, 2
#: How often a request is sent again after an answer that may have been paid for got lost.
LOST_ANSWERS = 2
#: Seconds without one accepted request after which being told to wait is no longer believed.
PATIENCE = 120.0


def _not_ours(record: logging.LogRecord) -> bool:
    # stamina logs every retry as a warning, which Python prints where logging is not set up; ours are
    # counted in the run instead.
    return not str(getattr(record, "stamina.callable", "")).startswith("jsdf.")


logging.getLogger("stamina").addFilter(_not_ours)


class Halted(Exception):  # noqa: N818 - it ends one request's work, and nothing is wrong
    """The run was stopped before this request was sent."""


class Asker:
    """Sends requests, and counts them.

    Args:
        session: The engine at work.
        pacer: Gives out the slots.
        enter: Called right before each sending; raises `Halted` where it is time to stop.
        stopping: Whether the run is about to end, so that nothing is tried again.
        report: Called with a note on what is happening.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        session: Session,
        pacer: Pacer,
        *,
        enter: Callable[[], None],
        stopping: Callable[[], bool],
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.usage = Usage()
        #: The tasks whose request was sent and whose answer is not in the store yet.
        self.flying: set[asyncio.Task[Any] | None] = set()
        self._session, self._pacer = session, pacer
        self._enter, self._stopping, self._report = enter, stopping, report
        self._clock = clock
        self._landed = clock()

    async def ask(self, question: Question, values: list[Any], tries: int) -> Reply:
        """One reply, the first slot being taken already.

        Raises:
            Halted: The run was stopped first.
            APIError: What the engine said to the last try.
        """
        attempts = lost = 0

        def worth_another(error: Exception) -> bool | float:
            nonlocal lost
            if not isinstance(error, TransientError) or self._stopping():
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
        self._enter()
        self.usage = self.usage.add(requests=1)
        task = asyncio.current_task()
        self.flying.add(task)
        try:
            reply = await self._session.classify(question, values)
            _check_shape(reply, question, values)
        except BaseException as error:
            self.flying.discard(task)
            if isinstance(error, TransientError):
                self.usage = self.usage.add(maybe_billed_twice=int(error.maybe_billed))
            raise
        self._landed = self._clock()
        self._pacer.learn(reply.pace)
        return reply  # its task goes on flying until the answer is in the store


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
