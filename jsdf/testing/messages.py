"""Types for the fake's requests and replies, and functions that build its response bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ErrorShape: TypeAlias = Literal["message", "error", "object", "empty", "html"]

JSON_TYPE = {"content-type": "application/json"}
HTML_TYPE = {"content-type": "text/html"}


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Args:
        status: The HTTP status.
        body: The whole body; its length becomes the Content-Length.
        headers: All other headers, with names in lower case.
        truncate_at: Number of body bytes to send before the connection is closed; None for all.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    truncate_at: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.status, bool) or not isinstance(self.status, int) or not 100 <= self.status <= 599:
            raise InvalidInputError(f"{self.status!r} is no HTTP status; pass a whole number from 100 to 599")

    def with_headers(self, extra: Mapping[str, str]) -> Response:
        """Return a copy with more headers; existing headers keep their values."""
        return Response(self.status, self.body, {**extra, **self.headers}, self.truncate_at)


@dataclass(frozen=True)
class Reset:
    """A reply that sends nothing and resets the connection."""


Action: TypeAlias = "Response | Reset"


class ServiceRefusal(Exception):  # noqa: N818 - a response of the service rather than an error
    """Raised to refuse a request with an HTTP status and a message.

    Args:
        status: The HTTP status.
        message: The reason.
        headers: Additional headers of the response.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class IncomingRequest:
    """An HTTP request before validation.

    Args:
        method: In upper case.
        path: Without the query.
        query: The part of the URL after the question mark.
        headers: With names in lower case.
        body: The whole body.
        origin: Scheme and authority, as in `http://127.0.0.1:8000`.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    origin: str


def send_json(status: int, content: Mapping[str, Any]) -> Response:
    """Return a response with a JSON body."""
    return Response(status, json.dumps(content).encode(), JSON_TYPE)


def send_html(status: int) -> Response:
    """Return the HTML error page of a proxy."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"
    return Response(status, page.encode(), HTML_TYPE)


def send_error(status: int, message: str, shape: ErrorShape = "message") -> Response:
    """Return an error response in one of the formats that the service is known or suspected to use.

    Args:
        status: The HTTP status.
        message: The reason.
        shape: `"message"` or `"error"` for a string of that name, `"object"` for an `error` that holds
            the message, `"empty"` for no body, `"html"` for a proxy's page.
    """
    if shape == "empty":
        return Response(status)
    if shape == "html":
        return send_html(status)
    error: object = {"code": status, "message": message} if shape == "object" else message
    return send_json(status, {"success": False, "message" if shape == "message" else "error": error})
