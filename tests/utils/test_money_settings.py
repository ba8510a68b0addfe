"""Settings about money: what is allowed, and what is said of the rest."""

import decimal
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.utils.money_settings import Threshold, parse_threshold, to_amount

amounts = st.one_of(
    st.integers(0, 10**9),
    st.floats(0, 1e9),
    st.decimals(0, 10**6, places=3),
    st.fractions(0, 10**6),
    st.floats(0, 1e9).map(np.float64),
)


@given(amounts)
def test_amounts_are_floats(value):
    assert to_amount(value) == pytest.approx(float(value))
    jsdf.options.price_per_million_tokens = value
    jsdf.options.price_per_million_tokens = {"hosted": value, "mine": value}
    jsdf.options.confirm_above = value
    assert parse_threshold(value) == (Threshold(cost=float(value)), None)


@pytest.mark.parametrize(
    "value",
    [-1, -1e-9, float("nan"), float("inf"), True, False, "1", b"1", [1], 1j, decimal.Decimal("NaN"), 10**400,
     np.float64("nan"), Fraction(-1, 3)],
)  # fmt: skip
def test_other_values_are_refused(value):
    assert to_amount(value) is None
    for name in ("price_per_million_tokens", "confirm_above"):
        with pytest.raises(jsdf.InvalidInputError, match=rf"^jsdf\.options\.{name} = .*: pass a"):
            setattr(jsdf.options, name, value)
    with pytest.raises(jsdf.InvalidInputError, match=r"the price of 'hosted' is .*; pass a number, 0 or more"):
        jsdf.options.price_per_million_tokens = {"hosted": value}
    assert jsdf.options.price_per_million_tokens is None


@pytest.mark.parametrize(
    ("given_name", "meant"), [("hostd", "hosted"), ("Hosted", "hosted"), ("locl", "local"), (" local", "local")]
)
def test_a_near_miss_of_an_engine_is_hinted_at(given_name, meant):
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.options.price_per_million_tokens = {given_name: 1}
    hint = re.search(r"did you mean '(\w+)'\?$", str(caught.value))[1]
    assert hint == meant
    jsdf.options.price_per_million_tokens = {hint: 1}


@pytest.mark.parametrize("name", ["mine", "local-llm", "my hosted model", "x"])
def test_engines_of_ones_own_have_prices(name):
    jsdf.options.price_per_million_tokens = {name: 1}


@pytest.mark.parametrize("value", [{}, {"": 1}, {3: 1}, {None: 1}])
def test_other_mappings_are_refused(value):
    with pytest.raises(jsdf.InvalidInputError, match="engine"):
        jsdf.options.price_per_million_tokens = value


def test_a_mapping_that_is_changed_later_changes_no_price():
    prices = {"hosted": 1.0}
    jsdf.options.price_per_million_tokens = prices
    prices["hosted"] = -1
    assert jsdf.options.price_per_million_tokens == {"hosted": 1.0}


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("1000 requests", 1000),
        ("1,000 requests", 1000),
        ("1_000 Requests", 1000),
        ("1 request", 1),
        (" 0 requests ", 0),
    ],
)
def test_a_threshold_of_requests(text, requests):
    assert parse_threshold(text) == (Threshold(requests=requests), None)
    jsdf.options.confirm_above = text


@pytest.mark.parametrize("value", ["5 USD", "requests", "-1 requests", "1.5 requests", "", "\u0661 requests"])
def test_other_texts_are_no_threshold(value):
    with pytest.raises(jsdf.InvalidInputError, match=r"as in '1000 requests', or None$"):
        jsdf.options.confirm_above = value


@pytest.mark.parametrize("value", ["", " ", None, 3, "a\nb", "a currency with a long name"])
def test_a_currency_has_a_name(value):
    with pytest.raises(jsdf.InvalidInputError, match=r"^jsdf\.options\.currency = .*'USD' or 'EUR'$"):
        jsdf.options.currency = value
    jsdf.options.currency = "CHF"
