"""The event loop of the package in a daemon thread, one in each process, and what runs on it when the process ends."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from typing import Any

from jsdf.errors import JSDFError
from jsdf.utils.process.thread_pool import ThreadPool

#: Threads for name servers, files, images and stores that are opened; as many as asyncio starts.
_POOL_SIZE = min(32, (os.cpu_count() or 1) + 4)
#: Seconds that the end of the process waits for operations of daemon threads, which get no interrupt.
MAX_EXIT_SECONDS = 7.5


class _BackgroundLoop(asyncio.SelectorEventLoop):
    """Event loop whose default executor works after the end of the main thread, and is not waited for at exit."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPool(_POOL_SIZE, "jsdf-io")

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function in a thread, such as the look-up of a name."""
        return super().run_in_executor(executor or self._pool, func, *args)


class _LoopThread:
    """The background event loop of this process, and its thread."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.thread = threading.Thread(target=self._run_forever, name="jsdf-loop", daemon=True)
        self.loop = _BackgroundLoop()  # independent of the user's event loop policy, such as uvloop's
        # nest_asyncio and others replace asyncio.Task by a class that does not work on a plain loop.
        # A local import: importing `_asyncio` before asyncio would leave asyncio without its C accelerator.
        from _asyncio import Task

        self.loop.set_task_factory(lambda loop, coro, **more: Task(coro, loop=loop, **more))
        try:
            self.thread.start()
        except RuntimeError:
            self.loop.close()
            raise

    def _run_forever(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


# One loop per process. Threads do not survive a fork, so a child creates its own.
_lock = threading.Lock()
_loop_thread: _LoopThread | None = None
#: Operations in progress: the future of each, the function that stops it, and the seconds to wait for its end.
_in_progress: dict[Future[Any], tuple[Callable[[], None], float]] = {}
_is_exiting = False


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the running background loop, which is started by the first call.

    Raises:
        JSDFError: The process is ending, or the system starts no more threads.
    """
    global _loop_thread
    if is_exiting():
        raise JSDFError(
            "Python is ending, so nothing was sent: answers would be paid for and lost. Label before the end of the "
            "program, not in a function of `atexit` or in a daemon thread that outlives it"
        )
    with _lock:
        if _loop_thread is None or _loop_thread.pid != os.getpid() or not _loop_thread.thread.is_alive():
            try:
                _loop_thread = _LoopThread()
            except RuntimeError as error:
                raise JSDFError(
                    f"a thread could not be started ({error}), so nothing was sent. Where the system allows no more "
                    "threads, end some; at the end of a program, label before the main thread ends"
                ) from None
        return _loop_thread.loop


def is_on_loop() -> bool:
    """Return True on the thread of the background loop."""
    return _loop_thread is not None and threading.current_thread() is _loop_thread.thread


def is_exiting() -> bool:
    """Return True once only functions of `atexit` and daemon threads still run; other threads end before that."""
    main = threading.main_thread()
    is_in_atexit = threading.current_thread() is main and not main.is_alive()
    return _is_exiting or is_in_atexit or sys.is_finalizing()


def finish_at_exit(future: Future[Any], request_stop: Callable[[], None], seconds: float = MAX_EXIT_SECONDS) -> None:
    """Let the end of the process stop an operation and wait for it, as after an interrupt, unless it ends before."""
    _in_progress[future] = request_stop, seconds
    future.add_done_callback(forget)


def forget(future: Future[Any]) -> None:
    """Let the end of the process not wait for an operation."""
    _in_progress.pop(future, None)


def _finish_operations() -> None:
    """Stop the operations of daemon threads: their requests in flight are answered and stored, as after Ctrl-C."""
    global _is_exiting
    _is_exiting = True
    start = time.monotonic()
    with suppress(KeyboardInterrupt):  # which ends the wait
        operations = dict(_in_progress)
        for request_stop, _ in operations.values():
            request_stop()
        for future, (_, seconds) in operations.items():
            wait([future], max(0.0, start + seconds - time.monotonic()))


def _reset_after_fork() -> None:
    """Replace the lock and the loop in a forked child: a thread of the parent may have held the lock."""
    global _lock, _loop_thread
    _lock, _loop_thread = threading.Lock(), None
    _in_progress.clear()


atexit.register(_finish_operations)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
