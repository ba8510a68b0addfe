"""uvicorn's HTTP/1.1 protocol with a timeout for requests, a connection limit, and errors in the API's format."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from jsdf.server.errors import error_body
from jsdf.server.limits import MAX_CONNECTIONS, REQUEST_TIMEOUT


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 connection that is dropped if a request takes too long to arrive, or beyond `MAX_CONNECTIONS`."""

    _request_began: float | None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout, or drop the connection if too many are open."""
        super().connection_made(transport)
        self._request_began = self.loop.time()
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._timer = self.loop.call_later(REQUEST_TIMEOUT, self._check_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and note the beginning and end of a request for the timeout."""
        if self._request_began is None:
            self._request_began = self.loop.time()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._request_began = None  # the request has arrived completely

    def _check_timeout(self) -> None:
        """Drop the connection if its request has taken too long to arrive; otherwise check again later."""
        elapsed = 0.0 if self._request_began is None else self.loop.time() - self._request_began
        if elapsed >= REQUEST_TIMEOUT:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(REQUEST_TIMEOUT - elapsed, self._check_timeout)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: a client that asks for another protocol is answered over HTTP/1.1."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's message is not a sentence
        """Reject a request that is not valid HTTP; close without a response if one has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = error_body("the request is not valid HTTP/1.1, or its head is larger than 64 kB")
            headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
            events: list[Any] = [h11.Response(status_code=400, headers=list(headers.items())), h11.Data(data=body)]
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in [*events, h11.EndOfMessage()]))
        self.transport.close()
