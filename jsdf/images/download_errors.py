"""Explain download errors of images in one sentence each."""

from __future__ import annotations

import errno
import socket
import ssl
from datetime import datetime

import httpcore
import httpx

from jsdf.errors import ImageError
from jsdf.utils.network.http_errors import causes, http_violation
from jsdf.utils.signed_urls import describe_expiry

#: All exceptions of a request; httpcore's errors have no common base class. Host names that cannot be encoded raise
#: `ValueError`, ports above 65535 `OverflowError`.
FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    OSError,
    ValueError,
    OverflowError,
)
#: Errors of a connection that the host is closing; a retry on a new connection can succeed.
BROKEN = (
    httpx.ReadError,
    httpx.WriteError,
    httpx.RemoteProtocolError,
    httpcore.ReadError,
    httpcore.WriteError,
    httpcore.RemoteProtocolError,
)
_CONNECT = (httpx.ConnectError, httpx.ConnectTimeout, httpcore.ConnectError, httpcore.ConnectTimeout)
_TIMEOUT = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)
_STATUSES = {
    401: "the host asks for a login",
    403: "the host refuses access",
    404: "there is nothing at the URL",
    410: "the image was removed from its host",
    429: "the host received too many requests",
    451: "the image is unavailable for legal reasons",
    503: "the host is too busy",
}
#: Statuses for an expired signature: most hosts say 403, Google Cloud Storage 400, Discord 404.
_EXPIRED_STATUSES = (400, 401, 403, 404)


def is_no_http(error: BaseException) -> bool:
    """True for a response that breaks the rules of HTTP, which would come again in the same way."""
    is_protocol_error = isinstance(error, (httpx.RemoteProtocolError, httpcore.RemoteProtocolError))
    return is_protocol_error and http_violation(error) is not None


def explain(error: BaseException) -> ImageError:
    """Return an `ImageError` that names the cause, searched for in the whole chain of exceptions."""
    return ImageError(_reason(list(causes(error))), "dead")


def explain_status(status: int, url: str = "", now: datetime | None = None) -> ImageError:
    """Return an `ImageError` for an HTTP status other than success.

    Args:
        status: The status.
        url: URL of the response; its expiry is named if it was signed and the host refuses it.
        now: Current time; None for the clock's.
    """
    reason = _STATUSES.get(status, "the host failed" if status >= 500 else "the host returned no image")
    expiry = describe_expiry(url, now) if status in _EXPIRED_STATUSES else None
    return ImageError(f"{reason} (HTTP {status}){'' if expiry is None else f'; {expiry}'}", "dead")


def _reason(chain: list[BaseException]) -> str:
    messages = " ".join(map(str, chain))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain) or "CERTIFICATE_VERIFY" in messages:
        return "the host's certificate cannot be trusted"
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        return "no secure connection to the host could be made"
    if any(isinstance(cause, (socket.gaierror, UnicodeError)) for cause in chain):
        return "no host of that name was found"
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in chain):
        return "the host refuses connections"
    if any(isinstance(cause, _CONNECT) for cause in chain):
        return "the host cannot be reached"
    if any(isinstance(cause, _TIMEOUT) for cause in chain):
        return "the host did not answer in time"
    if any(isinstance(cause, (httpx.InvalidURL, httpx.UnsupportedProtocol, OverflowError)) for cause in chain):
        return "the URL is malformed"
    if any(map(is_no_http, chain)):
        return "the host's response is no valid HTTP"
    return "the connection was lost before the image was complete"
