"""The protocol that every engine answers, so that the runner never knows who does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from jsdf.column.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    import numpy as np
    import numpy.typing as npt

    from jsdf.labels import LabelSet

__all__ = [
    "Engine",
    "Kind",
    "PreparingSession",
    "Question",
    "RateLimitInfo",
    "Reply",
    "SendRequest",
    "Session",
    "Tokens",
]

T = TypeVar("T")


def _no_op() -> None:
    pass


@dataclass(frozen=True)
class Question:
    """What is asked of every sample of a request.

    Args:
        labels: The classes to choose from.
        kind: What the samples are, `"text"` or `"image"`.
        multiple: True where a sample may have any number of labels.
        task: An instruction in natural language, None for none.
    """

    labels: LabelSet
    kind: Kind = "text"
    multiple: bool = False
    task: str | None = None


@dataclass(frozen=True)
class Tokens:
    """What one request cost, in the service's own terms; zeros where it did not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    inference_time_tokens: int = 0
    total_tokens: int = 0
    #: False where the service reported no usage at all.
    reported: bool = False

    def __post_init__(self) -> None:
        if any((self.input_tokens, self.output_tokens, self.inference_time_tokens, self.total_tokens)):
            object.__setattr__(self, "reported", True)

    def counts(self) -> tuple[int | None, ...]:
        """The four figures in order, all None where none was reported."""
        counts = (self.input_tokens, self.output_tokens, self.inference_time_tokens, self.total_tokens)
        return counts if self.reported else (None,) * len(counts)


@dataclass(frozen=True)
class RateLimitInfo:
    """What the service's headers say of its rate limit; None where a header is absent.

    Args:
        limit: Requests a second.
        remaining: Requests left in this window.
        reset: Unix time in seconds, by the service's clock, at which the window ends.
    """

    limit: float | None = None
    remaining: float | None = None
    reset: float | None = None


@dataclass(frozen=True)
class Reply:
    """An engine's answer to one request.

    Args:
        predictions: One entry a sample, in order: a label's name (or its key or description), or a
            list of them for a multiple question. Nothing is assumed of them: the runner checks the
            length and maps each to a class or to `unknown`.
        scores: float32 of shape (samples, classes), in the order of `Question.labels`; None without.
        tokens: What the request cost.
        rate_limit: The rate headers that came with it.
        log_id: The service's identifier of the request.
        failures: Position of a sample -> why it has no answer: its row fails with these words, and its
            prediction is not looked at.
    """

    predictions: Sequence[Any]
    scores: npt.NDArray[np.float32] | None = None
    tokens: Tokens = field(default_factory=Tokens)
    rate_limit: RateLimitInfo = field(default_factory=RateLimitInfo)
    log_id: str | None = None
    failures: Mapping[int, str] = field(default_factory=dict)


class Session(Protocol):
    """An engine while a job runs: it may hold a connection or a loaded model."""

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request of at most `Engine.batch_size` distinct samples.

        Raises:
            RateLimitError: Pause everybody, then ask again; it is not counted as a try.
            TransientError: Ask again after a backoff, then in smaller requests.
            AuthenticationError: Stop the run.
            APIError: 402, 404, 405 and redirects stop the run; any other refusal is split in quarters
                until the guilty sample stands alone. So is every other exception.
        """
        ...


class SendRequest(Protocol):
    """Runs a request of a session's own, such as an upload: under the run's rate, with its retries and pauses."""

    async def __call__(self, request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        """The result of `request`, which may be called more than once.

        Args:
            request: Sends it once.
            closing: True for what must be done also when the run has been stopped.
        """
        ...


@dataclass(frozen=True)
class Prepared:
    """Samples in the form in which a request carries them.

    Args:
        question: As the request puts it: an example image may have got another address.
        values: Position of a sample -> what is sent for it.
        failures: Position of a sample -> why it cannot be sent; its row fails with these words.
        release: Called once the request is over, however it ended.
    """

    question: Question
    values: Mapping[int, Any]
    failures: Mapping[int, str] = field(default_factory=dict)
    release: Callable[[], None] = _no_op


@runtime_checkable
class PreparingSession(Session, Protocol):
    """A session that makes samples ready before they are sent: it opens, checks and uploads them."""

    async def prepare(self, question: Question, values: Sequence[Any], send: SendRequest) -> Prepared:
        """Make samples ready; what `classify` gets afterwards is what comes out here.

        Raises:
            InvalidLabelsError: An example image cannot be used, which stops the run.
            APIError: As for `classify`.
        """
        ...


class Engine(Protocol):
    """Who answers. Subclass it, set `name` and write `classify`; override what differs.

    Attributes:
        name: What progress lines and runs call it.
        identity: Engine and model in one string; answers in the store are kept apart by it.
        batch_size: The most samples of one request.
        max_labels: The most labels of one request, None for no limit.
        rate: Requests a second, None for as fast as it goes.
        concurrency: Requests in flight at once.
        kinds: The kinds of sample that it can answer.
        has_scores: True where replies come with scores.
        follows_tasks: False where a task changes nothing, which callers are then told.
    """

    name: str
    batch_size: int = 32
    max_labels: int | None = None
    rate: float | None = None
    concurrency: int = 1
    kinds: frozenset[Kind] = frozenset({"text"})
    has_scores: bool = False
    follows_tasks: bool = True

    @property
    def identity(self) -> str:
        """By default the name alone."""
        return self.name

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:  # noqa: ARG002 - for those who override
        """How many uploads and the like these values take besides; they share the rate."""
        return 0

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open what a job needs, and close it at the end; by default nothing."""
        return _identity(self)

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """See `Session.classify`; an engine that writes `session` instead need not write this."""
        async with self.session() as session:
            return await session.classify(question, values)


@asynccontextmanager
async def _identity(engine: Engine) -> AsyncIterator[Session]:
    if type(engine).classify is Engine.classify:
        raise TypeError(f"{type(engine).__name__} is no engine yet: write classify, or session")
    yield engine
