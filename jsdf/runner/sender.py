"""Send single requests within the rate limit, retry them with backoff, and wait out pauses and outages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import stamina

from jsdf.engines.base import Tokens
from jsdf.errors import APIError, RateLimitError, TransientError
from jsdf.results.usage import Usage
from jsdf.runner.circuit_breaker import ServiceUnavailable
from jsdf.runner.limits.budget import RunStopped
from jsdf.runner.reply_check import check_reply
from jsdf.runner.retry_policy import RetryPolicy
from jsdf.utils.logs import silence_own_retries

if TYPE_CHECKING:
    from jsdf.engines.base import Question, Reply, Session
    from jsdf.runner.limits.budget import Budget
    from jsdf.runner.limits.prices import RequestSize
    from jsdf.runner.limits.rate_limit import RateLimiter

T = TypeVar("T")

#: Attempts for a batch, for the parts of a batch whose attempts all failed, and for an upload or a removal.
MAX_ATTEMPTS, MAX_ATTEMPTS_SPLIT, MAX_ATTEMPTS_FILE = 5, 2, 3
#: Seconds since the last answer for which a service counts as one that answers.
RECENT_SECONDS = 1.0
#: Seconds without any accepted request after which a 429 or an outage ends the run; and without reaching the service,
#: until the first success: it may be starting.
GIVE_UP_SECONDS, GIVE_UP_SECONDS_AT_START = 120.0, 5.0
#: Consecutive failures after which all requests pause, and bounds in seconds for the pause, which is a quarter of the
#: time since the last success. Without it, 32 concurrent requests would use up all their attempts in one outage.
OUTAGE_THRESHOLD, MIN_OUTAGE_PAUSE, MAX_OUTAGE_PAUSE = 10, 0.5, 10.0

silence_own_retries()


class RequestSender:
    """Sends requests with retries, and counts requests and tokens.

    Args:
        session: The open session of the engine.
        rate_limiter: Limits requests to the engine's rate.
        budget: Records the cost of each request.
        before_send: Called right before each attempt; raises `RunStopped` to prevent it.
        is_stopping: Returns True if the run is stopping, so that nothing is retried.
        on_note: Called with a note for the user, such as the reason of a pause.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self,
        session: Session,
        rate_limiter: RateLimiter,
        budget: Budget,
        *,
        before_send: Callable[[], None],
        is_stopping: Callable[[], bool],
        on_note: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.usage = Usage()
        #: Tasks whose request was sent and whose answer is not in the store yet.
        self.in_flight: set[asyncio.Task[Any] | None] = set()
        self._awaiting_reply: dict[asyncio.Task[Any] | None, RequestSize] = {}
        self._session, self._rate_limiter, self._budget = session, rate_limiter, budget
        self._before_send, self._is_stopping, self._on_note = before_send, is_stopping, on_note
        self._clock, self._last_success = clock, clock()
        self._has_succeeded = False
        self._consecutive_failures = 0  # of all requests together
        self._unreached_since: float | None = None

    async def send(self, question: Question, values: list[Any], max_attempts: int, size: RequestSize) -> Reply:
        """Send a request of this size and return its reply; the caller has acquired the slot of the first attempt.

        Raises:
            RunStopped: The run was stopped before an attempt.
            RequestDeferred: The request does not fit the budget at the moment.
            ServiceUnavailable: No request has succeeded for too long.
            APIError: The error of the last attempt.
        """
        return await self._retry(lambda: self._send(question, values, size), max_attempts)

    async def send_file_request(self, request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        """Send an upload or removal, rate-limited like all requests but counted separately in `file_requests`.

        Args:
            request: Sends the request once.
            closing: True for the cleanup at the end of a run, which is sent even if the run is stopping.

        Raises:
            RunStopped: The run was stopped first, and this is not part of the cleanup.
            APIError: The error of the last attempt.
        """

        async def send_once() -> T:
            if self._is_stopping() and not closing:
                self._rate_limiter.release()
                raise RunStopped
            number = self._rate_limiter.count_sent()
            self.usage = self.usage.add(file_requests=1)
            try:
                return await request()
            except APIError as error:
                if error.is_unsent:
                    self.usage = self.usage.add(file_requests=-1)
                raise
            finally:
                self._rate_limiter.count_ended(number)

        if self._is_stopping() and not closing:
            raise RunStopped
        await self._rate_limiter.acquire()
        return await self._retry(send_once, MAX_ATTEMPTS_FILE, closing=closing)

    async def _retry(self, send: Callable[[], Awaitable[T]], max_attempts: int, *, closing: bool = False) -> T:
        policy = RetryPolicy(
            may_retry=lambda error: closing or not (self._is_stopping() or error.is_unsent),
            answers_others=self._answers_others,
            on_note=self._on_note,
        )

        @stamina.retry(on=policy, attempts=max_attempts, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=1.0)
        async def request() -> T:
            policy.attempts += 1
            if policy.attempts > 1:
                await self._rate_limiter.acquire()
            return await self._send_when_allowed(send, closing=closing)

        try:
            return await request()
        except APIError as error:
            error.attempts = policy.attempts
            raise

    def _answers_others(self) -> bool:
        """Return True if the service works: it has just answered another request, and few fail."""
        is_recent = self._clock() - self._last_success < RECENT_SECONDS
        return self._has_succeeded and is_recent and self._consecutive_failures < OUTAGE_THRESHOLD / 2

    async def _send_when_allowed(self, send: Callable[[], Awaitable[T]], *, closing: bool) -> T:
        """Send a request again after each pause: those of the rate limit, and those while there is no network."""
        while True:
            started = self._clock()
            try:
                reply = await send()
            except RateLimitError as refusal:
                self._unreached_since = None
                self.usage = self.usage.add(refused=1)
                wait, is_for_all = self._rate_limiter.back_off(refusal)
                if self._clock() - self._last_success > GIVE_UP_SECONDS or (self._is_stopping() and not closing):
                    raise
                if is_for_all:
                    self._on_note(f"rate limited: pausing for {wait:.1f} s")
                else:
                    await self._rate_limiter.wait(wait)
            except TransientError as error:
                if closing or not error.is_unsent or self._is_stopping():
                    self._unreached_since = None
                    raise
                self._pause_without_network(error, started)
            else:
                self._unreached_since = None
                return reply
            await self._rate_limiter.acquire()

    def _pause_without_network(self, error: TransientError, started: float) -> None:
        """Pause all requests, or raise the error if the service could not be reached for too long."""
        since = self._unreached_since = started if self._unreached_since is None else self._unreached_since
        outage = self._clock() - since
        if outage >= (GIVE_UP_SECONDS if self._has_succeeded else GIVE_UP_SECONDS_AT_START):
            raise error
        self._on_note(f"pausing for {self._pause_all(outage):.1f} s: {error}")

    async def _send(self, question: Question, values: list[Any], size: RequestSize) -> Reply:
        try:
            self._before_send()
            self._budget.check(size, list(self._awaiting_reply.values()))
        except BaseException:
            self._rate_limiter.release()
            raise
        number = self._rate_limiter.count_sent()
        self.usage = self.usage.add(requests=1)
        task = asyncio.current_task()
        self.in_flight.add(task)
        self._awaiting_reply[task] = size
        try:
            reply = await self._session.classify(question, values)
            check_reply(reply, question, values)
        except BaseException as error:
            self.in_flight.discard(task)
            self._rate_limiter.count_ended(number, error)
            if isinstance(error, APIError) and error.is_unsent:
                self.usage = self.usage.add(requests=-1)
            elif isinstance(error, TransientError):
                self._record_failure(error, size)
            if isinstance(error, SystemExit):  # would stop the event loop, and with it all other runs
                raise RuntimeError(f"the engine raised SystemExit({error.code})") from None  # noqa: TRY004
            raise
        finally:
            del self._awaiting_reply[task]
        self._last_success, self._has_succeeded, self._consecutive_failures = self._clock(), True, 0
        self._rate_limiter.update_from_headers(reply.rate_limit, number)
        self._count(reply.tokens, size)
        self.usage = self.usage.add(rows_sent=len(values))
        return reply  # the task stays in `in_flight` until the answer has been written to the store

    @property
    def awaited_replies(self) -> int:
        """Number of requests whose replies have not come."""
        return len(self._awaiting_reply)

    def cancel_awaited(self) -> None:
        """Cancel the requests whose replies have not come; those that are being stored go on."""
        for task in filter(None, list(self._awaiting_reply)):
            task.cancel()
            self.usage = self.usage.add(maybe_billed_twice=1)

    def _count(self, tokens: Tokens, size: RequestSize, *, answered: bool = True) -> None:
        self._budget.record(tokens, size, answered=answered)
        names = ("input_tokens", "output_tokens", "inference_time_tokens", "total_tokens")
        unreported = int(answered and not tokens.reported)
        self.usage = self.usage.add(unreported=unreported, **{name: getattr(tokens, name) for name in names})

    def _record_failure(self, error: TransientError, size: RequestSize) -> None:
        """Count a failure that may have been billed, and pause all requests during an outage."""
        if error.maybe_billed:
            self.usage = self.usage.add(maybe_billed_twice=1)
            self._count(error.tokens or Tokens(), size, answered=False)
        self._consecutive_failures += 1
        if self._consecutive_failures < OUTAGE_THRESHOLD:
            return
        outage = self._clock() - self._last_success
        if outage > (GIVE_UP_SECONDS if self._has_succeeded else GIVE_UP_SECONDS / 4):
            raise ServiceUnavailable(error)
        self._on_note(f"no replies from the service: pausing for {self._pause_all(outage):.1f} s ({error})")

    def _pause_all(self, outage: float) -> float:
        """Pause all requests after an outage of so many seconds, and return the seconds of the pause."""
        wait = min(max(outage / 4, MIN_OUTAGE_PAUSE), MAX_OUTAGE_PAUSE)
        self._rate_limiter.pause_all(wait)
        return wait
