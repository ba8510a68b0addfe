"""An API key that cannot be shown by accident."""

from __future__ import annotations

import json
import os
from collections.abc import Generator

import httpx

from jsdf.config import KEY_VARIABLE
from jsdf.errors import InvalidInputError, JSDFError, MissingKeyError

#: A made-up key such as "k" or "test" is part of many words: taking it out would garble messages, and labels
#: even more. A real one is longer than any of these.
_MIN_LENGTH_IN_ERRORS, _MIN_LENGTH_IN_ANSWERS = 4, 16
_HELP = (
    "no API key: get one at https://jigsawstack.com/dashboard, then set JIGSAWSTACK_API_KEY or pass "
    'jsdf.Hosted(api_key=...); or work offline: pip install "jsdf[local]" and engine="local"'
)


class APIKey:
    """Holds a key; shows, prints, logs and pickles as asterisks.

    Args:
        key: The key; surrounding white space is dropped.

    Raises:
        InvalidInputError: It holds what no HTTP header can carry. The message does not hold the key.
        MissingKeyError: It is empty.
    """

    __slots__ = ("_key",)

    def __init__(self, key: str | None) -> None:
        problem = _problem(key)
        self._key = "" if problem is not None or key is None else key.strip()
        del key  # a traceback with locals shall not show it
        if problem is not None:
            raise problem

    @classmethod
    def from_environment(cls, box: list[str | None]) -> APIKey:
        """The key in the box, which is emptied, else the one in the environment."""
        return cls(os.environ.get(KEY_VARIABLE) if box[0] is None else box.pop())

    def __repr__(self) -> str:
        """Never the key."""
        return "'***'"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        """A pickle holds no key; where it is opened, the environment does."""
        return (APIKey.from_environment, ([None],))

    def redact(self, text: str) -> str:
        """The text with the key taken out, should somebody have echoed it."""
        return text if len(self._key) < _MIN_LENGTH_IN_ERRORS else text.replace(self._key, "***")

    def redact_bytes(self, body: bytes, *, answer: bool) -> bytes:
        """The same for a body, where JSON may have escaped it; an answer may hold words of the caller's."""
        if len(self._key) < (_MIN_LENGTH_IN_ANSWERS if answer else _MIN_LENGTH_IN_ERRORS):
            return body
        for spelling in (self._key, json.dumps(self._key)[1:-1], self._key.replace("/", "\\/")):
            body = body.replace(spelling.encode(), b"***")
        return body

    def add_to(self, request: httpx.Request) -> None:
        """Put the key where the service looks for it, and nowhere else."""
        request.headers["x-api-key"] = self._key


def _problem(key: object) -> JSDFError | None:
    """What is wrong with a key, in words that do not hold it."""
    if key is None or (isinstance(key, str) and not key.strip()):
        return MissingKeyError(_HELP)
    if not isinstance(key, str):
        return InvalidInputError(f"api_key: pass a string, not the type {type(key).__name__}")
    if not (key.strip().isascii() and key.strip().isprintable()) or " " in key.strip():
        return InvalidInputError("api_key: it holds a space, a control or a non-ASCII character; copy it again")
    return None


class APIKeyAuth(httpx.Auth):
    """Adds the key at the last moment, so that no object of ours ever holds it in a header."""

    def __init__(self, secret: APIKey) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        self._secret.add_to(request)
        try:
            yield request
        finally:  # the request lives on in responses and exceptions
            del request.headers["x-api-key"]
