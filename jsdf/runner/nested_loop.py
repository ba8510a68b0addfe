"""`jsdf.options.event_loop = "nested"`: a synchronous call on the notebook's own loop, by nest_asyncio.

For people whose own coroutines must share that loop. Never applied unless asked for, and refused on the
versions that were seen to hang or to break the process.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from jsdf.errors import JSDFError
from jsdf.runner.event_loop import BackgroundOperation, EventCallback, GuardedCallback, IdleCallback, no_op, run

T = TypeVar("T")


def run_nested(work: BackgroundOperation[T], show: EventCallback, idle: IdleCallback = no_op) -> T:
    """Do the work on the caller's running loop by nest_asyncio; where none runs, as `run` does."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return run(work, show, idle)
    _apply_nest_asyncio(loop)
    careful = GuardedCallback(show, work)
    with careful.calling_idle(loop, idle), _stop_on_sigint(work) as interrupts:
        result = loop.run_until_complete(loop.create_task(work.start(careful)))
    if careful.error is not None:
        raise careful.error
    if interrupts:
        raise KeyboardInterrupt(work.interrupt_message())
    return result


@contextmanager
def _stop_on_sigint(work: BackgroundOperation[Any]) -> Iterator[list[int]]:
    """Make the first Ctrl-C stop the work: raised in the middle of a nested loop, it would hit any task there."""
    seen: list[int] = []

    def interrupt(number: int, frame: Any) -> None:  # noqa: ARG001 - what signal handlers are called with
        seen.append(number)
        if len(seen) > 1:
            work.abandon()
            raise KeyboardInterrupt
        work.request_stop()

    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def _apply_nest_asyncio(loop: asyncio.AbstractEventLoop) -> None:
    name, version = _nesting_package()
    why = _unsupported_reason(loop, name, version)
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


def _unsupported_reason(loop: asyncio.AbstractEventLoop, name: str, version: tuple[int, ...]) -> str | None:
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
