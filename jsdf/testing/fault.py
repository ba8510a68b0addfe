"""What can go wrong, by script: pass these to `FakeService(faults=...)`, one a classification request."""

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
    """Something that goes wrong with one request. Make one with the functions of this module.

    Args:
        billed: True where the work is done, and paid for, all the same.
        seconds: How much longer than usual the client waits.
    """

    _: KW_ONLY
    billed: bool = False
    seconds: float = 0.0

    @property
    def keeps_pace(self) -> bool:
        """Whether the service's rate headers go out with it."""
        return True

    def act(self, answer: Response, now: float) -> Action:
        """What the client gets in the place of the right answer; `now` is the service's unix time."""
        raise NotImplementedError


def status(code: int, message: str | None = None, *, retry_after: str | float | None = None) -> Fault:
    """A refusal with this HTTP status and a JSON body; `retry_after` becomes the header."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return _Says(send_error(code, message or f"scripted: {code}").with_headers(headers))


def rate_limited(retry_after: RetryAfter = None, *, headers: bool = True, reset_in: float = 0.05) -> Fault:
    """A 429 whatever the rate is.

    Args:
        retry_after: The form of a Retry-After header, `"seconds"` or `"date"`; None for no such header.
        headers: Whether the three rate headers come with it; without, they are left out altogether.
        reset_in: Seconds until the window ends, by the headers.
    """
    return _Limits(retry_after, headers, reset_in)


def html(code: int = 502) -> Fault:
    """A proxy's HTML page with this status, which may be 200; the service never saw the request."""
    return _Says(send_html(code))


def redirect(url: str, code: int = 307) -> Fault:
    """A redirect to `url`, which nobody should follow with a key in hand."""
    return _Says(Response(code, headers={"location": url}))


def empty(code: int = 200) -> Fault:
    """This status with no body at all; the service never saw the request."""
    return _Says(Response(code))


def reset(after: bool = False) -> Fault:
    """The connection is reset: before the work, or after it, when the answer is lost but paid for."""
    return _Drops(billed=after)


def hang(seconds: float = 3600.0, *, billed: bool = True) -> Fault:
    """Silence for so long, then the answer; or, where not billed, no work and a reset."""
    return _Late(billed=True, seconds=seconds) if billed else _Drops(seconds=seconds)


def truncated(*, clean: bool = False) -> Fault:
    """The JSON stops in the middle and the connection is closed, billed.

    Args:
        clean: True for a Content-Length that agrees with what is sent: only a JSON parser notices.
    """
    return _Cuts(clean, billed=True)


def not_json() -> Fault:
    """A 200 that calls itself JSON and is not, billed."""
    return _Says(Response(200, b"OK", {"content-type": "application/json"}), billed=True)


def short(n: int = 1) -> Fault:
    """`n` predictions too few, billed."""
    return _Spoils("short", n, billed=True)


def long(n: int = 1) -> Fault:
    """`n` predictions too many, billed."""
    return _Spoils("long", n, billed=True)


def unknown_label(label: str = "weird", n: int | None = 1) -> Fault:
    """The first `n` samples (None: all) are answered with a label that nobody offered, billed."""
    return _Spoils("replace", n, label, billed=True)


def null_prediction(n: int | None = 1) -> Fault:
    """The first `n` samples (None: all) are answered with null, billed."""
    return _Spoils("replace", n, None, billed=True)


def mixture(share: float = 0.2, seed: int = 0, kinds: Sequence[Fault] | None = None) -> Script:
    """A random script in which a given share of the requests goes wrong.

    Args:
        share: The chance of a fault, from 0 to 1.
        seed: The same seed gives the same faults to the same request numbers.
        kinds: What to draw from; by default everything that asking again cures, but for hangs.

    Returns:
        A callable for `faults=`; it may serve several services.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r}: pass a chance from 0 to 1, as in 0.2")
    pool = list(CURABLE if kinds is None else kinds)
    if not pool:
        raise ValueError("kinds=[]: pass at least one fault, as in [fault.status(503)]")

    def draw(number: int, _: Request) -> Fault | None:
        dice = random.Random(f"{seed}:{number}")  # noqa: S311 - a script, no secret
        return dice.choice(pool) if dice.random() < share else None

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
        said = rate_limit_headers(50, 0, now + self.reset_in) if self.headers else {}
        if self.retry_after == "seconds":
            said["retry-after"] = f"{self.reset_in:g}"
        if self.retry_after == "date":
            said["retry-after"] = formatdate(now + self.reset_in, usegmt=True)
        return send_error(429, "too many requests").with_headers(said)


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
        if "predictions" in body:  # an answer of the file store has none
            body["predictions"] = self._spoil(body["predictions"])
        return Response(answer.status, json.dumps(body).encode(), answer.headers)

    def _spoil(self, right: list[Any]) -> list[Any]:
        n = len(right) if self.n is None else self.n
        if self.how == "short":
            return right[: max(0, len(right) - n)]
        if self.how == "long":
            return right + [right[-1]] * n
        several = self.label is not None and isinstance(right[0], list)
        wrong: list[Any] = [[self.label] if several else self.label] * min(n, len(right))
        return wrong + right[len(wrong) :]


#: The faults that `mixture` draws from by default: asking again cures each.
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
