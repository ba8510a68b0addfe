"""`jsdf serve` as a process: a socket, the models, a server until a signal, and nothing left behind."""

from __future__ import annotations

import asyncio
import errno
import io
import logging
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from jsdf.engines.base import Question
from jsdf.engines.local import Local
from jsdf.errors import InvalidInputError
from jsdf.labels import parse
from jsdf.server.app import build
from jsdf.server.file_store import FileStore
from jsdf.server.http_protocol import TimeoutProtocol
from jsdf.server.limits import SHUTDOWN_SECONDS
from jsdf.server.middleware import is_loopback
from jsdf.server.rate_limit import FixedWindowRateLimiter

if TYPE_CHECKING:
    from types import FrameType

    from jsdf.engines.base import Session

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
_HEAD = 65_536


def serve(host: str, port: int, key: str | None, rate: int, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are answered first, a second SIGINT leaves at once.

    Args:
        host: A name or address of this machine.
        port: 0 for one that is free.
        key: What clients must send as `x-api-key`; None for none.
        rate: Requests a second, 0 for no limit.
        say: Told the address, in one line, once requests are answered.

    Raises:
        InvalidInputError: The address cannot be used, or the key is no key or is needed.
        MissingExtraError: The `local` extra is not installed.
        ModelError: A model cannot be loaded.
    """
    _check_key(key)
    engine = Local()
    listener = _listen(host, port, key)
    with listener, tempfile.TemporaryDirectory(prefix="jsdf-serve-", ignore_cleanup_errors=True) as folder:
        asyncio.run(_run(engine, listener, FileStore(Path(folder)), key, FixedWindowRateLimiter(rate), say))


async def _run(
    engine: Local,
    listener: socket.socket,
    files: FileStore,
    key: str | None,
    pace: FixedWindowRateLimiter,
    say: Callable[[str], None],
) -> None:
    async with engine.session(untrusted=True) as session:
        await _preload_models(session)
        config = uvicorn.Config(
            build(session, files, key=key, pace=pace),
            http=TimeoutProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses hold the keys of files
            server_header=False,
            h11_max_incomplete_event_size=_HEAD,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        for chatty in ("uvicorn.error", "python_multipart"):  # they warn of every request that is broken
            logging.getLogger(chatty).setLevel(logging.ERROR)
        await _Server(config, lambda: say(_startup_message(listener, key))).serve(sockets=[listener])


async def _preload_models(session: Session) -> None:
    """Load the models, so that no client waits for them."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("RGB", (32, 32)).save(picture, "PNG")
    labels = parse(["yes", "no"])
    await session.classify(Question(labels), ["ready"])
    await session.classify(Question(labels, kind="image"), [picture.getvalue()])


class _Server(uvicorn.Server):
    """Ends with 0 after a signal, since that is how it is stopped.

    Args:
        config: As uvicorn takes it.
        ready: Called once requests are answered.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server`."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """See `uvicorn.Server`; a second interrupt ends open connections, for which Python waits since 3.12."""
        super().handle_exit(sig, frame)
        if self.force_exit and self._loop is not None:
            for connection in list(self.server_state.connections):
                self._loop.call_soon_threadsafe(connection.transport.abort)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server`, which would raise the signals again once it is done."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _check_key(key: str | None) -> None:
    if key is not None and not (key and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidInputError("--api-key is empty, or holds what no header can carry; use ASCII without spaces")


def _listen(host: str, port: int, key: str | None) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise _no_host(host) from None
    if key is None and not all(is_loopback(str(address[0])) for *_, address in found):
        raise InvalidInputError(
            f"--host {host!r} can be reached from other machines; set JSDF_SERVER_KEY or --api-key, or use 127.0.0.1"
        )
    family, kind, _, _, address = found[0]
    # With its protocol named: asyncio sets TCP_NODELAY on no other, and a small answer would wait for 40 ms.
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(signal, "SIGBREAK"):  # on Windows it means another thing
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _no_host(host) from None
        why = error.strerror or str(error)
        raise InvalidInputError(f"--port {port}: {host} cannot be served there ({why}); use another, or 0") from None
    return listener


def _no_host(host: str) -> InvalidInputError:
    return InvalidInputError(f"--host {host!r} is no name or address of this machine; use 127.0.0.1")


def _startup_message(listener: socket.socket, key: str | None) -> str:
    host, port = listener.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what was asked for
    address = f"http://{f'[{here}]' if ':' in here else here}:{port}"
    which = "any key" if key is None else "the key"
    if is_loopback(here):
        where = address if here == host else f"{address} and at every other address of this machine"
        return f"serving at {where}: set JIGSAWSTACK_API_URL={address} and {which}; Ctrl-C stops it"
    return f"serving at {address}, unencrypted: jsdf sends keys to other machines only by https; Ctrl-C stops it"
