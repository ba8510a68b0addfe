"""API key that cannot be shown by accident."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Generator
from typing import Any

import httpx

from jsdf.config import KEY_VARIABLE, KEYS_PAGE
from jsdf.engines.hosted.key_redaction import Redaction
from jsdf.errors import InvalidInputError, JSDFError, MissingKeyError

#: Shorter keys are not redacted: a made-up one such as "k" or "test" occurs in many words, so that redacting it
#: would garble messages and labels. Real keys are longer.
_MIN_LENGTH_IN_ERRORS, _MIN_LENGTH_IN_ANSWERS = 4, 16
_HELP = (
    f"no API key: get one at {KEYS_PAGE}, then set JIGSAWSTACK_API_KEY or pass "
    'jsdf.Hosted(api_key=...); or work offline: pip install "jsdf[local]" and engine="local"'
)
_HELP_AFTER_PICKLING = (
    "this engine comes from a pickle, and a pickle does not hold the API key: set JIGSAWSTACK_API_KEY where the "
    f"engine is used (keys: {KEYS_PAGE})"
)


class APIKey:
    """API key whose `repr` and `str` are asterisks; a pickle does not contain it.

    A copy is the same object. One from a pickle reads the key from the environment when it is first used.

    Args:
        key: The key; surrounding white space is removed.

    Raises:
        InvalidInputError: The key has a character that an HTTP header cannot carry. The message does not
            contain the key.
        MissingKeyError: The key is empty.
    """

    __slots__ = ("_key",)

    def __init__(self, key: str | None) -> None:
        self._key: str | None = None  # also of one from a pickle, until it is used
        problem = self._take([key], _HELP)
        del key  # a traceback with locals must not show it
        if problem is not None:
            raise problem

    @classmethod
    def from_environment(cls, box: list[Any]) -> APIKey:
        """Take the key out of `box`, a list of one element, or read it from the environment if that is None.

        The list is emptied: a traceback with locals must not show the key.
        """
        if isinstance(box[0], APIKey):  # of an engine that is copied with changes
            return box[0]
        return cls(os.environ.get(KEY_VARIABLE) if box[0] is None else box.pop())

    def _take(self, box: list[str | None], missing: str) -> JSDFError | None:
        """Keep the key in `box`, or return the error for one that cannot be used."""
        problem = _problem(box[0], missing)
        if problem is None and box[0] is not None:
            self._key = box[0].strip()
        box.clear()
        return problem

    def require(self) -> None:
        """Read the key from the environment if it comes from a pickle.

        Raises:
            MissingKeyError: The environment has no key.
            InvalidInputError: The key in the environment cannot be used.
        """
        if self._key is None:
            problem = self._take([os.environ.get(KEY_VARIABLE)], _HELP_AFTER_PICKLING)
            if problem is not None:
                raise problem

    def __repr__(self) -> str:
        """Return asterisks, never the key; `None` if it comes from a pickle and the environment has none."""
        return "None" if self._peek() is None else "'***'"

    __str__ = __repr__

    def _peek(self) -> str | None:
        return self._key or os.environ.get(KEY_VARIABLE, "").strip() or None

    def __eq__(self, other: object) -> bool:
        """Compare the keys themselves."""
        return isinstance(other, APIKey) and self._peek() == other._peek()

    def __hash__(self) -> int:
        """Hash to a constant: equal keys may be read later from the environment."""
        return hash(APIKey)

    def __copy__(self) -> APIKey:
        """Return this object."""
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> APIKey:
        """Return this object."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without the key; it is read from the environment when it is used."""
        return _without_key, ()

    def redact(self, text: str) -> str:
        """Return the text with the key replaced by asterisks in every spelling, in case the service echoed it."""
        return self._redact(text, _MIN_LENGTH_IN_ERRORS)

    def redact_body(self, body: bytes, *, answer: bool) -> bytes:
        """Redact the key from a response body, in UTF-8 whatever it was in before.

        With `answer`, for a successful response, only long keys are redacted: labels in it may contain a short one.
        """
        text = body.decode(json.detect_encoding(body), "replace")
        redacted = self._redact(text, _MIN_LENGTH_IN_ANSWERS if answer else _MIN_LENGTH_IN_ERRORS)
        return body if redacted == text else redacted.encode("utf-8", "replace")

    def _redact(self, text: str, min_length: int) -> str:
        key = self._key or ""
        return text if len(key) < min_length else _redaction(key).redact(text)

    def add_to(self, request: httpx.Request) -> None:
        """Set the header in which the service expects the key."""
        self.require()
        request.headers["x-api-key"] = self._key or ""


@functools.lru_cache(maxsize=8)
def _redaction(key: str) -> Redaction:
    return Redaction(key)


def _without_key() -> APIKey:
    secret = APIKey.__new__(APIKey)
    secret._key = None
    return secret


def _problem(key: object, missing: str) -> JSDFError | None:
    """Return the error for an unusable key, with a message that does not contain the key, or None."""
    if key is None or (isinstance(key, str) and not key.strip()):
        return MissingKeyError(missing)
    if not isinstance(key, str):
        return InvalidInputError(f"api_key: pass a string, not the type {type(key).__name__}")
    if not (key.strip().isascii() and key.strip().isprintable()) or " " in key.strip():
        return InvalidInputError(
            "api_key: it holds a space, a control character or a non-ASCII character; copy the key again"
        )
    if key.strip()[0] == key.strip()[-1] and key.strip()[0] in "\"'":
        return InvalidInputError("api_key: it stands in quotation marks; set it without them")
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
