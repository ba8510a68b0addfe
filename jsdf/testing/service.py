"""The fake classification service: it maps each request to a planned reply, independent of the transport."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jsdf.testing import validation
from jsdf.testing.answers import Answer, Answerer, Prediction
from jsdf.testing.argument_checks import SERVICE_CHECKS, checked_arguments
from jsdf.testing.fault_script import FaultScript
from jsdf.testing.file_store import FakeFileStore
from jsdf.testing.messages import Action, ErrorShape, IncomingRequest, Response, ServiceRefusal, send_error
from jsdf.testing.rate_limit import FakeRateLimiter, RetryAfter
from jsdf.testing.request_log import Exchange, Outcome, PlannedReply, Record, RequestLog
from jsdf.testing.server import LoopbackServer
from jsdf.testing.transport import FakeTransport
from jsdf.testing.validation import APIKeys, Request

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

    from jsdf.testing.answers import AnswersWith
    from jsdf.testing.fault import Fault, Script


class FakeService:
    """A fake of the classification service: it answers by a rule, fails on demand and counts.

    Connect to it with `transport()` in the same process, or with `serve()` over a socket. All attributes
    may be read from any thread while it is serving.

    Args:
        api_key: The key that clients must send as `x-api-key`, or several.
        forbidden_keys: Keys that are refused with 403; all other unknown keys are refused with 401.
        answer: A function `(value, labels, multiple, task)` that returns a label or a list of labels, with `labels`
            as the client sent them; or a mapping of values to answers. Where it returns None or has no
            entry, and by default, the answer is that of `expected`.
        answers_with: `"key"` or `"value"`: the name that predictions use for a label that has both.
        rate: Requests a window, including those to the file store; more get a 429. None for no limit.
        window: The length of the window in seconds.
        sliding: True for a sliding window of the last `window` seconds, False for windows aligned to the clock.
        rate_headers: With a rate, True if responses carry the three `x-jigsaw-rate-limit-*` headers.
        retry_after: The format of the Retry-After header of a 429, `"seconds"` or `"date"`; None for no such header.
        latency: Seconds before an answer or a scripted fault, or a function of the request. Refusals
            are sent at once.
        faults: One entry (a `Fault`, or None for a correct answer) for each accepted request; requests after the last
            entry are answered correctly. Or a function of the number of the request, from 0, and the request. See
            `jsdf.testing.fault`.
        file_faults: The same, as a list only, for requests to the file store that need a key.
        poison: Values, or a predicate of a value, that make a whole request fail.
        poison_status: The HTTP status of such a request.
        usage: True if answers carry `_usage` and `log_id`.
        error_shape: The format of refusals: `"message"`, `"error"`, `"object"`, `"empty"` or `"html"`.
        clock: Returns unix time in seconds, for the rate limit.
        on_record: Called with each `Record` before its reply is sent.

    Attributes:
        files: The files in the file store by key, with the counters `uploads`, `reads` and `deletions`.
    """

    @checked_arguments(SERVICE_CHECKS)
    def __init__(
        self,
        *,
        api_key: str | Collection[str] = "test-key",
        forbidden_keys: Collection[str] = (),
        answer: Answer | Mapping[str, Prediction] | None = None,
        answers_with: AnswersWith = "key",
        rate: int | None = None,
        window: float = 1.0,
        sliding: bool = False,
        rate_headers: bool = True,
        retry_after: RetryAfter = None,
        latency: float | Callable[[Request], float] = 0.0,
        faults: Iterable[Fault | None] | Script = (),
        file_faults: Iterable[Fault | None] = (),
        poison: Collection[str] | Callable[[str], bool] = (),
        poison_status: int = 400,
        usage: bool = True,
        error_shape: ErrorShape = "message",
        clock: Callable[[], float] = time.time,
        on_record: Callable[[Record], None] | None = None,
    ) -> None:
        self.files = FakeFileStore()
        self._keys = APIKeys([api_key] if isinstance(api_key, str) else api_key, forbidden_keys)
        self._rate_limiter = FakeRateLimiter(rate, window, sliding, rate_headers, retry_after, clock)
        self._answerer = Answerer(answer, answers_with, usage, self.files)
        self._latency = latency
        self._faults = FaultScript(faults)
        self._file_faults = FaultScript(file_faults)
        self._is_poison = poison if callable(poison) else frozenset(poison).__contains__
        self._poison_status = poison_status
        self._error_shape: ErrorShape = error_shape
        self._clock = clock
        self._log = RequestLog(on_record)

    def transport(
        self,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        sync_sleep: Callable[[float], object] = time.sleep,
    ) -> FakeTransport:
        """Return a transport for `httpx.AsyncClient` and `httpx.Client` that answers without a socket.

        Args:
            sleep: Awaited for latency and hangs.
            sync_sleep: Called for latency and hangs by a synchronous client.
        """
        return FakeTransport(self, sleep, sync_sleep)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> LoopbackServer:
        """Return a real HTTP server with its own thread: `with service.serve() as server: server.url`.

        Args:
            host: A loopback address.
            port: The port to listen on, 0 for a free one.

        Raises:
            ValueError: The host is not a loopback address.
        """
        return LoopbackServer(self, host, port)

    @property
    def requests(self) -> list[Record]:
        """The finished requests in order of arrival, without those to the file store."""
        return self._log.records

    @property
    def billed(self) -> Counter[str]:
        """The number of times that each value was billed, including lost and broken answers."""
        return self._log.billed

    @property
    def answered(self) -> int:
        """The number of requests that were answered correctly."""
        return self._log.count("answered")

    @property
    def refused(self) -> int:
        """The number of requests that were answered with a 429."""
        return self._log.count("limited")

    @property
    def in_flight(self) -> int:
        """The number of requests that are waiting for their reply."""
        return self._log.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The maximum number of requests that were in flight at the same time."""
        return self._log.peak_in_flight

    def open(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, scheme: str = "http"
    ) -> Exchange:
        """Accept a request, for use by your own transport.

        Args:
            method: The HTTP method, as in `"POST"`.
            target: Path and query of the URL.
            headers: The headers, with names in any case.
            body: The whole body.
            scheme: The scheme of the URLs that the file store returns.

        Returns:
            The exchange: its `wait` in seconds and its `reply`. Wait inside its `with` block, then send the reply.
        """
        lower = {name.lower(): value for name, value in headers.items()}
        path, _, query = target.partition("?")
        origin = f"{scheme}://{lower.get('host', '127.0.0.1')}"
        incoming = IncomingRequest(method.upper(), path, query, lower, body, origin)
        if self.files.owns(path):
            return self._open_file(incoming)
        return self._log.begin(path, self._plan_reply(incoming))

    def _plan_reply(self, incoming: IncomingRequest) -> PlannedReply:
        client: str | None = None
        request: Request | None = None
        rate_headers: dict[str, str] = {}
        try:
            validation.check_route(incoming)
            client = self._keys.check(incoming.headers)
            rate_headers = self._rate_limiter.take()
            request = validation.parse_request(incoming)
            return self._plan_answer(request, client, rate_headers)
        except ServiceRefusal as refusal:
            outcome: Outcome = "limited" if refusal.status == 429 else "refused"
            return PlannedReply(self._refusal(refusal, rate_headers), outcome, request, client)

    def _plan_answer(self, request: Request, client: str, rate_headers: Mapping[str, str]) -> PlannedReply:
        fault = self._faults.next_fault(request)
        wait = self._latency(request) if callable(self._latency) else self._latency
        if fault is not None and not fault.billed:
            return _plan_fault(fault, Response(200), self._clock(), rate_headers, request, client, wait)
        if any(map(self._is_poison, request.values)):
            raise ServiceRefusal(self._poison_status, "a sample could not be processed")
        answer = self._answerer.reply(request).with_headers(rate_headers)
        if fault is None:
            return PlannedReply(answer, "answered", request, client, billed=True, wait=wait)
        return _plan_fault(fault, answer, self._clock(), rate_headers, request, client, wait)

    def _open_file(self, incoming: IncomingRequest) -> Exchange:
        rate_headers: dict[str, str] = {}
        try:
            if self.files.is_public(incoming):
                return Exchange(self.files.answer(incoming))
            self._keys.check(incoming.headers)
            rate_headers = self._rate_limiter.take()
            fault = self._file_faults.next()
            if fault is None:
                return Exchange(self.files.answer(incoming).with_headers(rate_headers))
            answer = self.files.answer(incoming) if fault.billed else Response(200)
            return Exchange(fault.act(answer.with_headers(rate_headers), self._clock()), fault.seconds)
        except ServiceRefusal as refusal:
            return Exchange(self._refusal(refusal, rate_headers))

    def _refusal(self, refusal: ServiceRefusal, rate_headers: Mapping[str, str]) -> Response:
        sent = send_error(refusal.status, refusal.message, self._error_shape)
        return sent.with_headers(refusal.headers).with_headers(rate_headers)


def _plan_fault(
    fault: Fault,
    answer: Response,
    now: float,
    rate_headers: Mapping[str, str],
    request: Request,
    client: str,
    wait: float,
) -> PlannedReply:
    reply: Action = fault.act(answer, now)
    if isinstance(reply, Response) and fault.keeps_pace:
        reply = reply.with_headers(rate_headers)
    return PlannedReply(reply, _outcome(reply, answer, fault), request, client, fault.billed, wait + fault.seconds)


def _outcome(reply: Action, answer: Response, fault: Fault) -> Outcome:
    if not isinstance(reply, Response):
        return "lost"
    if reply.status == 429:
        return "limited"
    if not fault.billed:
        return "failed"
    return "answered" if reply == answer else "spoilt"
