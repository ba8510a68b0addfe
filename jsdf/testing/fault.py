"""Scripted faults: pass them to `FakeService(faults=...)`, one for each classification request."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from email.utils import formatdate
from typing import Any, Literal, TypeAlias

from jsdf.testing.messages import Action, Reset, Response, send_error, send_html
from jsdf.testing.rate_limit import RetryAfter, rate_limit_headers
from jsdf.testing.validation import Request

Script: TypeAlias = Callable[[int, Request], "Fault | None"]


@dataclass(frozen=True)
class Fault:
    """A fault of one request. Create one with the functions of this module.

    Args:
        billed: True if the request is processed, and billed, nevertheless.
        seconds: Additional seconds that the client waits.
    """

    _: KW_ONLY
    billed: bool = False
    seconds: float = 0.0

    @property
    def keeps_pace(self) -> bool:
        """True if the response carries the rate headers of the service."""
        return True

    def act(self, answer: Response, now: float) -> Action:
        """Return the reply that replaces the correct answer.

        Args:
            answer: The correct answer.
            now: Unix time in seconds, by the service's clock.
        """
        raise NotImplementedError


def status(code: int, message: str | None = None, *, retry_after: str | float | None = None) -> Fault:
    """Answer with this HTTP status and a JSON error body; the request is not processed.

    Args:
        code: The HTTP status.
        message: The reason in the body; None for "scripted: " and the status.
        retry_after: The value of the Retry-After header; None for no such header.
    """
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return _Says(send_error(code, message or f"scripted: {code}").with_headers(headers))


def rate_limited(retry_after: RetryAfter = None, *, headers: bool = True, reset_in: float = 0.05) -> Fault:
    """Answer with a 429, independent of the service's rate.

    Args:
        retry_after: The format of the Retry-After header, `"seconds"` or `"date"`; None for no such header.
        headers: True to send the three rate headers, False to omit them.
        reset_in: Seconds until the window ends, as the headers say.
    """
    return _Limits(retry_after, headers, reset_in)


def html(code: int = 502) -> Fault:
    """Answer with a proxy's HTML page of this status, which may be 200; the request is not processed."""
    return _Says(send_html(code))


def redirect(url: str, code: int = 307) -> Fault:
    """Answer with a redirect to `url`, to which a client must not send its API key."""
    return _Says(Response(code, headers={"location": url}))


def empty(code: int = 200) -> Fault:
    """Answer with this status and no body; the request is not processed."""
    return _Says(Response(code))


def reset(after: bool = False) -> Fault:
    """Reset the connection: before the request is processed, or after it, so that a billed answer is lost.

    Args:
        after: True to process, and bill, the request first.
    """
    return _Drops(billed=after)


def hang(seconds: float = 3600.0, *, billed: bool = True) -> Fault:
    """Delay the reply.

    Args:
        seconds: The delay.
        billed: True for the correct answer after the delay; False for a reset of the connection, unbilled.
    """
    return _Late(billed=True, seconds=seconds) if billed else _Drops(seconds=seconds)


def truncated(*, clean: bool = False) -> Fault:
    """Cut off the JSON in the middle and close the connection, billed.

    Args:
        clean: True for a Content-Length that matches the shortened body, so that only a JSON parser notices; the
            connection then stays open.
    """
    return _Cuts(clean, billed=True)


def not_json() -> Fault:
    """Answer with a 200 whose content type is JSON and whose body is not, billed."""
    return _Says(Response(200, b"OK", {"content-type": "application/json"}), billed=True)


def short(n: int = 1) -> Fault:
    """Answer with `n` predictions too few, billed."""
    return _Spoils("short", n, billed=True)


def long(n: int = 1) -> Fault:
    """Answer with `n` predictions too many, billed."""
    return _Spoils("long", n, billed=True)


def unknown_label(label: str = "weird", n: int | None = 1) -> Fault:
    """Answer the first `n` samples (None: all) with a label that the request does not contain, billed."""
    return _Spoils("replace", n, label, billed=True)


def null_prediction(n: int | None = 1) -> Fault:
    """Answer the first `n` samples (None: all) with null, billed."""
    return _Spoils("replace", n, None, billed=True)


def mixture(share: float = 0.2, seed: int = 0, kinds: Sequence[Fault] | None = None) -> Script:
    """Return a random script that makes a share of the requests fail.

    Args:
        share: The probability of a fault, from 0 to 1.
        seed: The same seed gives the same faults to the same request numbers.
        kinds: The faults to choose from; by default `CURABLE`: all faults that a retry resolves, without hangs.

    Returns:
        A callable for `faults=`, which several services may share.

    Raises:
        ValueError: `share` is not between 0 and 1, or `kinds` is empty.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: pass a probability from 0 to 1, as in 0.2")
    pool = list(CURABLE if kinds is None else kinds)
    if not pool:
        raise ValueError("kinds=[]: pass at least one fault, as in [fault.status(503)]")

    def draw(number: int, _: Request) -> Fault | None:
        rng = random.Random(f"{seed}:{number}")  # noqa: S311 - reproducible faults, not cryptography
        return rng.choice(pool) if rng.random() < share else None

    return draw


@dataclass(frozen=True)
class _Says(Fault):
    reply: Response

    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        return self.reply


@dataclass(frozen=True)
class _Limits(Fault):
    retry_after: RetryAfter
    headers: bool
    reset_in: float

    @property
    def keeps_pace(self) -> bool:
        return self.headers

    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        headers = rate_limit_headers(50, 0, now + self.reset_in) if self.headers else {}
        if self.retry_after == "seconds":
            headers["retry-after"] = f"{self.reset_in:g}"
        if self.retry_after == "date":
            headers["retry-after"] = formatdate(now + self.reset_in, usegmt=True)
        return send_error(429, "too many requests").with_headers(headers)


@dataclass(frozen=True)
class _Drops(Fault):
    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        return Reset()


@dataclass(frozen=True)
class _Late(Fault):
    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        return answer


@dataclass(frozen=True)
class _Cuts(Fault):
    clean: bool

    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        half = len(answer.body) // 2
        if self.clean:
            return Response(answer.status, answer.body[:half], answer.headers)
        return Response(answer.status, answer.body, answer.headers, truncate_at=half)


@dataclass(frozen=True)
class _Spoils(Fault):
    how: Literal["short", "long", "replace"]
    n: int | None
    label: str | None = None

    def act(self, answer: Response, now: float) -> Action:  # noqa: ARG002
        body = json.loads(answer.body)
        if "predictions" in body:  # responses of the file store have none
            body["predictions"] = self._spoil(body["predictions"])
        return Response(answer.status, json.dumps(body).encode(), answer.headers)

    def _spoil(self, correct: list[Any]) -> list[Any]:
        n = len(correct) if self.n is None else self.n
        if self.how == "short":
            return correct[: max(0, len(correct) - n)]
        if self.how == "long":
            return correct + [correct[-1]] * n
        is_multiple = self.label is not None and isinstance(correct[0], list)
        wrong: list[Any] = [[self.label] if is_multiple else self.label] * min(n, len(correct))
        return wrong + correct[len(wrong) :]


#: The faults that `mixture` uses by default: a retry resolves each of them.
CURABLE: tuple[Fault, ...] = (
    status(500),
    status(503, retry_after=0),
    html(502),
    rate_limited(),
    reset(),
    reset(after=True),
    truncated(),
    not_json(),
    short(),
)
