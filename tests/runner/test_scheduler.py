"""Concurrent batches: good rows do not wait for bad ones, and nothing is paid for twice."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager

import pandas as pd
import pytest
from refusing_engines import LABELS, column, refusing, run

import jsdf
from jsdf.api.validation import check_call
from jsdf.engines.base import Prepared
from jsdf.runner import JobRunner
from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD
from jsdf.runner.limits.rate_limit import RateLimiter
from jsdf.store.thread import StoreThread
from jsdf.testing import FakeEngine


@pytest.mark.parametrize("concurrency", [1, 32])
def test_bad_rows_at_the_top_do_not_stop_the_run(concurrency):
    values = column(3200)
    bad = set(values[:200])
    result = run(values, FakeEngine(concurrency=concurrency, fail=refusing(bad)))
    assert result.stopped is None
    assert set(result.failures["value"]) == bad


def test_values_answered_by_another_process_meanwhile_are_not_sent():
    code = """
import jsdf, pandas
from jsdf.testing import FakeEngine
values = pandas.Series([f"text {i}" for i in range(64)])
jsdf.run(values, ["a", "b", "c"], engine=FakeEngine(identity="one"), progress=False)
"""

    def answers(question, values):
        if len(engine.calls) == 1:  # while the first request is in flight
            subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    engine = FakeEngine(answers, identity="one", concurrency=1)
    result = jsdf.run(column(64), LABELS, engine=engine, progress=False)
    assert [len(v) for _, v in engine.calls] == [32]
    assert result.counts["answered"] == 64
    assert result.usage.rows_sent == 32


def test_a_call_from_inside_an_engine_is_an_error_instead_of_blocking_forever():
    def answers(question, values):
        jsdf.run(column(1), LABELS, engine=FakeEngine(), progress=False)

    result = run(column(1), FakeEngine(answers))
    assert "from inside an engine" in result.failures["reason"][0]


def test_after_the_first_answer_the_others_are_sent_before_it_is_stored(monkeypatch):
    order = []
    engine = FakeEngine(lambda question, values: order.append("sent"), concurrency=32)
    add_answers = StoreThread.add_answers

    async def slow(self, *args):
        while len(engine.calls) < 20:  # never ends if they wait for this answer
            await asyncio.sleep(0)
        order.append("stored")
        await add_answers(self, *args)

    monkeypatch.setattr(StoreThread, "add_answers", slow)
    assert run(column(640), engine).counts["answered"] == 640
    assert order[:20] == ["sent"] * 20


class CountingEngine(FakeEngine):
    """Engine that records the maximum number of concurrent requests, in total and before its first answer."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.current, self.maximum, self.maximum_before_answer, self.answered = 0, 0, 0, 0

    async def classify(self, question, values):
        self.current += 1
        self.maximum = max(self.maximum, self.current)
        if not self.answered:
            self.maximum_before_answer = self.maximum
        for _ in range(10 + len(self.calls) % 3):  # gives other requests time to start
            await asyncio.sleep(0.001)
        self.current -= 1
        self.answered += 1
        return await super().classify(question, values)


@pytest.mark.parametrize("concurrency", [1, 3, 12])
def test_as_many_requests_are_in_flight_as_the_engine_takes_and_few_at_first(concurrency):
    engine = CountingEngine(concurrency=concurrency, batch_size=4)
    assert run(column(160), engine).counts["answered"] == 160
    assert engine.maximum == concurrency
    assert engine.maximum_before_answer == min(concurrency, FAILURE_THRESHOLD)


def test_every_answer_is_stored_before_the_next_request_is_sent():
    values, stored = column(64), []

    def answers(question, batch):
        stored.append(jsdf.plan(values, LABELS, engine=engine).cached)

    engine = FakeEngine(answers, batch_size=8, concurrency=1)
    jsdf.run(values, LABELS, engine=engine, progress=False)
    assert stored == [8 * i for i in range(8)]


class Preparing(FakeEngine):
    """Engine whose session prepares samples, as that of the hosted service does."""

    @asynccontextmanager
    async def session(self):
        yield PreparingSession(self)


class PreparingSession:
    def __init__(self, engine):
        self.classify = engine.classify

    async def prepare(self, question, values, send):
        failures = {i: "unreadable" for i, value in enumerate(values) if value == "text 3"}
        return Prepared(question, {i: v for i, v in enumerate(values) if i not in failures}, failures)


class AnsweredMeanwhile(RateLimiter):
    """Rate limiter whose first slot comes after another process has answered some of the values."""

    def __init__(self, answered):
        super().__init__(None)
        self._answered = answered

    async def acquire(self):
        answered, self._answered = self._answered, []
        if answered:
            await asyncio.to_thread(jsdf.run, pd.Series(answered), LABELS, engine=Preparing(identity="one"))


@pytest.mark.parametrize("answered", [["text 1"], ["text 0", "text 31"], [f"text {i}" for i in range(32) if i != 3]])
def test_the_store_is_asked_again_after_the_slot_and_before_the_request(answered):
    engine = Preparing(identity="one", concurrency=1)
    job = check_call(column(32), LABELS, engine=engine).job
    runner = JobRunner(job, rate_limiter=lambda: AnsweredMeanwhile(answered))
    run_ = asyncio.run(runner.run(lambda event: None))
    sent = [value for _, values in engine.calls for value in values]
    assert sorted([*sent, *answered, "text 3"]) == sorted(f"text {i}" for i in range(32))
    assert run_.counts["answered"] == 31
    assert run_.labels.drop(3).equals(jsdf.classify(column(32).drop(3), LABELS, engine=FakeEngine()))
