"""Distinct values are sent once, and the batch size never changes an answer."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_column import LABELS, distinct, sent

import jsdf
from jsdf.engines.base import Question
from jsdf.labels import parse
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.batches import FIRST_GROWTH, Batch, BatchQueue, request_count, sampling_order
from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD
from jsdf.testing import FakeEngine


def test_distinct_values_are_sent_once_in_stable_chunks():
    series = pd.Series([f"text {i % 10}" for i in range(100)] + [None, ""])
    for _ in range(2):
        engine = FakeEngine(batch_size=4, concurrency=1)
        jsdf.run(series, LABELS, engine=engine)
        assert [values for _, values in engine.calls] == [
            [f"text {i}" for i in part] for part in ([0, 1, 2, 3], [4, 5, 6, 7], [8, 9])
        ]


@given(st.lists(st.sampled_from([*"abcdefghijkl", None, " "]), max_size=30), st.integers(1, 40), st.booleans())
def test_chunking_is_invisible(values, batch_size, multiple):
    series = pd.Series(values, dtype=object)
    engine = FakeEngine(batch_size=batch_size)
    run = jsdf.run(series, LABELS, engine=engine, cache=False, multiple_labels=multiple)
    whole = jsdf.run(series, LABELS, engine=FakeEngine(batch_size=100), cache=False, multiple_labels=multiple)
    assert run.labels.equals(whole.labels)
    assert sorted(sent(engine)) == sorted(distinct(series))
    assert all(len(batch) <= batch_size for _, batch in engine.calls)
    assert len(engine.calls) == -(-len(distinct(series)) // batch_size)


def whole_batches(count, size):
    table = AnswerTable(Question(parse(LABELS)), "engine", [f"text {i}" for i in range(count * size)])
    return [Batch(table, range(i * size, (i + 1) * size)) for i in range(count)]


def drain(queue, *, has_succeeded):
    batches = []
    while (batch := queue.pop(has_succeeded=has_succeeded)) is not None:
        batches.append(list(batch.items))
    return batches


@given(st.integers(1, 300), st.integers(1, 5))
def test_quarters_hold_the_same_values_in_order(count, max_attempts):
    (batch,) = whole_batches(1, count)
    parts = batch.split(max_attempts=max_attempts)
    assert [i for part in parts for i in part.items] == list(range(count))
    assert len(parts) <= 4
    assert all(0 < len(part.items) <= -(-count // 4) for part in parts)
    assert all(part.was_refused and part.max_attempts == max_attempts for part in parts)


def test_quarters_have_as_many_attempts_as_their_batch():
    (batch,) = whole_batches(1, 8)
    assert {part.max_attempts for part in batch.split()} == {batch.max_attempts}


@given(st.integers(0, 500), st.integers(1, 40))
def test_every_value_is_in_one_batch(count, size):
    parts = list(sampling_order(count, size))
    assert sorted(i for part in parts for i in part) == list(range(count))
    assert len(parts) == -(-count // size)
    assert all(0 < len(part) <= size for part in parts)


@given(st.integers(0, 500), st.integers(1, 40), st.integers(1, 50))
def test_the_first_batches_are_small_if_the_engine_says_so(count, size, first):
    parts = list(sampling_order(count, size, first))
    assert sorted(i for part in parts for i in part) == list(range(count))
    assert len(parts) == request_count(count, size, first)
    small = [first * FIRST_GROWTH**i for i in range(10) if first * FIRST_GROWTH**i < size]
    assert [len(part) for part in parts[: len(small)]][:-1] == small[: len(parts)][:-1]
    assert all(len(part) <= limit for part, limit in zip(parts, small + [size] * len(parts), strict=False))
    assert [part.start for part in parts[: len(small)]] == sorted(part.start for part in parts)[: len(small)]


@given(st.integers(0, 500), st.integers(1, 40))
def test_without_a_first_size_all_batches_are_full(count, size):
    assert list(sampling_order(count, size, None)) == list(sampling_order(count, size, size))
    assert request_count(count, size) == -(-count // size)


def test_the_first_batches_sample_the_whole_column():
    starts = [part.start for part in sampling_order(1000, 10)]
    assert starts[0] == 0
    assert max(starts[:FAILURE_THRESHOLD]) == 990
    assert all(200 <= b - a <= 300 for a, b in itertools.pairwise(starts[:FAILURE_THRESHOLD]))
    assert starts[FAILURE_THRESHOLD:] == sorted(starts[FAILURE_THRESHOLD:])


def test_parts_come_first_once_something_was_answered():
    first, *others = whole_batches(3, 4)
    queue = BatchQueue(iter([first, *others]))
    queue.push_split(queue.pop(has_succeeded=False), first.items, 2)
    assert drain(queue, has_succeeded=True) == [[0], [1], [2], [3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_parts_wait_for_the_first_batches_while_nothing_was_answered():
    batches = whole_batches(FAILURE_THRESHOLD + 2, 2)
    queue = BatchQueue(iter(batches))
    queue.push_split(queue.pop(has_succeeded=False), batches[0].items, 2)
    early, late = batches[1:FAILURE_THRESHOLD], batches[FAILURE_THRESHOLD:]
    assert drain(queue, has_succeeded=False) == [
        *(list(b.items) for b in early),
        [0],
        [1],
        *(list(b.items) for b in late),
    ]


def test_parts_come_next_if_no_whole_batch_remains():
    (only,) = whole_batches(1, 2)
    queue = BatchQueue(iter([only]))
    queue.push_split(queue.pop(has_succeeded=False), only.items, 2)
    assert drain(queue, has_succeeded=False) == [[0], [1]]


@pytest.mark.parametrize("split", [True, False])
def test_a_batch_that_is_put_back_is_next(split):
    batches = whole_batches(3, 4)
    queue = BatchQueue(iter(batches))
    taken = queue.pop(has_succeeded=True)
    if split:
        queue.push_split(taken, taken.items, 2)
        taken = queue.pop(has_succeeded=True)
    queue.put_back(taken)
    assert queue.pop(has_succeeded=True) is taken


@given(
    st.integers(0, 12),
    st.integers(1, 32),
    st.sets(st.integers(0, 383), max_size=20),
    st.lists(st.booleans(), max_size=50),
)
def test_splitting_always_ends_and_isolates_every_bad_value(count, size, bad, successes):
    queue = BatchQueue(iter(whole_batches(count, size)))
    answered, isolated = [], []
    flags = iter(successes)
    while (batch := queue.pop(has_succeeded=next(flags, True))) is not None:
        if not bad & set(batch.items):
            answered += batch.items
        elif len(batch.items) == 1 and batch.was_refused:
            isolated += batch.items
        else:
            queue.push_split(batch, batch.items, batch.max_attempts)
    assert sorted(isolated) == sorted(bad & set(range(count * size)))
    assert sorted(answered + isolated) == list(range(count * size))
