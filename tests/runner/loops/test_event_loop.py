"""Synchronous calls from a running loop, from threads and in forked children; cancellation and callbacks."""

import asyncio
import os
import threading

import pytest
from calls_in_processes import COLUMN, LABELS, classify, python

import jsdf
from jsdf.runner.loops import background_loop, event_loop
from jsdf.testing import FakeEngine


def test_inside_a_running_loop():
    async def main():
        return classify()

    assert asyncio.run(main()).notna().all()


def test_from_many_threads_at_once():
    found = []
    threads = [threading.Thread(target=lambda: found.append(classify())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert all(labels.equals(found[0]) for labels in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_in_a_forked_child():
    code = """
import multiprocessing, warnings, pandas as pd, jsdf
from jsdf.testing import FakeEngine, FakeService
warnings.filterwarnings("ignore", category=DeprecationWarning)  # Python's own, of a fork beside threads
def work(_):
    return jsdf.classify(pd.Series(["x", "y"]), ["a", "b"], engine=FakeEngine(), progress=False).tolist()
assert len(work(0)) == 2
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(work, range(4)) == [work(0)] * 4
    print("alike")
"""
    assert python(code) == "alike\n"


def test_concurrent_async_calls():
    async def main():
        return await asyncio.gather(
            *(jsdf.aclassify(COLUMN, LABELS, engine=FakeEngine(), progress=False) for _ in "xy")
        )

    first, second = asyncio.run(main())
    assert first.equals(second)


def test_a_cancelled_call_waits_for_requests_in_flight():
    is_asked, answered = threading.Event(), threading.Event()

    class Slow(FakeEngine):
        async def classify(self, question, values):
            is_asked.set()
            await asyncio.sleep(0.2)
            answered.set()
            return await super().classify(question, values)

    asyncio.run(_cancel_after(is_asked, Slow))
    assert answered.is_set()
    assert jsdf.last_run().counts["answered"] == 32
    assert jsdf.last_run().stopped == "interrupted"


async def _cancel_after(event, kind):
    task = asyncio.ensure_future(jsdf.aclassify(COLUMN, LABELS, engine=kind(concurrency=1), progress=False))
    assert await asyncio.to_thread(event.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_second_cancellation_warns_of_lost_answers():
    is_asked = threading.Event()

    class Endless(FakeEngine):
        async def classify(self, question, values):
            is_asked.set()
            await asyncio.sleep(600)

    async def cancel_twice():
        task = asyncio.ensure_future(jsdf.aclassify(COLUMN, LABELS, engine=Endless(concurrency=1), progress=False))
        assert await asyncio.to_thread(is_asked.wait, 30)
        task.cancel()
        await asyncio.sleep(0)  # two cancellations in one step would count as one
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with pytest.warns(UserWarning, match="the answers of 1 request in flight are lost, though they may be billed"):
        asyncio.run(cancel_twice())
    assert jsdf.last_run().counts["pending"] == 64


def test_an_interrupt_during_submission_starts_the_operation_once(monkeypatch):
    is_asked, interrupted = threading.Event(), []
    submit = event_loop._Submission.submit

    class Slow(FakeEngine):
        async def classify(self, question, values):
            is_asked.set()
            await asyncio.sleep(0.2)
            return await super().classify(question, values)

    def submit_and_interrupt(submission):
        submit(submission)
        if not interrupted:
            interrupted.append(submission)
            submission.is_submitted = False  # as if the interrupt had come right before this was set
            assert is_asked.wait(10)
            raise KeyboardInterrupt

    monkeypatch.setattr(event_loop._Submission, "submit", submit_and_interrupt)
    engine = Slow(concurrency=1)
    with pytest.raises(KeyboardInterrupt, match="32 of 64 rows are answered"):
        jsdf.classify(COLUMN, LABELS, engine=engine, cache=False, progress=False)
    assert len(engine.calls) == 1


@pytest.mark.parametrize("function", ["classify", "aclassify"])
def test_a_progress_callback_that_fails_stops_the_run(function):
    def on_event(event):
        if event.usage.requests:
            raise ZeroDivisionError("the callback failed")

    class Slow(FakeEngine):
        async def classify(self, question, values):
            await asyncio.sleep(0.02)
            return await super().classify(question, values)

    engine = Slow(batch_size=1, concurrency=1)
    call = jsdf.classify if function == "classify" else lambda *a, **k: asyncio.run(jsdf.aclassify(*a, **k))
    with pytest.raises(ZeroDivisionError):
        call(COLUMN, LABELS, engine=engine, cache=False, progress=on_event)
    assert len(engine.calls) < 60


class Operation:
    """Operation that ends after three calls of its idle callback."""

    def __init__(self):
        self.ticks, self.go = 0, asyncio.Event()

    async def start(self, emit):
        emit("begun")
        await self.go.wait()
        return self.ticks

    def stop(self):
        self.go.set()

    def idle(self):
        self.ticks += 1
        if self.ticks == 3:
            background_loop.get_loop().call_soon_threadsafe(self.go.set)


@pytest.mark.parametrize("run", [event_loop.run, lambda *a: asyncio.run(event_loop.arun(*a))], ids=["run", "arun"])
def test_the_idle_callback_is_called_while_there_are_no_events(run):
    operation, events = Operation(), []
    assert run(operation, events.append, operation.idle) >= 3
    assert "begun" in events
    before = operation.ticks
    classify()  # another run on the same loop: the timer of the first one has stopped
    assert operation.ticks == before
