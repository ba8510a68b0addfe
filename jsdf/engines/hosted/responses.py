"""The service's answers, as they may come, in our own words."""

from __future__ import annotations

import email.utils
import json
import math
import time
from collections.abc import Mapping
from typing import Any

from jsdf.engines.base import RateLimitInfo, Reply, Tokens
from jsdf.engines.hosted.connection import HTTPResponse
from jsdf.errors import APIError, AuthenticationError, RateLimitError, TransientError

_PREFIX = "x-jigsaw-rate-limit-"
_MAX_MESSAGE = 200
#: Refusals that say nothing about what was sent: the request took too long, or came too early.
_RETRYABLE_4XX = {408, 425}
_MAX_TOKENS = 2**53


def parse_reply(response: HTTPResponse) -> Reply:
    """Understand an answer.

    Args:
        response: Its body may be JSON, a proxy's HTML page, a part of either, or nothing.

    Returns:
        The predictions as they are; nobody has checked them yet.

    Raises:
        APIError: Or one of its kinds, by the status.
    """
    status, headers, body = response.status, response.headers, response.body
    document = _parse(body)
    log_id = _text(document.get("log_id")) if isinstance(document, dict) else None
    if not 200 <= status < 300:
        raise _error(status, headers, document, body, log_id)
    predictions = document.get("predictions") if isinstance(document, dict) else None
    if not isinstance(predictions, list):
        what = "no predictions" if isinstance(document, dict) else f"no JSON but {_excerpt(body)}"
        spent = _tokens(document.get("_usage")) if isinstance(document, dict) else None
        raise TransientError(
            f"the service's answer holds {what}", status=status, log_id=log_id, maybe_billed=True, tokens=spent
        )
    assert isinstance(document, dict)  # noqa: S101 - it had predictions
    if document.get("success") is False:
        spent = _tokens(document.get("_usage"))
        raise TransientError(_message(document, body), status=status, log_id=log_id, maybe_billed=True, tokens=spent)
    return Reply(
        predictions, tokens=_tokens(document.get("_usage")), rate_limit=parse_rate_limit(headers), log_id=log_id
    )


def parse_upload(response: HTTPResponse) -> str:
    """The temporary public address of a file that was stored.

    Raises:
        APIError: Or one of its kinds.
    """
    document = _accepted(response)
    url = document.get("temp_public_url") if isinstance(document, dict) else None
    if not isinstance(url, str):
        raise TransientError("the file store gave no public address", status=response.status)
    return url


def parse_removal(response: HTTPResponse) -> None:
    """A file was removed; one that is not there needs no removal.

    Raises:
        APIError: Or one of its kinds.
    """
    if response.status != 404:
        _accepted(response)


def _accepted(response: HTTPResponse) -> Any:
    document = _parse(response.body)
    if not 200 <= response.status < 300:
        raise _error(response.status, response.headers, document, response.body, None)
    return document


def parse_rate_limit(headers: Mapping[str, str]) -> RateLimitInfo:
    """The rate headers; the reset comes in milliseconds."""
    reset = _number(headers.get(f"{_PREFIX}reset"))
    return RateLimitInfo(
        limit=_number(headers.get(f"{_PREFIX}limit")),
        remaining=_number(headers.get(f"{_PREFIX}remaining")),
        reset=None if reset is None else reset / 1000,
    )


def parse_retry_after(value: str | None, now: float) -> float | None:
    """A `Retry-After` header in seconds from now, whether it came as seconds or as a date."""
    if value is None:
        return None
    seconds = _number(value)
    if seconds is None:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return max(0.0, seconds)


def _error(status: int, headers: Mapping[str, str], document: Any, body: bytes, log_id: str | None) -> APIError:
    message = _message(document, body)
    if status in (401, 403):
        why = "the API key is not valid" if status == 401 else "the API key may not do this"
        return AuthenticationError(f"{why}: {message}", status=status, log_id=log_id)
    wait = parse_retry_after(headers.get("retry-after"), time.time())
    if status == 429:
        return RateLimitError(
            message, retry_after=wait, reset=parse_rate_limit(headers).reset, status=status, log_id=log_id
        )
    if status >= 500 or status in _RETRYABLE_4XX:
        return TransientError(message, retry_after=wait, status=status, log_id=log_id)
    if 300 <= status < 400:
        where = _excerpt(headers.get("location", "nowhere").encode())
        message = f"redirected to {where}; set base_url to the service's own address"
    return APIError(message, status=status, log_id=log_id)


def _message(document: Any, body: bytes) -> str:
    if isinstance(document, dict):
        for name in ("message", "error"):
            found = document.get(name)
            if isinstance(found, dict):
                found = found.get("message") or json.dumps(found)
            if found:
                return _shorten(found if isinstance(found, str) else json.dumps(found))
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
    whole = {k: int(v) for k, v in counts.items() if isinstance(v, (int, float)) and 0 <= v <= _MAX_TOKENS}
    if "total_tokens" not in whole and whole:
        whole["total_tokens"] = sum(whole.values())
    return Tokens(**whole, reported=bool(whole))


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _excerpt(body: bytes) -> str:
    return _shorten(repr(body[: 2 * _MAX_MESSAGE].decode("utf-8", "replace")), 80)


def _shorten(text: str, most: int = _MAX_MESSAGE) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
