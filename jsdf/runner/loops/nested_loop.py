"""Run a synchronous call on the notebook's own event loop with nest_asyncio, for coroutines that must share it.

Used only with `jsdf.options.event_loop = "nested"`, and refused with versions that were observed to hang or to break
the process.
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
from typing import TYPE_CHECKING, Any, TypeVar

from jsdf.errors import JSDFError
from jsdf.runner.loops.callbacks import GuardedCallback
from jsdf.runner.loops.event_loop import run
from jsdf.runner.loops.operation import no_op

if TYPE_CHECKING:
    from jsdf.runner.loops.operation import BackgroundOperation, EventCallback, IdleCallback

T = TypeVar("T")


def run_nested(operation: BackgroundOperation[T], on_event: EventCallback, idle: IdleCallback = no_op) -> T:
    """Run the operation on the caller's running loop with nest_asyncio; without a running loop, same as `run`."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return run(operation, on_event, idle)
    _apply_nest_asyncio(loop)
    callback = GuardedCallback(on_event, operation)
    with callback.calling_idle(loop, idle), _stop_on_sigint(operation) as interrupts:
        result = loop.run_until_complete(loop.create_task(operation.start(callback)))
    if callback.error is not None:
        raise callback.error
    if interrupts:
        raise KeyboardInterrupt(operation.interrupt_message())
    return result


@contextmanager
def _stop_on_sigint(operation: BackgroundOperation[Any]) -> Iterator[list[int]]:
    """Stop the operation on the first Ctrl-C; a KeyboardInterrupt in a nested loop could hit any of its tasks.

    Yields the list of signals received; the second one raises KeyboardInterrupt.
    """
    signals: list[int] = []

    def interrupt(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of signal handlers
        signals.append(number)
        if len(signals) > 1:
            operation.abandon()
            raise KeyboardInterrupt(operation.interrupt_message())
        operation.request_stop()

    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield signals
    finally:
        signal.signal(signal.SIGINT, previous)


def _apply_nest_asyncio(loop: asyncio.AbstractEventLoop) -> None:
    name, version = _nesting_package()
    reason = _unsupported_reason(loop, name, version)
    if reason is not None:
        raise JSDFError(f'jsdf.options.event_loop = "nested" does not work here: {reason}; use "thread"')
    importlib.import_module(name).apply(loop)


def _nesting_package() -> tuple[str, tuple[int, ...]]:
    for name in ("nest_asyncio2", "nest_asyncio"):
        try:
            return name, _parse_version(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            continue
    raise JSDFError('jsdf.options.event_loop = "nested" needs nest_asyncio: pip install nest_asyncio')


def _unsupported_reason(loop: asyncio.AbstractEventLoop, name: str, version: tuple[int, ...]) -> str | None:
    """Return the reason if this combination of versions was observed to hang or to break the process, else None."""
    package = f"{name} {'.'.join(map(str, version))}"
    if type(loop).__module__.startswith("uvloop"):
        return f"{package} cannot patch uvloop"
    is_old = name == "nest_asyncio" or version < (1, 7, 4)
    kernel = sys.modules.get("ipykernel")
    if is_old and kernel is not None and _parse_version(kernel.__version__) >= (7, 1):
        return f"{package} hangs with ipykernel {kernel.__version__}"
    if name == "nest_asyncio" and sys.version_info >= (3, 14):
        return f"{package} breaks Python 3.14"
    return None


def _parse_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
