"""Before anything of a request is read: who asks, from where, and how often."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import re
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from jsdf.server.errors import RequestRejected, error_body, quote_json
from jsdf.server.rate_limit import FixedWindowRateLimiter
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = log.getChild("server")
#: Temporary addresses are for anybody who has one, and cannot be guessed.
TEMP_URL_PREFIX = "/v1/store/temp/"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]+)?", re.ASCII)


class AccessMiddleware:
    """An ASGI application that lets in whom it should.

    Args:
        app: Answers.
        key: What clients must send as `x-api-key`; None lets in every program of this machine. Only its
            digest is kept.
        pace: The rate limit of all that need a key.
    """

    def __init__(self, app: ASGIApp, key: str | None, pace: FixedWindowRateLimiter) -> None:
        self._app, self._rate_limiter = app, pace
        self._digest = None if key is None else _digest(key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            return
        # An address that ends in a slash, before a path that begins with one: the official SDK's own default.
        scope = {**scope, "path": "/" + scope["path"].lstrip("/")}
        answer = _ResponseSender(send, self._rate_limiter)
        try:
            self._check(scope["path"], scope["headers"])
            await self._app(scope, receive, answer)
        except RequestRejected as refusal:
            await answer.refuse(refusal)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:  # the server is stopped, and this took longer than it waits
            if not answer.started:
                await answer.refuse(RequestRejected(503, "the server is stopping; ask again later"))
        except Exception:  # noqa: BLE001 - a client gets an answer whatever happens
            _log.exception("a request failed")
            if not answer.started:
                await answer.refuse(RequestRejected(500, "the server failed; its log says where"))

    def _check(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if self._digest is None:
            _refuse_web_pages(headers)
        if not path.startswith("/v1/") or path.startswith(TEMP_URL_PREFIX):
            return
        if self._digest is not None:
            given = [value for name, value in headers if name == b"x-api-key"]
            if not given:
                raise RequestRejected(
                    401, "the header x-api-key is missing; send the key that the server was started with"
                )
            if len(given) > 1 or not hmac.compare_digest(_digest(given[0]), self._digest):
                raise RequestRejected(
                    401, "the key in x-api-key is not valid; send the one that the server was started with"
                )
        self._rate_limiter.acquire()


class _ResponseSender:
    """Sends a response with the headers that all have, and knows whether it has begun."""

    def __init__(self, send: Send, pace: FixedWindowRateLimiter) -> None:
        self._send, self._rate_limiter, self.started = send, pace, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message["headers"], *self._rate_limiter.headers(), (b"cache-control", b"no-store")]
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, refusal: RequestRejected) -> None:
        body = error_body(refusal.message)
        headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self({"type": "http.response.start", "status": refusal.status, "headers": raw})
        await self({"type": "http.response.body", "body": body})


def _refuse_web_pages(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Keep out pages that a browser on this machine has open.

    A page can send requests to loopback addresses: as another site, which its browser says in Origin; or
    under a name of its own that it points here (DNS rebinding), which the browser says in Host.
    """
    found: dict[bytes, str] = {name: value.decode("latin-1") for name, value in headers}
    host = found.get(b"host", "")
    named = _HOST.fullmatch(host)
    if named is None or not is_loopback(named[1].strip("[]")):
        raise RequestRejected(
            403, f"the host {quote_json(host)} is not this machine; ask 127.0.0.1, or start the server with a key"
        )
    origin = found.get(b"origin")
    foreign = origin is not None and origin != f"http://{host}"
    if foreign or found.get(b"sec-fetch-site", "none") not in ("none", "same-origin"):
        raise RequestRejected(
            403, "a web page of another site may not ask; start the server with a key to let pages in"
        )


def is_loopback(host: str) -> bool:
    """Whether this name or address can mean nothing but this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
