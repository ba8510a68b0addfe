"""How a synchronous call runs asynchronous work, in scripts and in notebooks whose loop runs already.

A loop of our own on a daemon thread, the main thread waiting on a queue: it ran in every version of ipykernel that was
tried, keeps the partial run on an interrupt, and leaves nothing behind on the notebook's loop. Or else: `nested_loop`.
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
Emit: TypeAlias = Callable[[Any], None]
Idle: TypeAlias = Callable[[], None]

_TICK, _LINGER = 0.1, 5.0  # seconds between two looks for an interrupt; that cancelled work may take to tidy up
_BACKLOG = 20  # events that a view may be behind


class Work(Protocol[T]):  # type: ignore[misc]
    """What can be run, watched and stopped."""

    def start(self, emit: Emit) -> Coroutine[Any, Any, T]:
        """The work; it calls `emit` with an event whenever something has moved."""
        ...

    def stop(self) -> None:
        """Begin nothing new, finish what is under way. Called from any thread."""
        ...

    def leave(self) -> None:
        """The work is given up as it stands."""
        ...

    def farewell(self) -> str:
        """What an interrupted caller should know."""
        ...


def rest() -> None:
    """What a view does that has nothing to do between events."""


def run(work: Work[T], show: Emit, idle: Idle = rest) -> T:
    """Do the work and return its result; `show` gets every event, on this thread.

    Args:
        work: What to do.
        show: Called with every event.
        idle: Called, on this thread too, every 0.1 s in which no event came.

    Raises:
        KeyboardInterrupt: After the first interrupt once the work has ended early; after a second within 5 s.
    """
    if _own is not None and threading.current_thread() is _own.thread:
        raise JSDFError("this call comes from inside an engine, which it would block for ever; await aclassify there")
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    job: _Job[T] | None = None
    interrupts = 0
    while True:
        try:  # around all of it: an interrupt may come between any two steps
            job = job or _Job(work, events)
            job.begin()
            _watch(job.result, events, show, idle)
            break
        except KeyboardInterrupt:
            interrupts += 1
            work.stop()
            if interrupts > 1:
                work.leave()
                if job is not None:
                    job.cancel()  # a third interrupt ends the wait in it
                raise
        except BaseException:  # the view broke: nothing more is paid for behind its back
            work.stop()
            if job is not None and job.begun:
                job.result.exception()
            raise
    result = job.result.result()
    if interrupts:
        raise KeyboardInterrupt(work.farewell())
    return result


class _Job(Generic[T]):
    """Work for our loop; it begins once, though an interrupt may make its caller ask for that twice."""

    def __init__(self, work: Work[T], events: queue.SimpleQueue[Any]) -> None:
        self.result: Future[T] = Future()
        self.begun = False
        self._work, self._events, self._loop = work, events, _own_loop()
        self._task: asyncio.Task[T] | None = None

    def begin(self) -> None:
        if not self.begun:
            self._loop.call_soon_threadsafe(self._begin)
            self.begun = True

    def cancel(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._task is not None and self._task.cancel())
        wait([self.result], _LINGER)

    def _begin(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._work.start(self._events.put))
            self._task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.result.set_exception(CancelledError())  # `wait` does not notice a `cancel`
        elif (error := task.exception()) is not None:
            self.result.set_exception(error)
        else:
            self.result.set_result(task.result())
        self._events.put(None)


def _watch(future: Future[Any], events: queue.SimpleQueue[Any], show: Emit, idle: Idle) -> None:
    while not (future.done() and events.empty()):
        _show_next(events, show, idle)


def _show_next(events: queue.SimpleQueue[Any], show: Emit, idle: Idle) -> None:
    """Show the next event, if one comes soon; a view that is too slow for them skips some."""
    try:
        event = events.get(timeout=_TICK)
        while events.qsize() > _BACKLOG:
            event = events.get_nowait() or event
    except queue.Empty:
        idle()
        return
    if event is not None:
        show(event)


class Careful:
    """A view whose failure stops the work instead of passing for a failure of the work."""

    def __init__(self, show: Emit, work: Work[Any]) -> None:
        self._show, self._work = show, work
        self.error: Exception | None = None

    def __call__(self, event: Any) -> None:
        """Show an event, unless an earlier one could not be shown."""
        self._try(lambda: self._show(event))

    @contextmanager
    def ticking(self, loop: asyncio.AbstractEventLoop, idle: Idle) -> Iterator[None]:
        """Call `idle` every 0.1 s; a timer and no task, since a timer leaves nothing behind."""
        timers: list[asyncio.TimerHandle] = []

        def tick() -> None:
            self._try(idle)
            timers[:] = [loop.call_later(_TICK, tick)]

        timers.append(loop.call_later(_TICK, tick))
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
                self._work.stop()


async def arun(work: Work[T], show: Emit, idle: Idle = rest) -> T:
    """The same, awaited: the work runs on our own loop, the events and `idle` come on the caller's.

    Raises:
        asyncio.CancelledError: When cancelled, once the work has ended early; at once the second time.
    """
    here = asyncio.get_running_loop()
    careful = Careful(show, work)

    def pass_on(event: Any) -> None:
        try:
            here.call_soon_threadsafe(careful, event)
        except RuntimeError:  # the caller's loop is closed: nobody waits any more
            work.stop()

    future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work.start(pass_on), _own_loop()))
    with careful.ticking(here, idle):
        try:
            result = await asyncio.shield(future)
        except asyncio.CancelledError:
            work.stop()
            try:
                await asyncio.shield(future)
            except asyncio.CancelledError:
                work.leave()
                future.cancel()
            raise
    if careful.error is not None:
        raise careful.error
    return result


class _Own:
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
_own: _Own | None = None


def _own_loop() -> asyncio.AbstractEventLoop:
    global _own
    with _lock:
        if _own is None or _own.pid != os.getpid() or not _own.thread.is_alive():
            _own = _Own()
        return _own.loop


def _forget() -> None:
    """In a forked child: the lock may be held by a thread that is not there."""
    global _lock, _own
    _lock, _own = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
