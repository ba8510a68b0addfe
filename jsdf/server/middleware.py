"""ASGI middleware: check the API key, reject cross-site requests, apply the rate limit, before the body is read."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import logging
import re
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from jsdf.server.admission.clients import Client, identify
from jsdf.server.admission.rate_limit import FixedWindowRateLimiter
from jsdf.server.errors import RequestRejected, error_body, quote_json
from jsdf.server.limits import MAX_QUERY_OPTIONS
from jsdf.server.log_throttle import LogThrottle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Temporary URLs need no API key; they cannot be guessed.
TEMP_URL_PREFIX = "/v1/store/temp/"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:[0-9]+)?", re.ASCII)


class AccessMiddleware:
    """ASGI middleware that controls access to an application.

    Args:
        app: The application.
        key: The API key that clients must send as `x-api-key`; None admits every program of this machine. Only its
            digest is kept.
        rate_limiter: The rate limiter for all routes that need a key.
    """

    def __init__(self, app: ASGIApp, key: str | None, rate_limiter: FixedWindowRateLimiter) -> None:
        self._app, self._rate_limiter, self._failures = app, rate_limiter, LogThrottle()
        self._digest = None if key is None else _digest(key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request and pass it to the application."""
        if scope["type"] != "http":
            return
        # The default base URL of the official SDK ends in a slash, so its paths begin with two.
        scope = {**scope, "path": "/" + scope["path"].lstrip("/")}
        client = identify((scope.get("client") or ("", 0))[0], scope["headers"])
        scope.setdefault("state", {})["client"] = client
        answer = _ResponseSender(send, self._rate_limiter, client)
        try:
            _check_query(scope["query_string"])
            self._check(scope["path"], scope["headers"], client)
            await self._app(scope, receive, answer)
        except RequestRejected as refusal:
            await answer.refuse(refusal)
        except ClientDisconnect:
            pass
        except asyncio.CancelledError:  # the server is shutting down, and the request exceeded SHUTDOWN_SECONDS
            if not answer.started:
                await answer.refuse(RequestRejected(503, "the server is shutting down; retry later"))
        except Exception:  # noqa: BLE001 - the client gets a response in every case
            self._failures.log(logging.ERROR, "a request failed", exc_info=True)
            if not answer.started:
                await answer.refuse(RequestRejected(500, "internal server error; see the log of the server"))

    def _check(self, path: str, headers: Iterable[tuple[bytes, bytes]], client: Client) -> None:
        if self._digest is None:
            _refuse_web_pages(headers)
        if not path.startswith("/v1/") or path.startswith(TEMP_URL_PREFIX):
            return
        if self._digest is not None:
            keys = [value for name, value in headers if name == b"x-api-key"]
            if not keys:
                raise RequestRejected(
                    401, "the header x-api-key is missing; send the key that the server was started with"
                )
            if len(keys) > 1 or not hmac.compare_digest(_digest(keys[0]), self._digest):
                raise RequestRejected(
                    401, "the key in x-api-key is not valid; send the one that the server was started with"
                )
        self._rate_limiter.acquire(client)


class _ResponseSender:
    """ASGI `send` that adds the common headers to a response and records if it has started."""

    def __init__(self, send: Send, rate_limiter: FixedWindowRateLimiter, client: Client) -> None:
        self._send, self._rate_limiter, self._client, self.started = send, rate_limiter, client, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message["headers"], *self._rate_limiter.headers(self._client), (b"cache-control", b"no-store")]
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, refusal: RequestRejected) -> None:
        body = error_body(refusal.message)
        headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self({"type": "http.response.start", "status": refusal.status, "headers": raw})
        await self({"type": "http.response.body", "body": body})


def _check_query(query: bytes) -> None:
    """Reject a query of many options, since the framework parses it whatever the route."""
    if query.count(b"&") >= MAX_QUERY_OPTIONS:
        raise RequestRejected(400, f"the URL has more than {MAX_QUERY_OPTIONS} options; pass those of the API only")


def _refuse_web_pages(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Reject requests from web pages of other sites in a browser on this machine.

    A page can send requests to loopback addresses in two ways: as another site, which shows in the header Origin,
    or under a domain of its own that resolves to this machine (DNS rebinding), which shows in the header Host.
    """
    values: dict[bytes, str] = {name: value.decode("latin-1") for name, value in headers}
    host = values.get(b"host", "")
    match = _HOST.fullmatch(host)
    if match is None or not is_loopback(match[1].strip("[]")):
        raise RequestRejected(
            403, f"the host {quote_json(host)} is not this machine; use 127.0.0.1, or start the server with a key"
        )
    origin = values.get(b"origin")
    is_cross_origin = origin is not None and origin != f"http://{host}"
    if is_cross_origin or values.get(b"sec-fetch-site", "none") not in ("none", "same-origin"):
        raise RequestRejected(
            403, "web pages of other sites are not answered; start the server with a key to allow them"
        )


def is_loopback(host: str) -> bool:
    """Return True if this name or address always means this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
