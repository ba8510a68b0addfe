"""Proxy URLs and the environment's proxy variables, checked so that a mistake is named before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.request import getproxies

import httpx

from jsdf.errors import InvalidInputError, JSDFError, MissingExtraError
from jsdf.utils.network.url_secrets import mask_credentials

_SCHEMES = ("http", "https", "socks5", "socks5h")
_QUOTES = "\"'`<>\u201c\u201d\u2018\u2019"
_SYSTEM = "the system's proxy settings"


def check_proxy_variables() -> None:
    """Check `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in lower and upper case.

    Raises:
        InvalidInputError: One of them cannot be used; the message names it and shows no password.
        MissingExtraError: One of them is a SOCKS proxy, and the package for these is not installed.
    """
    problem = next(_problems(), None)
    if problem is not None:  # raised here, where no variable holds a password
        raise problem


def _problems() -> Iterator[JSDFError]:
    settings = getproxies()
    excluded = [host.strip() for host in settings.get("no", "").split(",")]
    if "*" in excluded:  # no proxy is used at all
        return
    for scheme in ("https", "http", "all"):
        if settings.get(scheme):
            problem = proxy_problem(variable_name(scheme), settings[scheme])
            if problem is not None:
                yield problem
    for host in filter(None, excluded):
        reason = _no_proxy_problem(host)
        if reason is not None:
            yield InvalidInputError(f"{variable_name('no')}: {host!r} cannot be used: {reason}")


def proxy_problem(name: str, value: str) -> JSDFError | None:
    """Return the error for a proxy URL that cannot be used, else None.

    Args:
        name: Name of the setting, for the message.
        value: The URL; `http://` is assumed if it has no scheme. The message shows neither user nor password.
    """
    reason = _reason(value)
    if reason is not None:
        return InvalidInputError(f"{name}{_quoted(value)}: {reason}")
    if normalize(value).startswith("socks") and find_spec("socksio") is None:
        return MissingExtraError(
            f'{name}{_quoted(value)}: SOCKS proxies need a package: run pip install "httpx[socks]"'
        )
    return None


def normalize(value: str) -> str:
    """Return a proxy URL with a scheme."""
    return value if "://" in value else f"http://{value}"


def proxy_host(value: str) -> str:
    """Return the host of a valid proxy URL."""
    return httpx.URL(normalize(value)).host


def environment_proxy(scheme: str) -> tuple[str, str] | None:
    """Return the variable that names the proxy for URLs of a scheme, and its value; None if there is no proxy."""
    settings = getproxies()
    found = next((s for s in (scheme, "all") if settings.get(s)), None)
    return None if found is None else (variable_name(found), settings[found])


def variable_name(scheme: str) -> str:
    """Return the name, as it is spelled, of the environment variable for the proxy of a scheme (`"no"`: NO_PROXY)."""
    wanted = f"{scheme}_proxy"
    if os.environ.get(wanted):  # lower case has precedence
        return wanted
    return next((name for name, value in os.environ.items() if name.lower() == wanted and value), _SYSTEM)


def _quoted(value: str) -> str:
    """Return the value for a message, masked; "" if it cannot be parsed, since any part may then be the password."""
    is_clear = _parse(value.strip(_QUOTES + " \t\r\n")) is not None
    return f"={mask_credentials(value)!r}" if is_clear else ""


def _reason(value: str) -> str | None:
    """Return the reason that a proxy URL cannot be used, without quoting it; None if it can."""
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        return "the value holds quotation marks; set it without them"
    if any(c.isspace() for c in value):
        return "the value holds a space; write it as http://host:port"
    url = _parse(value)
    if url is None or ("@" in value and not url.userinfo):
        if "@" in value:
            return "its user or password holds a character that must be percent-encoded, such as %23 for #"
        return "it is no valid URL (is the port a number?); write it as http://host:port"
    if url.scheme not in _SCHEMES:
        return "its scheme is none of http://, https:// and socks5://"
    if not url.host or url.host in _SCHEMES:
        return "it names no host; write it as http://host:port"
    if url.port is not None and not 1 <= url.port <= 65535:
        return "its port is not between 1 and 65535"
    return None


def _parse(value: str) -> httpx.URL | None:
    try:
        return httpx.URL(normalize(value))
    except (httpx.InvalidURL, ValueError):
        return None


def _no_proxy_problem(host: str) -> str | None:
    try:  # the patterns that httpx makes of host names and of IPv6 addresses
        httpx.URL(host if "://" in host else f"all://[{host}]" if host.count(":") > 1 else f"all://*{host}")
    except (httpx.InvalidURL, ValueError):
        if "[" in host or "]" in host:
            return "write an IPv6 address without brackets and port, as in ::1"
        if "/" in host and host.count(":") > 1:
            return "ranges of IPv6 addresses are not supported; name the addresses or host names"
        return "name hosts, domains or IP addresses, separated by commas, as in localhost,.example.org"
    return None
