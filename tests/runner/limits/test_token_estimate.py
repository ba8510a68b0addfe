"""Estimates of tokens from earlier requests: within 10 % on columns like those before, and honest on others."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jsdf
from jsdf.runner.limits.token_estimate import PlannedRequests, estimate_tokens
from jsdf.store.request_cost import RequestShape
from jsdf.testing import FakeService

FEW = ["good", "bad", "neither of both"]
MANY = [f"label number {i}" for i in range(20)]
DESCRIBED = {f"topic {i}": f"texts about the {i}th topic, in plain words" for i in range(8)}
LENGTHS = {"short": (2, 12), "middling": (100, 300), "long": (900, 1200), "mixed": (1, 2000)}


def column(kind, count, seed):
    rng = random.Random(seed)
    return pd.Series([f"{seed}-{i} " + "x" * rng.randint(*LENGTHS[kind]) for i in range(count)])


def hosted(**more):
    return jsdf.Hosted("test-key", transport=FakeService().transport(), rate=100_000, **more)


def label(engine, *columns):
    for series, labels in columns:
        jsdf.run(series, labels, engine=engine, progress=False)


def planned_and_paid(engine, series, labels):
    plan = jsdf.plan(series, labels, engine=engine)
    return plan, jsdf.run(series, labels, engine=engine, progress=False, cache=False).usage


@pytest.mark.parametrize("labels", [FEW, MANY, DESCRIBED], ids=["few", "many", "described"])
@pytest.mark.parametrize("kind", LENGTHS)
def test_within_a_tenth_on_a_column_like_the_one_before(kind, labels):
    engine = hosted()
    label(engine, (column(kind, 100, 1), labels))
    jsdf.options.price_per_million_tokens = 0.8
    for count in (33, 640, 1000):
        plan, usage = planned_and_paid(engine, column(kind, count, count), labels)
        assert plan.cost == pytest.approx(usage.cost, rel=0.1)
        assert plan.cost_range[0] <= usage.cost <= plan.cost_range[1]
        assert plan.cost_range[1] <= 1.25 * usage.cost


@pytest.mark.parametrize("labels", [FEW, MANY, DESCRIBED], ids=["few", "many", "described"])
@pytest.mark.parametrize("kind", LENGTHS)
def test_within_a_tenth_on_new_lengths_and_numbers_of_labels_between_those_before(kind, labels):
    engine = hosted()
    label(engine, (column("short", 64, 1), FEW), (column("mixed", 64, 2), MANY), (column("short", 64, 3), MANY))
    label(engine, (column("short", 32, 4), {f"t{i}": f"a description of label {i}" * 3 for i in range(5)}))
    plan, usage = planned_and_paid(engine, column(kind, 640, 5), labels)
    assert plan.tokens == pytest.approx(usage.total_tokens, rel=0.1)
    assert plan.tokens_range[0] <= usage.total_tokens <= plan.tokens_range[1]


@pytest.mark.parametrize("kind", LENGTHS)
@pytest.mark.parametrize("before", LENGTHS)
def test_the_range_holds_what_was_never_seen(before, kind):
    engine = hosted()
    label(engine, (column(before, 64, 1), FEW))
    plan, usage = planned_and_paid(engine, column(kind, 320, 2), DESCRIBED)
    assert plan.tokens_range[0] <= usage.total_tokens <= plan.tokens_range[1]
    assert plan.tokens == pytest.approx(usage.total_tokens, rel=0.6)


def test_images_have_a_price_of_their_own():
    engine = hosted()
    urls = pd.Series([f"https://example.com/{i}.png" for i in range(200)])
    label(engine, (column("long", 64, 1), FEW), (urls[:64], FEW))
    plan, usage = planned_and_paid(engine, urls[64:], FEW)
    assert plan.tokens == pytest.approx(usage.total_tokens, rel=0.1)


@pytest.mark.parametrize("multiple", [False, True])
def test_rounds_are_estimated_from_earlier_rounds(multiple):
    labels = [f"label {i}" for i in range(60)]
    engine = hosted()
    jsdf.run(column("short", 64, 1), labels, engine=engine, progress=False, multiple_labels=multiple)
    plan = jsdf.plan(column("short", 640, 2), labels, engine=engine, multiple_labels=multiple)
    run = jsdf.run(column("short", 640, 2), labels, engine=engine, progress=False, multiple_labels=multiple)
    assert plan.tokens == pytest.approx(run.usage.total_tokens, rel=0.15)
    assert plan.tokens_range[0] <= run.usage.total_tokens <= plan.tokens_range[1]


rates = st.tuples(st.integers(0, 500), st.integers(0, 20), st.floats(0.05, 1), st.integers(0, 20), st.floats(0.05, 1))


@settings(max_examples=60)
@given(rates, st.integers(0, 2**32 - 1))
def test_any_linear_price_is_learned(price, seed):
    rng = np.random.default_rng(seed)

    def shape():
        samples, labels = int(rng.integers(1, 33)), int(rng.integers(2, 25))
        text, words = int(rng.integers(1, 20_000)), int(rng.integers(2, 2000))
        tokens = np.dot(price, [1, samples, text, labels, words])
        return RequestShape(b"job", samples, 16 * samples + text, labels, 16 * labels + words, max(1, round(tokens)))

    seen, new = [shape() for _ in range(60)], [shape() for _ in range(10)]
    planned = PlannedRequests(len(new), *(sum(s[i] for s in new) for i in range(1, 5)))
    paid = sum(s.total_tokens for s in new)
    found = estimate_tokens(seen, b"job", planned, "text")
    assert found.expected == pytest.approx(paid, rel=0.1)
    assert 0 <= found.low <= paid <= found.high


def test_nothing_to_go_by():
    planned = PlannedRequests(1, 1, 20, 2, 40)
    assert estimate_tokens([], b"job", planned, "text") is None
    assert estimate_tokens([RequestShape(b"job", 1, 20, 2, 40, 0)], b"job", planned, "text") is None
