"""Download one image, checking every redirect."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from contextlib import AsyncExitStack
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import getproxies

import httpx
import stamina

from jsdf._version import __version__
from jsdf.errors import ImageError, InvalidInputError, MissingExtraError
from jsdf.images.download_errors import BROKEN, FAILURES, explain, explain_status, is_no_http
from jsdf.images.formats import detect_format
from jsdf.images.ip_addresses import is_private_host
from jsdf.images.sources import Limits
from jsdf.images.ssrf_guard import BackendTransport, IsPublic, PublicOnlyBackend, Resolve
from jsdf.utils.logs import own_http_request, silence_own_retries
from jsdf.utils.network.certificates import tls_context
from jsdf.utils.network.proxy_settings import check_proxy_variables

MAX_REDIRECTS = 5
#: Attempts of one download if the host is busy or drops the connection; longest `Retry-After` in seconds.
MAX_ATTEMPTS, MAX_RETRY_DELAY = 3, 8.0
_BUSY_STATUSES = (429, 503)
#: Seconds to wait for the next bytes, and for a connection.
_READ_TIMEOUT, _CONNECT_TIMEOUT = 15.0, 10.0
_MAX_PORT = 65_535
#: Bytes from which on a body counts as large, and large ones that are read at once; memory holds so many of them.
_LARGE, _MAX_LARGE = 4_000_000, 8
#: Pieces after which other downloads have their turn, since pieces that have arrived already are read without a pause.
_PIECES_A_TURN = 100
_HEADERS = {"Accept": "image/jpeg,image/png,image/webp,image/*;q=0.9,*/*;q=0.5", "Accept-Encoding": "identity"}


silence_own_retries()


class _HostBusy(Exception):  # noqa: N818 - handled inside this module
    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.status = response.status_code
        value = response.headers.get("retry-after", "")
        #: Seconds; None if the host gave a date or nothing.
        self.retry_after = min(float(value[:9]), MAX_RETRY_DELAY) if value.isascii() and value.isdigit() else None


def _retry_delay(error: Exception) -> bool | float:
    """Return the seconds to wait before a retry, or True to retry after the usual backoff, or False."""
    if isinstance(error, _HostBusy) and error.retry_after is not None:
        return error.retry_after
    return isinstance(error, (_HostBusy, *BROKEN)) and not is_no_http(error)


class Downloader:
    """HTTP clients for images; they send no API key, keep no cookies and check where they connect.

    Args:
        untrusted: True for URLs of a server's clients: every connection goes to a public IP address at one of
            `ports`, without a proxy. If False, the URL itself may have any host, but redirects of a public
            host must lead to public hosts; a proxy resolves names itself, so behind one this is checked by
            the spelling of the host alone.
        limits: Maximum size and duration.
        resolve: Host and port -> IP addresses.
        is_public: True for an IP address that may be connected to.
        ports: Ports allowed in untrusted URLs.
    """

    def __init__(
        self, *, untrusted: bool, limits: Limits, resolve: Resolve, is_public: IsPublic, ports: Collection[int]
    ) -> None:
        self._untrusted, self._limits, self._is_public, self._ports = untrusted, limits, is_public, ports
        self._large_bodies = asyncio.Semaphore(_MAX_LARGE)
        context = _tls_context(has_proxies=not untrusted)
        self._has_proxy = not untrusted and any(getproxies().get(scheme) for scheme in ("http", "https", "all"))
        strict = BackendTransport(PublicOnlyBackend(resolve, is_public), context)
        #: Client for the first request, and client for redirects of a public host.
        self._initial_client = _client(context, strict if untrusted else None)
        self._guarded_client = self._initial_client if untrusted or self._has_proxy else _client(context, strict)

    async def get(self, url: str) -> bytes:
        """Download one image.

        Raises:
            ImageError: The download fails, is not allowed, or is not an image by its first bytes.
        """
        try:
            return await asyncio.wait_for(self._get(url), self._limits.seconds)
        except asyncio.TimeoutError:
            raise ImageError(f"the download took longer than {self._limits.seconds:g} s", "dead") from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._initial_client.aclose()
        await self._guarded_client.aclose()

    async def _get(self, url: str) -> bytes:
        try:
            content = await self._try(url)
        except _HostBusy as busy:
            raise explain_status(busy.status) from None
        except ImageError:
            raise
        except FAILURES as error:
            raise explain(error) from None
        detect_format(content, "the URL returned")
        return content

    @stamina.retry(on=_retry_delay, attempts=MAX_ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=4.0)
    @own_http_request
    async def _try(self, start: str) -> bytes:
        url, client = httpx.URL(start), self._initial_client
        for _ in range(MAX_REDIRECTS + 1):
            self._check(url)
            async with client.stream("GET", url) as response:
                if response.next_request is None:
                    return await self._body(response)
                client = self._client_after(response, client)
                url = self._redirected(url, response.next_request.url)
        raise ImageError(f"it is redirected more than {MAX_REDIRECTS} times", "dead")

    def _check(self, url: httpx.URL) -> None:
        if not url.host:
            raise ImageError("the URL has no host", "dead")
        if url.port is not None and url.port > _MAX_PORT:
            raise ImageError(f"there is no port {url.port}", "dead")
        if not self._untrusted:
            return
        if url.userinfo:
            raise ImageError("a URL with a user name or password is not allowed", "forbidden")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        if port not in self._ports:
            raise ImageError(f"port {port} is not allowed; use {', '.join(map(str, sorted(self._ports)))}", "forbidden")

    def _redirected(self, before: httpx.URL, after: httpx.URL) -> httpx.URL:
        if after.scheme not in ("http", "https"):
            raise ImageError(f"it redirects to {after.scheme}://, which is not followed", "forbidden")
        if self._has_proxy and is_private_host(after.host) and not is_private_host(before.host):
            raise ImageError("it redirects to a private network, which is not allowed", "forbidden")
        return after

    def _client_after(self, response: httpx.Response, client: httpx.AsyncClient) -> httpx.AsyncClient:
        """Return the client for a redirect: once a host was public, all further hosts must be public."""
        stream = response.extensions.get("network_stream")
        peer = stream and stream.get_extra_info("server_addr")
        return self._guarded_client if not peer or self._is_public(str(peer[0])) else client

    async def _body(self, response: httpx.Response) -> bytes:
        if response.status_code in _BUSY_STATUSES:
            raise _HostBusy(response)
        if not response.is_success:
            raise explain_status(response.status_code, str(response.url))
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise ImageError("the host sent the image compressed, which is not supported", "unsupported")
        max_bytes = self._limits.max_bytes
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > max_bytes:
            raise _too_large(max_bytes)
        return await self._content(response)

    async def _content(self, response: httpx.Response) -> bytes:
        content = bytearray()
        try:
            await self._read_into(content, response)
        except BaseException:
            content.clear()  # the traceback of the exception would keep it in memory
            raise
        return bytes(content)

    async def _read_into(self, content: bytearray, response: httpx.Response) -> None:
        pieces = 0
        async with AsyncExitStack() as stack:
            async for piece in response.aiter_raw():
                content += piece
                if len(content) > self._limits.max_bytes:
                    raise _too_large(self._limits.max_bytes)
                pieces += 1
                if pieces % _PIECES_A_TURN == 0:
                    await asyncio.sleep(0)
                if len(content) > _LARGE >= len(content) - len(piece):
                    await stack.enter_async_context(self._large_bodies)


def _tls_context(*, has_proxies: bool) -> ssl.SSLContext:
    """Return the TLS context, once the environment's settings have been checked."""
    subject = "the environment's proxy"
    try:
        if has_proxies:
            check_proxy_variables()
        subject = "the environment's certificates"
        return tls_context()
    except (InvalidInputError, MissingExtraError) as error:
        raise ImageError(f"{subject} cannot be used: {error}", "dead") from None


def _client(context: ssl.SSLContext, transport: BackendTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers={**_HEADERS, "User-Agent": f"jsdf/{__version__}"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx.Timeout(_READ_TIMEOUT, connect=_CONNECT_TIMEOUT, pool=None),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        verify=context,
        transport=transport,  # given a transport, httpx ignores the environment's proxies
        follow_redirects=False,
    )


def _too_large(max_bytes: int) -> ImageError:
    return ImageError(f"it is larger than the limit of {max_bytes} bytes", "oversize")
