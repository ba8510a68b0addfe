"""Check the arguments of the hosted engine."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress

import httpx

from jsdf.config import URL_VARIABLE
from jsdf.engines.hosted.network_errors import DEFAULT_URL
from jsdf.engines.hosted.network_settings import is_loopback
from jsdf.errors import InvalidInputError
from jsdf.utils.network.url_secrets import hide_secrets

#: Names that HTTP allows for headers (RFC 9110).
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def checked_url(url: str | None) -> str:
    """Return the base URL of the service without a slash at its end; None reads the environment.

    Raises:
        InvalidInputError: It is not a URL to which a key may be sent.
    """
    name = URL_VARIABLE if url is None else "base_url"
    url = (os.environ.get(URL_VARIABLE) or DEFAULT_URL) if url is None else url
    problem = _url_problem(url)
    if problem is not None:
        shown = hide_secrets(url) if isinstance(url, str) else url
        raise InvalidInputError(f"{name}={shown!r}{problem}")
    return str(httpx.URL(url)).rstrip("/")


def _url_problem(url: str) -> str | None:
    """Return the reason that a key may not be sent to a URL, to be put after it; None if it may."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        return f" is not a valid URL; use one such as {DEFAULT_URL!r}"
    if parsed.userinfo or parsed.query or parsed.fragment:
        return ": leave out the user, password and query; the key goes into api_key"
    if parsed.scheme not in ("http", "https") or not parsed.host or any(c.isspace() for c in url):
        return f": use an https:// URL such as {DEFAULT_URL!r}"
    if parsed.port is not None and not 1 <= parsed.port <= 65535:
        return ": the port is not between 1 and 65535"
    if parsed.scheme == "http" and not is_loopback(url):
        return " would send the key unencrypted; use https:// (http:// is for 127.0.0.1)"
    return None


def checked_headers(box: list[Mapping[str, str]]) -> dict[str, str]:
    """Take the headers out of `box`, which is then empty: a traceback with locals must not show them.

    Raises:
        InvalidInputError: HTTP does not allow a name or value, or one would carry the key.
    """
    checked: dict[str, str] | None = None
    with suppress(TypeError, AttributeError, ValueError):  # their messages may quote a header's value
        checked = {name: value.strip() for name, value in httpx.Headers(dict(box.pop())).items()}
    if checked is None or not all(value.isprintable() for value in checked.values()):
        checked = None
        raise InvalidInputError("headers: pass a mapping of names to ASCII strings of one line")
    wrong = next((name for name in checked if not _HEADER_NAME.fullmatch(name)), None)
    if wrong is not None:
        checked.clear()
        raise InvalidInputError(f"headers: {wrong!r} is not a valid name; use letters, digits and hyphens")
    secret = next((name for name in checked if name.lower() in ("x-api-key", "authorization")), None)
    if secret is not None:
        checked.clear()
        raise InvalidInputError(f"headers: pass the key as api_key, not as {secret!r}, so that it is never shown")
    return checked


def positive_number(name: str, value: float) -> float:
    """Return a number above 0.

    Raises:
        InvalidInputError: It is not one.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise InvalidInputError(f"{name}={value!r}: pass a number above 0")
    return value


def whole_number(name: str, value: int, max_value: int) -> int:
    """Return a whole number from 1 to `max_value`.

    Raises:
        InvalidInputError: It is not one.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= max_value:
        raise InvalidInputError(f"{name}={value!r}: pass a whole number from 1 to {max_value}")
    return value
