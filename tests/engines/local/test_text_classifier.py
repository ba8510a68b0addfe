"""A text's label and scores never depend on the other rows; batches; tokens of the built-in model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.minilm import batching, model

LABELS = ["sports", "food", "not food", "other"]
PROSE = "the match was won late soup tastes of salt and our party lost votes again @home 😀 naïve 42"
WORDS = PROSE.split()
POOL = [
    " ".join(WORDS[i % len(WORDS)] for i in range(start, start + size))
    for start in (0, 5)
    for size in (1, 2, 3, 7, 8, 40)
]


@pytest.fixture(scope="module")
def alone(ask):
    """Prediction and scores of each text classified alone."""
    answers = {}
    for text in POOL:
        for multiple in (False, True):
            reply = ask([text], LABELS, threads=1, multiple=multiple)
            answers[text, multiple] = (reply.predictions[0], reply.scores[0])
    return answers


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.sampled_from(POOL), min_size=1, max_size=12), threads=st.integers(1, 4), multiple=st.booleans())
def test_a_row_is_classified_as_if_it_were_alone(ask, alone, rows, threads, multiple):
    reply = ask(rows, LABELS, threads=threads, multiple=multiple)
    for text, prediction, scores in zip(rows, reply.predictions, reply.scores, strict=True):
        assert prediction == alone[text, multiple][0]
        assert scores.tobytes() == alone[text, multiple][1].tobytes()


def test_rows_that_would_change_each_other_are_run_alone(ask, alone, monkeypatch):
    loaded = model.load()
    unshared = model.Model(loaded.network, loaded.tokenizer, shared=False)
    cache = ForkSafeCache()
    cache.get_or_create(lambda: unshared)
    monkeypatch.setattr(model, "_cache", cache)
    reply = ask(POOL, LABELS)
    assert [alone[text, False][0] for text in POOL] == list(reply.predictions)


class _BatchDependentNetwork:
    """A network whose output depends on the number of rows."""

    def run(self, _, feed):
        ids = feed["input_ids"]
        return [np.ones((*ids.shape, 384), dtype=np.float32) * len(ids)]


def test_the_check_at_load_detects_rows_that_depend_on_each_other():
    assert not model._rows_are_independent(_BatchDependentNetwork())


@given(lengths=st.lists(st.integers(2, 256), max_size=200), max_tokens=st.integers(1, 1_000), shared=st.booleans())
def test_batches_hold_every_row_once_and_one_length_each(lengths, max_tokens, shared):
    batches = batching.plan_batches(lengths, max_tokens=max_tokens, shared=shared)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len({lengths[row] for row in batch}) == 1
        assert len(batch) == 1 or (shared and len(batch) * lengths[batch[0]] <= max_tokens)
    longest = [lengths[batch[0]] for batch in batches]
    assert longest == sorted(longest, reverse=True)


def test_tokens_are_those_of_the_model():
    loaded = model.load()
    assert loaded.tokens("Hello, World!") == [101, 7592, 1010, 2088, 999, 102]
    assert loaded.tokens("Café naïve") == [101, 7668, 15743, 102]
    assert loaded.tokens("[SEP]")[1:-1] != [102]
    long = loaded.tokens("word " * 1_000)
    assert (len(long), long[0], long[-1]) == (model.MAX_TOKENS, 101, 102)


def test_vectors_have_length_one():
    vectors = model.load().embed([model.load().tokens("a text of some words")] * 2)
    assert vectors.dtype == np.float32
    assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-6)
