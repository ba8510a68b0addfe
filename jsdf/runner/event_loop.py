"""Run asynchronous operations for synchronous callers, on an event loop of the package in a daemon thread.

The calling thread waits on a queue of events. This works in every version of ipykernel that was tried, keeps the
partial run on an interrupt, and leaves no task on the notebook's own loop; see `nested_loop` for the alternative.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import contextmanager, suppress
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from jsdf.errors import JSDFError

T = TypeVar("T")
EventCallback: TypeAlias = Callable[[Any], None]
IdleCallback: TypeAlias = Callable[[], None]

#: Seconds between checks for an interrupt; for a cancelled operation to clean up; events before some are skipped.
_POLL_SECONDS, _CANCEL_TIMEOUT, _MAX_QUEUED_EVENTS = 0.1, 5.0, 20


class BackgroundOperation(Protocol[T]):  # type: ignore[misc]
    """An asynchronous operation that can be started, watched and stopped."""

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, T]:
        """Return the coroutine of the operation, which calls `emit` with an event on every change."""

    def request_stop(self) -> None:
        """Ask the operation to start nothing new and to finish the steps in progress; callable from any thread."""

    def abandon(self) -> None:
        """Record the state reached so far; called after a second interrupt, right before the operation is cancelled."""

    def interrupt_message(self) -> str:
        """Return the text of the `KeyboardInterrupt` for the caller."""


def no_op() -> None:
    """Do nothing; the default idle callback."""


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
    if _loop_thread is not None and threading.current_thread() is _loop_thread.thread:
        raise JSDFError("a synchronous call from inside an engine would block forever; await jsdf.aclassify instead")
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    submission: _Submission[T] | None = None
    interrupts = 0
    while True:
        try:  # KeyboardInterrupt can arrive between any two statements, so guard all of them
            submission = submission or _Submission(operation, events)
            submission.submit()
            _pump_events(submission.result, events, on_event, idle)
            break
        except KeyboardInterrupt:
            interrupts += 1
            operation.request_stop()
            if interrupts > 1:
                operation.abandon()
                with suppress(KeyboardInterrupt):  # a third interrupt ends the wait
                    if submission is not None:
                        submission.cancel()
                raise KeyboardInterrupt(operation.interrupt_message()) from None
        except BaseException:  # the callback failed: stop, so that nothing more is paid for unseen
            operation.request_stop()
            if submission is not None and submission.is_submitted:
                submission.result.exception()
            raise
    result = submission.result.result()
    if interrupts:
        raise KeyboardInterrupt(operation.interrupt_message())
    return result


class _Submission(Generic[T]):
    """An operation submitted to the background loop; starts once, even if an interrupt makes `run` submit it twice."""

    def __init__(self, operation: BackgroundOperation[T], events: queue.SimpleQueue[Any]) -> None:
        self.result: Future[T] = Future()
        self.is_submitted = False
        self._operation, self._events, self._loop = operation, events, _get_loop()
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


def _pump_events(
    future: Future[Any], events: queue.SimpleQueue[Any], on_event: EventCallback, idle: IdleCallback
) -> None:
    while not (future.done() and events.empty()):
        _handle_next_event(events, on_event, idle)


def _handle_next_event(events: queue.SimpleQueue[Any], on_event: EventCallback, idle: IdleCallback) -> None:
    """Wait 0.1 s for an event and pass it on; skip events if the callback is too slow for all of them."""
    try:
        event = events.get(timeout=_POLL_SECONDS)
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
            timers[0] = loop.call_later(_POLL_SECONDS, tick)

        timers = [loop.call_later(_POLL_SECONDS, tick)]
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

    future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(operation.start(emit), _get_loop()))
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


class _LoopThread:
    """The background event loop of this process, and its thread."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.thread = threading.Thread(target=self._run_forever, name="jsdf-loop", daemon=True)
        self.loop = asyncio.SelectorEventLoop()  # independent of the user's event loop policy, such as uvloop's
        # nest_asyncio and others replace asyncio.Task by a class that does not work on a plain loop.
        # A local import: importing `_asyncio` before asyncio would leave asyncio without its C accelerator.
        from _asyncio import Task

        self.loop.set_task_factory(lambda loop, coro, **more: Task(coro, loop=loop, **more))
        self.thread.start()

    def _run_forever(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


# One loop per process. Threads do not survive a fork, so a child creates its own.
_lock = threading.Lock()
_loop_thread: _LoopThread | None = None


def _get_loop() -> asyncio.AbstractEventLoop:
    global _loop_thread
    with _lock:
        if _loop_thread is None or _loop_thread.pid != os.getpid() or not _loop_thread.thread.is_alive():
            _loop_thread = _LoopThread()
        return _loop_thread.loop


def _reset_after_fork() -> None:
    """Replace the lock and the loop in a forked child: a thread of the parent may have held the lock."""
    global _lock, _loop_thread
    _lock, _loop_thread = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
