"""Whatever goes wrong between here and an image's host -> one sentence."""

from __future__ import annotations

import errno
import socket
import ssl

import httpcore
import httpx

from jsdf.errors import ImageError

#: Everything that a request raises; httpcore's errors have no common base. `ValueError` comes from names
#: that cannot be encoded.
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
)
#: What a host does that is about to close a connection: worth asking again on a new one.
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
    404: "there is nothing at the address",
    410: "the image was removed from its host",
    429: "the host has been asked too often",
    451: "the host may not show it, for legal reasons",
    503: "the host is too busy",
}


def explain(error: BaseException) -> ImageError:
    """Name the cause: the deepest that is known, since the outer ones only say where it showed."""
    return ImageError(_why(_causes(error)), "dead")


def explain_status(status: int) -> ImageError:
    """Name what an HTTP status other than success means for an image."""
    why = _STATUSES.get(status, "the host failed" if status >= 500 else "the host gave no image")
    return ImageError(f"{why} (HTTP {status})", "dead")


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        group = getattr(current, "exceptions", ())  # anyio tries several addresses at once
        current = current.__cause__ or current.__context__ or next(iter(group), None)
    return found


def _why(causes: list[BaseException]) -> str:
    said = " ".join(map(str, causes))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes) or "CERTIFICATE_VERIFY" in said:
        return "the host's certificate cannot be trusted"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "no secure connection to the host could be made"
    if any(isinstance(cause, (socket.gaierror, UnicodeError)) for cause in causes):
        return "no host of that name was found"
    if any(isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED for cause in causes):
        return "the host refuses connections"
    if any(isinstance(cause, _CONNECT) for cause in causes):
        return "the host cannot be reached"
    if any(isinstance(cause, _TIMEOUT) for cause in causes):
        return "the host did not answer in time"
    if any(isinstance(cause, (httpx.InvalidURL, httpx.UnsupportedProtocol)) for cause in causes):
        return "the address is malformed"
    return "the connection broke before the image was whole"
