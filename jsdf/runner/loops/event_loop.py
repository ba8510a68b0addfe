"""Run asynchronous operations for synchronous callers, on an event loop of the package in a daemon thread.

The calling thread waits on a queue of events. This works in every version of ipykernel that was tried, keeps the
partial run on an interrupt, and leaves no task on the notebook's own loop; see `nested_loop` for the alternative.
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jsdf.errors import JSDFError
from jsdf.runner.loops.background_loop import get_loop, is_on_loop
from jsdf.runner.loops.callbacks import GuardedCallback, handle_next_event
from jsdf.runner.loops.operation import no_op

if TYPE_CHECKING:
    from jsdf.runner.loops.operation import BackgroundOperation, EventCallback, IdleCallback

T = TypeVar("T")

_CANCEL_TIMEOUT = 5.0  # seconds for a cancelled operation to clean up


def run(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Run the operation in the background and return its result.

    Args:
        operation: The operation.
        on_event: Called with every event, on the calling thread.
        idle: Called on the calling thread after every 0.1 s without an event.

    Raises:
        KeyboardInterrupt: After the first interrupt, once the operation has stopped; after a second one, within 5 s.
        JSDFError: Called on the thread of the event loop, which would wait for itself.
    """
    call = BackgroundCall(operation, on_event, idle)
    call.wait()
    return call.result()


def _never() -> bool:
    return False


class BackgroundCall(Generic[T]):
    """An operation in the background, for a caller that waits for it piece by piece.

    Args:
        operation: The operation.
        on_event: Called with every event, on the thread of `wait`.
        idle: Called on that thread after every 0.1 s without an event.

    Raises:
        JSDFError: Made on the thread of the event loop, which would wait for itself.
    """

    def __init__(self, operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> None:
        if is_on_loop():
            raise JSDFError(
                "a synchronous call from inside an engine would block forever; await jsdf.aclassify instead"
            )
        self._operation, self._on_event, self._idle = operation, on_event, idle
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._submission = _Submission(operation, self._events)
        self._interrupts = 0

    def wait(self, is_ready: Callable[[], bool] = _never) -> None:
        """Wait until `is_ready` returns True after an event, or until the operation has ended.

        Raises:
            KeyboardInterrupt: After a second interrupt, within 5 s. The first one stops the operation, see `result`.
        """
        while True:
            try:  # KeyboardInterrupt can arrive between any two statements, so guard all of them
                self._submission.submit()
                while not is_ready() and not (self._submission.result.done() and self._events.empty()):
                    handle_next_event(self._events, self._on_event, self._idle)
                break
            except KeyboardInterrupt:
                self._interrupt()
            except BaseException:  # the callback failed: stop, so that nothing more is paid for unseen
                self._operation.request_stop()
                if self._submission.is_submitted:
                    self._submission.result.exception()
                raise

    @property
    def is_interrupted(self) -> bool:
        """True after an interrupt, which has stopped the operation."""
        return self._interrupts > 0

    def _interrupt(self) -> None:
        self._interrupts += 1
        self._operation.request_stop()
        if self._interrupts > 1:
            self._operation.abandon()
            with suppress(KeyboardInterrupt):  # a third interrupt ends the wait
                self._submission.cancel()
            raise KeyboardInterrupt(self._operation.interrupt_message()) from None

    def result(self) -> T:
        """Return the result of the operation, which has ended.

        Raises:
            KeyboardInterrupt: It was interrupted.
        """
        result = self._submission.result.result()
        if self._interrupts:
            raise KeyboardInterrupt(self._operation.interrupt_message())
        return result


class _Submission(Generic[T]):
    """An operation submitted to the background loop; starts once, even if an interrupt makes `run` submit it twice."""

    def __init__(self, operation: BackgroundOperation[T], events: queue.SimpleQueue[Any]) -> None:
        self.result: Future[T] = Future()
        self.is_submitted = False
        self._operation, self._events, self._loop = operation, events, get_loop()
        self._task: asyncio.Task[T] | None = None

    def submit(self) -> None:
        if not self.is_submitted:
            self._loop.call_soon_threadsafe(self._create_task)
            self.is_submitted = True

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task is not None and self._task.cancel())
        wait([self.result], _CANCEL_TIMEOUT)

    def _create_task(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._operation.start(self._events.put))
            self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.result.set_exception(CancelledError())  # `wait` does not return for a cancelled future
        elif (error := task.exception()) is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(task.result())
        self._events.put(None)


async def arun(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Run the operation on the background loop, and the callbacks on the caller's loop; the async version of `run`.

    Raises:
        asyncio.CancelledError: After a cancellation, once the operation has stopped; at once after a second one.
    """
    caller_loop = asyncio.get_running_loop()
    callback = GuardedCallback(on_event, operation)

    def emit(event: Any) -> None:
        try:
            caller_loop.call_soon_threadsafe(callback, event)
        except RuntimeError:  # the caller's loop is closed, so nothing awaits the result
            operation.request_stop()

    future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(operation.start(emit), get_loop()))
    with callback.calling_idle(caller_loop, idle):
        try:
            result = await asyncio.shield(future)
        except asyncio.CancelledError:
            operation.request_stop()
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError:
                operation.abandon()
                future.cancel()
            raise
    if callback.error is not None:
        raise callback.error
    return result
