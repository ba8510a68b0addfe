"""Protocol between the runner and engines; the runner depends on nothing else of an engine."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from jsdf.column.kinds import Kind
from jsdf.engines.reply import RateLimitInfo, Reply, Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from jsdf.labels import LabelSet

__all__ = [
    "Engine", "Kind", "PreparingSession", "Question", "RateLimitInfo", "Reply", "SendRequest", "Session", "Tokens",
]  # fmt: skip

T = TypeVar("T")


def _no_op() -> None:
    pass


@dataclass(frozen=True)
class Question:
    """Classification question that a request asks about each of its samples.

    Args:
        labels: Classes to choose from.
        kind: Kind of the samples, `"text"` or `"image"`.
        multiple: True if a sample may have any number of labels.
        task: Instruction in natural language, or None.
    """

    labels: LabelSet
    kind: Kind = "text"
    multiple: bool = False
    task: str | None = None

    @property
    def has_images(self) -> bool:
        """True if the samples are images, or labels have example images."""
        return self.kind == "image" or any(m.type == "image" for c in self.labels.classes for m in c.members)


class Session(Protocol):
    """Engine opened for one job; it may hold a connection or a loaded model."""

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request of at most `Engine.batch_size` distinct samples.

        Raises:
            RateLimitError: All requests pause, then this one is sent again; it does not count as an attempt.
            TransientError: The request is retried after a backoff, then split into smaller requests.
            AuthenticationError: The run stops.
            APIError: Status 402, 404, 405 and redirects stop the run. After any other status the request is
                split into quarters until the sample that causes the error is isolated. Every other
                exception is handled in the same way.
        """
        ...


class SendRequest(Protocol):
    """Callback that sends a session's additional request, such as an upload, with the run's rate limit and retries."""

    async def __call__(self, request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        """Call and await `request`, with retries, and return its result.

        Args:
            request: Sends the request once; called again for each retry.
            closing: True to send the request even if the run has been stopped, for cleanup.
        """
        ...


@dataclass(frozen=True)
class Prepared:
    """Samples in the form in which a request sends them.

    Args:
        question: Question of the request; URLs of example images may differ from the original question.
        values: Position of a sample -> value to send.
        failures: Position of a sample -> reason it cannot be sent; its row fails with this reason.
        release: Called when the request has ended, successfully or not.
        notes: Position of a sample -> remark on how it was read, as in `Reply.notes`.
    """

    question: Question
    values: Mapping[int, Any]
    failures: Mapping[int, str] = field(default_factory=dict)
    release: Callable[[], None] = _no_op
    notes: Mapping[int, str] = field(default_factory=dict)


@runtime_checkable
class PreparingSession(Session, Protocol):
    """Session that prepares samples before they are sent, for example opens, checks and uploads images."""

    async def prepare(self, question: Question, values: Sequence[Any], send: SendRequest) -> Prepared:
        """Prepare samples; `classify` is then called with the question and values of the result.

        Raises:
            InvalidLabelsError: An example image cannot be used; the run stops.
            APIError: As for `classify`.
        """
        ...


class Engine(Protocol):
    """Base class of engines. Subclass it, set `name`, define `classify`, and override any defaults that differ.

    Attributes:
        name: Name in progress output and in `Run.engine`.
        identity: Engine and model in one string. The store keeps the answers of each identity separate.
        batch_size: Maximum samples per request.
        first_batch_size: Samples of the first request of a run; each one after it has eight times as many, up to
            `batch_size`, so that a slow engine shows progress early. None, the default, for `batch_size`.
        max_labels: Maximum labels per request; None for no limit.
        rate: Maximum requests per second; None for no limit.
        concurrency: Maximum requests in flight.
        kinds: Kinds of samples that the engine can classify.
        has_scores: True if replies include scores.
        follows_tasks: False if the engine ignores `Question.task`; callers that pass one get a warning.
        takes_examples: True if the engine can use examples of labels (`classify(examples=...)`). They come as further
            descriptions and example images of the labels, up to `max_labels`; an engine with a method `learn_from`
            gets a `jsdf.labels.Examples` there instead, and returns the engine that has learned from it.
    """

    name: str
    batch_size: int = 32
    first_batch_size: int | None = None
    max_labels: int | None = None
    rate: float | None = None
    concurrency: int = 1
    kinds: frozenset[Kind] = frozenset({"text"})
    has_scores: bool = False
    follows_tasks: bool = True
    takes_examples: bool = False

    @property
    def identity(self) -> str:
        """Identify engine and model in the store; `name` by default."""
        return self.name

    def check_configuration(self) -> None:
        """Raise a `JSDFError` for a setting that would make every request fail; called before each run and plan."""
        return

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:  # noqa: ARG002 - used by overrides
        """Return the number of additional requests, such as uploads, for these values; they count towards `rate`."""
        return 0

    def startup_note(self, kind: Kind) -> str:  # noqa: ARG002 - used by overrides
        """Return the note of a run until its first answer, as "loading the model"; "" if the engine is ready."""
        return ""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Return a context manager that opens the session of a job; by default the engine itself is the session."""
        return _engine_as_session(self)

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request, as `Session.classify`. Not needed in an engine that overrides `session`."""
        async with self.session() as session:
            return await session.classify(question, values)


@asynccontextmanager
async def _engine_as_session(engine: Engine) -> AsyncIterator[Session]:
    if type(engine).classify is Engine.classify:
        raise TypeError(f"{type(engine).__name__} is not a complete engine: define `classify` or `session`")
    yield engine
