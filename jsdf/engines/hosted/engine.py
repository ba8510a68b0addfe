"""Hosted engine: JigsawStack's classification API over httpx."""

from __future__ import annotations

import ipaddress
import math
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import httpx

from jsdf.config import URL_VARIABLE
from jsdf.engines.base import Engine, Kind, Session
from jsdf.engines.hosted.api_key import APIKey, APIKeyAuth
from jsdf.engines.hosted.connection import MAX_REQUESTS_PER_CLIENT, HTTPConnection
from jsdf.engines.hosted.session import FILE_CONCURRENCY, ServiceSession
from jsdf.errors import InvalidInputError

DEFAULT_URL = "https://api.jigsawstack.com"
_CONNECT_TIMEOUT = 10.0  # seconds


class Hosted(Engine):
    """Engine that sends classification requests to the hosted service.

    Args:
        api_key: Your API key; None reads `JIGSAWSTACK_API_KEY`. It is never shown, logged or pickled.
        base_url: The service's base URL; None reads `JIGSAWSTACK_API_URL` and defaults to the public
            service. `http://` is allowed for loopback addresses only.
        rate: Maximum requests per second, 50 by default, which the service allows per project. The
            service's rate limit headers may lower it.
        concurrency: Maximum requests in flight, 1 to 256, 32 by default; reaching the rate takes
            rate x latency of them.
        batch_size: Samples per request, 1 to 32; 32 by default.
        timeout: Seconds to wait for a response, 60 by default. A request that times out may have been
            billed, and its retry is billed again.
        headers: Additional headers, such as `{"x-jigsaw-no-request-log": "true"}`.
        transport: An httpx transport to use instead of the network, for tests.

    Raises:
        MissingKeyError: There is no API key.
        InvalidInputError: An argument is invalid; the message quotes it.
    """

    name = "hosted"
    max_labels = 24
    kinds: frozenset[Kind] = frozenset({"text", "image"})
    rate: float | None

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        rate: float = 50,
        concurrency: int = 32,
        batch_size: int = 32,
        timeout: float = 60,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._headers: dict[str, str] = {}
        # A traceback with locals must not show key or headers, so the functions that read these lists empty them.
        box, headers_box = [api_key], [headers or {}]
        del api_key, headers
        self._headers = _checked_headers(headers_box)
        self._api_key = APIKey.from_environment(box)
        self.base_url = _checked_url(base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL)
        self.rate = _positive_number("rate", rate)
        self.timeout = _positive_number("timeout", timeout)
        self.concurrency = _whole_number("concurrency", concurrency, 256)
        self.batch_size = _whole_number("batch_size", batch_size, 32)
        self._transport = transport

    @property
    def identity(self) -> str:
        """Identify the service by its base URL, whatever the account, and a fake service by its transport."""
        through = getattr(self._transport, "identity", None)
        return f"hosted {self.base_url}" + (f" through {through}" if through else "")

    def __repr__(self) -> str:
        """Show the settings, without the key and without the headers' values."""
        if "_transport" not in vars(self):  # a traceback may show the engine before it is complete
            return "Hosted(...)"
        extra = f", headers={sorted(self._headers)}" if self._headers else ""
        return (
            f"Hosted(api_key={self._api_key}, base_url={self.base_url!r}, rate={self.rate:g}, "
            f"concurrency={self.concurrency}, batch_size={self.batch_size}, timeout={self.timeout:g}{extra})"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the transport, since it holds sockets."""
        return {**self.__dict__, "_transport": None}

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:
        """Count an upload and a removal for each image without a public URL."""
        if kind == "text":
            return 0
        from jsdf.engines.hosted.uploads import needs_upload  # imports Pillow

        return 2 * sum(map(needs_upload, values))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open new clients for one job; a connection pool is not reliable after cancellations."""
        async with AsyncExitStack() as stack:
            count = -(-(self.concurrency + FILE_CONCURRENCY) // MAX_REQUESTS_PER_CLIENT)
            clients = [await stack.enter_async_context(self._client()) for _ in range(count)]
            session = await stack.enter_async_context(ServiceSession(HTTPConnection(clients, self._api_key)))
            yield session

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.base_url,
            auth=APIKeyAuth(self._api_key),
            headers=self._headers,
            timeout=httpx.Timeout(self.timeout, connect=min(_CONNECT_TIMEOUT, self.timeout), pool=None),
            limits=httpx.Limits(
                max_connections=MAX_REQUESTS_PER_CLIENT, max_keepalive_connections=MAX_REQUESTS_PER_CLIENT
            ),
            follow_redirects=False,  # a redirect would send the key to another host
            trust_env=not _is_loopback(self.base_url),  # requests to this machine must not go through a proxy
            transport=self._transport,
        )


def _checked_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise InvalidInputError(f"base_url={url!r} is not a valid URL: {error}") from None
    if parsed.userinfo or parsed.query:
        raise InvalidInputError("base_url: leave out the user, password and query; the key goes into api_key")
    if parsed.scheme not in ("http", "https") or not parsed.host or any(c.isspace() for c in url):
        raise InvalidInputError(f"base_url={url!r}: use an https:// URL such as {DEFAULT_URL!r}")
    if parsed.scheme == "http" and not _is_loopback(url):
        raise InvalidInputError(
            f"base_url={url!r} would send the key unencrypted; use https:// (http:// is for 127.0.0.1)"
        )
    return str(parsed).rstrip("/")


def _is_loopback(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_headers(box: list[Mapping[str, str]]) -> dict[str, str]:
    """Take the headers out of `box`, which is then empty: a traceback with locals must not show them."""
    checked: dict[str, str] | None = None
    with suppress(TypeError, AttributeError, ValueError):  # their messages may quote a header's value
        checked = dict(httpx.Headers(dict(box.pop())).items())
    if checked is None:
        raise InvalidInputError("headers: pass a mapping of names to ASCII strings")
    secret = next((name for name in checked if name.lower() in ("x-api-key", "authorization")), None)
    if secret is not None:
        checked.clear()
        raise InvalidInputError(f"headers: pass the key as api_key, not as {secret!r}, so that it is never shown")
    return checked


def _positive_number(name: str, value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise InvalidInputError(f"{name}={value!r}: pass a number above 0")
    return value


def _whole_number(name: str, value: int, max_value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= max_value:
        raise InvalidInputError(f"{name}={value!r}: pass a whole number from 1 to {max_value}")
    return value
