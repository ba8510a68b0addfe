"""Run asynchronous operations for synchronous callers, on an event loop of the package in a daemon thread.

The calling thread waits on a queue of events. This works in every version of ipykernel that was tried, keeps the
partial run on an interrupt, and leaves no task on the notebook's own loop; see `nested_loop` for the alternative.
"""

from __future__ import annotations

import asyncio
import math
import queue
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jsdf.errors import JSDFError
from jsdf.runner.loops.background_loop import finish_at_exit, forget, get_loop, is_on_loop
from jsdf.runner.loops.callbacks import GuardedCallback, handle_next_event
from jsdf.runner.loops.operation import no_op

if TYPE_CHECKING:
    from jsdf.runner.loops.operation import BackgroundOperation, EventCallback, IdleCallback

T = TypeVar("T")

#: Seconds after an interrupt in which an operation ends, or is cancelled; containers are killed after 10.
MAX_STOP_SECONDS = 7.0
#: Seconds for a cancelled operation to clean up: after a second interrupt, and where it took too long to stop.
_CANCEL_TIMEOUT, _LATE_CANCEL_TIMEOUT = 5.0, 0.5


def run(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Run the operation in the background and return its result.

    Args:
        operation: The operation.
        on_event: Called with every event, on the calling thread.
        idle: Called on the calling thread after every 0.1 s without an event.

    Raises:
        KeyboardInterrupt: After the first interrupt, once the operation has stopped, within 7.5 s; after a second one,
            within 5 s.
        JSDFError: The process is ending; or called on the thread of the event loop, which would wait for itself.
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
        JSDFError: The process is ending; or made on the thread of the event loop, which would wait for itself.
    """

    def __init__(self, operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> None:
        if is_on_loop():
            raise JSDFError(
                "a synchronous call from inside an engine would block forever; await jsdf.aclassify instead"
            )
        self._operation, self._on_event, self._idle = operation, on_event, idle
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._submission = _Submission(operation, self._events.put)
        self._interrupts, self._deadline = 0, math.inf

    @property
    def is_interrupted(self) -> bool:
        """True after an interrupt, which has stopped the operation."""
        return self._interrupts > 0

    def wait(self, is_ready: Callable[[], bool] = _never) -> None:
        """Wait until `is_ready` returns True after an event, or until the operation has ended.

        Raises:
            KeyboardInterrupt: After a second interrupt, within 5 s; the first one stops the operation, see `result`. Or
                if the operation has not stopped within 7 s after the first one.
        """
        while True:
            try:  # KeyboardInterrupt can arrive between any two statements, so guard all of them
                self._submission.submit()
                self._pump_events(is_ready)
                break
            except KeyboardInterrupt:
                self._request_stop()
                self._interrupts += 1
                if self._interrupts > 1:
                    raise self._abandon(_CANCEL_TIMEOUT) from None
            except BaseException:  # the callback failed: stop, so that nothing more is paid for unseen
                self._operation.request_stop()
                if self._submission.is_submitted:
                    wait([self._submission.result], MAX_STOP_SECONDS)
                raise
        if self._is_late():
            raise self._abandon(_LATE_CANCEL_TIMEOUT)

    def stop(self) -> None:
        """Stop the operation and wait until it has ended, or cancel it after 7 s."""
        self._request_stop()
        self._pump_events(_never)
        if self._is_late():
            self._abandon(_LATE_CANCEL_TIMEOUT)

    def _request_stop(self) -> None:
        self._deadline = time.monotonic() + MAX_STOP_SECONDS
        self._operation.request_stop()

    def _is_late(self) -> bool:
        return time.monotonic() >= self._deadline and not self._submission.result.done()

    def _pump_events(self, is_ready: Callable[[], bool]) -> None:
        """Pass on events until the caller need not wait, the operation has ended, or the deadline is over."""
        result = self._submission.result
        while not is_ready() and not (result.done() and self._events.empty()) and time.monotonic() < self._deadline:
            handle_next_event(self._events, self._on_event, self._idle)

    def _abandon(self, timeout: float) -> KeyboardInterrupt:
        """Cancel the operation, wait until it has cleaned up, and return the exception for the caller."""
        self._operation.abandon()
        with suppress(KeyboardInterrupt):  # another interrupt ends the wait
            self._submission.cancel()
            wait([self._submission.result], timeout)
            forget(self._submission.result)
        return KeyboardInterrupt(self._operation.interrupt_message())

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
    """An operation submitted to the background loop; starts once, even if an interrupt makes `run` submit it twice.

    Args:
        operation: The operation.
        emit: Called on the loop with each event, and with None at the end.

    Attributes:
        result: Its result, once it has ended, also after a cancellation.
    """

    def __init__(self, operation: BackgroundOperation[T], emit: EventCallback) -> None:
        self.result: Future[T] = Future()
        self.is_submitted = False
        self._operation, self._emit, self._loop = operation, emit, get_loop()
        self._task: asyncio.Task[T] | None = None

    def submit(self) -> None:
        if not self.is_submitted:
            self._loop.call_soon_threadsafe(self._create_task)
            self.is_submitted = True

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task is not None and self._task.cancel())

    def _create_task(self) -> None:
        if self._task is not None:
            return
        try:
            self._task = self._loop.create_task(self._operation.start(self._emit))
        except Exception as error:  # noqa: BLE001 - raised for the caller, who would wait forever
            self.result.set_exception(error)
            return
        self._task.add_done_callback(self._end)
        finish_at_exit(self.result, self._operation.request_stop)

    def _end(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.result.set_exception(CancelledError())  # `wait` does not return for a cancelled future
        elif (error := task.exception()) is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(task.result())
        self._emit(None)


async def arun(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Run the operation on the background loop, and the callbacks on the caller's loop; the async version of `run`.

    Raises:
        asyncio.CancelledError: After a cancellation, once the operation has stopped, within 7 s; at once after a
            second one.
        JSDFError: The process is ending.
    """
    caller_loop = asyncio.get_running_loop()
    callback = GuardedCallback(on_event, operation)

    def emit(event: Any) -> None:
        try:
            if event is not None:
                caller_loop.call_soon_threadsafe(callback, event)
        except RuntimeError:  # the caller's loop is closed, so nothing awaits the result
            operation.request_stop()

    submission = _Submission(operation, emit)
    submission.submit()
    future = asyncio.wrap_future(submission.result)
    with callback.calling_idle(caller_loop, idle):
        try:
            result = await asyncio.shield(future)
        except asyncio.CancelledError:
            operation.request_stop()
            await _end_cancelled(operation, submission, future)
            raise
    if callback.error is not None:
        raise callback.error
    return result


async def _end_cancelled(
    operation: BackgroundOperation[T], submission: _Submission[T], future: asyncio.Future[T]
) -> None:
    """Wait until an operation has stopped; cancel it if that takes too long, or after a second cancellation."""
    timeout = _LATE_CANCEL_TIMEOUT
    try:
        await asyncio.wait([future], timeout=MAX_STOP_SECONDS)
    except asyncio.CancelledError:
        timeout = _CANCEL_TIMEOUT
    if not future.done():
        operation.abandon()
        submission.cancel()
        finish_at_exit(submission.result, no_op, timeout)
    elif not future.cancelled():
        future.exception()  # mark it as retrieved: the caller gets the cancellation
