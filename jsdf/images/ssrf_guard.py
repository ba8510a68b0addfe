"""SSRF protection: connect only to IP addresses that have been checked."""

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

#: IP addresses of one name that are tried; the first that accepts the connection is used.
_MAX_ADDRESSES = 4
_CONNECT_TIMEOUT = 5.0  # seconds per IP address, so that an unreachable one leaves time for the next


async def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host from the system's resolver, without duplicates, in its order of preference."""
    results = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in results))


class PublicOnlyBackend(httpcore.AsyncNetworkBackend):
    """Network backend that resolves a name once, checks all its IP addresses, and connects to one of them.

    Resolving the name again after the check could give another address (DNS rebinding). TLS still verifies the
    host's name, since httpcore starts TLS above this layer.

    Args:
        resolve: Host and port -> IP addresses; called once per connection.
        is_public: True for an IP address that may be connected to. A name is refused if it is False for any of
            its addresses.
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
        """Connect to the first IP address of the name that accepts the connection.

        Raises:
            ImageError: One of the addresses is not public (code `"forbidden"`).
        """
        addresses = await self._resolve(host, port)
        if not all(map(self._is_public, addresses)):
            raise ImageError("the host is in a private or reserved network, which is not allowed", "forbidden")
        timeout = min(timeout or _CONNECT_TIMEOUT, _CONNECT_TIMEOUT)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Sleep, as the backend protocol requires."""
        await asyncio.sleep(seconds)


class BackendTransport(httpx.AsyncBaseTransport):
    """httpx transport over a network backend, for which httpx's own transport has no argument.

    It raises httpcore's exceptions, not httpx's.
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext) -> None:
        # No connection limit: the fetcher has one, and a cancelled request may not release its connection.
        self._pool = httpcore.AsyncConnectionPool(
            context, max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method, target, headers=request.headers.raw, content=b"", extensions=request.extensions
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response.stream), extensions=response.extensions
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
