"""One address -> its bytes, over redirects that are looked at one by one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import getproxies

import httpx
import stamina

from jsdf._version import __version__
from jsdf.errors import ImageError
from jsdf.images.download_errors import BROKEN, FAILURES, explain, explain_status
from jsdf.images.formats import detect_format
from jsdf.images.ip_addresses import is_private_host
from jsdf.images.sources import Limits
from jsdf.images.ssrf_guard import BackendTransport, IsPublic, PublicOnlyBackend, Resolve
from jsdf.utils.logs import silence_own_retries

MAX_REDIRECTS = 5
#: Of one download, where the host is busy or hangs up, and the longest pause that it may ask for in seconds.
MAX_ATTEMPTS, MAX_RETRY_DELAY = 3, 8.0
_BUSY = (429, 503)
#: Seconds without a byte, and for a connection, after which a host counts as dead.
_READ_TIMEOUT, _CONNECT_TIMEOUT = 15.0, 10.0
_HEADERS = {"Accept": "image/jpeg,image/png,image/webp,image/*;q=0.9,*/*;q=0.5", "Accept-Encoding": "identity"}


silence_own_retries()


class _HostBusy(Exception):  # noqa: N818 - the host is, and asks for patience
    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.status = response.status_code
        asked = response.headers.get("retry-after", "")
        #: Seconds; None where the host named none, or a date.
        self.pause = min(float(asked[:9]), MAX_RETRY_DELAY) if asked.isascii() and asked.isdigit() else None


def _retry_delay(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds."""
    if isinstance(error, _HostBusy) and error.pause is not None:
        return error.pause
    return isinstance(error, (_HostBusy, *BROKEN))


class Downloader:
    """Clients that know no key, keep no cookie and go where they may.

    Args:
        untrusted: On behalf of somebody else: every connection goes to a public address at a port of the web,
            and no proxy resolves names. Else the first address is the user's own business, and what a
            public host redirects to must be public; behind a proxy, which resolves names itself, that is
            judged by the spelling of the host.
        limits: Sizes and seconds.
        resolve: Host and port -> IP addresses.
        is_public: Which of them may be connected to.
        ports: Those that a guest may name.
    """

    def __init__(
        self, *, untrusted: bool, limits: Limits, resolve: Resolve, is_public: IsPublic, ports: Collection[int]
    ) -> None:
        self._untrusted, self._limits, self._is_public, self._ports = untrusted, limits, is_public, ports
        context = httpx.create_ssl_context()
        self._proxied = not untrusted and any(getproxies().get(scheme) for scheme in ("http", "https", "all"))
        strict = BackendTransport(PublicOnlyBackend(resolve, is_public), context)
        #: What is asked first, and what once a public host redirects.
        self._initial_client = _client(context, strict if untrusted else None)
        self._guarded_client = self._initial_client if untrusted or self._proxied else _client(context, strict)

    async def get(self, address: str) -> bytes:
        """Download one image.

        Raises:
            ImageError: It cannot be had, may not be asked for, or is no image by its first bytes.
        """
        try:
            return await asyncio.wait_for(self._get(address), self._limits.seconds)
        except asyncio.TimeoutError:
            raise ImageError(f"the download took longer than {self._limits.seconds:g} s", "dead") from None

    async def aclose(self) -> None:
        """Close all connections."""
        await self._initial_client.aclose()
        await self._guarded_client.aclose()

    async def _get(self, address: str) -> bytes:
        try:
            content = await self._try(address)
        except _HostBusy as busy:
            raise explain_status(busy.status) from None
        except ImageError:
            raise
        except FAILURES as error:
            raise explain(error) from None
        detect_format(content, "the address gave")
        return content

    @stamina.retry(on=_retry_delay, attempts=MAX_ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=4.0)
    async def _try(self, address: str) -> bytes:
        url, client = httpx.URL(address), self._initial_client
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
            raise ImageError("the address names no host", "dead")
        if not self._untrusted:
            return
        if url.userinfo:
            raise ImageError("an address with a user or password is not asked", "forbidden")
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        if port not in self._ports:
            raise ImageError(f"port {port} is not asked; use {', '.join(map(str, sorted(self._ports)))}", "forbidden")

    def _redirected(self, before: httpx.URL, after: httpx.URL) -> httpx.URL:
        if after.scheme not in ("http", "https"):
            raise ImageError(f"it redirects to {after.scheme}://, which is not followed", "forbidden")
        if self._proxied and is_private_host(after.host) and not is_private_host(before.host):
            raise ImageError("it redirects into a private network, where nothing is fetched", "forbidden")
        return after

    def _client_after(self, response: httpx.Response, client: httpx.AsyncClient) -> httpx.AsyncClient:
        """A private host may redirect as it likes; from a public one on, all must be public."""
        stream = response.extensions.get("network_stream")
        peer = stream and stream.get_extra_info("server_addr")
        return self._guarded_client if not peer or self._is_public(str(peer[0])) else client

    async def _body(self, response: httpx.Response) -> bytes:
        if response.status_code in _BUSY:
            raise _HostBusy(response)
        if not response.is_success:
            raise explain_status(response.status_code)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise ImageError("the host compressed the image, though it was asked not to", "unsupported")
        most = self._limits.max_bytes
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > most:
            raise _too_large(most)
        parts, size = [], 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > most:
                raise _too_large(most)
            parts.append(part)
        return b"".join(parts)


def _client(context: ssl.SSLContext, transport: BackendTransport | None) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            headers={**_HEADERS, "User-Agent": f"jsdf/{__version__}"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(_READ_TIMEOUT, connect=_CONNECT_TIMEOUT, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            verify=context,
            transport=transport,  # with one, httpx asks no proxy of the environment
            follow_redirects=False,
        )
    except (ImportError, ValueError) as error:  # a SOCKS proxy without its package, or no proxy at all
        raise ImageError(f"the environment's proxy cannot be used: {error}", "dead") from None


def _too_large(most: int) -> ImageError:
    return ImageError(f"it has more than the {most} bytes that are fetched", "oversize")
