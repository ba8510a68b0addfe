"""An httpx transport that passes requests to the fake service without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from jsdf.testing.messages import Reset, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from jsdf.testing.request_log import Exchange, Responder


class FakeTransport(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """An httpx transport for the fake: `httpx.AsyncClient(transport=service.transport())`, or `httpx.Client`.

    Connection faults raise the exceptions that httpx raises on a real connection, read timeouts included.

    Args:
        service: Receives the requests.
        sleep: Awaited for latency and hangs.
        sync_sleep: Called for latency and hangs by a synchronous client.
    """

    #: Separates the fake's answers from real ones in the store.
    identity = "jsdf.testing"

    def __init__(
        self,
        service: Responder,
        sleep: Callable[[float], Awaitable[object]],
        sync_sleep: Callable[[float], object],
    ) -> None:
        self._service = service
        self._sleep = sleep
        self._sync_sleep = sync_sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the fake service and return its response, for `httpx.AsyncClient`."""
        await request.aread()
        with self._open(request) as exchange:
            seconds, expired = _wait_and_timeout(exchange, request)
            if seconds > 0:
                await self._sleep(seconds)
            _check_timeout(expired, request)
        return _respond(exchange, request)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the fake service and return its response, for `httpx.Client`."""
        request.read()
        with self._open(request) as exchange:
            seconds, expired = _wait_and_timeout(exchange, request)
            if seconds > 0:
                self._sync_sleep(seconds)
            _check_timeout(expired, request)
        return _respond(exchange, request)

    def _open(self, request: httpx.Request) -> Exchange:
        target = request.url.raw_path.decode("ascii")
        headers = dict(request.headers)
        return self._service.open(request.method, target, headers, request.content, scheme=request.url.scheme)


def _wait_and_timeout(exchange: Exchange, request: httpx.Request) -> tuple[float, bool]:
    """Return the seconds to wait, and True if the client's read timeout expires within them."""
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is not None and exchange.wait > limit:
        return float(limit), True
    return exchange.wait, False


def _check_timeout(expired: bool, request: httpx.Request) -> None:
    if expired:
        raise httpx.ReadTimeout("the fake service did not answer in time", request=request)


def _respond(exchange: Exchange, request: httpx.Request) -> httpx.Response:
    reply = exchange.reply
    if isinstance(reply, Reset):
        raise httpx.ReadError("the fake service reset the connection", request=request)
    headers = {**reply.headers, "content-length": str(len(reply.body))}
    return httpx.Response(reply.status, headers=headers, stream=_Body(reply))


class _Body(httpx.AsyncByteStream, httpx.SyncByteStream):
    """The body of a response, cut off with an error where the response is truncated."""

    def __init__(self, reply: Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        body, end = self._reply.body, self._reply.truncate_at
        yield body if end is None else body[:end]
        if end is not None:
            raise httpx.RemoteProtocolError(
                f"the fake service closed the connection after {end} of {len(body)} bytes of the body"
            )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part
