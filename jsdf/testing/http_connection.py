"""One HTTP/1.1 connection of the fake's server, including the faults that need a real socket."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

import h11

from jsdf.testing.messages import Reset, Response

if TYPE_CHECKING:
    from jsdf.testing.request_log import Exchange, Responder

#: SO_LINGER with a timeout of 0: closing the socket sends RST instead of FIN.
_RST = struct.pack("ii", 1, 0)
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class LoopbackConnection(asyncio.Protocol):
    """Server side of one connection: pass each request to the service and send its reply.

    Args:
        service: Receives the requests.
        registry: The set of open connections; this one adds and removes itself.
    """

    def __init__(self, service: Responder, registry: set[LoopbackConnection]) -> None:
        self._service = service
        self._registry = registry
        self._http = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = bytearray()
        self._waiting: tuple[Exchange, asyncio.TimerHandle] | None = None
        self._transport: asyncio.Transport
        #: Set once the connection is closed.
        self.closed = asyncio.Event()

    @property
    def _socket(self) -> socket.socket:
        return cast("socket.socket", self._transport.get_extra_info("socket"))

    def abort(self) -> None:
        """Drop the connection; `closed` is set once that is done."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection and disable Nagle's algorithm."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Unregister the connection, and record a request that was still waiting as lost."""
        self._registry.discard(self)
        if self._waiting is not None:
            exchange, timer = self._waiting
            timer.cancel()
            exchange.settle(lost=True)
        self.closed.set()

    def data_received(self, data: bytes) -> None:
        """Parse the data and answer the requests in it."""
        self._feed(data)

    def eof_received(self) -> bool:
        """Return False, which closes the connection: no HTTP client waits on a half-closed one."""
        return False

    def _feed(self, data: bytes) -> None:
        try:
            if data:
                self._http.receive_data(data)
            self._read()
        except h11.RemoteProtocolError:
            self._transport.write(_BAD_REQUEST)
            self._transport.close()

    def _read(self) -> None:
        while self._waiting is None:
            event = self._http.next_event()
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data):
                self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self._answer()
            else:
                return

    def _begin(self, head: h11.Request) -> None:
        self._head, self._body = head, bytearray()
        if self._http.they_are_waiting_for_100_continue:
            self._write(h11.InformationalResponse(status_code=100, headers=[]))

    def _answer(self) -> None:
        assert self._head is not None  # noqa: S101 - h11 emits no EndOfMessage before a Request
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._head.headers}
        method, target = self._head.method.decode("ascii"), self._head.target.decode("ascii")
        exchange = self._service.open(method, target, headers, bytes(self._body))
        if exchange.wait > 0:
            timer = asyncio.get_running_loop().call_later(exchange.wait, self._wake, exchange)
            self._waiting = exchange, timer
        else:
            self._act(exchange)

    def _wake(self, exchange: Exchange) -> None:
        self._waiting = None
        self._act(exchange)
        self._feed(b"")  # the next request may have arrived meanwhile

    def _act(self, exchange: Exchange) -> None:
        exchange.settle()
        reply = exchange.reply
        if isinstance(reply, Reset):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
            self._transport.abort()
            return
        self._send(reply)

    def _send(self, reply: Response) -> None:
        length = ("content-length", str(len(reply.body)))
        events: list[h11.Event] = [h11.Response(status_code=reply.status, headers=[*reply.headers.items(), length])]
        if self._head is not None and self._head.method != b"HEAD":
            events.append(h11.Data(data=reply.body[: reply.truncate_at]))
        if reply.truncate_at is None:
            events.append(h11.EndOfMessage())
        self._write(*events)
        if reply.truncate_at is not None or self._http.our_state is h11.MUST_CLOSE:
            self._transport.close()
        else:
            self._http.start_next_cycle()

    def _write(self, *events: h11.Event) -> None:
        # One write: the second of two would wait for the client's delayed acknowledgement.
        self._transport.write(b"".join(self._http.send(event) or b"" for event in events))
