"""One forward pass at a time: torch spreads each over the cores, and two at once would fight for them."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor


class SerialExecutor:
    """Work on anybody's pool, one piece after the other in the order it came; no thread waits for its turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[ThreadPoolExecutor, Callable[[], Any], Future[Any]]] = deque()
        self._busy = False

    def submit(self, pool: ThreadPoolExecutor, work: Callable[[], Any]) -> Future[Any]:
        """Have the work done when its turn comes.

        Returns:
            The work's future; it is cancelled if the pool is shut down first.
        """
        future: Future[Any] = Future()
        with self._lock:
            self._waiting.append((pool, work, future))
            if self._busy:
                return future
            self._busy = True
        self._next()
        return future

    def _next(self, _: Any = None) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                pool, work, future = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                running = pool.submit(work)
            except RuntimeError as error:  # the pool is shut down: its caller is gone, the others are not
                future.set_exception(error)
                continue
            running.add_done_callback(partial(_hand_over, future))
            running.add_done_callback(self._next)
            return


def _hand_over(future: Future[Any], done: Future[Any]) -> None:
    if done.cancelled():
        future.set_exception(RuntimeError("the pool was shut down"))
    elif (error := done.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(done.result())
