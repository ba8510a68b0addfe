"""The thread of a store writes all it was given, tells what it could not, and never ends a run."""

import asyncio
import sqlite3
import threading

import pytest

from jsdf.store.record import StoredAnswer
from jsdf.store.sqlite import Store
from jsdf.store.thread import StoreThread

ANSWERS = [StoredAnswer(bytes([i]) * 16, b"\x01\x00") for i in range(50)]


def stored():
    store = Store()
    found = store.info().answers
    store.close()
    return found


def test_a_cancelled_write_is_written_even_so():
    async def main():
        thread = await StoreThread.open(Store)
        blocked = asyncio.create_task(thread.call(lambda store: time_of_another_write()))
        writes = [asyncio.create_task(thread.add_answers([answer])) for answer in ANSWERS]
        await asyncio.sleep(0)
        for task in [blocked, *writes]:
            task.cancel()
        await asyncio.gather(blocked, *writes, return_exceptions=True)
        await thread.close()
        return thread

    def time_of_another_write():
        store = Store()
        store.add_answers([])
        store.close()

    thread = asyncio.run(main())
    assert thread.is_working
    assert thread.problem is None
    assert stored() == len(ANSWERS)


@pytest.mark.parametrize("error", [KeyError("x"), TypeError("no"), AssertionError()])
def test_an_unexpected_error_is_a_problem_and_no_exception(error):
    def fail(store):
        raise error

    async def main():
        thread = await StoreThread.open(Store)
        await thread.call(fail)
        await thread.add_answers(ANSWERS)
        await thread.close()
        return thread

    thread = asyncio.run(main())
    assert f"cannot be used ({type(error).__name__}: {error})" in thread.problem
    assert "billed again" in thread.problem
    assert not thread.is_working
    assert stored() == len(ANSWERS)


def test_what_comes_after_the_end_is_told():
    async def main():
        thread = await StoreThread.open(Store)
        await thread.close()
        await thread.add_answers(ANSWERS)
        thread.add_refusal(b"k" * 16, 400)
        return thread

    thread = asyncio.run(main())
    assert "the run continues without it" in thread.problem
    assert not thread.is_working


def test_answers_that_wait_for_a_locked_store_are_told():
    async def main():
        thread = await StoreThread.open(Store)
        lock = sqlite3.connect(thread.store.path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(thread.add_answers(ANSWERS))
        await asyncio.sleep(0)
        before = thread.is_working, thread.problem
        lock.execute("ROLLBACK")
        lock.close()
        await writing
        await thread.close()
        return before, thread

    (is_working, problem), thread = asyncio.run(main())
    assert not is_working
    assert "the answers of 1 request could not be written to the store" in problem
    assert thread.is_working
    assert thread.problem is None
    assert stored() == len(ANSWERS)


def test_lookups_that_wait_for_the_thread_become_one_and_each_is_answered():
    began, may_go_on, calls = threading.Event(), threading.Event(), []

    def wait(store):
        began.set()
        assert may_go_on.wait(60)

    def look_up(store, items):
        calls.append(list(items))

    def other(store, items):
        raise RuntimeError("broken")

    async def main():
        thread = await StoreThread.open(Store)
        blocked = asyncio.create_task(thread.call(wait))
        await asyncio.to_thread(began.wait)
        lookups = [asyncio.create_task(thread.look_up(look_up, [2 * i, 2 * i + 1])) for i in range(30)]
        failing = asyncio.create_task(thread.look_up(other, [7]))
        await asyncio.sleep(0)
        lookups[3].cancel()
        may_go_on.set()
        await asyncio.gather(blocked, *lookups, failing, return_exceptions=True)
        assert calls == [list(range(60))]
        await thread.look_up(look_up, [60])
        assert calls[1:] == [[60]]
        await thread.close()
        return thread

    assert "broken" in asyncio.run(main()).problem


def test_without_a_store_nothing_happens():
    async def main():
        thread = StoreThread(None)
        await thread.add_answers(ANSWERS)
        thread.add_refusal(b"k" * 16, None)
        await thread.close()
        return thread

    thread = asyncio.run(main())
    assert (thread.problem, thread.is_working) == (None, False)
