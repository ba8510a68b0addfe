"""Thread pool that works until the process ends, unlike `ThreadPoolExecutor`, which ends with the main thread.

`concurrent.futures` accepts no work once the main thread has ended, although other threads may go on for hours, and the
end of the process waits for all its work, even for a name server that never answers. Threads of this pool are daemons:
the process waits for the threads that wait for them.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
_Work: TypeAlias = "tuple[Future[Any], Callable[[], Any]]"

#: Niceness added to threads of low priority: the scheduler gives them a quarter of a core that another thread wants.
_LOW_PRIORITY = 5


def usable_threads() -> int:
    """Return the number of CPU threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ThreadPool(Executor):
    """Daemon threads, started as work arrives; where no thread can be started, work runs in the calling thread.

    Args:
        size: Maximum number of threads.
        name: Prefix of the names of the threads.
        low_priority: True for threads that give way to others where all cores are busy; no effect on other systems than
            Linux, where only a whole process has a priority.
    """

    def __init__(self, size: int, name: str, *, low_priority: bool = False) -> None:
        self.size = size
        self._name, self._low_priority = name, low_priority
        self._changed = threading.Condition()
        self._urgent: deque[_Work] = deque()
        self._waiting: deque[_Work] = deque()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._is_shut_down = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run a function in a thread.

        Raises:
            RuntimeError: The pool is shut down.
        """
        return self._submit(self._waiting, lambda: fn(*args, **kwargs))

    def submit_first(self, fn: Callable[..., T], /, *args: Any) -> Future[T]:
        """Run a function in a thread, before all that `submit` was given and that waits.

        Raises:
            RuntimeError: The pool is shut down.
        """
        return self._submit(self._urgent, lambda: fn(*args))

    def _submit(self, queue: deque[_Work], work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._changed:
            if self._is_shut_down:
                raise RuntimeError("the pool is shut down")
            queue.append((future, work))
            if len(self._urgent) + len(self._waiting) > self._idle and len(self._threads) < self.size:
                self._start_thread()
            self._changed.notify()
            is_stuck = not self._threads
        if is_stuck:  # Python starts no thread at its end, nor does a system that has too many
            self._work_off()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more work, and end the threads once they have done what was submitted.

        Args:
            wait: True to return after that.
            cancel_futures: True to cancel what has not begun.
        """
        with self._changed:
            self._is_shut_down = True
            while cancel_futures and (work := self._pop()) is not None:
                work[0].cancel()
            threads = list(self._threads)
            self._changed.notify_all()
        for thread in threads if wait else ():
            thread.join()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)

    def _run(self) -> None:
        if self._low_priority:
            _lower_priority()
        self._work_off(wait=True)
        with self._changed:
            self._threads.discard(threading.current_thread())

    def _work_off(self, *, wait: bool = False) -> None:
        """Do what was submitted; with `wait`, until the pool is shut down, else until nothing is left."""
        while (work := self._next(wait=wait)) is not None:
            _complete(*work)
            del work  # or it would live on until the next one

    def _next(self, *, wait: bool) -> _Work | None:
        with self._changed:
            self._idle += 1
            while wait and not self._urgent and not self._waiting and not self._is_shut_down:
                self._changed.wait()
            self._idle -= 1
            return self._pop()

    def _pop(self) -> _Work | None:
        queue = self._urgent or self._waiting
        return queue.popleft() if queue else None


def _lower_priority() -> None:
    if not hasattr(os, "sched_getaffinity"):
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LOW_PRIORITY)


def _complete(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - raised for the caller, by the future
        future.set_exception(error)
    else:
        future.set_result(result)
