"""Proxy URL whose user and password cannot be shown by accident."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from jsdf.errors import InvalidInputError
from jsdf.utils.network.proxy_settings import normalize, proxy_host, proxy_problem
from jsdf.utils.network.url_secrets import mask_credentials


class ProxyURL:
    """Proxy URL whose `repr` and `str` mask user and password; a pickle does not contain them.

    Args:
        box: A list of the URL alone, which is emptied: a traceback with locals must not show the password.

    Raises:
        InvalidInputError: The URL cannot be used; the message does not contain the password.
        MissingExtraError: It is a SOCKS proxy, and the package for these is not installed.
    """

    __slots__ = ("_url",)

    def __init__(self, box: list[Any]) -> None:
        self._url = ""
        if not isinstance(box[0], str) or not box[0]:
            kind = type(box.pop()).__name__
            raise InvalidInputError(f"proxy: pass a URL such as 'http://proxy.example.org:3128', not {kind}")
        problem = proxy_problem("proxy", box[0])
        self._url = "" if problem is not None else normalize(box[0])
        box.clear()
        if problem is not None:
            raise problem

    @classmethod
    def from_argument(cls, box: list[Any]) -> ProxyURL:
        """Take the URL out of `box`; the proxy of an engine that is copied with changes is returned as it is."""
        return box[0] if isinstance(box[0], ProxyURL) else cls(box)

    def __repr__(self) -> str:
        """Return the URL with asterisks in place of user and password."""
        return repr(mask_credentials(self._url))

    def __str__(self) -> str:
        """Return the URL with asterisks in place of user and password."""
        return mask_credentials(self._url)

    def __eq__(self, other: object) -> bool:
        """Compare the URLs, with user and password."""
        return isinstance(other, ProxyURL) and self._url == other._url

    def __hash__(self) -> int:
        """Hash the URL without user and password, which a pickle has lost."""
        return hash(self.host)

    def __copy__(self) -> ProxyURL:
        """Return this object: it never changes."""
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> ProxyURL:
        """Return this object: it never changes."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without user and password."""
        return _without_credentials, (str(self),)

    def check(self) -> None:
        """Check that this process can use the proxy.

        Raises:
            MissingExtraError: It is a SOCKS proxy, and the package for these is not installed.
        """
        problem = proxy_problem("proxy", str(self))
        if problem is not None:
            raise problem

    @property
    def has_credentials(self) -> bool:
        """True if the URL holds a user and password."""
        return "@" in self._url

    @property
    def host(self) -> str:
        """Host of the proxy."""
        return proxy_host(self._url)

    @property
    def is_tls(self) -> bool:
        """True if the proxy itself is reached over TLS."""
        return self._url.startswith("https://")

    def to_httpx(self, context: ssl.SSLContext) -> httpx.Proxy:
        """Return the proxy for an httpx client; its `repr` masks the password."""
        return httpx.Proxy(self._url, ssl_context=context if self.is_tls else None)


def _without_credentials(masked: str) -> ProxyURL:
    proxy = ProxyURL.__new__(ProxyURL)  # checked at use: a pickle loads anywhere
    proxy._url = masked.replace("***@", "")
    return proxy
