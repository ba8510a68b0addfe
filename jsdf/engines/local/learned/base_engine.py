"""Protocol of the engine that a head corrects; `jsdf.Local` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from jsdf.column.kinds import Kind
    from jsdf.engines.local.session import LocalSession
    from jsdf.images import Limits


class BaseEngine(Protocol):
    """The local engine, as far as a head needs it; the attributes are those of `jsdf.engines.Engine`."""

    batch_size: int
    first_batch_size: int | None
    concurrency: int

    def model_identity(self, kind: Kind) -> str:
        """Return the identity of the model for samples of this kind."""
        ...

    def model_arguments(self, kind: Kind) -> dict[str, Any]:
        """Return the arguments that choose the model for samples of this kind, those that were given."""
        ...

    def startup_note(self, kind: Kind) -> str:
        """Return the note of a run until its first answer."""
        ...

    def session(
        self, *, untrusted: bool = ..., limits: Limits | None = ..., low_priority: bool = ...
    ) -> AbstractAsyncContextManager[LocalSession]:
        """Return a context manager that opens the session of a job; see `Local.session`."""
        ...
