"""Concurrent requests share batches of the model, without an effect on their answers."""

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
    """A model that embeds a row as its sum and its length, and records its runs."""

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
def test_each_request_gets_its_own_vectors(requests, shared, threads):
    model = FakeModel(shared)
    with ThreadPoolExecutor(threads) as pool:
        embedder = DynamicBatcher(pool, model)
        futures = [embedder.embed(rows) for rows in requests]
        for rows, future in zip(requests, futures, strict=True):
            vectors = future.result(10)
            assert vectors.shape == (len(rows), 384)
            assert [tuple(v[:2]) for v in vectors] == [(sum(row), len(row)) for row in rows]
    assert sum(map(len, model.runs)) == sum(map(len, requests))
    assert all(len(run) <= (max_rows(len(run[0])) if shared else 1) for run in model.runs)


@pytest.fixture
def blocked():
    """A blocked model, its batcher, and the first request, which waits for it."""
    model = FakeModel()
    model.open.clear()
    with ThreadPoolExecutor(1) as pool:
        embedder = DynamicBatcher(pool, model)
        first = embedder.embed([[1]])
        yield model, embedder, first
        model.open.set()


def test_waiting_requests_share_runs(blocked):
    model, embedder, first = blocked
    futures = [embedder.embed([[1, 2], [3, 4, 5]]) for _ in range(16)]
    model.open.set()
    wait([first, *futures], 10)
    assert [len(run) for run in model.runs] == [1, 16, 16]


def test_requests_are_processed_in_order_of_arrival(blocked):
    model, embedder, first = blocked
    early, late = embedder.embed([[1] * 200] * 4), embedder.embed([[1] * 3])
    model.open.set()
    wait([first, early, late], 10)
    assert [(len(run), len(run[0])) for run in model.runs] == [(1, 1), (2, 200), (2, 200), (1, 3)]


def test_cancelled_requests_are_skipped(blocked):
    model, embedder, first = blocked
    cancelled, waiting = embedder.embed([[1, 2]]), embedder.embed([[3, 4]])
    assert cancelled.cancel()
    model.open.set()
    assert waiting.result(10)[0, 0] == 7
    assert model.runs == [[[1]], [[3, 4]]]
    assert first.result(10)[0, 0] == 1


def test_a_failing_run_fails_only_its_own_requests(blocked):
    model, embedder, _ = blocked
    unlucky, same_run, other = embedder.embed([[13, 1], [1]]), embedder.embed([[1, 1]]), embedder.embed([[1, 1, 1]])
    model.open.set()
    for future in (unlucky, same_run):
        with pytest.raises(ValueError, match="unlucky"):
            future.result(10)
    assert other.result(10)[0, 0] == 3


def test_concurrent_requests_get_the_same_answers_as_single_ones():
    question = Question(parse(["sports", "food", "not food"]))
    requests = [[f"{word} {i} " * (1 + i % 3) for i in range(5)] for word in ("goal", "soup", "vote", "rain")]

    async def go():
        async with Local(threads=2).session() as session:
            together = await asyncio.gather(*[session.classify(question, texts) for texts in requests])
            alone = [await session.classify(question, [text]) for texts in requests for text in texts]
        return together, [alone[start : start + 5] for start in range(0, len(alone), 5)]

    together, alone = asyncio.run(go())
    for reply, singles in zip(together, alone, strict=True):
        assert list(reply.predictions) == [single.predictions[0] for single in singles]
        assert reply.scores.tobytes() == np.concatenate([single.scores for single in singles]).tobytes()
