"""Explain failed requests: the cause as a sentence, advice, and if they can have been billed or can succeed later."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from jsdf.config import URL_VARIABLE
from jsdf.errors import APIError, TransientError
from jsdf.utils.network.http_errors import causes, http_violation

if TYPE_CHECKING:
    from jsdf.engines.hosted.network_settings import Route
    from jsdf.engines.hosted.request_trace import RequestTrace

DEFAULT_URL = "https://api.jigsawstack.com"
#: Exceptions of `httpx.AsyncClient.send` if a request could not be delivered; some are not `httpx.HTTPError`.
FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError, OverflowError)
#: Those raised before anything was sent, for transports that report no trace.
_UNSENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol),
    *(httpx.InvalidURL, httpx.LocalProtocolError),
)
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
#: OpenSSL's reasons for a peer that does not speak TLS.
_NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
#: OpenSSL's verification codes.
_EXPIRED, _NOT_YET_VALID, _OTHER_NAME = {10}, {9}, {62, 63, 64}


def url_setting(url: str) -> str:
    """Return the setting that names a base URL, with its value: the environment variable or the argument."""
    name = URL_VARIABLE if os.environ.get(URL_VARIABLE, "").rstrip("/") == url else "base_url"
    return f"{name}={url!r}"


def explain(error: Exception, route: Route, trace: RequestTrace) -> APIError:
    """Return the error for a request without a response.

    Returns:
        A `TransientError`, of which `maybe_billed` is True only if the request was sent, and `splittable` is False
        if it was not; or a permanent `APIError` if waiting changes nothing, as for a response that is no valid HTTP.
    """
    is_sent = trace.is_sent if trace.stage else not isinstance(error, _UNSENT)
    if is_sent:
        violation = _violation(error)
        if violation is not None:
            return APIError(_no_http(violation, route, trace), permanent=True, sent=True)
        return TransientError(_lost(error), maybe_billed=True)
    if isinstance(error, httpx.ProxyError):
        return _explain_proxy(str(error), route)
    chain = list(causes(error))
    permanent = _permanent_reason(chain, route, trace)
    if permanent is not None:
        return APIError(permanent, permanent=True)
    return TransientError(_unreached(chain, route, trace), splittable=False)


def _violation(error: BaseException) -> str | None:
    return http_violation(error) if isinstance(error, httpx.RemoteProtocolError) else None


def _no_http(violation: str, route: Route, trace: RequestTrace) -> str:
    setting = _address_setting(route, trace) or "the network"
    return f"the response of {_peer(route, trace)} is no valid HTTP ({violation}), and was not read: check {setting}"


def _lost(error: Exception) -> str:
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return "the service did not respond in time; raise `timeout`"
    if isinstance(error, httpx.DecodingError):
        return f"the service's response could not be decompressed: {error}"
    return f"the connection to the service was lost: {str(error) or type(error).__name__}"


def _explain_proxy(answer: str, route: Route) -> APIError:
    """Explain a proxy's refusal of a tunnel; `answer` begins with its HTTP status."""
    status = int(answer[:3]) if answer[:3].isdecimal() else 0
    proxy = f"the proxy {route.proxy or ''}".rstrip()
    setting = route.proxy_setting or "the proxy settings"
    if status == 407:
        has_user = "@" in (route.proxy or "")
        problem = "does not accept the user and password" if has_user else "asks for a user and password"
        advice = f"check {setting}" if has_user else f"put them into {setting}, as in http://user:password@host:port"
        return APIError(f"{proxy} {problem} (407): {advice}", permanent=True)
    host = httpx.URL(route.url).host
    if status == 403:
        advice = f"ask for access to {host}, or check {setting} and NO_PROXY"
        return APIError(f"{proxy} does not allow connections to {host} (403): {advice}", permanent=True)
    if 300 <= status < 500 and status not in (408, 429):
        return APIError(f"{proxy} does not connect to {host} ({answer}): check {setting}", permanent=True)
    return TransientError(f"{proxy} could not reach {host} ({answer}): check {setting}", splittable=False)


