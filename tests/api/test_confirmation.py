"""`jsdf.options.confirm_above`: a call that may cost more sends nothing before it is confirmed."""

import pickle
import re
import sys
import types

import pandas as pd
import pytest
from entry_points import NAMES, calls, column, hosted
from sample_column import LABELS, SERIES
from two_engines import LABELS as COLOURS
from two_engines import TwoEngines

import jsdf
from jsdf.testing import FakeEngine, FakeService


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("threshold", ["4 requests", 70, 0.5])
def test_a_call_above_the_threshold_sends_nothing(name, threshold):
    engine = FakeEngine(batch_size=8)  # 5 requests, 80 tokens
    jsdf.run(pd.Series(["another", "more"]), LABELS, engine=engine)
    jsdf.options.price_per_million_tokens = 1_000_000
    engine.calls.clear()
    jsdf.options.confirm_above = threshold
    with pytest.raises(jsdf.ConfirmationError, match=rf"jsdf\.options\.confirm_above={threshold!r}") as caught:
        calls(engine)[name]()
    assert engine.calls == []
    advice = dict(pair.split("=") for pair in re.findall(r"max_\w+=[\d.]+", str(caught.value)))
    if name == "classify_batches":
        advice = {"max_cost": 200}
    else:
        assert caught.value.plan.requests == 5
    assert len(advice) == 1
    calls(engine, **{key: int(float(value) + 0.999) for key, value in advice.items()})[name]()
    assert sum(len(values) for _, values in engine.calls) == 40


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("threshold", ["5 requests", 300, 300.5])
def test_a_call_below_the_threshold_goes_on(name, threshold):
    engine = FakeEngine(batch_size=8)
    jsdf.run(SERIES[:1], LABELS, engine=engine)
    jsdf.options.price_per_million_tokens = 1_000_000
    jsdf.options.confirm_above = threshold
    limit = {"max_requests": 9} if name == "classify_batches" else {}
    calls(engine, **limit)[name]()


def test_what_is_stored_already_needs_no_confirmation():
    engine = FakeEngine()
    run = jsdf.run(SERIES, LABELS, engine=engine)
    jsdf.options.confirm_above = "0 requests"
    jsdf.run(SERIES, LABELS, engine=engine)
    run.retry()


def test_an_unknown_cost_is_bounded_by_the_bytes():
    jsdf.options.price_per_million_tokens = 1
    jsdf.options.confirm_above = 0.05
    service = FakeService()
    with pytest.raises(
        jsdf.ConfirmationError, match="the cost of the call is not known yet; it may be as much as"
    ) as caught:
        jsdf.run(column(3200, 200), LABELS, engine=hosted(service))
    assert caught.value.plan.cost is None
    assert service.requests == []
    limit = float(re.search(r"max_cost=([\d.]+) to go on", str(caught.value))[1])
    jsdf.run(column(20, 200), LABELS, engine=hosted(service))  # so small that it cannot cost as much
    run = jsdf.run(column(3200, 200), LABELS, engine=hosted(service), max_cost=limit)
    assert run.stopped is None


def test_a_threshold_in_money_needs_a_price():
    jsdf.options.confirm_above = 1.0
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError, match="'fake' is not known; set"):
        jsdf.run(SERIES, LABELS, engine=engine)
    engine = FakeEngine(identity="local:models")
    engine.name = "local"
    jsdf.run(SERIES, LABELS, engine=engine)


def test_a_notebook_shows_the_plan(monkeypatch):
    shown = []
    shell = types.SimpleNamespace(kernel=object())
    display = types.SimpleNamespace(display=shown.append)
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell, display=display))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    jsdf.options.confirm_above = "0 requests"
    with pytest.raises(jsdf.ConfirmationError) as caught:
        jsdf.run(SERIES, LABELS, engine=FakeEngine(), progress=False)
    assert shown == [caught.value.plan]


def test_the_error_survives_a_pickle():
    error = pickle.loads(pickle.dumps(jsdf.ConfirmationError("text", jsdf.plan(SERIES, LABELS, engine=FakeEngine()))))
    assert str(error) == "text"
    assert error.plan.rows == 40


@pytest.mark.parametrize("repeats", [1, 3, 9])
def test_an_unknown_cost_is_that_of_all_repeats(repeats):
    jsdf.options.price_per_million_tokens = 1.0
    bounds = []
    for times in (1, repeats):
        jsdf.options.confirm_above = 1e-9
        with pytest.raises(jsdf.ConfirmationError) as caught:
            jsdf.run(column(320, 50), LABELS, engine=FakeEngine(), repeats=times)
        bounds.append(float(re.search(r"max_cost=([\d.]+) to go on", str(caught.value))[1]))
    assert bounds[1] == pytest.approx(repeats * bounds[0], rel=0.1)
    jsdf.options.confirm_above = f"{10 * repeats - 1} requests"
    with pytest.raises(jsdf.ConfirmationError, match=f"pass max_requests={10 * repeats} to go on"):
        jsdf.run(column(320, 50), LABELS, engine=FakeEngine(), repeats=repeats)


@pytest.mark.filterwarnings("ignore:.*budget")
@pytest.mark.parametrize("budget", [1, 3, 10])
@pytest.mark.parametrize("threshold", ["10 requests", 3.0])
def test_the_budget_of_a_cascade_bounds_what_it_may_cost(budget, threshold):
    two = TwoEngines(1000)
    jsdf.options.price_per_million_tokens = {"strong": 200.0}
    jsdf.options.confirm_above = threshold
    strong = two.strong()
    with pytest.raises(jsdf.ConfirmationError):
        jsdf.run(two.texts, COLOURS, engine=jsdf.Cascade(two.cheap(), strong, learn=False), progress=False)
    assert strong.calls == []
    jsdf.run(two.texts, COLOURS, engine=jsdf.Cascade(two.cheap(), strong, learn=False, budget=budget), progress=False)
    assert 0 < len(strong.calls) <= budget


@pytest.mark.filterwarnings("ignore:.*budget")
def test_a_budget_above_the_threshold_is_to_be_confirmed():
    two = TwoEngines(1000)
    strong = two.strong()
    cascade = jsdf.Cascade(two.cheap(), strong, learn=False, budget=5)
    jsdf.options.confirm_above = "4 requests"
    with pytest.raises(jsdf.ConfirmationError, match=r"would send 5 requests, .*pass max_requests=5 to go on"):
        jsdf.run(two.texts, COLOURS, engine=cascade, progress=False)
    jsdf.run(two.texts, COLOURS, engine=cascade, progress=False, max_requests=5)
    assert 0 < len(strong.calls) <= 5


def test_the_price_to_confirm_is_that_of_the_engine_that_is_paid():
    two = TwoEngines(100)
    jsdf.options.confirm_above = 1.0
    cascade = jsdf.Cascade(two.cheap(), two.strong(), learn=False)
    with pytest.raises(jsdf.InvalidInputError, match="the price of the engine 'strong' is not known"):
        jsdf.run(two.texts, COLOURS, engine=cascade, progress=False)
