"""What the fake does on the wire, and the bodies that it sends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

ErrorShape: TypeAlias = Literal["message", "error", "object", "empty", "html"]

JSON_TYPE = {"content-type": "application/json"}
HTML_TYPE = {"content-type": "text/html"}


@dataclass(frozen=True)
class Response:
    """Send a response.

    Args:
        status: The HTTP status.
        body: The whole body; its length becomes the Content-Length.
        headers: Any other headers, in lower case.
        truncate_at: Send only so many bytes of the body, then close the connection.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    truncate_at: int | None = None

    def with_headers(self, extra: Mapping[str, str]) -> Response:
        """The same response; a header that it has already stays as it is."""
        return Response(self.status, self.body, {**extra, **self.headers}, self.truncate_at)


@dataclass(frozen=True)
class Reset:
    """Send nothing and reset the connection."""


Action: TypeAlias = "Response | Reset"


class ServiceRefusal(Exception):  # noqa: N818 - an answer of the service rather than an error of ours
    """The service refuses a request, with this status and these words."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class IncomingRequest:
    """A request before anything of it is believed.

    Args:
        method: In capitals.
        path: Without the query.
        query: What follows the question mark.
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
    """A response with a JSON body."""
    return Response(status, json.dumps(content).encode(), JSON_TYPE)


def send_html(status: int) -> Response:
    """The page that a proxy puts in the place of an answer."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"
    return Response(status, page.encode(), HTML_TYPE)


def send_error(status: int, message: str, shape: ErrorShape = "message") -> Response:
    """A refusal in one of the shapes that the service is known or feared to use.

    Args:
        status: The HTTP status.
        message: What is wrong.
        shape: `"message"` or `"error"` for a string of that name, `"object"` for an `error` that holds
            the message, `"empty"` for no body, `"html"` for a proxy's page.
    """
    if shape == "empty":
        return Response(status)
    if shape == "html":
        return send_html(status)
    said: object = {"code": status, "message": message} if shape == "object" else message
    return send_json(status, {"success": False, "message" if shape == "message" else "error": said})
