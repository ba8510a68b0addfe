"""How a synchronous call runs asynchronous work, in scripts and in notebooks whose loop runs already.

A loop of our own on a daemon thread, the main thread waiting on a queue: it ran in every version of
ipykernel that was tried, keeps the partial run on an interrupt, and leaves nothing behind on the
notebook's loop. `jsdf.options.event_loop = "nested"` asks for nest_asyncio instead.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import os
import queue
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeAlias, TypeVar

from jsdf.errors import JSDFError

T = TypeVar("T")
Emit: TypeAlias = Callable[[Any], None]

_TICK = 0.1  # seconds between two looks at whether an interrupt has come


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
    future, events = _submit(work)
    interrupted = False
    try:
        while True:
            try:
                if _show_next(events, show):
                    break
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                work.stop()
    except KeyboardInterrupt:
        work.stop()
        work.leave()
        future.cancel()
        raise
    except BaseException:  # the view broke: nothing more is paid for behind its back
        work.stop()
        future.exception()
        raise
    result = future.result()
    if interrupted:
        raise KeyboardInterrupt(work.farewell())
    return result


def _submit(work: Work[T]) -> tuple[Future[T], queue.SimpleQueue[Any]]:
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    future = asyncio.run_coroutine_threadsafe(work.start(events.put), _own_loop())
    future.add_done_callback(lambda _: events.put(None))
    return future, events


def _show_next(events: queue.SimpleQueue[Any], show: Emit) -> bool:
    """Show an event if one comes soon; returns True after the last one."""
    try:
        event = events.get(timeout=_TICK)
    except queue.Empty:
        return False
    if event is not None:
        show(event)
    return event is None


async def arun(work: Work[T], show: Emit) -> T:
    """The same, awaited: the work runs on our own loop, the events come on the caller's.

    Raises:
        asyncio.CancelledError: When cancelled, once the work has ended early; at once the second time.
    """
    here = asyncio.get_running_loop()
    broken: list[Exception] = []

    def show_here(event: Any) -> None:
        try:
            show(event)
        except Exception as error:  # noqa: BLE001 - the view broke: nothing more is paid for behind its back
            broken.append(error)
            work.stop()

    def pass_on(event: Any) -> None:
        here.call_soon_threadsafe(show_here, event)

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
    if broken:
        raise broken[0]
    return result


def run_nested(work: Work[T], show: Emit) -> T:
    """Do the work on the caller's running loop by nest_asyncio; where none runs, as `run` does."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return run(work, show)
    _nest(loop)
    task = loop.create_task(work.start(show))
    try:
        return loop.run_until_complete(task)
    except KeyboardInterrupt:
        work.stop()
        # Whatever the interrupt hit is lost; the rest lands, so that no paid request goes on unseen.
        loop.run_until_complete(asyncio.wait([task]))
        raise


def _nest(loop: asyncio.AbstractEventLoop) -> None:
    name, version = _nesting_package()
    why = _why_not(loop, name, version)
    if why is not None:
        raise JSDFError(f'jsdf.options.event_loop = "nested" does not work here: {why}; leave it at "thread"')
    importlib.import_module(name).apply(loop)


def _nesting_package() -> tuple[str, tuple[int, ...]]:
    for name in ("nest_asyncio2", "nest_asyncio"):
        try:
            return name, _numbers(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            continue
    raise JSDFError('jsdf.options.event_loop = "nested" needs the package nest_asyncio')


def _why_not(loop: asyncio.AbstractEventLoop, name: str, version: tuple[int, ...]) -> str | None:
    """The pairs that were seen to hang or to break the process."""
    shown = f"{name} {'.'.join(map(str, version))}"
    if type(loop).__module__.startswith("uvloop"):
        return "it cannot patch uvloop"
    old = name == "nest_asyncio" or version < (1, 7, 4)
    kernel = sys.modules.get("ipykernel")
    if old and kernel is not None and _numbers(kernel.__version__) >= (7, 1):
        return f"{shown} hangs with ipykernel {kernel.__version__}"
    if name == "nest_asyncio" and sys.version_info >= (3, 14):
        return f"{shown} breaks Python 3.14"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


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
        if _own is None or _own.pid != os.getpid():
            _own = _Own()
        return _own.loop
