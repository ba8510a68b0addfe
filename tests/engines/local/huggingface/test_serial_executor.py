"""One forward pass at a time, in order."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jsdf.engines.local.huggingface.serial_executor import SerialExecutor


def test_passes_follow_each_other_in_order():
    turns, order, at_once, most = SerialExecutor(), [], [], []

    def work(i):
        at_once.append(i)
        most.append(len(at_once))
        order.append(i)
        at_once.remove(i)
        return i * i

    with ThreadPoolExecutor(4) as one, ThreadPoolExecutor(4) as other:
        futures = [turns.submit(one if i % 3 else other, lambda i=i: work(i)) for i in range(200)]
        assert [f.result() for f in futures] == [i * i for i in range(200)]
    assert order == list(range(200))
    assert set(most) == {1}


def test_nobody_waits_for_a_pass_that_failed_was_cancelled_or_lost_its_pool():
    turns, gate = SerialExecutor(), threading.Event()
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as busy:
        first = turns.submit(pool, gate.wait)
        failed, lost = turns.submit(pool, lambda: 1 / 0), turns.submit(closed, lambda: 1)
        dropped, last = turns.submit(pool, lambda: 2), turns.submit(pool, lambda: 3)
        assert dropped.cancel()
        blocked = threading.Event()
        busy.submit(blocked.wait)
        behind = turns.submit(busy, lambda: 4)
        after = turns.submit(pool, lambda: 5)
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
