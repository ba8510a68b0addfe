"""uvicorn's HTTP/1.1 protocol with timeouts, connection limits, and errors in the API's format."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from jsdf.server.admission.clients import network_of
from jsdf.server.connections import find_surplus
from jsdf.server.errors import error_body
from jsdf.server.limits import (
    MAX_CONNECTIONS,
    MAX_PIPELINED,
    MAX_SMALL_CHUNKS,
    MIN_CHUNK_BYTES,
    REQUEST_TIMEOUT,
    WRITE_TIMEOUT,
)
from jsdf.server.log_throttle import LogThrottle

#: Bytes a second at which a body that arrives does not count as waiting for its client.
_STEADY_RATE = 10_000.0
_CLOSE = (b"connection", b"close")
_invalid_requests = LogThrottle()


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 connection with limits on the patience of the server.

    It is dropped if a request takes too long to arrive or a response too long to be read, and if it has to give way to
    a new connection. It answers a number of pipelined requests and then closes.
    """

    max_connections = MAX_CONNECTIONS

    network = ""
    _timer: asyncio.TimerHandle | None = None
    _request_began: float | None
    _request_bytes = 0
    _idle_since: float | None = None
    _unread_since: float | None = None
    _pipelined = 0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = _ChunkLimitedConnection(h11.SERVER, self.config.h11_max_incomplete_event_size or 16_384)

    @property
    def waits_since(self) -> float | None:
        """The time since which the connection has waited for its client; None while a request is answered."""
        if self._unread_since is not None:
            return self._unread_since
        if self._request_began is None:
            return self._idle_since
        return min(self.loop.time(), self._request_began + self._request_bytes / _STEADY_RATE)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeouts, and drop a connection if too many are open."""
        super().connection_made(transport)
        # So that `pause_writing` is called as soon as the client leaves anything unread.
        transport.set_write_buffer_limits(high=0)
        self.network = network_of(self.client[0]) if self.client else ""
        self._request_began = self.loop.time()
        self._timer = self.loop.call_later(_check_interval(), self._check_timeouts)
        surplus = find_surplus(cast("set[TimeoutProtocol]", self.connections), self, self.max_connections)
        if surplus is not None:
            self.connections.discard(surplus)
            surplus.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeouts."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse the data, and note the beginning and end of a request for the timeout."""
        if self._request_began is None:
            self._request_began, self._request_bytes = self.loop.time(), 0
        self._request_bytes += len(data)
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._request_began = None  # the request has arrived completely

    def pause_writing(self) -> None:
        """Note since when the client has left a response unread."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client has read everything."""
        self._unread_since = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on with the next request, and limit the number of those that were sent before this response."""
        self._idle_since = self.loop.time()
        answered = self.cycle
        super().on_response_complete()
        self._pipelined = 0 if self.cycle is answered else self._pipelined + 1
        if self._pipelined >= MAX_PIPELINED:
            self.headers.append(_CLOSE)  # as if the client had asked for it

    def _check_timeouts(self) -> None:
        """Drop the connection if its client has taken too long; otherwise check again later."""
        now = self.loop.time()
        is_late = self._request_began is not None and now - self._request_began >= REQUEST_TIMEOUT
        is_unread = self._unread_since is not None and now - self._unread_since >= WRITE_TIMEOUT
        if is_late or is_unread:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(_check_interval(), self._check_timeouts)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: a client that asks for another protocol is answered over HTTP/1.1."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's message is not a sentence
        """Reject a request that is not valid HTTP; close without a response if one has begun."""
        _invalid_requests.log(logging.DEBUG, "a request from %s is not valid HTTP/1.1", self.network or "a socket")
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the application has begun; it must neither wait nor answer
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = error_body("the request is not valid HTTP/1.1, or its head is larger than 64 kB")
            headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
            events: list[Any] = [h11.Response(status_code=400, headers=list(headers.items())), h11.Data(data=body)]
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in [*events, h11.EndOfMessage()]))
        self.transport.close()


class _ChunkLimitedConnection(h11.Connection):
    """Parser that rejects bodies in thousands of tiny chunks, each of which takes as long as a large one."""

    _chunks = _body_bytes = 0

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._body_bytes = 0
        elif isinstance(event, h11.Data):
            self._body_bytes += len(event.data)
            self._chunks += event.chunk_end
            if self._chunks > MAX_SMALL_CHUNKS + self._body_bytes / MIN_CHUNK_BYTES:
                raise h11.RemoteProtocolError("too many small chunks")
        return event


def _check_interval() -> float:
    return min(REQUEST_TIMEOUT, WRITE_TIMEOUT) / 4
