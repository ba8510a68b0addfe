"""An engine that passes everything on to another one; base class of those that change one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from jsdf.engines.base import Kind, Session


class WrappedEngine(Engine):
    """An engine with the attributes and the sessions of another one.

    Args:
        engine: The other engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.rate, self.concurrency = engine.name, engine.rate, engine.concurrency
        self.batch_size, self.first_batch_size = engine.batch_size, getattr(engine, "first_batch_size", None)
        self.max_labels, self.kinds = engine.max_labels, engine.kinds
        self.has_scores, self.follows_tasks = engine.has_scores, engine.follows_tasks

    @property
    def identity(self) -> str:
        """That of the engine."""
        return self._engine.identity

    def check_configuration(self) -> None:
        """Check the engine's settings."""
        self._engine.check_configuration()

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:
        """Return the engine's number of additional requests."""
        return self._engine.file_requests(kind, values)

    def startup_note(self, kind: Kind) -> str:
        """Return the engine's note of a run until its first answer."""
        note = getattr(self._engine, "startup_note", None)
        return "" if note is None else str(note(kind))

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open the engine's session."""
        return self._engine.session()
