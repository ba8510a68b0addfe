"""What `probe` refuses, and its limits."""

import pandas as pd
import pytest

import jsdf
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
