"""Thread pools of the local engine: as many threads as the process may use, at the usual or a lower priority."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

#: Niceness added to threads of low priority: the scheduler gives them a quarter of a core that another thread wants.
_LOW_PRIORITY = 5


def usable_threads() -> int:
    """Return the number of CPU threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def make_pool(threads: int, name: str, *, low_priority: bool = False) -> ThreadPoolExecutor:
    """Return a pool of threads.

    Args:
        threads: Number of threads.
        name: Beginning of their names.
        low_priority: True for threads that give way to others where all cores are busy; no effect on other systems than
            Linux, where only a whole process has a priority.
    """
    return ThreadPoolExecutor(threads, name, initializer=_lower_priority if low_priority else None)


def _lower_priority() -> None:
    if not hasattr(os, "sched_getaffinity"):
        return
    thread = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _LOW_PRIORITY)
