"""Requests that are there together share runs of the model, and nobody can tell."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.engines.local.minilm.batching import DynamicBatcher, max_rows
from jsdf.labels import parse

ROWS = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=300), max_size=12)


class FakeModel:
    """A row's vector is its sum and its length; remembers its runs."""

    def __init__(self, shared=True):
        self.shared = shared
        self.runs = []
        self.open = threading.Event()
        self.open.set()

    def embed(self, rows):
        self.open.wait(10)
        self.runs.append(rows)
        assert len({len(row) for row in rows}) == 1
        if any(13 in row for row in rows):
            raise ValueError("an unlucky row")
        return np.array([[sum(row), len(row)] + [0] * 382 for row in rows], dtype=np.float32)


@given(st.lists(ROWS, max_size=6), st.booleans(), st.integers(1, 3))
def test_everybody_gets_their_own(requests, shared, threads):
    model = FakeModel(shared)
    with ThreadPoolExecutor(threads) as pool:
        embedder = DynamicBatcher(pool, model)
        futures = [embedder.embed(rows) for rows in requests]
        for rows, future in zip(requests, futures, strict=True):
            found = future.result(10)
            assert found.shape == (len(rows), 384)
            assert [tuple(v[:2]) for v in found] == [(sum(row), len(row)) for row in rows]
    assert sum(map(len, model.runs)) == sum(map(len, requests))
    assert all(len(run) <= (max_rows(len(run[0])) if shared else 1) for run in model.runs)


@pytest.fixture
def held():
    """A model that is busy, and what waits for it."""
    model = FakeModel()
    model.open.clear()
    with ThreadPoolExecutor(1) as pool:
        embedder = DynamicBatcher(pool, model)
        first = embedder.embed([[1]])
        yield model, embedder, first
        model.open.set()


def test_those_that_wait_share_runs(held):
    model, embedder, first = held
    futures = [embedder.embed([[1, 2], [3, 4, 5]]) for _ in range(16)]
    model.open.set()
    wait([first, *futures], 10)
    assert [len(run) for run in model.runs] == [1, 16, 16]


def test_the_first_to_come_are_the_first_to_go(held):
    model, embedder, first = held
    early, late = embedder.embed([[1] * 200] * 4), embedder.embed([[1] * 3])
    model.open.set()
    wait([first, early, late], 10)
    assert [(len(run), len(run[0])) for run in model.runs] == [(1, 1), (2, 200), (2, 200), (1, 3)]


def test_what_nobody_waits_for_is_left(held):
    model, embedder, first = held
    gone, here = embedder.embed([[1, 2]]), embedder.embed([[3, 4]])
    assert gone.cancel()
    model.open.set()
    assert here.result(10)[0, 0] == 7
    assert model.runs == [[[1]], [[3, 4]]]
    assert first.result(10)[0, 0] == 1


def test_a_run_that_fails_fails_those_in_it_alone(held):
    model, embedder, _ = held
    unlucky, beside, other = embedder.embed([[13, 1], [1]]), embedder.embed([[1, 1]]), embedder.embed([[1, 1, 1]])
    model.open.set()
    for future in (unlucky, beside):
        with pytest.raises(ValueError, match="unlucky"):
            future.result(10)
    assert other.result(10)[0, 0] == 3


def test_requests_side_by_side_are_answered_as_if_they_were_alone():
    question = Question(parse(["sports", "food", "not food"]))
    requests = [[f"{word} {i} " * (1 + i % 3) for i in range(5)] for word in ("goal", "soup", "vote", "rain")]

    async def go():
        async with Local(threads=2).session() as session:
            together = await asyncio.gather(*[session.classify(question, texts) for texts in requests])
            alone = [await session.classify(question, [text]) for texts in requests for text in texts]
        return together, [alone[start : start + 5] for start in range(0, len(alone), 5)]

    together, alone = asyncio.run(go())
    for many, singles in zip(together, alone, strict=True):
        assert list(many.predictions) == [one.predictions[0] for one in singles]
        assert many.scores.tobytes() == np.concatenate([one.scores for one in singles]).tobytes()
