"""The fake service's brain: a request in, what to do on the wire out. It knows no transport."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from jsdf.testing import validation
from jsdf.testing.answers import Answer, Answerer, Prediction
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
    """A classification service that answers by the contract, errs by script and counts.

    Reach it with `transport()` in a process, or with `serve()` over a socket. Everything may be read
    from any thread while it serves.

    Args:
        api_key: The key that it takes in `x-api-key`, or several.
        forbidden_keys: Keys that are refused with 403; all others are refused with 401.
        answer: `(value, labels, multiple, task)` -> a label or a list of them, with `labels` as they
            came over the wire; or a mapping of values to answers. What is None or not in it, and
            everything by default, is answered as `expected` says.
        answers_with: Whether predictions name a label that has both by its `"key"` or its `"value"`.
        rate: Requests a window, those to the file store included; beyond it 429. None for no limit.
        window: Seconds.
        sliding: True for "in the last `window` seconds", False for windows aligned to the clock.
        rate_headers: With a rate, whether responses carry the three `x-jigsaw-rate-limit-*` headers.
        retry_after: The form of a 429's Retry-After, `"seconds"` or `"date"`; None for no such header.
        latency: Seconds before an answer or a scripted fault, or a function of the request. Refusals
            come at once.
        faults: What goes wrong, one entry (a `Fault` or None) for each request that is let in, then
            nothing more; or a function of its number, from 0, and the request. See `jsdf.testing.fault`.
        file_faults: The same, a list only, for requests to the file store that need a key.
        poison: Values, or a predicate of a value, that make a whole request fail.
        poison_status: With which status.
        usage: Whether answers carry `_usage` and `log_id`.
        error_shape: The form of refusals: `"message"`, `"error"`, `"object"`, `"empty"` or `"html"`.
        clock: Gives unix time in seconds, for the rate limit.
        on_record: Called with each `Record` before its answer goes out.
    """

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
        #: What the file store holds, by key, with counts.
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
        """A transport for `httpx.AsyncClient` and `httpx.Client` that answers without a socket.

        Args:
            sleep: Awaited for latency and hangs.
            sync_sleep: Called for them by a synchronous client.
        """
        return FakeTransport(self, sleep, sync_sleep)

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> LoopbackServer:
        """A real HTTP server on a thread of its own: `with service.serve() as server: server.url`.

        Args:
            host: A loopback address; anything else is refused.
            port: 0 for one that is free.
        """
        return LoopbackServer(self, host, port)

    @property
    def requests(self) -> list[Record]:
        """What came, in order of arrival, but for the file store's and for what is still in flight."""
        return self._log.records

    @property
    def billed(self) -> Counter[str]:
        """How many times each value was paid for, also where the answer was lost or broken."""
        return self._log.billed

    @property
    def answered(self) -> int:
        """Requests that were answered as the contract says."""
        return self._log.count("answered")

    @property
    def refused(self) -> int:
        """Requests that were answered with 429."""
        return self._log.count("limited")

    @property
    def in_flight(self) -> int:
        """Requests that wait for their answer now."""
        return self._log.in_flight

    @property
    def peak_in_flight(self) -> int:
        """The most requests that ever waited at once."""
        return self._log.peak_in_flight

    def open(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, scheme: str = "http"
    ) -> Exchange:
        """Take a request: for those who write a transport of their own.

        Args:
            method: As in `"POST"`.
            target: Path and query.
            headers: With any case.
            body: The whole body.
            scheme: Of the addresses that the file store gives.

        Returns:
            How long to wait and what to do then; leave its `with` block once waited.
        """
        lower = {name.lower(): value for name, value in headers.items()}
        path, _, query = target.partition("?")
        call = IncomingRequest(method.upper(), path, query, lower, body, f"{scheme}://{lower.get('host', '127.0.0.1')}")
        if self.files.owns(path):
            return self._open_file(call)
        return self._log.begin(path, self._plan_reply(call))

    def _plan_reply(self, call: IncomingRequest) -> PlannedReply:
        client: str | None = None
        request: Request | None = None
        pace: dict[str, str] = {}
        try:
            validation.check_route(call)
            client = self._keys.check(call.headers)
            pace = self._rate_limiter.take()
            request = validation.parse_request(call)
            return self._work(request, client, pace)
        except ServiceRefusal as refusal:
            outcome: Outcome = "limited" if refusal.status == 429 else "refused"
            return PlannedReply(self._refusal(refusal, pace), outcome, request, client)

    def _work(self, request: Request, client: str, pace: Mapping[str, str]) -> PlannedReply:
        fault = self._faults.next_fault(request)
        wait = self._latency(request) if callable(self._latency) else self._latency
        if fault is not None and not fault.billed:
            return _went_wrong(fault, Response(200), self._clock(), pace, request, client, wait)
        if any(map(self._is_poison, request.values)):
            raise ServiceRefusal(self._poison_status, "a sample could not be processed")
        answer = self._answerer.reply(request).with_headers(pace)
        if fault is None:
            return PlannedReply(answer, "answered", request, client, billed=True, wait=wait)
        return _went_wrong(fault, answer, self._clock(), pace, request, client, wait)

    def _open_file(self, call: IncomingRequest) -> Exchange:
        pace: dict[str, str] = {}
        try:
            if self.files.is_public(call):
                return Exchange(self.files.answer(call))
            self._keys.check(call.headers)
            pace = self._rate_limiter.take()
            fault = self._file_faults.next()
            if fault is None:
                return Exchange(self.files.answer(call).with_headers(pace))
            answer = self.files.answer(call) if fault.billed else Response(200)
            return Exchange(fault.act(answer.with_headers(pace), self._clock()), fault.seconds)
        except ServiceRefusal as refusal:
            return Exchange(self._refusal(refusal, pace))

    def _refusal(self, refusal: ServiceRefusal, pace: Mapping[str, str]) -> Response:
        sent = send_error(refusal.status, refusal.message, self._error_shape)
        return sent.with_headers(refusal.headers).with_headers(pace)


def _went_wrong(
    fault: Fault,
    answer: Response,
    now: float,
    pace: Mapping[str, str],
    request: Request,
    client: str,
    wait: float,
) -> PlannedReply:
    reply: Action = fault.act(answer, now)
    if isinstance(reply, Response) and fault.keeps_pace:
        reply = reply.with_headers(pace)
    return PlannedReply(reply, _outcome(reply, answer, fault), request, client, fault.billed, wait + fault.seconds)


def _outcome(reply: Action, answer: Response, fault: Fault) -> Outcome:
    if not isinstance(reply, Response):
        return "lost"
    if reply.status == 429:
        return "limited"
    if not fault.billed:
        return "failed"
    return "answered" if reply == answer else "spoilt"
