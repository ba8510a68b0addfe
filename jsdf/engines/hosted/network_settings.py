"""Network settings of an engine: proxy and trusted certificates, from its arguments or the environment."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpx

from jsdf.engines.hosted.proxy_url import ProxyURL
from jsdf.errors import InvalidInputError
from jsdf.utils.call_site import warn
from jsdf.utils.network.certificates import check_certificates, tls_context, trust_source
from jsdf.utils.network.proxy_settings import check_proxy_variables, environment_proxy, proxy_host
from jsdf.utils.network.url_secrets import mask_credentials


@dataclass(frozen=True)
class Route:
    """Way to the service, for error messages; it holds no password.

    Args:
        url: Base URL of the service.
        proxy: URL of the proxy, masked; None if there is none.
        proxy_setting: Setting that names the proxy: `"proxy"` or an environment variable.
        proxy_host: Host of the proxy.
        trust_setting: Setting that names the trusted certificates, with its value; "" for the public authorities.
    """

    url: str
    proxy: str | None = None
    proxy_setting: str = ""
    proxy_host: str = ""
    trust_setting: str = ""


@dataclass(frozen=True)
class NetworkSettings:
    """Proxy and trusted certificates of the connections to one URL.

    Args:
        url: Base URL of the service.
        proxy: Proxy to use; None for that of the environment, which is not used for loopback addresses.
        verify: As for `jsdf.utils.network.certificates.tls_context`.
        transport: Replaces the network, so that nothing else matters; None for the network.
    """

    url: str
    proxy: ProxyURL | None = None
    verify: bool | str | ssl.SSLContext = True
    transport: httpx.AsyncBaseTransport | None = None

    def check(self) -> None:
        """Check the settings of the arguments and the environment.

        Raises:
            InvalidInputError: One of them cannot be used; the message names it.
            MissingExtraError: The proxy needs a package that is not installed.
        """
        if self._used_proxy is not None:
            self._used_proxy.check()
        elif self._trusts_environment:
            check_proxy_variables()
        if self._needs_certificates:
            check_certificates(self.verify)

    @property
    def _trusts_environment(self) -> bool:
        is_default = self.transport is None and self.proxy is None
        return is_default and not is_loopback(self.url)  # requests to this machine must not leave it

    @property
    def _used_proxy(self) -> ProxyURL | None:
        return self.proxy if self.transport is None else None

    @property
    def _needs_certificates(self) -> bool:
        is_tls = self.url.startswith("https:") or (self.proxy is not None and self.proxy.is_tls)
        return is_tls and self.transport is None

    def tls_context(self) -> ssl.SSLContext:
        """Return the TLS context for all connections; one without certificates if there is no TLS."""
        return tls_context(self.verify) if self._needs_certificates else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def client_arguments(self, context: ssl.SSLContext) -> dict[str, Any]:
        """Return the arguments of an httpx client."""
        proxy = None if self._used_proxy is None else self._used_proxy.to_httpx(context)
        network = {"proxy": proxy, "verify": context, "trust_env": self._trusts_environment}
        return {**network, "transport": self.transport}

    def route(self) -> Route:
        """Return the way to the service."""
        trust = _trust_setting(self.verify)
        if self._used_proxy is not None:
            return Route(self.url, str(self._used_proxy), "proxy", self._used_proxy.host, trust)
        found = environment_proxy(self.url.partition(":")[0]) if self._trusts_environment else None
        if found is None:
            return Route(self.url, trust_setting=trust)
        return Route(self.url, mask_credentials(found[1]), found[0], proxy_host(found[1]), trust)


def _trust_setting(verify: bool | str | ssl.SSLContext) -> str:
    if isinstance(verify, ssl.SSLContext):
        return "the SSLContext in verify"
    name = trust_source(verify)
    return name and f"{name}={(verify if isinstance(verify, str) else os.environ.get(name))!r}"


def is_loopback(url: str) -> bool:
    """True if a URL leads to this machine."""
    return is_loopback_host(httpx.URL(url).host)


def is_loopback_host(host: str) -> bool:
    """True if a host name or IP address is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def checked_verify(verify: Any, url: str) -> bool | str | ssl.SSLContext:
    """Return the argument `verify`, a path as a string.

    Raises:
        InvalidInputError: It has another type, or the file or folder cannot be used.
    """
    if verify is False and not is_loopback(url):
        warn(
            f"verify=False: whoever is on the way to {url} can read the API key and the data; "
            "pass the certificate to trust instead, as in verify='company.pem'"
        )
    if isinstance(verify, (bool, ssl.SSLContext)):
        return verify
    if not isinstance(verify, (str, os.PathLike)) or not os.fspath(verify):
        raise InvalidInputError(
            f"verify={verify!r}: pass True, False, the path of a file or folder with certificates, or an SSLContext"
        )
    path = os.fsdecode(verify)
    check_certificates(path)
    return path


def check_clear_text(url: str, proxy: ProxyURL | None) -> None:
    """Refuse a proxy on another machine for `http://`, which would see the key.

    Raises:
        InvalidInputError: The proxy would see the key.
    """
    if proxy is not None and url.startswith("http:") and not is_loopback_host(proxy.host):
        raise InvalidInputError(f"proxy={proxy!r} would see the key, which {url!r} sends unencrypted; use https://")
