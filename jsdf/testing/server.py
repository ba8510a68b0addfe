"""An HTTP/1.1 server for the fake on a loopback socket, with its own thread and event loop."""

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
    """A server for `FakeService`, running inside its `with` block, or from `start` to `close`.

    Args:
        service: Receives the requests.
        host: A loopback address.
        port: The port to listen on, 0 for a free one.

    Attributes:
        connections: The number of connections accepted so far; with keep-alive fewer than requests.

    Raises:
        ValueError: The host is not a loopback address. Other machines must not be able to reach a fake.
    """

    def __init__(self, service: Responder, host: str = "127.0.0.1", port: int = 0) -> None:
        self._service = service
        self._host = _loopback(host)
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._open: set[LoopbackConnection] = set()
        self.connections = 0

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The base URL of the server, without a trailing slash."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def open_connections(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def start(self) -> LoopbackServer:
        """Start the server in a thread and return once it accepts connections.

        Raises:
            RuntimeError: The server is running already.
            OSError: The port is in use.
        """
        if self._thread is not None:
            raise RuntimeError(f"the server at {self.url} is running already; make another one with service.serve()")
        listener = socket.create_server((self._host, self._port), family=_family(self._host), backlog=_BACKLOG)
        self._port = listener.getsockname()[1]
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), name="jsdf-fake", daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def close(self) -> None:
        """Close all connections and wait for the thread to end. Requests in flight are recorded as `"lost"`."""
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
            ready.set()  # also after an error, so that `start` does not wait forever

    async def _main(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._accept, sock=listener, backlog=_BACKLOG)
        ready.set()
        await self._stop.wait()
        server.close()
        await self._drop_all()
        await server.wait_closed()

    async def _drop_all(self) -> None:
        for _ in range(3):  # connections accepted in this loop iteration are registered in the next ones
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
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(f"host={host!r}: the fake serves on loopback only, as in '127.0.0.1'")
    return address


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
