"""Hosted engine: JigsawStack's classification API over httpx."""

from __future__ import annotations

import copy
import os
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from jsdf.engines.base import Engine, Kind, Session
from jsdf.engines.hosted.api_key import APIKey, APIKeyAuth
from jsdf.engines.hosted.connection import MAX_REQUESTS_PER_CLIENT, HTTPConnection
from jsdf.engines.hosted.network_settings import NetworkSettings, check_clear_text, checked_verify
from jsdf.engines.hosted.proxy_url import ProxyURL
from jsdf.engines.hosted.session import FILE_CONCURRENCY, ServiceSession
from jsdf.engines.hosted.setting_checks import checked_headers, checked_url, positive_number, whole_number
from jsdf.errors import InvalidInputError
from jsdf.utils.call_signature import explain_misfits

_CONNECT_TIMEOUT = 10.0  # seconds
#: Arguments of `Hosted` that are compared, copied and shown, and the attribute of each.
_ATTRIBUTES = {
    **{name: name for name in ("base_url", "rate", "concurrency", "batch_size", "timeout", "verify")},
    **{name: f"_{name}" for name in ("api_key", "headers", "proxy", "transport")},
}
#: Arguments that a pickle cannot or must not hold.
_LOST = {"transport": "its transport", "verify": "its SSLContext", "proxy": "the password of its proxy"}


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
        timeout: Seconds for a whole request, from the connection to the last byte of the answer, 60 by default.
            A request that times out may have been billed, and its retry is billed again.
        headers: Additional headers, such as `{"x-jigsaw-no-request-log": "true"}`.
        verify: Certificates to trust: True, the default, for those in `SSL_CERT_FILE` or `SSL_CERT_DIR`, and the
            public authorities if neither is set; the path of a PEM file or of a folder; an `ssl.SSLContext`; False,
            with a warning, for any.
        proxy: URL of a proxy, `http://`, `https://` or `socks5://` (needs the package `httpx[socks]`); its password
            is never shown or pickled. None uses `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, but no proxy for
            loopback addresses.
        transport: An httpx transport to use instead of the network, for tests.

    Raises:
        MissingKeyError: There is no API key.
        InvalidInputError: An argument is invalid; the message quotes it.
        MissingExtraError: The proxy needs a package that is not installed.
        TypeError: There is no argument of that name; the message says which is similar.
    """

    name = "hosted"
    max_labels = 24
    takes_examples = True
    kinds: frozenset[Kind] = frozenset({"text", "image"})
    rate: float | None

    @explain_misfits
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
        verify: bool | str | os.PathLike[str] | ssl.SSLContext = True,
        proxy: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        # A traceback with locals must not show key, headers or password, so the functions that read these lists
        # empty them.
        key_box, headers_box, proxy_box = [api_key], [headers or {}], [proxy]
        del api_key, headers, proxy
        self._headers = checked_headers(headers_box)
        self._api_key = APIKey.from_environment(key_box)
        self.base_url = checked_url(base_url)
        self._proxy = None if proxy_box == [None] else ProxyURL.from_argument(proxy_box)
        check_clear_text(self.base_url, self._proxy)
        self.verify = checked_verify(verify, self.base_url)
        self.rate = positive_number("rate", rate)
        self.timeout = positive_number("timeout", timeout)
        self.concurrency = whole_number("concurrency", concurrency, 256)
        self.batch_size = whole_number("batch_size", batch_size, 32)
        self._lost: tuple[str, ...] = ()
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
        shown = {name: getattr(self, _ATTRIBUTES[name]) for name in ("verify", "proxy")}
        extra = [f"headers={sorted(self._headers)}"] if self._headers else []
        extra += [f"{name}={value!r}" for name, value in shown.items() if value not in (True, None)]
        return (
            f"Hosted(api_key={self._api_key}, base_url={self.base_url!r}, rate={self.rate:g}, "
            f"concurrency={self.concurrency}, batch_size={self.batch_size}, timeout={self.timeout:g}"
            + "".join(f", {part}" for part in extra)
            + ")"
        )

    def __eq__(self, other: object) -> bool:
        """Compare all arguments, the key too."""
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in (*_ATTRIBUTES.values(), "_lost"))

    def __hash__(self) -> int:
        """Hash the name of the service."""
        return hash((type(self), self.identity))

    def __copy__(self) -> Hosted:
        """Return the same engine: with the key and the transport, which a pickle has not."""
        clone = type(self).__new__(type(self))
        vars(clone).update(vars(self))
        return clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Hosted:
        """Return the same engine; key, transport and TLS context are shared, everything else is copied."""
        memo.update({id(shared): shared for shared in (self._transport, self.verify)})
        clone = self.__copy__()
        memo[id(self)] = clone
        vars(clone).update(copy.deepcopy(vars(self), memo))
        return clone

    def __replace__(self, /, **changes: Any) -> Hosted:
        """Return an engine with other arguments, for `copy.replace`; those not given stay as they are."""
        kept = {name: getattr(self, attribute) for name, attribute in _ATTRIBUTES.items() if name not in changes}
        try:
            clone = type(self)(**kept, **changes)
            clone._lost = tuple(name for name in self._lost if name not in changes)
            return clone
        finally:  # a traceback with locals must not show key, headers or password
            del kept, changes

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without key, password, transport and TLS context; the engine says so when it is used."""
        is_lost = {
            "transport": self._transport is not None,
            "verify": isinstance(self.verify, ssl.SSLContext),
            "proxy": self._proxy is not None and self._proxy.has_credentials,
        }
        lost = tuple(name for name in _LOST if is_lost[name] or name in self._lost)
        return {**vars(self), "_transport": None, "verify": True if is_lost["verify"] else self.verify, "_lost": lost}

    @property
    def _network(self) -> NetworkSettings:
        return NetworkSettings(self.base_url, self._proxy, self.verify, self._transport)

    def check_configuration(self) -> None:
        """Check key, proxy and certificates of the arguments and the environment; nothing is sent.

        Raises:
            MissingKeyError: The engine comes from a pickle, and the environment has no key.
            InvalidInputError: A setting cannot be used, or the engine comes from a pickle, which had to leave it out.
            MissingExtraError: The proxy needs a package that is not installed.
        """
        if self._lost:
            missing = " and ".join(_LOST[name] for name in self._lost)
            raise InvalidInputError(
                f"this engine comes from a pickle, which does not hold {missing}; "
                "make it anew with jsdf.Hosted(...) where it is used"
            )
        self._api_key.require()
        self._network.check()

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:
        """Count an upload and a removal for each image without a public URL."""
        if kind == "text":
            return 0
        from jsdf.engines.hosted.public_images import needs_upload  # imports Pillow

        return 2 * sum(map(needs_upload, values))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Open new clients for one job; a connection pool is not reliable after cancellations."""
        self.check_configuration()
        context = self._network.tls_context()
        async with AsyncExitStack() as stack:
            count = -(-(self.concurrency + FILE_CONCURRENCY) // MAX_REQUESTS_PER_CLIENT)
            clients = [await stack.enter_async_context(self._client(context)) for _ in range(count)]
            connection = HTTPConnection(clients, self._api_key, self._network.route(), self.timeout)
            yield await stack.enter_async_context(ServiceSession(connection))

    def _client(self, context: ssl.SSLContext | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.base_url,
            auth=APIKeyAuth(self._api_key),
            headers=self._headers,
            timeout=httpx.Timeout(self.timeout, connect=min(_CONNECT_TIMEOUT, self.timeout), pool=None),
            limits=httpx.Limits(
                max_connections=MAX_REQUESTS_PER_CLIENT, max_keepalive_connections=MAX_REQUESTS_PER_CLIENT
            ),
            follow_redirects=False,  # a redirect would send the key to another host
            **self._network.client_arguments(context or self._network.tls_context()),
        )
