"""The event loop of the package in a daemon thread, one in each process."""

from __future__ import annotations

import asyncio
import os
import threading


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


def get_loop() -> asyncio.AbstractEventLoop:
    """Return the running background loop, which is started by the first call."""
    global _loop_thread
    with _lock:
        if _loop_thread is None or _loop_thread.pid != os.getpid() or not _loop_thread.thread.is_alive():
            _loop_thread = _LoopThread()
        return _loop_thread.loop


def is_on_loop() -> bool:
    """Return True on the thread of the background loop."""
    return _loop_thread is not None and threading.current_thread() is _loop_thread.thread


def _reset_after_fork() -> None:
    """Replace the lock and the loop in a forked child: a thread of the parent may have held the lock."""
    global _lock, _loop_thread
    _lock, _loop_thread = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
