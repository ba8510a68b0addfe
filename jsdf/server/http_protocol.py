"""uvicorn's HTTP/1.1 protocol with timeouts, connection limits, and errors in the API's format."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from jsdf.server.admission.clients import identify_in, network_of
from jsdf.server.admission.connections import find_surplus
from jsdf.server.admission.limited_parser import LimitedConnection
from jsdf.server.admission.loop_shares import LoopShares, PausableFlow
from jsdf.server.admission.turns import turns_of
from jsdf.server.errors import error_body
from jsdf.server.limits import MAX_CONNECTIONS, MAX_HEAD_LINES, MAX_PIPELINED, REQUEST_TIMEOUT, WRITE_TIMEOUT
from jsdf.server.log_throttle import LogThrottle

#: Bytes a second at which a body that arrives does not count as waiting for its client.
_STEADY_RATE = 10_000.0
#: Events of the parser, such as chunks, that are handled before other connections have their turn.
_EVENTS_PER_TURN = 200
#: Bytes of a request, or of several that were sent at once, that count against their client's share of the event loop.
_LARGE_REQUEST = 65_536
#: Seconds that it takes, about, to receive a byte and pass it on, and to answer a request; other work is measured.
_SECONDS_PER_BYTE, _SECONDS_PER_REQUEST = 4e-9, 1e-3
#: Value of SO_LINGER by which a socket is closed without sending the rest, megabytes for a client that reads nothing.
_DISCARD = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_CLOSE = (b"connection", b"close")
_invalid_requests = LogThrottle()
_shares = LoopShares()


class TimeoutProtocol(H11Protocol):
    """HTTP/1.1 connection with limits on the patience of the server.

    It is dropped if a request takes too long to arrive or a response too long to be read, and if it has to give way to
    a new connection. It answers a number of pipelined requests and then closes.
    """

    max_connections = MAX_CONNECTIONS

    conn: LimitedConnection
    flow: PausableFlow
    network = ""
    _timer: asyncio.TimerHandle | None = None
    _request_began: float | None
    _request_bytes = _pipelined = 0
    _idle_since: float | None = None
    _unread_since: float | None = None
    _has_answered = False

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.conn = LimitedConnection(h11.SERVER, self.config.h11_max_incomplete_event_size or 16_384)

    @property
    def waits_since(self) -> float | None:
        """The time since which the connection has waited for its client; None while a request is answered.

        It is in the future for a body that arrives steadily, and before all others for one with pipelined requests.
        """
        if self._unread_since is not None:
            return self._unread_since
        if self.transport.is_closing():
            return -math.inf
        if self._request_began is None:
            return -math.inf if self._is_pipelining else self._idle_since
        return self._request_began + self._request_bytes / _STEADY_RATE

    @property
    def _is_pipelining(self) -> bool:
        """True if more has arrived than the request that is being answered."""
        return self._request_began is None and self.conn.has_more

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeouts, and drop a connection if too many are open."""
        super().connection_made(transport)
        self.flow = PausableFlow(transport)
        # So that `pause_writing` is called as soon as the client leaves anything unread.
        transport.set_write_buffer_limits(high=0)
        self.network = network_of(self.client[0]) if self.client else ""
        self._request_began = self.loop.time()
        self._timer = self.loop.call_later(_check_interval(), self._check_timeouts)
        surplus = find_surplus(cast("set[TimeoutProtocol]", self.connections), self, self.max_connections)
        if surplus is not None:
            self.connections.discard(surplus)
            surplus.drop()

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
        with self._charged(len(data) * _SECONDS_PER_BYTE):
            super().data_received(data)

    def pause_writing(self) -> None:
        """Note since when the client has left a response unread."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the client has read everything."""
        self._unread_since = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on with the next request."""
        self._idle_since = self.loop.time()
        self._has_answered = True
        super().on_response_complete()
        self._has_answered = False

    def handle_events(self) -> None:
        """Parse what has arrived; let a request that was sent before the last response wait for its turn."""
        if not self._has_answered:
            self._parse()
        elif self.conn.trailing_data[0]:
            self._pipelined += 1
            self._wait_for_turn()
        else:
            self._pipelined = 0

    def take_turn(self) -> None:
        """Parse more of what has arrived; after the last pipelined request that is allowed, close the connection."""
        if self.transport.is_closing():
            return
        answered = self.cycle
        self.flow.resume_reading()
        with self._charged(_SECONDS_PER_REQUEST if self._pipelined else 0.0):
            self._parse()
        if self._pipelined >= MAX_PIPELINED and self.cycle is not answered:
            self.headers.append(_CLOSE)  # as if the client had asked for it

    @contextmanager
    def _charged(self, seconds: float) -> Iterator[None]:
        """Charge the client for the time of the `with` block and for other time; slow it if need be."""
        start = time.perf_counter()
        yield
        delay = self._charge(seconds + time.perf_counter() - start)
        if delay:
            self.flow.hold(self.loop, delay)

    def _charge(self, seconds: float) -> float:
        """Charge the client, if its request is large, and return the seconds for which it has to wait."""
        is_large = self._request_bytes > _LARGE_REQUEST
        client = identify_in(self.network, self.scope["headers"] if self.scope else ())
        delay = _shares.charge(client, seconds if is_large else 0.0)
        return delay if is_large else 0.0

    def _parse(self) -> None:
        self.conn.events_left = _EVENTS_PER_TURN
        super().handle_events()
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._request_began = self._idle_since = None  # the request has arrived completely
        if self.conn.events_left < 0 and not self.transport.is_closing():
            self._wait_for_turn()

    def _wait_for_turn(self) -> None:
        self.flow.pause_reading()
        self.loop.call_later(self._charge(0.0), turns_of(self.loop).append, self)

    def _check_timeouts(self) -> None:
        """Drop the connection if its client has taken too long; otherwise check again later."""
        now = self.loop.time()
        is_late = self._request_began is not None and now - self._request_began >= REQUEST_TIMEOUT
        is_unread = self._unread_since is not None and now - self._unread_since >= WRITE_TIMEOUT
        if is_late or is_unread:
            self.drop()
        else:
            self._timer = self.loop.call_later(_check_interval(), self._check_timeouts)

    def drop(self) -> None:
        """Close the connection at once; what the client has not read is discarded, also by the operating system."""
        if self._unread_since is not None or self._is_pipelining:
            with suppress(OSError):
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
        self.transport.abort()

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: a client that asks for another protocol is answered over HTTP/1.1."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's message is not a sentence
        """Reject a request that is not valid HTTP; close without a response if one has begun."""
        _invalid_requests.log(logging.DEBUG, "a request from %s is not valid HTTP/1.1", self.network or "a socket")
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the application has begun; it must neither wait nor answer
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = error_body(
                f"the request is not valid HTTP/1.1, or its head has more than 64 kB or {MAX_HEAD_LINES} lines"
            )
            headers = {"content-type": "application/json", "content-length": str(len(body)), "connection": "close"}
            events: list[Any] = [h11.Response(status_code=400, headers=list(headers.items())), h11.Data(data=body)]
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in [*events, h11.EndOfMessage()]))
        self.transport.close()


def _check_interval() -> float:
    return min(REQUEST_TIMEOUT, WRITE_TIMEOUT) / 4
