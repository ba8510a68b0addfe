"""Run `jsdf serve`: open the socket, load the models, serve until a signal, clean up."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import io
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from jsdf.engines.base import Question
from jsdf.engines.local import LearnedLocal, Local
from jsdf.errors import InvalidInputError
from jsdf.labels import parse
from jsdf.server.admission.connections import usable_connections
from jsdf.server.admission.rate_limit import FixedWindowRateLimiter
from jsdf.server.app import build
from jsdf.server.classification import Sessions
from jsdf.server.file_store import FileStore
from jsdf.server.http_protocol import TimeoutProtocol
from jsdf.server.limits import SHUTDOWN_SECONDS
from jsdf.server.middleware import is_loopback
from jsdf.server.upload_folder import upload_folder
from jsdf.utils.process.stop_signals import STOP_SIGNALS, handle_signals

if TYPE_CHECKING:
    from types import FrameType

    from jsdf.engines.local.learned.engine import LearnedSession
    from jsdf.engines.local.session import LocalSession

#: Seconds after which a client that neither sends nor reads is not waited for when the server is stopped.
_STALLED_SECONDS = 1.0
#: Seconds after which a thread that runs Python code gives way to another. A request passes from thread to thread, and
#: would wait each time for a large body that is being parsed; Python's default is 5 ms.
_SWITCH_SECONDS = 0.001
_MAX_HEAD_BYTES = 65_536
#: The number of this parameter of glibc's `mallopt`.
_M_MMAP_THRESHOLD = -3


def serve(
    host: str,
    port: int,
    key: str | None,
    rate: int,
    announce: Callable[[str], None],
    engine: Local | LearnedLocal | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then finish the requests in flight; a second SIGINT stops at once.

    Args:
        host: A name or address of this machine.
        port: The port to listen on, 0 for a free one.
        key: The API key that clients must send as `x-api-key`; None for no key.
        rate: Requests a second of each client, 0 for no limit.
        announce: Called with one line that contains the URL, once the server accepts requests.
        engine: The engine; None for `Local()`. A taught one refuses other labels, and values of the other kind.

    Raises:
        InvalidInputError: The address cannot be used, the key is invalid, or the address requires a key.
        MissingExtraError: The `local` extra is not installed.
        ModelError: A model cannot be loaded.
    """
    _check_key(key)
    engine = engine or Local()
    listener = _listen(host, port, key)
    TimeoutProtocol.max_connections = usable_connections()
    _return_freed_memory()
    sys.setswitchinterval(_SWITCH_SECONDS)
    early_signals: list[int] = []  # those that come before the server can handle them
    with (
        listener,
        handle_signals(STOP_SIGNALS, lambda number, _: early_signals.append(number)),
        upload_folder() as folder,
    ):
        asyncio.run(
            _run(engine, listener, FileStore(folder), key, FixedWindowRateLimiter(rate), announce, early_signals)
        )


