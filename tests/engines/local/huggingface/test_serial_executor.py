"""The serial executor runs one task at a time, in order, and survives failed tasks and closed pools."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jsdf.engines.local.huggingface.serial_executor import SerialExecutor


def test_tasks_run_one_after_another_in_order():
    executor, order, running, running_counts = SerialExecutor(), [], [], []

    def work(i):
        running.append(i)
        running_counts.append(len(running))
        order.append(i)
        running.remove(i)
        return i * i

    with ThreadPoolExecutor(4) as first_pool, ThreadPoolExecutor(4) as second_pool:
        futures = [executor.submit(first_pool if i % 3 else second_pool, lambda i=i: work(i)) for i in range(200)]
        assert [f.result() for f in futures] == [i * i for i in range(200)]
    assert order == list(range(200))
    assert set(running_counts) == {1}


def test_failed_cancelled_and_poolless_tasks_do_not_block_others():
    executor, gate = SerialExecutor(), threading.Event()
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as busy:
        first = executor.submit(pool, gate.wait)
        failed, lost = executor.submit(pool, lambda: 1 / 0), executor.submit(closed, lambda: 1)
        dropped, last = executor.submit(pool, lambda: 2), executor.submit(pool, lambda: 3)
        assert dropped.cancel()
        blocked = threading.Event()
        busy.submit(blocked.wait)
        behind = executor.submit(busy, lambda: 4)
        after = executor.submit(pool, lambda: 5)
        gate.set()
        assert first.result() is True
        with pytest.raises(ZeroDivisionError):
            failed.result()
        with pytest.raises(RuntimeError, match="shutdown"):
            lost.result()
        assert last.result() == 3
        busy.shutdown(wait=False, cancel_futures=True)
        blocked.set()
        with pytest.raises(RuntimeError, match="shut down"):
            behind.result()
        assert after.result() == 5
