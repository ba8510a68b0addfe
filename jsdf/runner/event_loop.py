"""Run asynchronous operations for synchronous callers, on an event loop of the package's own in a daemon thread.

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
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from jsdf.errors import JSDFError

T = TypeVar("T")
EventCallback: TypeAlias = Callable[[Any], None]
IdleCallback: TypeAlias = Callable[[], None]

#: Seconds between checks for an interrupt; seconds for cancelled work to clean up; events that a view may be behind.
_POLL_SECONDS, _CANCEL_TIMEOUT, _MAX_QUEUED_EVENTS = 0.1, 5.0, 20


class BackgroundOperation(Protocol[T]):  # type: ignore[misc]
    """What can be run, watched and stopped."""

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, T]:
        """The work; it calls `emit` with an event whenever something has moved."""
        ...

    def request_stop(self) -> None:
        """Begin nothing new, finish what is under way. Called from any thread."""
        ...

    def abandon(self) -> None:
        """The work is given up as it stands."""
        ...

    def interrupt_message(self) -> str:
        """What an interrupted caller should know."""
        ...


def no_op() -> None:
    """What a view does that has nothing to do between events."""


def run(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Do the work and return its result; `on_event` gets every event, on this thread.

    Args:
        operation: What to do.
        on_event: Called with every event.
        idle: Called, on this thread too, every 0.1 s in which no event came.

    Raises:
        KeyboardInterrupt: After the first interrupt once the work has ended early; after a second within 5 s.
    """
    if _loop_thread is not None and threading.current_thread() is _loop_thread.thread:
        raise JSDFError("this call comes from inside an engine, which it would block for ever; await aclassify there")
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    job: _Submission[T] | None = None
    interrupts = 0
    while True:
        try:  # around all of it: an interrupt may come between any two steps
            job = job or _Submission(operation, events)
            job.submit()
            _pump_events(job.result, events, on_event, idle)
            break
        except KeyboardInterrupt:
            interrupts += 1
            operation.request_stop()
            if interrupts > 1:
                operation.abandon()
                if job is not None:
                    job.cancel()  # a third interrupt ends the wait in it
                raise
        except BaseException:  # the view broke: nothing more is paid for behind its back
            operation.request_stop()
            if job is not None and job.is_submitted:
                job.result.exception()
            raise
    result = job.result.result()
    if interrupts:
        raise KeyboardInterrupt(operation.interrupt_message())
    return result


class _Submission(Generic[T]):
    """Work for our loop; it begins once, though an interrupt may make its caller ask for that twice."""

    def __init__(self, work: BackgroundOperation[T], events: queue.SimpleQueue[Any]) -> None:
        self.result: Future[T] = Future()
        self.is_submitted = False
        self._operation, self._events, self._loop = work, events, _get_loop()
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
            self.result.set_exception(CancelledError())  # `wait` does not notice a `cancel`
        elif (error := task.exception()) is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(task.result())
        self._events.put(None)


def _pump_events(future: Future[Any], events: queue.SimpleQueue[Any], show: EventCallback, idle: IdleCallback) -> None:
    while not (future.done() and events.empty()):
        _handle_next_event(events, show, idle)


def _handle_next_event(events: queue.SimpleQueue[Any], show: EventCallback, idle: IdleCallback) -> None:
    """Show the next event, if one comes soon; a view that is too slow for them skips some."""
    try:
        event = events.get(timeout=_POLL_SECONDS)
        while events.qsize() > _MAX_QUEUED_EVENTS:
            event = events.get_nowait() or event
    except queue.Empty:
        idle()
        return
    if event is not None:
        show(event)


class GuardedCallback:
    """A view whose failure stops the work instead of passing for a failure of the work."""

    def __init__(self, show: EventCallback, work: BackgroundOperation[Any]) -> None:
        self._on_event, self._operation = show, work
        self.error: Exception | None = None

    def __call__(self, event: Any) -> None:
        """Show an event, unless an earlier one could not be shown."""
        self._try(lambda: self._on_event(event))

    @contextmanager
    def calling_idle(self, loop: asyncio.AbstractEventLoop, idle: IdleCallback) -> Iterator[None]:
        """Call `idle` every 0.1 s; a timer and no task, since a timer leaves nothing behind."""
        timers: list[asyncio.TimerHandle] = []

        def tick() -> None:
            self._try(idle)
            timers[:] = [loop.call_later(_POLL_SECONDS, tick)]

        timers.append(loop.call_later(_POLL_SECONDS, tick))
        try:
            yield
        finally:
            timers[0].cancel()

    def _try(self, action: Callable[[], None]) -> None:
        if self.error is None:
            try:
                action()
            except Exception as error:  # noqa: BLE001 - whatever it is, its owner shall hear of it
                self.error = error
                self._operation.request_stop()


async def arun(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """The same, awaited: the work runs on our own loop, the events and `idle` come on the caller's.

    Raises:
        asyncio.CancelledError: When cancelled, once the work has ended early; at once the second time.
    """
    here = asyncio.get_running_loop()
    careful = GuardedCallback(on_event, operation)

    def pass_on(event: Any) -> None:
        try:
            here.call_soon_threadsafe(careful, event)
        except RuntimeError:  # the caller's loop is closed: nobody waits any more
            operation.request_stop()

    future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(operation.start(pass_on), _get_loop()))
    with careful.calling_idle(here, idle):
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
    if careful.error is not None:
        raise careful.error
    return result


class _LoopThread:
    """The loop of this process, and the thread that it runs on."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.thread = threading.Thread(target=self._forever, name="jsdf-loop", daemon=True)
        self.loop = asyncio.SelectorEventLoop()  # whatever policy the user has set, such as uvloop's
        # Where somebody patched asyncio.Task (nest_asyncio does), its tasks are not fit for a plain loop.
        # Imported here and not above: before asyncio itself, it would leave asyncio without its C half.
        from _asyncio import Task

        self.loop.set_task_factory(lambda loop, coro, **more: Task(coro, loop=loop, **more))
        self.thread.start()

    def _forever(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


# One loop a process, made again after a fork, which no thread survives.
_lock = threading.Lock()
_loop_thread: _LoopThread | None = None


def _get_loop() -> asyncio.AbstractEventLoop:
    global _loop_thread
    with _lock:
        if _loop_thread is None or _loop_thread.pid != os.getpid() or not _loop_thread.thread.is_alive():
            _loop_thread = _LoopThread()
        return _loop_thread.loop


def _reset_after_fork() -> None:
    """In a forked child: the lock may be held by a thread that is not there."""
    global _lock, _loop_thread
    _lock, _loop_thread = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