async def _run(
    engine: Local | LearnedLocal,
    listener: socket.socket,
    files: FileStore,
    key: str | None,
    rate_limiter: FixedWindowRateLimiter,
    announce: Callable[[str], None],
    early_signals: list[int],
) -> None:
    async with AsyncExitStack() as stack:
        texts, long_texts, images = [
            await stack.enter_async_context(_open_session(engine, low_priority)) for low_priority in (False, True, True)
        ]
        sessions = Sessions(texts, long_texts, images)
        await _preload_models(engine, sessions)
        config = uvicorn.Config(
            build(sessions, files, key=key, rate_limiter=rate_limiter),
            http=TimeoutProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # URLs contain the keys of files
            server_header=False,
            h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        for logger_name in ("uvicorn.error", "python_multipart"):  # both warn about every malformed request
            logging.getLogger(logger_name).setLevel(logging.ERROR)
        server = _Server(config, lambda: announce(_startup_message(listener, key)), early_signals)
        await server.serve(sockets=[listener])


def _open_session(
    engine: Local | LearnedLocal, low_priority: bool
) -> AbstractAsyncContextManager[LocalSession | LearnedSession]:
    return engine.session(untrusted=True, low_priority=low_priority)


async def _preload_models(engine: Local | LearnedLocal, sessions: Sessions) -> None:
    """Load the models before the first request, and embed the labels of a taught engine."""
    from PIL import Image

    image = io.BytesIO()
    Image.new("RGB", (32, 32)).save(image, "PNG")
    labels, multiple = parse(["yes", "no"]), False
    if isinstance(engine, LearnedLocal):
        labels, multiple = engine.labels, engine.head.multiple
    if "text" in engine.kinds:
        await sessions.texts.classify(Question(labels, "text", multiple), ["ready"])
    if "image" in engine.kinds:
        await sessions.images.classify(Question(labels, "image", multiple), [image.getvalue()])


class _Server(uvicorn.Server):
    """A uvicorn server that ends normally after a signal, so that the process exits with 0.

    Args:
        config: The configuration of uvicorn.
        ready: Called once the server accepts requests.
        early_signals: The signals that came before; with any of them the server ends as soon as it has started.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], early_signals: list[int]) -> None:
        super().__init__(config)
        self._ready, self._early_signals = ready, early_signals
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the server and call `ready`."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        if self._early_signals:
            self.should_exit = True
        else:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Request the shutdown; a second interrupt aborts open connections, for which Python waits since 3.12."""
        super().handle_exit(sig, frame)
        if self.force_exit and self._loop is not None:
            for connection in list(self.server_state.connections):
                self._loop.call_soon_threadsafe(connection.transport.abort)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests in flight, without waiting for clients that neither send nor read."""
        connections, now = self.server_state.connections, asyncio.get_running_loop().time()
        for connection in list(connections):
            waits_since = connection.waits_since if isinstance(connection, TimeoutProtocol) else None
            if waits_since is not None and now - waits_since > _STALLED_SECONDS:
                connection.transport.abort()
        await super().shutdown(sockets)
        for connection in list(connections):
            connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving; unlike uvicorn's own method, do not raise them again afterwards."""
        with handle_signals([signal.SIGINT, *STOP_SIGNALS], self.handle_exit):
            yield


def _return_freed_memory() -> None:
    """Let glibc give large blocks back to the system as soon as they are freed.

    By default it does so only for blocks larger than any that was freed before, up to 32 MB, so that the memory of a
    few large requests stays with the process for good.
    """
    with suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1_048_576)


def _check_key(key: str | None) -> None:
    if key is not None and not (key and key.isascii() and key.isprintable() and " " not in key):
        raise InvalidInputError("--api-key is empty or cannot be sent in a header; use printable ASCII without spaces")


def _listen(host: str, port: int, key: str | None) -> socket.socket:
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise _host_error(host) from None
    if key is None and not all(is_loopback(str(address[0])) for *_, address in addresses):
        raise InvalidInputError(
            f"--host {host!r} can be reached from other machines; set JSDF_SERVER_KEY or --api-key, or use 127.0.0.1"
        )
    family, kind, _, _, address = addresses[0]
    # With IPPROTO_TCP, since asyncio sets TCP_NODELAY only then; without it small responses are delayed by 40 ms.
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(signal, "SIGBREAK"):  # has another meaning on Windows
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise _host_error(host) from None
        why = error.strerror or str(error)
        raise InvalidInputError(
            f"--port {port}: cannot listen on {host} ({why}); use another port, or 0 for a free one"
        ) from None
    return listener


def _host_error(host: str) -> InvalidInputError:
    return InvalidInputError(f"--host {host!r} is not a name or address of this machine; use 127.0.0.1")


def _startup_message(listener: socket.socket, key: str | None) -> str:
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - the user chose this host
    url = f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"
    key_hint = "any key" if key is None else "the key"
    if is_loopback(reachable):
        urls = url if reachable == host else f"{url} and at every other address of this machine"
        return f"serving at {urls}: set JIGSAWSTACK_API_URL={url} and {key_hint}; Ctrl-C stops it"
    return f"serving at {url}, unencrypted: jsdf sends keys to other machines only by https; Ctrl-C stops it"
