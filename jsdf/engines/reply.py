"""Reply of an engine to one request: predictions, scores, token usage and rate limit headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Tokens:
    """Token usage of one request as the service reports it; 0 for each figure that is not reported."""

    input_tokens: int = 0
    output_tokens: int = 0
    inference_time_tokens: int = 0
    total_tokens: int = 0
    #: False if the service reported no usage at all.
    reported: bool = False

    def __post_init__(self) -> None:
        if any((self.input_tokens, self.output_tokens, self.inference_time_tokens, self.total_tokens)):
            object.__setattr__(self, "reported", True)

    def counts(self) -> tuple[int | None, int | None, int | None, int | None]:
        """Return the four figures in order of declaration, or four None if no usage was reported."""
        if not self.reported:
            return None, None, None, None
        return self.input_tokens, self.output_tokens, self.inference_time_tokens, self.total_tokens


#: Requests per second. A service that states less or more has made a mistake, or a proxy has; it is ignored.
MIN_RATE_LIMIT, MAX_RATE_LIMIT = 1.0, 1e6


@dataclass(frozen=True)
class RateLimitInfo:
    """Rate limit state from the service's response headers; None for each header that is absent.

    Args:
        limit: Requests per second.
        remaining: Requests left in the current window.
        reset: End of the window as Unix time in seconds, by the service's clock.
    """

    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


@dataclass(frozen=True)
class Reply:
    """Engine's reply to one request.

    Args:
        predictions: One entry per sample, in order: a label's name (or its key or description), or a
            list of them if `Question.multiple`. They need not be valid: the runner checks the length
            and maps each to a class or to `unknown`.
        scores: float32 of shape (samples, classes), classes in the order of `Question.labels`; None if
            the engine has no scores.
        tokens: Token usage of the request.
        rate_limit: Rate limit headers of the response.
        log_id: The service's identifier of the request.
        failures: Position of a sample -> reason it has no answer. Its row fails with this reason, and
            its prediction is ignored.
        unknown: Position of a sample -> reason no label can be given. Its row becomes `unknown` with this reason, and
            its prediction is ignored.
        notes: Position of a sample -> remark on how it was read, for example that a text was truncated. Its row is
            answered all the same; `Run.notes` counts the rows of each note.
        vectors: Embeddings of the samples, float32 of shape (samples, width), nan for those without one; None if the
            engine has none, or does not attach them.
    """

    predictions: Sequence[Any]
    scores: npt.NDArray[np.float32] | None = None
    tokens: Tokens = field(default_factory=Tokens)
    rate_limit: RateLimitInfo = field(default_factory=RateLimitInfo)
    log_id: str | None = None
    failures: Mapping[int, str] = field(default_factory=dict)
    unknown: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    vectors: npt.NDArray[np.float32] | None = None
