"""Prices of engines, and amounts as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.results.cost import Price, current_price, format_cost, format_limit, format_range, is_price_set


def test_without_a_price_only_the_local_engine_has_one():
    assert current_price("hosted") is None
    assert current_price("local") == (0.0, "USD")
    assert not is_price_set()


@pytest.mark.parametrize(
    ("setting", "engine", "price"),
    [
        (2, "hosted", 2),
        (2, "fake", 2),
        (2, "local", 0),
        ({"hosted": 2}, "hosted", 2),
        ({"hosted": 2}, "hosted https://example.com through a proxy", 2),
        ({"hosted": 2}, "hostedly", None),
        ({"hosted": 2}, "mine", None),
        ({"hosted": 2}, "local:minilm+efficientnet", 0),
        ({"local": 2}, "local:minilm+efficientnet", 2),
        ({"mine": 1, "mine-large": 2}, "mine-large v3", 2),
        ({"mine": 1, "mine-large": 2}, "mine-3", 1),
        ({"mine": 1}, "mine_3", None),
        ({"local": 5}, "local_llm", None),
    ],
)
def test_the_price_of_an_engine(setting, engine, price):
    jsdf.options.price_per_million_tokens = setting
    jsdf.options.currency = "EUR"
    assert current_price(engine) == (None if price is None else (price, "EUR"))


@given(st.floats(1e-3, 1e3), st.integers(0, 10**12))
def test_tokens_and_money_are_converted(per_million, tokens):
    price = Price(per_million, "USD")
    assert price.to_tokens(price.of_tokens(tokens)) == pytest.approx(tokens)
    assert Price(0.0, "USD").to_tokens(1.0) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0.00"), (1234.5, "1,234.50"), (0.5, "0.50"), (0.0912, "0.091"), (0.05, "0.05"), (0.00345, "0.0034"),
     (0.0000001, "0.0000001"), (0.00999, "0.01"), (12.999, "13.00")],
)  # fmt: skip
def test_amounts_as_text(amount, text):
    assert format_cost(amount) == f"{text} USD"
    assert format_cost(amount, "EUR") == f"{text} EUR"


def test_ranges_and_limits_as_text():
    assert format_range(0.045, 1.5) == "0.045 to 1.50 USD"
    assert [format_limit(x, "USD") for x in (0.5, 5.0, 0.505, 1e-7)] == [
        "0.50 USD", "5.00 USD", "0.505 USD", "0.0000001 USD"
    ]  # fmt: skip
