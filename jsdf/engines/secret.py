"""An API key that cannot be shown by accident."""

from __future__ import annotations

import os
from collections.abc import Generator

import httpx

from jsdf.errors import InvalidInputError, MissingKeyError
from jsdf.options import KEY_VARIABLE

_HELP = (
    "no API key: get one at https://jigsawstack.com/dashboard, then set JIGSAWSTACK_API_KEY or pass "
    'jsdf.Hosted(api_key=...); or work offline: pip install "jsdf[local]" and engine="local"'
)


class Secret:
    """Holds a key; shows, prints, logs and pickles as asterisks.

    Args:
        key: The key; surrounding white space is dropped.

    Raises:
        InvalidInputError: It holds what no HTTP header can carry. The message does not hold the key.
        MissingKeyError: It is empty.
    """

    __slots__ = ("_key",)

    def __init__(self, key: str | None) -> None:
        if key is not None and not isinstance(key, str):
            raise InvalidInputError(f"api_key: pass a string, not a {type(key).__name__}")
        key = (key or "").strip()
        if not key:
            raise MissingKeyError(_HELP)
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise InvalidInputError(
                "api_key: it holds a space, a control character or a letter outside ASCII; copy it again"
            )
        self._key = key

    @classmethod
    def find(cls, key: str | Secret | None) -> Secret:
        """The key given, else the one in the environment."""
        return key if isinstance(key, Secret) else cls(os.environ.get(KEY_VARIABLE) if key is None else key)

    def __repr__(self) -> str:
        """Never the key."""
        return "'***'"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        """A pickle holds no key; where it is opened, the environment does."""
        return (Secret.find, (None,))

    def scrub(self, text: str) -> str:
        """The text with the key taken out, should somebody have echoed it."""
        return text.replace(self._key, "***")

    def reveal_to(self, request: httpx.Request) -> None:
        """Put the key where the service looks for it, and nowhere else."""
        request.headers["x-api-key"] = self._key


class KeyAuth(httpx.Auth):
    """Adds the key at the last moment, so that no object of ours ever holds it in a header."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """See `httpx.Auth`."""
        self._secret.reveal_to(request)
        try:
            yield request
        finally:  # the request lives on in responses and exceptions
            del request.headers["x-api-key"]
