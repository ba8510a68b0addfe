"""API key that cannot be shown by accident."""

from __future__ import annotations

import json
import os
from collections.abc import Generator

import httpx

from jsdf.config import KEY_VARIABLE
from jsdf.errors import InvalidInputError, JSDFError, MissingKeyError

#: Shorter keys are not redacted: a made-up one such as "k" or "test" occurs in many words, so that redacting it
#: would garble messages and labels. Real keys are longer.
_MIN_LENGTH_IN_ERRORS, _MIN_LENGTH_IN_ANSWERS = 4, 16
_HELP = (
    "no API key: get one at https://jigsawstack.com/dashboard, then set JIGSAWSTACK_API_KEY or pass "
    'jsdf.Hosted(api_key=...); or work offline: pip install "jsdf[local]" and engine="local"'
)


class APIKey:
    """API key whose `repr` and `str` are asterisks; a pickle does not contain it.

    Args:
        key: The key; surrounding white space is removed.

    Raises:
        InvalidInputError: The key has a character that an HTTP header cannot carry. The message does not
            contain the key.
        MissingKeyError: The key is empty.
    """

    __slots__ = ("_key",)

    def __init__(self, key: str | None) -> None:
        problem = _problem(key)
        self._key = "" if problem is not None or key is None else key.strip()
        del key  # a traceback with locals must not show it
        if problem is not None:
            raise problem

    @classmethod
    def from_environment(cls, box: list[str | None]) -> APIKey:
        """Take the key out of `box`, a list of one element, or read it from the environment if that is None.

        The list is emptied: a traceback with locals must not show the key.
        """
        return cls(os.environ.get(KEY_VARIABLE) if box[0] is None else box.pop())

    def __repr__(self) -> str:
        """Return asterisks, never the key."""
        return "'***'"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without the key; unpickling reads it from the environment."""
        return (APIKey.from_environment, ([None],))

    def redact(self, text: str) -> str:
        """Return the text with the key replaced by asterisks, in case the service echoed it."""
        return text if len(self._key) < _MIN_LENGTH_IN_ERRORS else text.replace(self._key, "***")

    def redact_bytes(self, body: bytes, *, answer: bool) -> bytes:
        """Redact the key from a response body, also if JSON escaped it.

        With `answer`, for a successful response, only long keys are redacted: labels in it may contain a short one.
        """
        if len(self._key) < (_MIN_LENGTH_IN_ANSWERS if answer else _MIN_LENGTH_IN_ERRORS):
            return body
        for spelling in (self._key, json.dumps(self._key)[1:-1], self._key.replace("/", "\\/")):
            body = body.replace(spelling.encode(), b"***")
        return body

    def add_to(self, request: httpx.Request) -> None:
        """Set the header in which the service expects the key."""
        request.headers["x-api-key"] = self._key


def _problem(key: object) -> JSDFError | None:
    """Return the error for an unusable key, with a message that does not contain the key, or None."""
    if key is None or (isinstance(key, str) and not key.strip()):
        return MissingKeyError(_HELP)
    if not isinstance(key, str):
        return InvalidInputError(f"api_key: pass a string, not the type {type(key).__name__}")
    if not (key.strip().isascii() and key.strip().isprintable()) or " " in key.strip():
        return InvalidInputError(
            "api_key: it holds a space, a control character or a non-ASCII character; copy the key again"
        )
    return None


class APIKeyAuth(httpx.Auth):
    """httpx authentication that adds the key just before sending and removes it afterwards."""

    def __init__(self, secret: APIKey) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the key for the time of one request."""
        self._secret.add_to(request)
        try:
            yield request
        finally:  # responses and exceptions keep the request
            del request.headers["x-api-key"]