def _permanent_reason(chain: list[BaseException], route: Route, trace: RequestTrace) -> str | None:
    peer = _peer(route, trace)
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate_reason(cause, peer, route)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return _tls_reason(cause, peer, route)
        if isinstance(cause, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
            return f"no request can be sent to {route.url}: check {url_setting(route.url)}"
        if isinstance(cause, httpx.LocalProtocolError):  # its message quotes a header's value
            return "the request is not valid HTTP: check `headers`"
        if isinstance(cause, (UnicodeError, OverflowError)):
            return f"{peer} is not a valid address: check {_address_setting(route, trace)}"
    return None


def _certificate_reason(error: ssl.SSLCertVerificationError, peer: str, route: Route) -> str:
    code, detail = getattr(error, "verify_code", 0), getattr(error, "verify_message", "") or error.reason
    if code in _EXPIRED:
        return f"the certificate of {peer} has expired: tell those who run it, or check this machine's clock"
    if code in _NOT_YET_VALID:
        return f"the certificate of {peer} is not valid yet: check this machine's clock"
    if code in _OTHER_NAME:
        return f"the certificate of {peer} is for another host: check {url_setting(route.url)}"
    if route.trust_setting:
        advice = f"add the certificate of its issuer to {route.trust_setting}"
    else:
        advice = (
            "if your company inspects connections, pass its certificate, as in jsdf.Hosted(verify='company.pem'), "
            "or set SSL_CERT_FILE"
        )
    return f"the certificate of {peer} is not trusted ({detail}): {advice}"


def _tls_reason(error: ssl.SSLError, peer: str, route: Route) -> str:
    if error.reason in _NO_TLS:
        setting = f"{route.proxy_setting} or base_url" if route.proxy else url_setting(route.url)
        return f"{peer} answers without TLS, so it is no https:// address: check {setting}"
    return f"no secure connection to {peer} could be made ({error.reason or error}): check base_url and the network"


def _unreached(chain: list[BaseException], route: Route, trace: RequestTrace) -> str:
    peer, setting = _peer(route, trace), _address_setting(route, trace)
    check = f"check the network and {setting or 'the proxy settings'}"
    codes = {cause.errno for cause in chain if isinstance(cause, OSError)}
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return f"could not find the host {peer}: is this machine online?" + (f" Check {setting}" if setting else "")
    if errno.ECONNREFUSED in codes:
        reason = f"the connection was refused; is it running? Check {setting or 'the network'}"
    elif codes & _NO_ROUTE:
        reason = "there is no way to it; is this machine online?"
    elif any(isinstance(cause, (httpx.TimeoutException, TimeoutError)) for cause in chain):
        reason = f"no answer in time; {check}"
    elif trace.stage.endswith("start_tls"):
        reason = (
            f"the connection was closed before it was secure; check the network and {setting or 'the proxy settings'}"
        )
    else:
        reason = f"{_detail(chain)}; {check}"
    target = route.proxy if _is_proxy(route, trace) else route.url
    return f"could not reach {'the proxy ' if _is_proxy(route, trace) else ''}{target}: {reason}"


def _detail(chain: list[BaseException]) -> str:
    code = next((c.errno for c in chain if isinstance(c, OSError) and c.errno), None)
    text = os.strerror(code) if code is not None and code > 0 else next(filter(None, map(_say, chain)), "")
    return re.sub(r"^\[Errno -?\d+\] ", "", text) or type(chain[0]).__name__


def _say(cause: BaseException) -> str:
    return _violation(cause) or str(cause)


def _is_proxy(route: Route, trace: RequestTrace) -> bool:
    """True if the failed step concerned the proxy: connection, TLS with the proxy itself, and wait for a tunnel."""
    return bool(route.proxy) and trace.host == route.proxy_host and trace.stage != "proxy.start_tls"


def _peer(route: Route, trace: RequestTrace) -> str:
    return route.proxy_host if _is_proxy(route, trace) else httpx.URL(route.url).host


def _address_setting(route: Route, trace: RequestTrace) -> str:
    """Return the setting that names the peer; "" for the service's own address, which needs no check."""
    if _is_proxy(route, trace):
        return route.proxy_setting
    return "" if route.url == DEFAULT_URL else url_setting(route.url)
