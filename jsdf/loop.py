"""How a synchronous call runs asynchronous work, in scripts and in notebooks whose loop runs already.

A loop of our own on a daemon thread, the main thread waiting on a queue: it ran in every version of
ipykernel that was tried, keeps the partial run on an interrupt, and leaves nothing behind on the
notebook's loop. `jsdf.nesting` is the other way, for those who ask for it.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeAlias, TypeVar

from jsdf.errors import JSDFError

T = TypeVar("T")
Emit: TypeAlias = Callable[[Any], None]

_TICK = 0.1  # seconds between two looks at whether an interrupt has come
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


def run(work: Work[T], show: Emit) -> T:
    """Do the work and return its result; `show` gets every event, on this thread.

    Raises:
        KeyboardInterrupt: After the first interrupt once the work has ended early; after a second at once.
    """
    if _own is not None and threading.current_thread() is _own.thread:
        raise JSDFError("this call comes from inside an engine, which it would block for ever; await aclassify there")
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    future: Future[T] | None = None
    interrupts = 0
    while True:
        try:  # around all of it: an interrupt may come between any two steps
            future = future or _submit(work, events)
            _watch(future, events, show)
            break
        except KeyboardInterrupt:
            interrupts += 1
            work.stop()
            if interrupts > 1:
                work.leave()
                if future is not None:
                    future.cancel()
                raise
        except BaseException:  # the view broke: nothing more is paid for behind its back
            work.stop()
            if future is not None:
                future.exception()
            raise
    result = future.result()
    if interrupts:
        raise KeyboardInterrupt(work.farewell())
    return result


def _submit(work: Work[T], events: queue.SimpleQueue[Any]) -> Future[T]:
    future = asyncio.run_coroutine_threadsafe(work.start(events.put), _own_loop())
    future.add_done_callback(lambda _: events.put(None))
    return future


def _watch(future: Future[Any], events: queue.SimpleQueue[Any], show: Emit) -> None:
    while not (future.done() and events.empty()):
        _show_next(events, show)


def _show_next(events: queue.SimpleQueue[Any], show: Emit) -> None:
    """Show the next event, if one comes soon; a view that is too slow for them skips some."""
    try:
        event = events.get(timeout=_TICK)
        while events.qsize() > _BACKLOG:
            event = events.get_nowait() or event
    except queue.Empty:
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
        if self.error is None:
            try:
                self._show(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, its owner shall hear of it
                self.error = error
                self._work.stop()


async def arun(work: Work[T], show: Emit) -> T:
    """The same, awaited: the work runs on our own loop, the events come on the caller's.

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
