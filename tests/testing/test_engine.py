"""`FakeEngine`: answers from a queue or a function, recorded calls, scores."""

import asyncio

import numpy as np
import pytest

from jsdf.engines import Question, Reply
from jsdf.labels import parse
from jsdf.testing import FakeEngine, expected

QUESTION = Question(parse(["good", "bad"]))


def ask(engine, values, question=QUESTION):
    async def classify():
        async with engine.session() as session:
            return await session.classify(question, values)

    return asyncio.run(classify())


def test_answers_as_expected_and_records_calls():
    engine = FakeEngine()
    assert ask(engine, ["x", "y"]).predictions == [expected(v, ["good", "bad"]) for v in "xy"]
    assert engine.calls == [(QUESTION, ["x", "y"])]
    several = Question(QUESTION.labels, multiple=True)
    assert ask(engine, ["x"], several).predictions == [expected("x", ["good", "bad"], multiple=True)]


def test_a_queue_of_answers():
    reply = Reply(["good"])
    engine = FakeEngine([["bad"], reply, RuntimeError("no"), None])
    assert ask(engine, ["x"]).predictions == ["bad"]
    assert ask(engine, ["x"]) is reply
    with pytest.raises(RuntimeError, match="no"):
        ask(engine, ["x"])
    assert ask(engine, ["x"]).predictions == ask(engine, ["x"]).predictions == [expected("x", ["good", "bad"])]
    assert len(engine.calls) == 5


def test_a_function_and_failures():
    engine = FakeEngine(
        lambda question, values: [question.labels.names[0]] * len(values),
        fail=lambda values: ValueError("poison") if "p" in values else None,
    )
    assert ask(engine, ["x", "y"]).predictions == ["good", "good"]
    with pytest.raises(ValueError, match="poison"):
        ask(engine, ["x", "p"])
    assert [values for _, values in engine.calls] == [["x", "y"], ["x", "p"]]


def test_scores():
    found = ask(FakeEngine([["bad", "weird"]], scores=True), ["x", "y"]).scores
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 1], [0, 0]]
    assert ask(FakeEngine(), ["x"]).scores is None


def test_properties():
    engine = FakeEngine(batch_size=4, max_labels=3, rate=5, concurrency=2, kinds={"text"}, identity="mine")
    assert (engine.batch_size, engine.max_labels, engine.rate, engine.concurrency) == (4, 3, 5, 2)
    assert (engine.kinds, engine.identity, engine.has_scores) == (frozenset({"text"}), "mine", False)
    assert FakeEngine().identity != FakeEngine().identity
