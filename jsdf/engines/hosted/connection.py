"""HTTP connection to the service; the API key is added just before sending and redacted from responses and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from jsdf.engines.hosted.network_errors import FAILURES, explain
from jsdf.engines.hosted.network_settings import Route
from jsdf.engines.hosted.request_trace import RequestTrace
from jsdf.engines.hosted.response_body import ACCEPT_ENCODING, read_body
from jsdf.errors import APIError
from jsdf.formatting.text import escape_controls
from jsdf.utils.logs import own_http_request, redacted_logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsdf.engines.hosted.api_key import APIKey

#: Beyond this, several httpx clients are faster than one: each request makes a client's pool scan all others.
MAX_REQUESTS_PER_CLIENT = 32
#: Bytes per second; a body that is sent more slowly counts against the timeout.
MIN_UPLOAD_RATE = 100_000


@dataclass(frozen=True)
class HTTPResponse:
    """HTTP response with the API key redacted.

    Args:
        status: HTTP status.
        headers: Headers by lower-case name.
        body: Raw bytes of the body.
        url: Base URL of the service.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = ""


class HTTPConnection:
    """Requests spread over several httpx clients, at most `MAX_REQUESTS_PER_CLIENT` at once on each.

    Args:
        clients: Enough clients for all requests that are in flight at once.
        secret: The API key.
        route: Way to the service, for error messages; None for the clients' base URL.
        timeout: Seconds for a whole exchange: to connect, to send, and to receive the last byte of the answer.
    """

    def __init__(
        self, clients: list[httpx.AsyncClient], secret: APIKey, route: Route | None = None, timeout: float = 60.0
    ) -> None:
        # A stack with one entry per request slot: the client used last has the warmest connection.
        self._available = [client for client in clients for _ in range(MAX_REQUESTS_PER_CLIENT)]
        self._secret, self._route, self._timeout = secret, route or Route(str(clients[0].base_url)), timeout

    @own_http_request
    async def request(self, method: str, path: str, **request: Any) -> HTTPResponse:
        """Send one request.

        Args:
            method: HTTP method, such as `"POST"`.
            path: Path below the base URL.
            **request: Further arguments of `httpx.AsyncClient.request`.

        Raises:
            TransientError: There was no response, or not all of it in time.
            APIError: There was none, and there will be none; or one that is too large.
        """
        client, trace = self._available.pop(), RequestTrace()
        try:
            message = client.build_request(method, path, extensions={"trace": trace}, **request)
            message.headers["accept-encoding"] = ACCEPT_ENCODING
            response = await self._send(client, message, trace)
        finally:
            self._available.append(client)
        if isinstance(response, APIError):
            # Outside the except block, and without its frames: they hold the request and the response.
            raise response.with_traceback(None)
        return response

    async def _send(
        self, client: httpx.AsyncClient, message: httpx.Request, trace: RequestTrace
    ) -> HTTPResponse | APIError:
        try:
            with anyio.fail_after(self._timeout + _seconds_to_send(message)), redacted_logs(self._safe):
                return await self._exchange(client, message)
        except APIError as error:
            explained = error
        except FAILURES as error:
            explained = explain(error, self._route, trace)
        explained.message = self._safe(explained.message)
        return explained

    def _safe(self, text: str) -> str:
        return escape_controls(self._secret.redact(text))

    async def _exchange(self, client: httpx.AsyncClient, message: httpx.Request) -> HTTPResponse:
        response = await client.send(message, stream=True)
        try:
            content = await read_body(response)
        finally:
            await response.aclose()
        redact = self._secret.redact  # before any text is shortened: a part of the key would not be recognised
        headers = {name: redact(value) for name, value in response.headers.items()}
        body = self._secret.redact_body(content, answer=response.is_success)
        return HTTPResponse(response.status_code, headers, body, self._route.url)


def _seconds_to_send(message: httpx.Request) -> float:
    """Return how long the body may take beyond the timeout; only uploads of images are large enough to count."""
    return int(message.headers.get("content-length", 0)) / MIN_UPLOAD_RATE
