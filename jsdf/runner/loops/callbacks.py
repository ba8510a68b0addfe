"""Pass the events of an operation to its callbacks, on the caller's thread or on the caller's loop."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jsdf.runner.loops.operation import POLL_SECONDS

if TYPE_CHECKING:
    import asyncio

    from jsdf.runner.loops.operation import BackgroundOperation, EventCallback, IdleCallback

_MAX_QUEUED_EVENTS = 20  # before some are skipped


def handle_next_event(events: queue.SimpleQueue[Any], on_event: EventCallback, idle: IdleCallback) -> None:
    """Wait 0.1 s for an event and pass it on; skip events if the callback is too slow for all of them."""
    try:
        event = events.get(timeout=POLL_SECONDS)
        while events.qsize() > _MAX_QUEUED_EVENTS:
            event = events.get_nowait() or event
    except queue.Empty:  # `idle` is called below: an interrupt in it would show this exception as its context
        event = queue.Empty
    if event is queue.Empty:
        idle()
    elif event is not None:
        on_event(event)


class GuardedCallback:
    """An event callback that records its own failure and stops the operation, instead of failing inside it."""

    def __init__(self, on_event: EventCallback, operation: BackgroundOperation[Any]) -> None:
        self._on_event, self._operation = on_event, operation
        self.error: Exception | None = None

    def __call__(self, event: Any) -> None:
        """Pass an event on, unless an earlier call failed."""
        self._try(lambda: self._on_event(event))

    @contextmanager
    def calling_idle(self, loop: asyncio.AbstractEventLoop, idle: IdleCallback) -> Iterator[None]:
        """Call `idle` every 0.1 s inside the block, by a timer: unlike a task, it leaves nothing to clean up."""

        def tick() -> None:
            self._try(idle)
            timers[0] = loop.call_later(POLL_SECONDS, tick)

        timers = [loop.call_later(POLL_SECONDS, tick)]
        try:
            yield
        finally:
            timers[0].cancel()

    def _try(self, action: Callable[[], None]) -> None:
        if self.error is None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - a user's callback; raised again for the caller
                self.error = error
                self._operation.request_stop()
