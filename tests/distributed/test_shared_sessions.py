"""Tasks of one process share the session of equal engines: opened once, closed after the last."""

import asyncio
from contextlib import asynccontextmanager

import pytest

import jsdf
from jsdf.distributed import shared_sessions
from jsdf.distributed.shared_sessions import with_shared_session


class Counting(jsdf.Local):
    """Local engine that counts its sessions."""

    opened, closed = 0, 0
    fails = False

    @asynccontextmanager
    async def session(self):
        await asyncio.sleep(0.01)
        if Counting.fails:
            raise OSError("no more threads")
        Counting.opened += 1
        async with super().session() as session:
            yield session
        Counting.closed += 1


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    for name in ("opened", "closed"):
        monkeypatch.setattr(Counting, name, 0)
    monkeypatch.setattr(Counting, "fails", False)


async def use(engine, seconds=0.05):
    async with engine.session() as session:
        await asyncio.sleep(seconds)
        return id(session)


def of_threads(count):
    return with_shared_session(Counting(threads=count))


@pytest.mark.parametrize("tasks", [1, 2, 7])
def test_equal_engines_share_one_session_at_a_time(tasks):
    async def scenario():
        return await asyncio.gather(*(use(of_threads(2), 0.01 * (i + 1)) for i in range(tasks)))

    for round_ in (1, 2):
        assert len(set(asyncio.run(scenario()))) == 1
        assert (Counting.opened, Counting.closed) == (round_, round_)
    assert not shared_sessions._open


def test_engines_that_differ_share_nothing():
    async def scenario():
        return await asyncio.gather(use(of_threads(1)), use(of_threads(2)))

    assert len(set(asyncio.run(scenario()))) == 2
    assert Counting.closed == 2


def test_a_task_that_is_cancelled_leaves_the_session_to_the_others():
    async def scenario():
        tasks = [asyncio.ensure_future(use(of_threads(2), 0.1)) for _ in range(3)]
        await asyncio.sleep(0.005)
        tasks[0].cancel()  # while it opens the session
        await asyncio.sleep(0.05)
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    *cancelled, last = asyncio.run(scenario())
    assert all(isinstance(result, asyncio.CancelledError) for result in cancelled)
    assert isinstance(last, int)
    assert (Counting.opened, Counting.closed) == (1, 1)


def test_a_session_that_cannot_be_opened_fails_in_each_task_and_can_be_opened_later(monkeypatch):
    async def scenario():
        return await asyncio.gather(use(of_threads(2)), use(of_threads(2)), return_exceptions=True)

    monkeypatch.setattr(Counting, "fails", True)
    assert [type(result) for result in asyncio.run(scenario())] == [OSError, OSError]
    monkeypatch.setattr(Counting, "fails", False)
    assert len(set(asyncio.run(scenario()))) == 1
    assert not shared_sessions._open


def test_the_copy_answers_as_the_engine_does():
    import pandas as pd

    texts = pd.Series(["the parcel came late", "far too expensive", "well made"])
    labels = ["delivery", "price", "quality"]
    engine = with_shared_session(jsdf.Local(threads=1))
    shared, own = (jsdf.classify(texts, labels, engine=e, progress=False) for e in (engine, jsdf.Local()))
    pd.testing.assert_series_equal(shared, own)
