"""A synchronous call wherever it may be made from: a running loop, a thread, a forked child, a nested loop."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pandas as pd
import pytest

import jsdf
from jsdf.runner import event_loop, nested_loop
from jsdf.testing import FakeEngine, FakeService

LABELS = ["a", "b"]
COLUMN = pd.Series([f"text {i}" for i in range(64)])


def classify(**arguments):
    return jsdf.classify(COLUMN, LABELS, engine=FakeEngine(), cache=False, progress=False, **arguments)


def python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_awaited_beside_other_work():
    async def main():
        return await asyncio.gather(
            *(jsdf.aclassify(COLUMN, LABELS, engine=FakeEngine(), progress=False) for _ in "xy")
        )

    first, second = asyncio.run(main())
    assert first.equals(second)


def test_a_cancelled_call_lets_land_what_is_in_flight():
    landed = threading.Event()

    class Slow(FakeEngine):
        async def classify(self, question, values):
            await asyncio.sleep(0.2)
            landed.set()
            return await super().classify(question, values)

    asyncio.run(_cancel_soon(Slow))
    assert landed.is_set()
    assert jsdf.last_run().counts["answered"] == 32
    assert jsdf.last_run().stopped == "interrupted"


async def _cancel_soon(kind):
    task = asyncio.ensure_future(jsdf.aclassify(COLUMN, LABELS, engine=kind(concurrency=1), progress=False))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_an_interrupt_while_the_work_begins_begins_it_once(monkeypatch):
    asked, seen = threading.Event(), []
    begin = event_loop._Job.begin

    class Slow(FakeEngine):
        async def classify(self, question, values):
            asked.set()
            await asyncio.sleep(0.2)
            return await super().classify(question, values)

    def interrupted(job):
        begin(job)
        if not seen:
            seen.append(job)
            job.begun = False  # as it is when the interrupt comes right before this is noted
            assert asked.wait(10)
            raise KeyboardInterrupt

    monkeypatch.setattr(event_loop._Job, "begin", interrupted)
    engine = Slow(concurrency=1)
    with pytest.raises(KeyboardInterrupt, match="32 of 64 rows are answered"):
        jsdf.classify(COLUMN, LABELS, engine=engine, cache=False, progress=False)
    assert len(engine.calls) == 1


@pytest.mark.parametrize("door", ["classify", "aclassify"])
def test_a_view_that_breaks_stops_the_spending(door):
    def show(event):
        if event.usage.requests:
            raise ZeroDivisionError("the view broke")

    class Slow(FakeEngine):
        async def classify(self, question, values):
            await asyncio.sleep(0.02)
            return await super().classify(question, values)

    engine = Slow(batch_size=1, concurrency=1)
    call = jsdf.classify if door == "classify" else lambda *a, **k: asyncio.run(jsdf.aclassify(*a, **k))
    with pytest.raises(ZeroDivisionError):
        call(COLUMN, LABELS, engine=engine, cache=False, progress=show)
    assert len(engine.calls) < 60


NESTED = """
import asyncio, pandas as pd, jsdf
from jsdf.testing import FakeEngine, FakeService
jsdf.options.event_loop = "nested"
column = pd.Series([f"text {i}" for i in range(64)])
def call():
    return jsdf.classify(column, ["a", "b"], engine=FakeEngine(), progress=False).count().item()
print(call())  # no loop runs: as ever
async def main():
    return call(), await asyncio.sleep(0, "and the loop goes on")
print(asyncio.run(main()))
print(call())
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nest_asyncio breaks Python 3.14, and is refused there")
def test_nested_in_a_plain_loop():
    assert python(NESTED) == "64\n(64, 'and the loop goes on')\n64\n"


@pytest.mark.parametrize(
    ("package", "version", "kernel", "works"),
    [
        ("nest_asyncio", (1, 6, 0), "6.29.5", True),
        ("nest_asyncio", (1, 6, 0), "7.0.1", True),
        ("nest_asyncio", (1, 6, 0), "7.1.0", False),
        ("nest_asyncio2", (1, 7, 3), "7.4.0", False),
        ("nest_asyncio2", (1, 7, 4), "7.4.0", True),
    ],
)
def test_pairs_that_were_seen_to_break_are_refused(package, version, kernel, works, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", type("ipykernel", (), {"__version__": kernel}))
    monkeypatch.setattr(sys, "version_info", (3, 13))
    why = nested_loop._why_not(asyncio.SelectorEventLoop, package, version)
    assert (why is None) is works


def test_nesting_on_python_314_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 14))
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert "Python 3.14" in nested_loop._why_not(object(), "nest_asyncio", (1, 6, 0))
    assert nested_loop._why_not(object(), "nest_asyncio2", (1, 7, 4)) is None


def test_nesting_on_uvloop_is_refused():
    foreign = type("Loop", (), {"__module__": "uvloop"})()
    assert "uvloop" in nested_loop._why_not(foreign, "nest_asyncio2", (2, 0))


NESTED_INTERRUPT = """
import asyncio, sys, pandas as pd, jsdf
jsdf.options.event_loop = "nested"
async def main():
    column = pd.Series([f"text {i}" for i in range(3200)])
    engine = jsdf.Hosted("test-key", sys.argv[1], rate=100)
    show = lambda event: print("on my way", flush=True) if event.usage.requests == 5 else None
    jsdf.run(column, ["a", "b"], engine=engine, progress=show)
try:
    asyncio.run(main())
except KeyboardInterrupt as interrupt:
    print(interrupt)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nest_asyncio breaks Python 3.14, and is refused there")
@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_an_interrupt_of_a_nested_call_loses_nothing():
    service = FakeService(latency=0.1)
    with service.serve() as server:
        child = subprocess.Popen(
            [sys.executable, "-c", NESTED_INTERRUPT, server.url],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        assert child.stdout.readline() == "on my way\n"
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=20)[0].splitlines()[-1]
    assert said.startswith(f"{32 * service.answered:,} of 3,200 rows are answered")
    assert service.answered < 100


class Watched:
    """Work that ends when it is told to."""

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
            event_loop._own_loop().call_soon_threadsafe(self.go.set)


@pytest.mark.parametrize("door", [event_loop.run, lambda *a: asyncio.run(event_loop.arun(*a))], ids=["run", "arun"])
def test_a_view_is_called_while_nothing_comes(door):
    work, events = Watched(), []
    assert door(work, events.append, work.idle) >= 3
    assert "begun" in events
    before = work.ticks
    classify()  # another run on the same loop: the first one's timer is gone
    assert work.ticks == before
