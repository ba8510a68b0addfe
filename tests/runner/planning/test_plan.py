"""A plan estimates a run, and sends nothing."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusing_engines import column
from sample_column import LABELS, SERIES, distinct
from two_engines import LABELS as COLOURS
from two_engines import TwoEngines

import jsdf
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine, FakeService


@given(st.lists(st.sampled_from([*"abcdefghij", None, " "]), max_size=20), st.integers(0, 20), st.integers(1, 8),
       st.integers(1, 4) | st.none())  # fmt: skip
def test_a_run_matches_its_plan(values, head, batch_size, first_batch_size):
    series = pd.Series(values, dtype=object)
    engine = FakeEngine(batch_size=batch_size)
    engine.first_batch_size = first_batch_size
    jsdf.run(series[:head], LABELS, engine=engine)
    engine.calls.clear()
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert engine.calls == []
    run = jsdf.run(series, LABELS, engine=engine)
    assert plan.rows == len(run) == len(series)
    assert plan.missing == run.counts["missing"]
    assert plan.distinct == len(distinct(series)) == plan.cached + plan.to_send
    assert plan.to_send == run.usage.rows_sent
    assert plan.requests == run.usage.requests == len(engine.calls)
    if plan.cached:
        assert plan.tokens == run.usage.total_tokens


def test_plan_numbers_and_text():
    engine = FakeEngine(batch_size=8, rate=2)
    series = pd.concat([SERIES, SERIES, pd.Series([None, " "])])
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert (plan.rows, plan.missing, plan.distinct, plan.cached, plan.to_send) == (82, 2, 40, 0, 40)
    assert (plan.requests, plan.seconds, plan.tokens, plan.engine) == (5, 2.5, None, "fake")
    for words in ("82 rows", "2 missing", "40 distinct", "40 to send in 5 requests", "2.5 s"):
        assert words in repr(plan)
    assert "at least 2.5 s" in plan._repr_html_()


def test_plan_without_a_rate_has_no_seconds():
    assert jsdf.plan(SERIES, LABELS, engine=FakeEngine()).seconds is None


def test_plan_estimates_tokens_from_earlier_requests_in_the_store():
    engine = FakeEngine()
    jsdf.run(SERIES[:10], LABELS, engine=engine)
    plan = jsdf.plan(SERIES, LABELS, engine=engine)
    assert (plan.cached, plan.to_send, plan.tokens) == (10, 30, 60)
    assert jsdf.plan(SERIES, ["other", "labels"], engine=engine).tokens == 80
    assert jsdf.plan(SERIES, LABELS, engine=engine, cache=False).tokens is None


@pytest.mark.parametrize("count", [30, 60, 100, 200])
def test_a_plan_never_promises_fewer_requests_than_a_run_takes(count):
    values, labels = column(320), [f"label {i}" for i in range(count)]
    engine = FakeEngine(max_labels=24)
    planned = jsdf.plan(values, labels, engine=engine).requests
    assert jsdf.run(values, labels, engine=engine, progress=False).usage.requests <= planned


def texts(length, start, stop):
    return pd.Series([f"{i:05}" + "x" * length for i in range(start, stop)])


def test_plan_estimates_tokens_by_the_lengths_of_the_texts():
    engine = jsdf.Hosted("test-key", transport=FakeService().transport())
    for length in (20, 4000):
        jsdf.run(texts(length, 0, 32), LABELS, engine=engine, progress=False)
    for column_ in (texts(20, 50, 150), texts(4000, 50, 150), texts(300, 0, 70)):
        planned = jsdf.plan(column_, LABELS, engine=engine).tokens
        paid = jsdf.run(column_, LABELS, engine=engine, progress=False, cache=False).usage.total_tokens
        assert planned == pytest.approx(paid, rel=0.05)


def test_without_a_price_a_plan_says_nothing_of_money():
    engine = FakeEngine()
    jsdf.run(SERIES[:10], LABELS, engine=engine)
    for series in (SERIES, SERIES[:10]):
        plan = jsdf.plan(series, LABELS, engine=engine)
        assert plan.cost is plan.cost_range is plan.cost_unknown is None
        assert "cost" not in repr(plan) + plan._repr_html_()
        assert "USD" not in repr(plan) + plan._repr_html_()


def test_a_plan_shows_the_cost_and_its_range():
    engine = FakeEngine()
    jsdf.run(SERIES[:10], LABELS, engine=engine)
    jsdf.options.price_per_million_tokens = 1_000_000
    jsdf.options.currency = "EUR"
    plan = jsdf.plan(SERIES, LABELS, engine=engine)
    assert (plan.tokens, plan.cost) == (60, 60)
    assert plan.cost_range == pytest.approx(plan.tokens_range, abs=0.5)
    assert "about 60 tokens, about 60.00 EUR (" in repr(plan)
    assert "60.00 EUR" in plan._repr_html_()
    assert repr(jsdf.plan(SERIES[:10], LABELS, engine=engine)).endswith("0.00 EUR")


@pytest.mark.parametrize(
    ("prices", "cache", "why"),
    [
        (1, True, "no request to this engine is in the store yet"),
        (1, False, "cache=False reads no earlier ones"),
        ({"hosted": 1}, True, "set jsdf.options.price_per_million_tokens for 'fake'"),
    ],
)
def test_a_plan_says_why_it_knows_no_cost(prices, cache, why):
    jsdf.options.price_per_million_tokens = prices
    plan = jsdf.plan(SERIES, LABELS, engine=FakeEngine(), cache=cache)
    assert plan.cost is plan.cost_range is None
    assert plan.cost_unknown == why
    assert repr(plan).endswith(f"cost unknown: {why}")
    assert "cost unknown" in plan._repr_html_()


def test_the_local_engine_costs_nothing():
    engine = FakeEngine(identity="local:models")
    engine.name = "local"
    assert jsdf.plan(SERIES, LABELS, engine=engine).cost == 0
    assert "USD" not in repr(jsdf.plan(SERIES, LABELS, engine=engine))
    jsdf.options.price_per_million_tokens = 5
    plan = jsdf.plan(SERIES, LABELS, engine=engine)
    assert (plan.cost, plan.cost_range) == (0, (0, 0))
    assert repr(plan).endswith("0.00 USD")


def test_a_store_of_an_earlier_version_gives_an_estimate():
    engine = FakeEngine()
    jsdf.run(SERIES[:10], LABELS, engine=engine)
    store = Store()
    with store._file.db as db:
        db.execute("DELETE FROM request_shapes")
    store.close()
    plan = jsdf.plan(SERIES, LABELS, engine=engine)
    assert (plan.tokens, plan.tokens_range) == (60, (0, 120))


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5, 6, 9])
def test_a_limit_on_requests_is_in_the_plan(limit, repeats):
    series = pd.Series([f"text number {i:03}" for i in range(65)])  # 3 requests a pass
    engine = FakeEngine()
    jsdf.run(series[:2], ["x", "y"], engine=engine)
    jsdf.options.price_per_million_tokens = 1.0
    engine.calls.clear()
    plan = jsdf.plan(series, LABELS, engine=engine, max_requests=limit, repeats=repeats)
    whole = jsdf.plan(series, LABELS, engine=engine, repeats=repeats)
    run = jsdf.run(series, LABELS, engine=engine, max_requests=limit, repeats=repeats)
    assert plan.requests == run.usage.requests == len(engine.calls) == min(limit, 3 * repeats)
    assert plan.to_send == whole.to_send == 65
    assert (plan.requests_left_out or 0) == whole.requests - plan.requests
    left_out = f"{whole.requests - plan.requests} more left out by the limit"
    assert (left_out in repr(plan)) == (limit < whole.requests)
    assert "left out" not in repr(whole)
    assert plan.tokens == run.usage.total_tokens
    assert plan.cost == pytest.approx(run.usage.cost)


@pytest.mark.parametrize("limit", [0, 3, 7, 100])
def test_a_limit_on_requests_is_in_the_plan_of_rounds(limit):
    engine = FakeEngine(max_labels=4)
    series, labels = pd.Series([f"text {i}" for i in range(70)]), [f"label {i}" for i in range(9)]
    plan = jsdf.plan(series, labels, engine=engine, max_requests=limit)
    run = jsdf.run(series, labels, engine=engine, max_requests=limit)
    assert run.usage.requests == len(engine.calls) <= plan.requests <= limit
    if limit < 9:
        assert run.usage.requests == plan.requests


@pytest.mark.parametrize(
    ("budget", "max_requests", "requests"), [(3, None, 3), (3, 9, 3), (9, 3, 3), (None, 7, 7), (None, None, 32)]
)
def test_the_plan_of_a_cascade_has_no_more_requests_than_its_budget(budget, max_requests, requests):
    two = TwoEngines(1000)
    cascade = jsdf.Cascade(two.cheap(), two.strong(rate=10), learn=False, budget=budget)
    plan = jsdf.plan(two.texts, COLOURS, engine=cascade, max_requests=max_requests)
    assert (plan.requests, plan.seconds, plan.requests_left_out or 0) == (requests, requests / 10, 32 - requests)
    alone = jsdf.plan(two.texts, COLOURS, engine=two.strong(rate=10), max_requests=requests)
    assert (plan.tokens, plan.cost) == (alone.tokens, alone.cost)


def test_the_plan_of_a_cascade_says_what_is_not_known():
    two = TwoEngines(1000)
    cascade = jsdf.Cascade(two.cheap(), two.strong(rate=10), learn=False)
    plan = jsdf.plan(two.texts, COLOURS, engine=cascade)
    time = "at least 3.2 s for all requests, and the time of the cheap engine"
    assert f"in 32 requests (cascade), or 1 request and more with the cascade, {time}" in repr(plan)
    assert time in plan._repr_html_()
    few = jsdf.plan(two.texts[:30], COLOURS, engine=cascade)  # all are samples
    assert "in 1 request (cascade), at least 0.1 s for all requests" in repr(few)
    fitted = jsdf.run(two.texts, COLOURS, engine=cascade, progress=False).fitted_cascade
    plan = jsdf.plan(two.texts + "!", COLOURS, engine=fitted)
    assert f"in 32 requests (cascade), or fewer with the fitted cascade, {time}" in repr(plan)
    assert jsdf.plan(two.texts[:0], COLOURS, engine=fitted).requests == 0
