"""Pools of threads at the usual or a lower priority."""

import os
import sys
import threading

import pytest

from jsdf.engines.local.thread_pool import make_pool

is_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")


def priority():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@is_linux
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_of_low_priority_give_way_and_no_others_do(threads):
    usual = priority()
    barrier = threading.Barrier(threads)

    def wait_and_tell():
        barrier.wait(10)  # so that each thread runs one of the tasks
        return priority()

    for low_priority in (True, False):
        with make_pool(threads, "jsdf-test", low_priority=low_priority) as pool:
            found = [task.result(10) for task in [pool.submit(wait_and_tell) for _ in range(threads)]]
        assert all(p > usual for p in found) if low_priority else found == [usual] * threads
    assert priority() == usual


def test_threads_have_the_name_of_their_pool():
    with make_pool(1, "jsdf-test", low_priority=True) as pool:
        assert pool.submit(lambda: threading.current_thread().name).result(10).startswith("jsdf-test")
