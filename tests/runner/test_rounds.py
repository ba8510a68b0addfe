"""More labels than an engine takes are sent about in rounds, and the winners in a last round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_column import LABELS, SERIES

import jsdf
from jsdf.errors import InvalidLabelsError
from jsdf.labels import parse
from jsdf.runner.rounds import fits_one_request, partition_labels, requests_needed
from jsdf.testing import FakeEngine, expected

MANY = [f"label {i}" for i in range(25)]


@given(st.integers(4, 25), st.integers(5, 8), st.booleans(), st.integers(1, 50))
def test_rounds_give_every_row_the_answer_of_a_single_question(count, max_labels, multiple, batch_size):
    engine = FakeEngine(max_labels=max_labels, batch_size=batch_size)
    run = jsdf.run(SERIES[:12], MANY[:count], engine=engine, multiple_labels=multiple, cache=False)
    whole = jsdf.run(SERIES[:12], MANY[:count], engine=FakeEngine(), multiple_labels=multiple, cache=False)
    assert run.counts["answered"] == 12
    assert run.labels.equals(whole.labels)  # the fake engine's best label wins every round
    assert all(len(question.labels.to_json()) <= max_labels for question, _ in engine.calls)
    assert all(len(values) <= batch_size for _, values in engine.calls)


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("count", [25, 48, 49, 100])
def test_more_than_24_labels(count, multiple):
    labels = [f"label {i}" for i in range(count)]
    engine = FakeEngine(max_labels=24)
    found = jsdf.classify(SERIES, labels, engine=engine, multiple_labels=multiple)
    assert found.equals(jsdf.classify(SERIES, labels, engine=FakeEngine(), multiple_labels=multiple))
    assert all(len(question.labels) <= 24 for question, _ in engine.calls)
    engine.calls.clear()
    jsdf.classify(SERIES, labels[::-1], engine=engine, multiple_labels=multiple)
    assert engine.calls == []


def test_rounds_with_several_descriptions():
    labels = {f"label {i}": [f"this {i}", f"that {i}"] for i in range(9)}
    engine = FakeEngine(max_labels=8)
    assert jsdf.classify(SERIES, labels, engine=engine).notna().all()
    assert all(len(question.labels.to_json()) <= 8 for question, _ in engine.calls)


def test_labels_that_multiple_rounds_can_hold_need_no_last_round():
    labels = [f"label {i}" for i in range(40)]
    found = jsdf.classify(SERIES, labels, engine=FakeEngine(max_labels=5), multiple_labels=True)
    assert found.equals(jsdf.classify(SERIES, labels, engine=FakeEngine(), multiple_labels=True))


def test_plan_counts_the_rounds():
    engine = FakeEngine(max_labels=5)
    plan = jsdf.plan(SERIES, MANY[:12], engine=engine, multiple_labels=True)
    run = jsdf.run(SERIES, MANY[:12], engine=engine, multiple_labels=True)
    assert plan.requests == run.usage.requests == 6


def test_stopped_rounds_continue_without_repeating_requests():
    engine = FakeEngine(max_labels=5, batch_size=8)
    run = jsdf.run(SERIES, MANY[:12], engine=engine, max_requests=7)
    assert run.counts["pending"] > 0
    while run.counts["pending"]:
        run = run.retry()
    sent = [(question.labels.digest, value) for question, values in engine.calls for value in values]
    assert run.labels.tolist() == [expected(v, MANY[:12]) for v in SERIES]
    assert len(sent) == len(set(sent))


def test_too_many_labels_are_refused_before_anything_is_sent():
    engine = FakeEngine(max_labels=4)
    with pytest.raises(jsdf.InvalidLabelsError, match="25 are too many"):
        jsdf.classify(SERIES, MANY, engine=engine)
    assert engine.calls == []


@pytest.mark.parametrize(
    ("max_labels", "labels"),
    [(2, LABELS), (8, {"big": [f"as {i}" for i in range(7)]} | {f"label {i}": f"this {i}" for i in range(5)})],
    ids=["three for an engine of two", "many descriptions"],
)
def test_a_label_that_fills_a_group_alone_meets_the_winners(max_labels, labels):
    found = jsdf.classify(SERIES, labels, engine=FakeEngine(max_labels=max_labels))
    assert found.tolist() == [expected(v, labels) for v in SERIES]


def labels_with(sizes):
    return parse({f"label {i}": [f"description {i}.{j}" for j in range(size)] for i, size in enumerate(sizes)})


@given(st.lists(st.integers(1, 4), min_size=2, max_size=40), st.integers(2, 24), st.booleans())
def test_groups_hold_every_label_and_no_more_descriptions_than_a_request(sizes, max_labels, multiple):
    try:
        groups = partition_labels(labels_with(sizes), max_labels, multiple=multiple)
    except InvalidLabelsError:
        assert max(sizes) + min(sizes) > max_labels or sum(sizes) > max_labels
        return
    held = [i for group in groups for i in group]
    assert set(held) == set(range(len(sizes)))
    assert all(sum(sizes[i] for i in group) <= max_labels for group in groups)
    if multiple:
        assert all(len(group) > 1 for group in groups)
    else:
        assert len(held) == len(sizes)
        assert sum(max(sizes[i] for i in group) for group in groups) <= max_labels  # any winners meet in one request


@given(st.integers(2, 12), st.integers(2, 200), st.booleans())
def test_rounds_take_as_many_labels_as_the_square_of_what_a_request_takes(max_labels, count, multiple):
    labels = labels_with([1] * count)
    if multiple or count <= max_labels * max_labels:
        assert len(partition_labels(labels, max_labels, multiple=multiple)) == -(-count // max_labels)
    else:
        with pytest.raises(InvalidLabelsError, match=f"{count} are too many, with {count} descriptions"):
            partition_labels(labels, max_labels, multiple=multiple)


def test_a_label_with_more_descriptions_than_a_request_takes_is_named():
    with pytest.raises(InvalidLabelsError, match="'label 1' has 5 descriptions; a request holds 4"):
        partition_labels(labels_with([1, 5, 1]), 4, multiple=False)


def test_labels_fit_by_their_descriptions():
    labels = labels_with([1, 2, 3])
    assert fits_one_request(labels, None)
    assert fits_one_request(labels, 6)
    assert not fits_one_request(labels, 5)


@given(st.integers(0, 200), st.integers(1, 40), st.booleans())
def test_labels_that_fit_take_a_request_a_batch(samples, size, multiple):
    labels = labels_with([1, 2])
    assert requests_needed(labels, 3, samples, size, multiple=multiple) == -(-samples // size)


@given(st.integers(4, 25), st.integers(5, 8), st.integers(1, 50), st.integers(1, 5) | st.none(), st.booleans())
def test_no_more_requests_are_sent_than_planned(count, max_labels, batch_size, first, multiple):
    engine = FakeEngine(max_labels=max_labels, batch_size=batch_size)
    engine.first_batch_size = first
    run = jsdf.run(SERIES[:12], MANY[:count], engine=engine, multiple_labels=multiple, cache=False)
    planned = requests_needed(parse(MANY[:count]), max_labels, 12, batch_size, first, multiple=multiple)
    assert run.usage.requests <= planned
    assert not multiple or run.usage.requests == planned
