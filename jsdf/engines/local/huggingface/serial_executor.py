"""Serial executor for forward passes: torch runs each one on all cores, and concurrent ones would compete for them."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor


class SerialExecutor:
    """Runs tasks one after another, in the order of submission, each on its caller's pool; no thread is blocked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Executor, Callable[[], Any], Future[Any]]] = deque()
        self._is_busy = False

    def submit(self, pool: Executor, work: Callable[[], Any]) -> Future[Any]:
        """Run `work` on `pool` after all tasks that were submitted before it.

        Returns:
            The future of the task; it fails with RuntimeError if the pool is shut down before the task has run.
        """
        future: Future[Any] = Future()
        with self._lock:
            self._waiting.append((pool, work, future))
            if self._is_busy:
                return future
            self._is_busy = True
        self._start_next()
        return future

    def _start_next(self, _: Any = None) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_busy = False
                    return
                pool, work, future = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                running = pool.submit(work)
            except RuntimeError as error:  # this pool is shut down; tasks of other pools go on
                future.set_exception(error)
                continue
            running.add_done_callback(partial(_copy_outcome, future))
            running.add_done_callback(self._start_next)
            return


def _copy_outcome(future: Future[Any], done: Future[Any]) -> None:
    if done.cancelled():
        future.set_exception(RuntimeError("the pool was shut down"))
    elif (error := done.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(done.result())
