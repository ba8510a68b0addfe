"""`max_requests`, `max_tokens` and `max_cost` stop a run cleanly, and a warning says how to continue."""

import re

import pandas as pd
import pytest
from entry_points import NAMES, calls, column, hosted
from sample_column import LABELS, SERIES
from two_engines import TwoEngines

import jsdf
from jsdf.testing import FakeEngine, FakeService


@pytest.mark.parametrize("limit", range(6))
def test_max_requests(limit):
    engine = FakeEngine(batch_size=8)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_requests=limit)
    assert len(engine.calls) == run.usage.requests == limit
    assert run.counts["answered"] == 8 * limit
    assert run.counts["pending"] == 40 - 8 * limit
    assert (run.stopped is None) == (limit == 5)
    assert limit == 5 or f"max_requests={limit}" in repr(run)


def test_max_requests_counts_no_answer_from_the_store():
    engine = FakeEngine(batch_size=8)
    jsdf.run(SERIES[:32], LABELS, engine=engine)
    assert jsdf.run(SERIES, LABELS, engine=engine, max_requests=1).counts["answered"] == 40


@pytest.mark.parametrize("limit", [0, 1, 15, 16, 17, 40, 79, 80, 1000])
@pytest.mark.parametrize("is_price_known", [False, True])
def test_max_tokens(limit, is_price_known):
    engine = FakeEngine(batch_size=8)  # 2 tokens a sample
    if is_price_known:
        jsdf.run(pd.Series(["another"]), LABELS, engine=engine)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_tokens=limit)
    assert run.usage.total_tokens == 2 * run.counts["answered"] <= limit
    assert run.counts["answered"] + run.counts["pending"] == 40
    assert run.counts["answered"] == 40 or f"max_tokens={limit:,}" in run.stopped
    if limit >= 15:  # less than that is less than any service takes for a question
        assert run.counts["answered"] >= min(40, 0.9 * limit // 2)


def test_stopping_at_a_limit_warns_that_rows_are_pending():
    for errors in ("raise", "coerce"):
        with pytest.warns(UserWarning, match="32 of 40 rows are pending: max_requests=1 was reached") as caught:
            found = jsdf.classify(SERIES, LABELS, engine=FakeEngine(batch_size=8), max_requests=1, errors=errors)
        assert len(caught) == 1
        assert found.notna().sum() == 8


@pytest.mark.parametrize(("cache", "how"), [(True, "call again"), (False, r"call jsdf.last_run\(\).retry\(\)")])
def test_the_warning_says_how_to_continue(cache, how):
    engine = FakeEngine(batch_size=8, identity="same")
    with pytest.warns(UserWarning, match=f"{how} to continue"):
        jsdf.classify(SERIES, LABELS, engine=engine, max_requests=1, cache=cache)


@pytest.mark.parametrize("limit", [0, 0.0001, 0.0005, 0.002, 0.01, 5])
@pytest.mark.parametrize("length", [5, 200, 3000])
def test_max_cost_stops_within_one_request_and_keeps_what_was_answered(limit, length):
    service = FakeService()
    jsdf.options.price_per_million_tokens = 0.25
    series = column(400, length)
    run = jsdf.run(series, LABELS, engine=hosted(service), max_cost=limit)
    largest = max((record.request and price(record.request) for record in service.requests), default=0)
    assert run.usage.cost <= limit + largest * 0.25e-6
    assert run.counts["answered"] + run.counts["pending"] == 400
    if run.counts["pending"]:
        assert re.search(rf"max_cost={limit:.2f} USD|max_cost={limit:f}".rstrip("0"), run.stopped)
    sent = len(service.requests)
    again = jsdf.run(series[run.status == "answered"], LABELS, engine=hosted(service))
    assert again.usage.requests == len(service.requests) - sent == 0


def price(request):
    texts = [*request.values, *(label["value"] for label in request.labels)]
    return 100 + 2 * len(request.values) + sum(1 + len(text) // 4 for text in texts)


def test_the_smaller_of_both_limits_is_the_one_that_is_named():
    jsdf.options.price_per_million_tokens = 1
    for tokens, words in ((1000, "max_tokens=1,000"), (3000, "max_cost=0.002 USD")):
        run = jsdf.run(
            column(400), LABELS, engine=hosted(FakeService()), max_tokens=tokens, max_cost=0.002, cache=False
        )
        assert run.stopped == f"{words} was reached"
    run = jsdf.run(column(400), LABELS, engine=hosted(FakeService()), max_cost=0.00001)
    assert run.stopped == "max_cost=0.00001 USD is less than one row is expected to cost, at least 0.000013 USD"
    run = jsdf.run(column(400), LABELS, engine=hosted(FakeService(usage=False)), max_cost=1)
    assert run.stopped == "the service reported no usage, so max_cost=1.00 USD cannot be kept"


def test_max_cost_is_no_limit_where_nothing_costs():
    jsdf.options.price_per_million_tokens = {"fake": 0}
    assert jsdf.run(SERIES, LABELS, engine=FakeEngine(), max_cost=0).stopped is None


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "5", "5 USD"])
def test_a_bad_max_cost(value):
    jsdf.options.price_per_million_tokens = 1
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError, match=rf"^max_cost={re.escape(repr(value))}: pass an amount of money"):
        jsdf.run(SERIES, LABELS, engine=engine, max_cost=value)
    assert engine.calls == []


@pytest.mark.parametrize("name", [*NAMES, "plan"])
def test_max_cost_needs_a_price_at_every_entry_point(name):
    engine = FakeEngine()
    every = calls(engine, max_cost=0.5) | {"plan": lambda: jsdf.plan(SERIES, LABELS, engine=engine, max_cost=0.5)}
    with pytest.raises(jsdf.InvalidInputError) as caught:
        every[name]()
    assert str(caught.value) == (
        "max_cost=0.5: the price of the engine 'fake' is not known; set jsdf.options.price_per_million_tokens first"
    )
    jsdf.options.price_per_million_tokens = 1
    every[name]()


@pytest.mark.filterwarnings("ignore:.*pending")
@pytest.mark.parametrize("name", NAMES)
def test_max_cost_holds_at_every_entry_point(name):
    jsdf.options.price_per_million_tokens = 1_000_000
    engine = FakeEngine(batch_size=8)
    calls(engine, max_cost=32)[name]()
    assert sum(len(values) for _, values in engine.calls) == 16


@pytest.mark.parametrize("name", ["strong", "gpt", "x"])
def test_the_engine_without_a_price_is_the_one_that_is_paid(name):
    two = TwoEngines(100)
    strong = two.strong()
    strong.name = name
    cascade = jsdf.Cascade(two.cheap(), strong, learn=False)
    for call in (jsdf.run, jsdf.plan):
        with pytest.raises(jsdf.InvalidInputError, match=f"the price of the engine '{name}' is not known"):
            call(two.texts, ["red", "green", "blue"], engine=cascade, max_cost=1.0)
    jsdf.options.price_per_million_tokens = {name: 5.0}
    jsdf.plan(two.texts, ["red", "green", "blue"], engine=cascade, max_cost=1.0)
