"""HTTP connection to the service; the API key is added just before sending and redacted from responses and errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from jsdf.errors import APIError, TransientError
from jsdf.utils.logs import own_http_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsdf.engines.hosted.api_key import APIKey

#: Beyond this, several httpx clients are faster than one: each request makes a client's pool scan all others.
MAX_REQUESTS_PER_CLIENT = 32


@dataclass(frozen=True)
class HTTPResponse:
    """HTTP response with the API key redacted.

    Args:
        status: HTTP status.
        headers: Headers by lower-case name.
        body: Raw bytes of the body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HTTPConnection:
    """Requests spread over several httpx clients, at most `MAX_REQUESTS_PER_CLIENT` at once on each.

    Args:
        clients: Enough clients for all requests that are in flight at once.
        secret: The API key.
    """

    def __init__(self, clients: list[httpx.AsyncClient], secret: APIKey) -> None:
        # A stack with one entry per request slot: the client used last has the warmest connection.
        self._available = [client for client in clients for _ in range(MAX_REQUESTS_PER_CLIENT)]
        self._secret = secret

    @own_http_request
    async def request(self, method: str, path: str, **request: Any) -> HTTPResponse:
        """Send one request.

        Args:
            method: HTTP method, such as `"POST"`.
            path: Path below the base URL.
            **request: Further arguments of `httpx.AsyncClient.request`.

        Raises:
            TransientError: There was no response.
        """
        client = self._available.pop()
        try:
            response: Any = await client.request(method, path, **request)
        except httpx.HTTPError as error:
            response = self._explain(error, str(client.base_url))
        finally:
            self._available.append(client)
        if isinstance(response, APIError):
            raise response  # outside the except block: httpx's exceptions hold the request, and so the key
        redact = self._secret.redact  # before any text is shortened: a part of the key would not be recognised
        headers = {name: redact(value) for name, value in response.headers.items()}
        body = self._secret.redact_bytes(response.content, answer=response.is_success)
        return HTTPResponse(response.status_code, headers, body)

    def _explain(self, error: httpx.HTTPError, url: str) -> TransientError:
        cause = self._secret.redact(str(error)) or type(error).__name__
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return TransientError(f"could not reach {url}: {cause}", splittable=False)
        if isinstance(error, httpx.TimeoutException):
            return TransientError("the service did not respond in time; raise `timeout`", maybe_billed=True)
        return TransientError(f"the connection to the service was lost: {cause}", maybe_billed=True)
