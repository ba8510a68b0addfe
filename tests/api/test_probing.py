"""What `probe` refuses, and its limits."""

import re

import pandas as pd
import pytest
from two_engines import LABELS as COLOURS
from two_engines import TwoEngines

import jsdf
from jsdf.errors import APIError
from jsdf.testing import FakeEngine

TEXTS = pd.Series([f"text {i}" for i in range(40)])
LABELS = ["good", "bad"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n=0: pass a whole number, 1 or more"),
        ({"n": 2.5}, "n=2.5"),
        ({"n": True}, "n=True"),
        ({"seed": -1}, "seed=-1: pass a whole number, 0 or more"),
        ({"max_requests": 43}, "max_requests=43: 40 rows alone and twice together take 44 requests"),
        ({"engine": FakeEngine(batch_size=1)}, "takes one sample a request"),
        ({"series": pd.Series([None, " "], dtype=object)}, "no row with a value"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_sent(arguments, message):
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError, match=message):
        jsdf.probe(**{"series": TEXTS, "labels": LABELS, "engine": engine, "progress": False, **arguments})
    assert not engine.calls


def test_the_number_of_requests_that_the_message_names_is_enough():
    found = jsdf.probe(TEXTS, LABELS, max_requests=44, engine=FakeEngine(), progress=False)
    assert found.usage.requests == 44


def test_a_limit_on_tokens_is_for_all_three_together():
    found = jsdf.probe(TEXTS, LABELS, max_tokens=90, engine=FakeEngine(), progress=False)
    assert found.usage.total_tokens <= 90 + 64  # one request at most exceeds the limit
    assert found.compared == 0
    assert found.rows["alone"].notna().any()


def test_a_limit_on_money_is_for_all_three_together(monkeypatch):
    monkeypatch.setattr(jsdf.options, "price_per_million_tokens", 10_000)
    found = jsdf.probe(TEXTS, LABELS, max_cost=0.9, engine=FakeEngine(), progress=False)
    assert 0.8 <= found.usage.cost <= 0.9 + 0.64
    assert found.compared == 0


@pytest.mark.parametrize("first_batch_size", [None, 4])
def test_the_advice_of_a_limit_that_is_too_small_is_enough(first_batch_size):
    engine = FakeEngine()
    engine.first_batch_size = first_batch_size
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.probe(TEXTS, LABELS, max_requests=3, engine=engine, progress=False)
    limit = int(re.search(r"pass max_requests=(\d+)", str(caught.value))[1])
    found = jsdf.probe(TEXTS, LABELS, max_requests=limit, engine=engine, progress=False)
    assert found.compared == 40
    assert found.usage.requests == len(engine.calls) == limit


@pytest.mark.parametrize(("text", "limit"), [("text 5", 44), ("text 39", 44), ("text 0", 60)])
def test_a_limit_on_requests_is_for_all_three_together(text, limit):
    engine = FakeEngine(fail=lambda values: APIError("bad", status=422) if text in values else None)
    found = jsdf.probe(TEXTS, LABELS, max_requests=limit, engine=engine, progress=False)
    assert found.usage.requests == len(engine.calls) <= limit
    assert found.rows["changed"].isna().any()
    if limit == 44:
        assert found.rows["reordered"].isna().any()


@pytest.mark.parametrize("threshold", ["40 requests", "43 requests", 80.0])
@pytest.mark.parametrize("first_batch_size", [None, 4])
def test_confirmation_is_asked_once_for_the_sum(threshold, first_batch_size):
    engine = FakeEngine()
    engine.first_batch_size = first_batch_size
    jsdf.options.price_per_million_tokens = 1_000.0
    jsdf.options.confirm_above = threshold if isinstance(threshold, str) else 0.1
    with pytest.raises(jsdf.ConfirmationError, match="confirm_above") as caught:
        jsdf.probe(TEXTS, LABELS, engine=engine, progress=False)
    assert not engine.calls
    assert caught.value.plan.requests == (46 if first_batch_size else 44)
    name, value = re.search(r"pass (max_\w+)=([\d.]+) to go on", str(caught.value)).groups()
    limit = {name: int(value) if name == "max_requests" else float(value)}
    found = jsdf.probe(TEXTS, LABELS, engine=engine, progress=False, **limit)
    assert found.compared == 40


def test_completed_arrangements_are_kept_when_a_later_one_stops():
    def fail(values):
        return jsdf.AuthenticationError("no", status=401) if len(values) > 1 else None

    engine = FakeEngine(fail=fail)
    with (
        pytest.warns(UserWarning, match="stopped at 'together'; 'alone' are in the error's .runs"),
        pytest.raises(jsdf.AuthenticationError) as caught,
    ):
        jsdf.probe(TEXTS, LABELS, engine=engine, progress=False)
    assert {name: run.counts["answered"] for name, run in caught.value.runs.items()} == {"alone": 40}
    assert caught.value.run.counts["pending"] == 40


def test_a_cascade_is_not_probed_but_its_engines_are():
    two = TwoEngines(100)
    strong = two.strong()
    cascade = jsdf.Cascade(two.cheap(), strong, learn=False)
    with pytest.raises(jsdf.InvalidInputError, match="the paid 'strong' or the cheap 'cheap', as engine="):
        jsdf.probe(two.texts, COLOURS, engine=cascade, progress=False)
    assert strong.calls == []
    for engine in (cascade.strong, cascade.cheap):
        assert jsdf.probe(two.texts, COLOURS, engine=engine, progress=False).changed == 0
