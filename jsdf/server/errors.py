"""What a client is told when it does not get what it asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Status -> what it means here, for the OpenAPI document.
STATUS_DESCRIPTIONS = {
    400: "The request is no HTTP or no JSON that can be read.",
    401: "The header x-api-key is missing, or its key is not the server's.",
    403: "A server without a key answers programs on its own machine, and no web page of another site.",
    404: "There is nothing at this address.",
    405: "The address does not take this method.",
    409: "There is a file with this key.",
    413: "The body, or what is stored, is too large.",
    415: "The body is of a type or an encoding that is not read.",
    422: "A field breaks the contract, or a picture cannot be had.",
    429: "Too many requests in this second.",
    500: "The server is at fault.",
    503: "Too much is waiting already.",
}


class RequestRejected(Exception):  # noqa: N818 - an answer rather than an error
    """The server refuses a request, with this status and these words.

    Args:
        status: The HTTP status.
        message: One sentence that quotes what was given and says what to do.
        headers: More headers of the response.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


def error_body(message: str) -> bytes:
    """The body of every refusal."""
    return json.dumps({"success": False, "message": message}).encode()


def quote_json(given: object, max_chars: int = 60) -> str:
    """What was given, in ASCII and short, whatever it is."""
    if isinstance(given, str):
        text = ascii(given[: max_chars + 1])
    elif isinstance(given, (dict, list)):
        text = f"{'an object' if isinstance(given, dict) else 'an array'} of {len(given)}"
    elif isinstance(given, int) and not isinstance(given, bool) and given.bit_length() > 256:
        text = "a number of more than 77 digits"  # Python refuses to write out those beyond 4 300
    else:
        text = json.dumps(given)
    return text if len(text) <= max_chars else text[: max_chars - 1] + "..."
