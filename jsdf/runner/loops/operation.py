"""`BackgroundOperation`, the protocol of the operations that the event loops run, and types of callbacks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
EventCallback: TypeAlias = Callable[[Any], None]
IdleCallback: TypeAlias = Callable[[], None]

#: Seconds between two calls of the idle callback; a synchronous caller notices an interrupt within them.
POLL_SECONDS = 0.1


class BackgroundOperation(Protocol[T]):  # type: ignore[misc]
    """An asynchronous operation that can be started, watched and stopped."""

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, T]:
        """Return the coroutine of the operation, which calls `emit` with an event on every change."""

    def request_stop(self) -> None:
        """Ask the operation to start nothing new and to finish the steps in progress; callable from any thread."""

    def abandon(self) -> None:
        """Record the state reached so far; called right before the operation is cancelled."""

    def interrupt_message(self) -> str:
        """Return the text of the `KeyboardInterrupt` for the caller."""


def no_op() -> None:
    """Do nothing; the default idle callback."""
