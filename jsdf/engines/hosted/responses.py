"""Parse the service's HTTP responses into replies and errors."""

from __future__ import annotations

import json
import time
from typing import Any

from jsdf.config import KEYS_PAGE
from jsdf.engines.base import Reply, Tokens
from jsdf.engines.hosted.connection import HTTPResponse
from jsdf.engines.hosted.header_values import parse_rate_limit, parse_retry_after
from jsdf.engines.hosted.network_errors import url_setting
from jsdf.errors import APIError, AuthenticationError, RateLimitError, TransientError
from jsdf.formatting.text import escape_controls
from jsdf.utils.network.url_secrets import hide_secrets

_MAX_MESSAGE = 200
#: 408 Request Timeout and 425 Too Early do not mean that the request was invalid.
_RETRYABLE_4XX = {408, 425}
_MAX_TOKENS = 2**53


def parse_reply(response: HTTPResponse) -> Reply:
    """Parse the response to a classification request.

    Args:
        response: Its body may be JSON, a proxy's HTML page, a truncated part of either, or empty.

    Returns:
        The reply, with unchecked predictions.

    Raises:
        APIError: The status or the body is an error; the subclass depends on the status.
    """
    status, headers, body = response.status, response.headers, response.body
    document = _parse(body)
    log_id = _text(document.get("log_id")) if isinstance(document, dict) else None
    if not 200 <= status < 300:
        raise _api_error(response, document, log_id)
    predictions = document.get("predictions") if isinstance(document, dict) else None
    if not isinstance(predictions, list):
        problem = "contains no predictions" if isinstance(document, dict) else f"is not a JSON object: {_excerpt(body)}"
        problem += "" if isinstance(document, dict) else f"; check that {_address(response)} is the service's address"
        tokens = _tokens(document.get("_usage")) if isinstance(document, dict) else None
        raise TransientError(
            f"the service's response {problem}", status=status, log_id=log_id, maybe_billed=True, tokens=tokens
        )
    assert isinstance(document, dict)  # noqa: S101 - it has predictions
    if document.get("success") is False:
        tokens = _tokens(document.get("_usage"))
        raise TransientError(_message(document, body), status=status, log_id=log_id, maybe_billed=True, tokens=tokens)
    return Reply(
        predictions, tokens=_tokens(document.get("_usage")), rate_limit=parse_rate_limit(headers), log_id=log_id
    )


def parse_upload(response: HTTPResponse) -> str:
    """Return the temporary public URL of an uploaded file.

    Raises:
        APIError: The upload failed; the subclass depends on the status.
    """
    document = _parse_successful(response)
    url = document.get("temp_public_url") if isinstance(document, dict) else None
    if not isinstance(url, str):
        raise TransientError("the file store returned no public URL", status=response.status)
    return url


def parse_removal(response: HTTPResponse) -> None:
    """Check the response to a file removal; 404 counts as success.

    Raises:
        APIError: The removal failed; the subclass depends on the status.
    """
    if response.status != 404:
        _parse_successful(response)


def _parse_successful(response: HTTPResponse) -> Any:
    document = _parse(response.body)
    if not 200 <= response.status < 300:
        raise _api_error(response, document, None)
    return document


def _api_error(response: HTTPResponse, document: Any, log_id: str | None) -> APIError:
    status, headers = response.status, response.headers
    message = _message(document, response.body)
    advice = _advice(response, is_service=isinstance(document, dict))
    if status in (401, 403):
        reason = "the API key is not valid" if status == 401 else "the API key has no permission for this"
        return AuthenticationError(f"{reason}: {message}; {advice}", status=status, log_id=log_id)
    wait = parse_retry_after(headers.get("retry-after"), time.time())
    if status == 429:
        window = parse_rate_limit(headers)
        return RateLimitError(
            message, retry_after=wait, reset=window.reset, remaining=window.remaining, status=status, log_id=log_id
        )
    if status >= 500 or status in _RETRYABLE_4XX:
        return TransientError(message, retry_after=wait, status=status, log_id=log_id)
    if 300 <= status < 400:
        message = f"redirected to {_target(headers.get('location', ''))}"
    return APIError(f"{message}; {advice}" if advice else message, status=status, log_id=log_id)


def _advice(response: HTTPResponse, *, is_service: bool) -> str:
    """Return advice for a refusal that concerns every request; `is_service` is False if a web page came back."""
    status, address = response.status, _address(response)
    if status in (401, 403):
        advice = f"check JIGSAWSTACK_API_KEY or api_key ({KEYS_PAGE})"
        return advice if is_service else f"{advice}, and that {address} is the service's address"
    if status in (404, 405):
        return f"check that {address} is the service's address"
    if status == 407:
        return "a proxy asks for a user and password: put them into its URL, as in http://user:password@host:port"
    return f"set base_url to the service's own URL instead of {address}" if 300 <= status < 400 else ""


def _address(response: HTTPResponse) -> str:
    return url_setting(response.url) if response.url else "base_url"


def _target(location: str) -> str:
    """Return the address of a redirect for a message."""
    return _excerpt(hide_secrets(location).encode()) if location else "nowhere"


def _message(document: Any, body: bytes) -> str:
    if isinstance(document, dict):
        for name in ("message", "error"):
            detail = document.get(name)
            if isinstance(detail, dict):
                detail = detail.get("message") or json.dumps(detail)
            if detail:
                return _shorten(detail if isinstance(detail, str) else json.dumps(detail))
    return _excerpt(body) if body.strip() else "no explanation was given"


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _tokens(usage: Any) -> Tokens:
    if not isinstance(usage, dict):
        return Tokens()
    names = ("input_tokens", "output_tokens", "inference_time_tokens", "total_tokens")
    counts = {name: usage.get(name) for name in names}
    valid = {k: int(v) for k, v in counts.items() if isinstance(v, (int, float)) and 0 <= v <= _MAX_TOKENS}
    if "total_tokens" not in valid and valid:
        valid["total_tokens"] = sum(valid.values())
    return Tokens(**valid, reported=bool(valid))


def _text(value: Any) -> str | None:
    return _shorten(value) if isinstance(value, str) else None


def _excerpt(body: bytes) -> str:
    return _shorten(repr(body[: 2 * _MAX_MESSAGE].decode("utf-8", "replace")), 80)


def _shorten(text: str, max_chars: int = _MAX_MESSAGE) -> str:
    text = escape_controls(" ".join(text.split()))
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"
