"""Run a coroutine to its end for a synchronous caller, also from a thread whose own event loop is running."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

#: Seconds for a cancelled coroutine to clean up.
_CANCEL_SECONDS = 5.0


def run_in_thread(coroutine: Coroutine[Any, Any, T], name: str) -> T:
    """Run a coroutine on an event loop of its own, in a daemon thread, and return its result.

    Args:
        coroutine: The coroutine.
        name: Name of the thread.

    Raises:
        KeyboardInterrupt: After an interrupt, which cancels the coroutine.
    """
    result: Future[T] = Future()
    is_cancelled = threading.Event()
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def report() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for mypy: a coroutine runs in a task
        running.append((asyncio.get_running_loop(), task))
        if is_cancelled.is_set():  # the interrupt came before the line above
            task.cancel()
        try:
            result.set_result(await coroutine)
        except BaseException as error:  # noqa: BLE001 - raised for the caller
            result.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(report()), name=name, daemon=True)
    try:
        thread.start()
        return result.result()
    except BaseException:
        is_cancelled.set()
        for loop, task in running:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        with suppress(RuntimeError):  # the interrupt came before it was started
            thread.join(_CANCEL_SECONDS)
