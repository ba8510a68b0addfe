"""Connections that are made to an address which was looked at, and to no other."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeAlias

import httpcore
import httpx

from jsdf.errors import ImageError

#: Host and port -> the IP addresses behind it.
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
IsPublic: TypeAlias = Callable[[str], bool]

#: Of one name; the first that answers is taken.
_MAX_ADDRESSES = 4
_CONNECT_TIMEOUT = 5.0  # seconds an address, so that a dead one leaves time for the next


async def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver answers, each once, in its order of preference."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PublicOnlyBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, looks at every answer, and connects to one of those.

    A name that is checked and then resolved again by whoever connects may lead elsewhere the second time.
    TLS goes on by the host's name, since httpcore starts it above this.

    Args:
        resolve: Called once a connection.
        is_public: Says which addresses may be connected to; one that may not refuses the name.
    """

    def __init__(self, resolve: Resolve, is_public: IsPublic) -> None:
        self._resolve, self._is_public = resolve, is_public
        self._tcp = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the name's addresses that answers.

        Raises:
            ImageError: One of them is not public (code `"forbidden"`).
        """
        addresses = await self._resolve(host, port)
        if not all(map(self._is_public, addresses)):
            raise ImageError("it leads into a private or reserved network, where nothing is fetched", "forbidden")
        timeout = min(timeout or _CONNECT_TIMEOUT, _CONNECT_TIMEOUT)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """As the protocol asks."""
        await asyncio.sleep(seconds)


class BackendTransport(httpx.AsyncBaseTransport):
    """An httpx transport over a network backend, which httpx's own has no argument for.

    Failures come as httpcore's exceptions, not as httpx's.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext) -> None:
        # Without a limit: whoever uses it has one, and a cancelled request may not give its place back.
        self._pool = httpcore.AsyncConnectionPool(
            context, max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method, target, headers=request.headers.raw, content=b"", extensions=request.extensions
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
