"""Usage of runs: sums, cost, and how it is shown."""

import pickle
from dataclasses import asdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.results.usage import Progress, Usage, sum_progress
from jsdf.testing import FakeEngine

PRICED = st.integers(0, 10**6).map(lambda n: Usage(total_tokens=n, cost=n / 1000))
UNPRICED = st.integers(1, 10**6).map(lambda n: Usage(total_tokens=n))
SERIES = pd.Series([f"text {i}" for i in range(40)])
LABELS = ["good", "bad"]


def total(parts):
    return sum_progress([Progress("fake", 0, 0, 0, part) for part in parts], "fake").usage


@given(st.lists(PRICED | st.just(Usage()), min_size=1))
def test_costs_add_up(parts):
    added = total(parts)
    costs = [part.cost for part in parts if part.cost is not None]
    assert added.cost == (pytest.approx(sum(costs)) if costs else None)


@given(st.lists(PRICED), UNPRICED, st.lists(PRICED))
def test_a_sum_with_tokens_of_unknown_cost_has_none(before, unknown, after):
    assert total([*before, unknown, *after]).cost is None


def test_other_amounts_leave_the_cost():
    assert Usage(cost=0.5).add(requests=1).cost == 0.5
    assert Usage().add(total_tokens=5).cost is None


def test_a_run_knows_its_cost_at_the_price_of_its_time():
    engine = FakeEngine()
    assert jsdf.run(SERIES[:8], LABELS, engine=engine).usage.cost is None
    jsdf.options.price_per_million_tokens = 1000
    run = jsdf.run(SERIES, LABELS, engine=engine)
    jsdf.options.price_per_million_tokens = 5000
    assert run.usage.cost == pytest.approx(2 * 32 / 1000)
    jsdf.options.price_per_million_tokens = {"mine": 1}
    assert jsdf.run(SERIES, LABELS, engine=FakeEngine()).usage.cost is None


def test_the_cost_is_in_every_form_of_a_run():
    jsdf.options.price_per_million_tokens = 1000
    jsdf.options.currency = "EUR"
    seen = []
    run = jsdf.run(SERIES, LABELS, engine=FakeEngine(), progress=seen.append)
    for shown in (str(run.usage), repr(run), run._repr_html_(), run.usage._repr_html_()):
        assert "0.08 EUR" in shown
    assert seen[-1].usage.cost == pytest.approx(0.08)
    assert "EUR" not in str(jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="x"), max_requests=0).usage)


def test_nothing_is_said_of_money_without_a_price():
    run = jsdf.run(SERIES, LABELS, engine=FakeEngine())
    for shown in (str(run.usage), repr(run), run._repr_html_(), run.usage._repr_html_()):
        assert "USD" not in shown
        assert "cost" not in shown.replace("maybe billed", "")


def test_a_pickle_of_an_earlier_version_has_no_cost():
    usage = Usage(requests=3)
    state = {name: value for name, value in asdict(usage).items() if name != "cost"}
    old = Usage.__new__(Usage)
    old.__dict__.update(state)
    loaded = pickle.loads(pickle.dumps(old))
    assert loaded.cost is None
    assert str(loaded) == str(usage)
    assert loaded.add(**asdict(Usage(cost=0.5))).cost == 0.5
