"""The fake on a real socket: an HTTP/1.1 server with a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from typing import TYPE_CHECKING

from jsdf.testing.http_connection import LoopbackConnection

if TYPE_CHECKING:
    from types import TracebackType

    from jsdf.testing.request_log import Responder

_BACKLOG = 1024


class LoopbackServer:
    """Serves while its `with` block lasts; `start` and `close` do the same by hand.

    Args:
        service: Receives the requests.
        host: A loopback address.
        port: 0 for one that is free.

    Raises:
        ValueError: The host is not a loopback address: a fake must not be reachable from outside.
    """

    def __init__(self, service: Responder, host: str = "127.0.0.1", port: int = 0) -> None:
        self._service = service
        self._host = _loopback(host)
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._open: set[LoopbackConnection] = set()
        #: How many connections were accepted so far; with keep-alive fewer than requests.
        self.connections = 0

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """Its base address, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    def start(self) -> LoopbackServer:
        """Bind, and serve on a thread; it listens when this returns."""
        if self._thread is not None:
            raise RuntimeError(f"{self.url} serves already; make another server with service.serve()")
        listener = socket.create_server((self._host, self._port), family=_family(self._host), backlog=_BACKLOG)
        self._port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), name="jsdf-fake", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def close(self) -> None:
        """Drop every connection, and wait for the thread to end; what was in flight is recorded as lost."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> LoopbackServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, listener: socket.socket, ready: threading.Event) -> None:
        try:
            asyncio.run(self._main(listener, ready))
        finally:
            ready.set()  # whatever happened, nobody is to wait for ever

    async def _main(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._accept, sock=listener, backlog=_BACKLOG)
        ready.set()
        await self._stop.wait()
        server.close()
        await self._drop_all()
        await server.wait_closed()

    async def _drop_all(self) -> None:
        for _ in range(3):  # what was accepted in this turn of the loop shows up in the next ones
            await asyncio.sleep(0)
        dropped = list(self._open)
        for connection in dropped:
            connection.abort()
        for connection in dropped:
            await connection.closed.wait()

    def _accept(self) -> LoopbackConnection:
        self.connections += 1
        return LoopbackConnection(self._service, self._open)


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        allowed = ipaddress.ip_address(address).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise ValueError(f"host={host!r}: the fake serves on loopback only, as in '127.0.0.1'")
    return address


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
