"""Every exception that jsdf raises.

JSDFError
├── InvalidLabelsError   (also ValueError)  the labels cannot be used; nothing was sent
├── InvalidInputError    (also ValueError)  the column or an argument cannot be used; nothing was sent
├── ImageError           (also ValueError)  a value gives no picture: dead, damaged, too large, a web page
├── MissingKeyError                         no API key, and no other engine to fall back on
├── MissingExtraError                       a part of the package that is not installed was asked for
├── ModelError                              a local model cannot be loaded, or is not the one expected
├── APIError                                the service refused, or could not be reached
│   ├── AuthenticationError                 a wrong key (401), or one that may not do this (403)
│   ├── RateLimitError                      too many requests (429), for longer than it is worth waiting
│   └── TransientError                      worth trying again: 5xx, a timeout, a broken answer
└── ClassificationError                     some rows have no label; `.run` holds all the others
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsdf.results.run import Run

_PERMANENT = {402, 404, 405}


class JSDFError(Exception):
    """The base of every error of this package: catch it to catch them all."""

    #: What a stopped call has already got (see `jsdf.last_run`), None where nothing had begun.
    run: Run | None = None


class InvalidLabelsError(JSDFError, ValueError):
    """The labels cannot be used; the message says which one and why. Nothing was sent."""


class InvalidInputError(JSDFError, ValueError):
    """The column or an argument cannot be used; the message quotes it. Nothing was sent."""


class ImageError(JSDFError, ValueError):
    """A value gives no picture; the message says why, and the row that holds it fails with those words.

    Args:
        message: Why, without the value itself.
        code: In one word: `"dead"` (nothing is there), `"page"` (a web page), `"oversize"` (too many
            bytes or pixels), `"unsupported"` (no format that is read here), `"damaged"` (it cannot be
            decoded) or `"forbidden"` (an address that may not be asked).
    """

    def __init__(self, message: str, code: str = "damaged") -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild with the code."""
        return type(self), (str(self), self.code)


class MissingKeyError(JSDFError):
    """No API key was found; the message says where to get one and where to put it."""


class MissingExtraError(JSDFError):
    """A part of the package is not installed; the message holds the line that installs it."""


class ModelError(JSDFError):
    """A local model cannot be loaded, or is not the one that was tested; the message says which file."""


class APIError(JSDFError):
    """The service refused a request, or could not be reached.

    Args:
        message: What the service said, or what went wrong on the way.
        status: The HTTP status, None where no response came.
        log_id: The service's own identifier of the request, for its support.
        attempts: How many times the request was sent.
    """

    def __init__(
        self, message: str, *, status: int | None = None, log_id: str | None = None, attempts: int = 1
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.log_id = log_id
        self.attempts = attempts

    @property
    def is_permanent(self) -> bool:
        """True for a status that no later request of the same run can change: 402, 404, 405 or a redirect."""
        return self.status in _PERMANENT or (self.status is not None and 300 <= self.status < 400)

    def __str__(self) -> str:
        """The message, with the status before it where there is one."""
        return self.message if self.status is None else f"HTTP {self.status}: {self.message}"

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the message alone; the rest is state."""
        return type(self), (self.message,), self.__dict__


class AuthenticationError(APIError):
    """The key is wrong (401) or not permitted (403): the run stops and keeps what was answered."""


class RateLimitError(APIError):
    """The service asks for a pause (429); raised to a caller only when no pause helps.

    Args:
        message: What the service said.
        retry_after: Seconds to wait, as the service put it; None where it did not say.
        reset: Unix time in seconds, by the service's clock, at which its window ends; None likewise.
        **details: As for `APIError`.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, reset: float | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
        self.reset = reset


class TransientError(APIError):
    """Worth trying again: a 5xx, a timeout, a connection that broke, an answer that makes no sense.

    Args:
        message: What happened.
        retry_after: Seconds to wait before the next try, where the service named them.
        maybe_billed: True where the service may have done the work although no answer arrived.
        splittable: True where a smaller request may fare better; False where nobody was reached.
        tokens: What it cost all the same (`jsdf.engines.Tokens`), where the service said so.
        **details: As for `APIError`.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        maybe_billed: bool = False,
        splittable: bool = True,
        tokens: Any = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
        self.maybe_billed = maybe_billed
        self.splittable = splittable
        self.tokens = tokens


class ClassificationError(JSDFError):
    """Some rows failed or were answered outside the labels; everything else is done and in `.run`."""

    def __init__(self, message: str, run: Run | None = None) -> None:
        super().__init__(message)
        self.run = run

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild with the run."""
        return type(self), (str(self), self.run)
