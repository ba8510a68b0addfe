"""Attempts that fail, and attempts that run side by side, pay for no row twice where they share a store."""

import asyncio
import os
import signal
import threading
from collections import Counter
from contextlib import asynccontextmanager

import pytest
from sample_column import LABELS
from spark_session import KEY

import jsdf
import jsdf.spark
from jsdf.testing import FakeService

pytestmark = [
    pytest.mark.filterwarnings("default"),
    pytest.mark.parametrize("spark", ["classic"], indirect=True),  # executors do not know of Spark Connect
]

ROWS = 600
TEXTS = Counter(f"text {i}" for i in range(ROWS))


@pytest.fixture
def slow_service():
    fake = FakeService(api_key=KEY, latency=0.1)
    with fake.serve() as server:
        fake.url = server.url
        yield fake


def labelled(spark, service, rate, workers=2):
    sdf = spark.range(ROWS).selectExpr("id", "concat('text ', id) as text")
    return jsdf.spark.classify(sdf, "text", LABELS, engine=jsdf.Hosted(KEY, service.url), rate=rate, workers=workers)


def test_a_task_that_fails_once_pays_nothing_twice(spark, fast_service):
    def fail_once(batches):
        from pyspark import TaskContext

        yield from batches
        if TaskContext.get().attemptNumber() == 0:
            raise RuntimeError("the first attempt fails")

    frame = labelled(spark, fast_service, rate=1000)
    rows = frame.mapInArrow(fail_once, frame.schema).collect()
    assert len(rows) == ROWS
    assert all(row["label"] in LABELS for row in rows)
    assert fast_service.billed == TEXTS


def test_two_attempts_side_by_side_pay_nothing_twice(spark, slow_service):
    """Speculation runs the same partition on two executors at a time; two actions do as much on one machine."""
    frame = labelled(spark, slow_service, rate=50, workers=1)
    actions = [threading.Thread(target=frame.collect) for _ in range(2)]
    for action in actions:
        action.start()
    for action in actions:
        action.join()
    assert slow_service.billed == TEXTS


def test_an_executor_that_is_killed_loses_the_requests_in_flight_alone(spark, slow_service):
    class Mortal(jsdf.Hosted):
        """A hosted engine whose first process dies at its sixth request."""

        @asynccontextmanager
        async def session(self):
            async with super().session() as opened:
                yield MortalSession(opened)

    class MortalSession:
        def __init__(self, opened):
            self.opened, self.requests = opened, 0

        async def classify(self, question, values):
            from pyspark import TaskContext

            self.requests += 1
            reply = asyncio.ensure_future(self.opened.classify(question, values))
            if self.requests == 6 and TaskContext.get().attemptNumber() == 0:
                await asyncio.sleep(0.05)
                os.kill(os.getpid(), signal.SIGKILL)
            return await reply

    sdf = spark.range(ROWS).selectExpr("id", "concat('text ', id) as text")
    frame = jsdf.spark.classify(sdf, "text", LABELS, engine=Mortal(KEY, slow_service.url), rate=20, workers=1)
    assert frame.where("label is not null").count() == ROWS
    assert slow_service.billed.keys() == TEXTS.keys()
    in_flight = 20 * 0.1 + 1
    assert sum(slow_service.billed.values()) - ROWS <= 32 * in_flight
