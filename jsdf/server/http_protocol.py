"""One connection: as uvicorn has it, with refusals in the contract's shape and an end to patience."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from jsdf.server.errors import error_body
from jsdf.server.limits import MAX_CONNECTIONS, REQUEST_TIMEOUT


class TimeoutProtocol(H11Protocol):
    """Drops clients that take too long over a request, and those that are too many."""

    _since: float | None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._since = self.loop.time()
        if len(self.connections) > MAX_CONNECTIONS:
            transport.abort()
        else:
            self._watch = self.loop.call_later(REQUEST_TIMEOUT, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._since is None:
            self._since = self.loop.time()
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._since = None  # it has arrived

    def _look(self) -> None:
        """Close the connection if a request has been on its way for too long, else look again later."""
        late = 0.0 if self._since is None else self.loop.time() - self._since
        if late >= REQUEST_TIMEOUT:
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(REQUEST_TIMEOUT - late, self._look)

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: a client that would rather speak another protocol is answered in this one."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the base's words are no sentence
        """Refuse what is no HTTP; without an answer where one has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = error_body("the request is no HTTP/1.1 that can be read, or its head has more than 64 kB")
            headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
            events: list[Any] = [h11.Response(status_code=400, headers=list(headers.items())), h11.Data(data=body)]
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in [*events, h11.EndOfMessage()]))
        self.transport.close()
