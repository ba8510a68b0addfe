"""Error responses of the server: status, message and JSON body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Descriptions of the HTTP statuses, for the OpenAPI document.
STATUS_DESCRIPTIONS = {
    400: "The request is not valid HTTP or not valid JSON.",
    401: "The header x-api-key is missing, or its key is not that of the server.",
    403: "A server without a key answers only programs on its own machine, and no web pages of other sites.",
    404: "There is nothing at this URL.",
    405: "The URL does not support this method.",
    409: "A file with this key exists.",
    413: "The body is too large, or the file store is full.",
    415: "The content type or the content encoding of the body is not supported.",
    422: "A field is invalid, or an image cannot be used.",
    429: "Too many requests of this client in this second.",
    500: "Internal server error.",
    503: "Too many requests are waiting, of this client or of all.",
}


class RequestRejected(Exception):  # noqa: N818 - a response rather than an error
    """Raised to reject a request with an HTTP status and a message.

    Args:
        status: The HTTP status.
        message: One sentence that quotes the invalid value and says what to do.
        headers: Additional headers of the response.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


def busy_rejection(headers: Mapping[str, str] | None = None) -> RequestRejected:
    """Return the 503 for a server that is overloaded."""
    return RequestRejected(
        503, "too many requests are waiting; retry in a second", {"retry-after": "1", **(headers or {})}
    )


def error_body(message: str) -> bytes:
    """Return the JSON body of an error response."""
    return json.dumps({"success": False, "message": message}).encode()


def quote_json(value: object, max_chars: int = 60) -> str:
    """Return a short ASCII description of any JSON value, to be quoted in a message."""
    if isinstance(value, str):
        text = ascii(value[: max_chars + 1])
    elif isinstance(value, (dict, list)):
        text = f"{'an object' if isinstance(value, dict) else 'an array'} of {len(value)}"
    elif isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        text = "a number of more than 77 digits"  # Python does not convert numbers of over 4,300 digits to text
    else:
        text = json.dumps(value)
    return text if len(text) <= max_chars else text[: max_chars - 1] + "..."
