"""Exceptions raised by jsdf.

JSDFError
├── InvalidLabelsError   (also ValueError)  the labels cannot be used; nothing was sent
├── InvalidInputError    (also ValueError)  the column or an argument cannot be used; nothing was sent
├── ImageError           (also ValueError)  an image cannot be used: unreachable, damaged, too large, not an image
├── ConfirmationError                       a call may cost more than `jsdf.options.confirm_above`; nothing was sent
├── MissingKeyError                         no API key, and no other engine to fall back on
├── MissingExtraError                       an optional part of the package is not installed
├── ModelError                              a local model cannot be loaded, or is not the one expected
├── APIError                                the service refused a request, or could not be reached
│   ├── AuthenticationError                 invalid key (401), or a key without permission (403)
│   ├── RateLimitError                      too many requests (429), and pausing did not help
│   └── TransientError                      worth a retry: 5xx, a timeout, an invalid reply, no network
└── ClassificationError                     some rows have no label; `.run` holds all the others
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsdf.results.estimate import Plan
    from jsdf.results.run import Run

#: 407 is a proxy's.
_PERMANENT = {402, 404, 405, 407}


class JSDFError(Exception):
    """Base class of all errors of this package; catch it to catch them all.

    Attributes:
        run: The partial `Run` of a call that this error stopped (see `jsdf.last_run`); None if no run had started.
        runs: The completed runs of a call of `jsdf.compare` or `jsdf.probe` that this error stopped, by name; else
            None.
    """

    run: Run | None = None
    runs: Mapping[str, Run] | None = None


class InvalidLabelsError(JSDFError, ValueError):
    """The labels cannot be used; the message names the label and the reason. Nothing was sent."""


class InvalidInputError(JSDFError, ValueError):
    """The column or an argument cannot be used; the message quotes it. Nothing was sent."""


class ImageError(JSDFError, ValueError):
    """An image cannot be used; the message is also the failure reason of the row that holds it.

    Args:
        message: The reason, without the value itself.
        code: The reason as one word: `"dead"` (no file or no response), `"page"` (a web page), `"oversize"` (too
            many bytes or pixels), `"unsupported"` (a format that is not supported), `"damaged"` (cannot be
            decoded) or `"forbidden"` (a URL that may not be requested).
    """

    def __init__(self, message: str, code: str = "damaged") -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: rebuild with the code."""
        return type(self), (str(self), self.code)


class ConfirmationError(JSDFError):
    """A call may cost more than `jsdf.options.confirm_above`; the message names the argument that confirms it.

    Nothing was sent.

    Attributes:
        plan: The `Plan` of the call; None where the number of rows is not known before.
    """

    def __init__(self, message: str, plan: Plan | None = None) -> None:
        super().__init__(message)
        self.plan = plan

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: rebuild with the plan."""
        return type(self), (str(self), self.plan)


class MissingKeyError(JSDFError):
    """No API key was found; the message says where to get one and how to set it."""


class MissingExtraError(JSDFError):
    """An optional part of the package is not installed; the message holds the command that installs it."""


class ModelError(JSDFError):
    """A local model cannot be loaded, or is not the one that was tested; the message names the file."""


class APIError(JSDFError):
    """The service refused a request, or could not be reached.

    Args:
        message: The service's error message, or a description of the connection error.
        status: The HTTP status; None if there was no response.
        log_id: The service's identifier of the request, for its support.
        attempts: Number of times the request was sent.
        permanent: True if every other request would fail in the same way, such as with an untrusted certificate.
        sent: True if the request reached the service although there is no status, so that it may have been billed.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        log_id: str | None = None,
        attempts: int = 1,
        permanent: bool = False,
        sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.log_id = log_id
        self.attempts = attempts
        self._permanent = permanent
        self._sent = sent

    @property
    def is_permanent(self) -> bool:
        """True if every other request of the run would fail in the same way; so do 402, 404, 405, 407 and redirects."""
        is_redirect = self.status is not None and 300 <= self.status < 400
        return self._permanent or is_redirect or self.status in _PERMANENT

    @property
    def is_unsent(self) -> bool:
        """True if the request did not reach the service, so that it cannot have been billed."""
        return self._permanent and self.status is None and not self._sent

    def __str__(self) -> str:
        """Return the message, preceded by the HTTP status if there is one; the status alone if the message is empty."""
        status = None if self.status is None else f"HTTP {self.status}"
        return ": ".join(part for part in (status, self.message) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: rebuild from the message, and restore the other attributes as state."""
        return type(self), (self.message,), self.__dict__


class AuthenticationError(APIError):
    """The key is invalid (401) or lacks permission (403): the run stops, and `.run` holds the answers so far."""


class RateLimitError(APIError):
    """The service answered 429, too many requests; raised to the caller only if pausing does not help.

    Args:
        message: The service's error message.
        retry_after: Seconds to wait, as given by the service; None if it gave none.
        reset: Unix time in seconds, by the service's clock, at which its window ends; None if it gave none.
        remaining: Requests left in the window all the same; None if the service did not say.
        **details: As for `APIError`.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        reset: float | None = None,
        remaining: float | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after
        self.reset = reset
        self.remaining = remaining


class TransientError(APIError):
    """A failure that is worth a retry: a 5xx, a timeout, a broken connection, an invalid reply.

    Args:
        message: Description of the failure.
        retry_after: Seconds to wait before the next attempt; None if the service gave none.
        maybe_billed: True if the service may have done, and billed, the work although no valid reply arrived.
        splittable: True if a smaller request may succeed; False if the service could not be reached at all.
        tokens: Tokens that the failed request cost (`jsdf.engines.Tokens`); None if the service reported none.
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

    @property
    def is_unsent(self) -> bool:
        """True if the request did not reach the service, so that it cannot have been billed."""
        return not self.splittable


class ClassificationError(JSDFError):
    """Some rows failed or were answered outside the labels; all other rows are labelled, and in `.run`.

    Args:
        message: The number of rows without a label, and the most frequent reasons.
        run: The complete `Run`.
    """

    def __init__(self, message: str, run: Run | None = None) -> None:
        super().__init__(message)
        self.run = run

    def __reduce__(self) -> tuple[Any, ...]:
        """Support pickling: rebuild with the run."""
        return type(self), (str(self), self.run)
