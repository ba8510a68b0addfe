"""The pool does all that is submitted, with any number of threads, also where no thread can be started."""

import asyncio
import os
import sys
import threading
import time
from concurrent.futures import CancelledError, wait

import pytest
from calls_in_processes import python
from hypothesis import given, settings
from hypothesis import strategies as st

from jsdf.utils.process.thread_pool import ThreadPool


@given(st.integers(1, 5), st.integers(0, 60))
@settings(max_examples=15)
def test_everything_is_done_once_by_at_most_so_many_threads(size, count):
    pool, names = ThreadPool(size, "test"), set()

    def work(i):
        names.add(threading.current_thread())
        return i * i

    assert [future.result(10) for future in [pool.submit(work, i) for i in range(count)]] == [
        i * i for i in range(count)
    ]
    pool.shutdown()
    assert len(names) <= size
    assert not any(thread.is_alive() for thread in names)


def test_one_thread_keeps_the_order():
    pool, done = ThreadPool(1, "test"), []
    wait([pool.submit(done.append, i) for i in range(100)], 10)
    assert done == list(range(100))
    pool.shutdown()


def test_urgent_work_comes_first_and_keeps_its_order():
    pool, begun, go, done = ThreadPool(1, "test"), threading.Event(), threading.Event(), []
    pool.submit(lambda: begun.set() or go.wait(10))
    assert begun.wait(10)
    futures = [pool.submit(done.append, i) for i in range(3)]
    futures += [pool.submit_first(done.append, f"first {i}") for i in range(3)]
    go.set()
    wait(futures, 10)
    assert done == ["first 0", "first 1", "first 2", 0, 1, 2]
    pool.shutdown()


def test_urgent_work_is_cancelled_with_the_other():
    pool, begun, go = ThreadPool(1, "test"), threading.Event(), threading.Event()
    pool.submit(lambda: begun.set() or go.wait(10))
    assert begun.wait(10)
    futures = [pool.submit(int), pool.submit_first(int)]
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    assert all(future.cancelled() for future in futures)
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit_first(int)


def test_urgent_work_alone_starts_a_thread():
    with ThreadPool(2, "test") as pool:
        assert pool.submit_first(int).result(10) == 0


def test_work_that_hangs_delays_no_other_while_there_are_threads():
    pool, is_over = ThreadPool(3, "test"), threading.Event()
    hanging = [pool.submit(is_over.wait, 30) for _ in range(2)]
    assert [pool.submit(abs, -i).result(10) for i in range(20)] == list(range(20))
    is_over.set()
    assert all(future.result(10) for future in hanging)
    pool.shutdown()


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(3)])
def test_an_error_reaches_the_caller_and_ends_no_thread(error):
    def fail():
        raise error

    pool = ThreadPool(1, "test")
    assert pool.submit(fail).exception(10) is error
    assert pool.submit(len, "abc").result(10) == 3
    pool.shutdown()


def test_a_pool_that_is_shut_down_finishes_its_work_and_takes_no_more():
    pool, go = ThreadPool(1, "test"), threading.Event()
    first, second = pool.submit(go.wait, 10), pool.submit(len, "abc")
    pool.shutdown(wait=False)
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(len, "")
    go.set()
    assert (first.result(10), second.result(10)) == (True, 3)


def test_a_pool_that_is_shut_down_can_cancel_what_has_not_begun():
    pool, go = ThreadPool(1, "test"), threading.Event()
    first, second = pool.submit(go.wait, 10), pool.submit(len, "abc")
    while first.running() is False:
        time.sleep(0.001)
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    assert first.result(10) is True
    with pytest.raises(CancelledError):
        second.result(10)


def test_without_threads_work_runs_in_the_caller(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    pool = ThreadPool(4, "test")
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert [pool.submit(threading.get_ident).result(1) for _ in range(3)] == [threading.get_ident()] * 3


def test_a_loop_accepts_it():
    async def main():
        return await asyncio.get_running_loop().run_in_executor(pool, len, "abc")

    pool = ThreadPool(1, "test")
    assert asyncio.run(main()) == 3
    pool.shutdown()


def test_work_is_accepted_after_the_end_of_the_main_thread():
    code = """
import threading
from jsdf.utils.process.thread_pool import ThreadPool
def late():
    threading.main_thread().join()
    print(ThreadPool(2, "late").submit(len, "abc").result(10))
threading.Thread(target=late).start()
"""
    assert python(code) == "3\n"


def test_the_end_of_the_process_does_not_wait_for_work_that_hangs():
    code = """
import time
from jsdf.utils.process.thread_pool import ThreadPool
ThreadPool(2, "hang").submit(time.sleep, 3600)
"""
    assert python(code) == ""


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
        with ThreadPool(threads, "jsdf-test", low_priority=low_priority) as pool:
            found = [task.result(10) for task in [pool.submit(wait_and_tell) for _ in range(threads)]]
        assert all(p > usual for p in found) if low_priority else found == [usual] * threads
    assert priority() == usual


def test_threads_have_the_name_of_their_pool():
    with ThreadPool(1, "jsdf-test", low_priority=True) as pool:
        assert pool.submit(lambda: threading.current_thread().name).result(10).startswith("jsdf-test")
