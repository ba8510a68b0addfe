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
from jsdf.runner.rate_limit import MAX_RETRY_AFTER
from jsdf.utils.logs import silence_own_retries

if TYPE_CHECKING:
    from jsdf.engines.base import Question, Session
    from jsdf.runner.budget import Budget
    from jsdf.runner.rate_limit import RateLimiter

T = TypeVar("T")

#: Tries of a whole batch, and of the parts of one that used them up.
MAX_ATTEMPTS, MAX_ATTEMPTS_SPLIT = 5, 2
#: Tries of an upload or of a deletion.
MAX_ATTEMPTS_FILE = 3
#: How often a request is sent again after an answer that may have been paid for got lost.
MAX_LOST_REPLIES = 2
#: Seconds without one accepted request after which being told to wait is no longer believed.
GIVE_UP_SECONDS = 120.0
#: Failures in a row after which everybody pauses, and for how many seconds: a quarter of the time that
#: nothing was answered, within these bounds. Thirty-two requests use up their tries in the same outage.
OUTAGE_THRESHOLD, MIN_OUTAGE_PAUSE, MAX_OUTAGE_PAUSE = 10, 0.5, 10.0


silence_own_retries()


class RunStopped(Exception):  # noqa: N818 - it ends one request's work, and nothing is wrong
    """The run was stopped before this request was sent."""


class ServiceUnavailable(Exception):  # noqa: N818 - it carries the error that went on and on
    """Nothing has been answered for so long that the service must be down."""

    def __init__(self, error: TransientError) -> None:
        super().__init__(str(error))
        self.error = error


class RequestSender:
    """Sends requests, and counts them.

    Args:
        session: The engine at work.
        rate_limiter: Lets requests through at the engine's rate.
        budget: Records the cost of each request.
        before_send: Called with the number of samples right before each attempt; raises `RunStopped` to stop it.
        is_stopping: Whether the run is about to end, so that nothing is tried again.
        on_note: Called with a note on what is happening.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        session: Session,
        rate_limiter: RateLimiter,
        budget: Budget,
        *,
        before_send: Callable[[int], None],
        is_stopping: Callable[[], bool],
        on_note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.usage = Usage()
        #: The tasks whose request was sent and whose answer is not in the store yet.
        self.in_flight: set[asyncio.Task[Any] | None] = set()
        #: Those of them whose answer has not come yet.
        self.awaiting_reply: set[asyncio.Task[Any] | None] = set()
        self._session, self._rate_limiter, self._budget = session, rate_limiter, budget
        self._before_send, self._is_stopping, self._on_note = before_send, is_stopping, on_note
        self._clock = clock
        self._last_success = clock()
        self._has_succeeded = False
        self._consecutive_failures = 0  # in a row, of all requests together

    async def send(self, question: Question, values: list[Any], tries: int) -> Reply:
        """One reply, the first slot being taken already.

        Raises:
            Halted: The run was stopped first.
            APIError: What the engine said to the last try.
        """
        return await self._retry(lambda: self._send(question, values), tries)

    async def send_file_request(self, request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        """See `jsdf.engines.base.Send`; it is paced like the others, and counted apart.

        Raises:
            Halted: The run was stopped first, and this is not part of the ending.
            APIError: What the engine said to the last try.
        """

        async def once() -> T:
            if self._is_stopping() and not closing:
                raise RunStopped
            self.usage = self.usage.add(file_requests=1)
            return await request()

        if closing or not self._is_stopping():
            await self._rate_limiter.acquire()
        return await self._retry(once, MAX_ATTEMPTS_FILE, anyway=closing)

    async def _retry(self, send: Callable[[], Awaitable[T]], tries: int, *, anyway: bool = False) -> T:
        attempts = lost = 0

        def worth_another(error: Exception) -> bool | float:
            nonlocal lost
            if not isinstance(error, TransientError) or (self._is_stopping() and not anyway):
                return False
            lost += error.maybe_billed
            if lost > MAX_LOST_REPLIES:
                return False
            self._on_note(f"trying again: {error}")
            return True if error.retry_after is None else min(error.retry_after, MAX_RETRY_AFTER)

        @stamina.retry(on=worth_another, attempts=tries, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=1.0)
        async def request() -> T:
            nonlocal attempts
            attempts += 1
            if attempts > 1:
                await self._rate_limiter.acquire()
            return await self._send_when_allowed(send)

        try:
            return await request()
        except APIError as error:
            error.attempts = attempts
            raise

    async def _send_when_allowed(self, send: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await send()
            except RateLimitError as refusal:
                self.usage = self.usage.add(refused=1)
                wait = self._rate_limiter.back_off(refusal)
                if self._clock() - self._last_success > GIVE_UP_SECONDS:
                    raise
                self._on_note(f"rate limited: pausing for {wait:.1f} s")
                await self._rate_limiter.acquire()

    async def _send(self, question: Question, values: list[Any]) -> Reply:
        self._before_send(len(values))
        self.usage = self.usage.add(requests=1)
        task = asyncio.current_task()
        self.in_flight.add(task)
        self.awaiting_reply.add(task)
        try:
            reply = await self._session.classify(question, values)
            _check_shape(reply, question, values)
        except BaseException as error:
            self.in_flight.discard(task)
            if isinstance(error, TransientError):
                self._note_failure(error, len(values))
            if isinstance(error, SystemExit):  # it would end the loop, and all runs with it
                raise RuntimeError(f"the engine raised SystemExit({error.code})") from None  # noqa: TRY004
            raise
        finally:
            self.awaiting_reply.discard(task)
        self._last_success, self._has_succeeded, self._consecutive_failures = self._clock(), True, 0
        self._rate_limiter.update_from_headers(reply.rate_limit)
        self._count(reply.tokens, len(values))
        self.usage = self.usage.add(rows_sent=len(values))
        return reply  # its task goes on flying until the answer is in the store

    def _count(self, tokens: Tokens, samples: int, *, answered: bool = True) -> None:
        self._budget.record(tokens, samples, answered=answered)
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
        self._consecutive_failures += 1
        if self._consecutive_failures < OUTAGE_THRESHOLD:
            return
        since = self._clock() - self._last_success
        if since > (GIVE_UP_SECONDS if self._has_succeeded else GIVE_UP_SECONDS / 4):
            raise ServiceUnavailable(error)
        wait = min(max(since / 4, MIN_OUTAGE_PAUSE), MAX_OUTAGE_PAUSE)
        self._rate_limiter.pause_all(wait)
        self._on_note(f"nothing is answered: pausing for {wait:.1f} s ({error})")


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
