"""What goes over the wire to the service: the key put in at the last moment, and taken out of whatever comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from jsdf.errors import APIError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsdf.engines.hosted.api_key import APIKey

#: More requests than this on one httpx client are slower than on several: its pool looks at all of them.
MAX_REQUESTS_PER_CLIENT = 32


@dataclass(frozen=True)
class HTTPResponse:
    """What came back, without the key.

    Args:
        status: The HTTP status.
        headers: By lower-case name.
        body: As it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class HTTPConnection:
    """Clients that take turns, each with as many requests as it can handle.

    Args:
        clients: As many as have room for all requests that are in flight at once.
        secret: The key.
    """

    def __init__(self, clients: list[httpx.AsyncClient], secret: APIKey) -> None:
        # A stack of turns: the last client used has the warmest connection.
        self._available = [client for client in clients for _ in range(MAX_REQUESTS_PER_CLIENT)]
        self._secret = secret

    async def request(self, method: str, path: str, **request: Any) -> HTTPResponse:
        """Send one request.

        Args:
            method: As in `"POST"`.
            path: Below the base address.
            **request: As for `httpx.AsyncClient.request`.

        Raises:
            TransientError: No response came.
        """
        client = self._available.pop()
        try:
            response: Any = await client.request(method, path, **request)
        except httpx.HTTPError as error:
            response = self._explain(error, str(client.base_url))
        finally:
            self._available.append(client)
        if isinstance(response, APIError):
            raise response  # out here, so that it drags no exception of httpx along: they hold the request
        scrub = self._secret.redact  # before anything is cut short: a part of the key would not be found
        headers = {name: scrub(value) for name, value in response.headers.items()}
        body = self._secret.redact_bytes(response.content, answer=response.is_success)
        return HTTPResponse(response.status_code, headers, body)

    def _explain(self, error: httpx.HTTPError, url: str) -> TransientError:
        what = self._secret.redact(str(error)) or type(error).__name__
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return TransientError(f"could not reach {url}: {what}", splittable=False)
        if isinstance(error, httpx.TimeoutException):
            return TransientError("no answer in time; timeout= allows more", maybe_billed=True)
        return TransientError(f"the connection broke: {what}", maybe_billed=True)
