"""Prices of engines, and amounts as text."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.results.cost import Price, current_price, format_cost, format_limit, format_range, is_price_set, ledger_name
from jsdf.testing import FakeEngine


def test_without_a_price_only_the_local_engine_has_one():
    assert current_price("hosted") is None
    assert current_price("local:models") == (0.0, "USD")
    assert not is_price_set()


@pytest.mark.parametrize(
    ("setting", "engine", "price"),
    [
        (2, "hosted", 2),
        (2, "fake", 2),
        (2, "local:models", 0),
        (2, "local", 2),
        (2, "local-llm", 2),
        (2, "local.llm: v1", 2),
        (2, "local: fake-1", 2),
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
        ({"local": 0}, "local-proxy/acme-v1", None),
        ({"local": 0, "acme": 3}, "acme: local-proxy/acme-v1", 3),
        ({"local": 0, "local-proxy": 3}, "local-proxy/acme-v1", 3),
    ],
)
def test_the_price_of_an_engine(setting, engine, price):
    jsdf.options.price_per_million_tokens = setting
    jsdf.options.currency = "EUR"
    assert current_price(engine) == (None if price is None else (price, "EUR"))


@given(st.text("abl-_: ", min_size=1).filter(str.strip) | st.just("local"), st.text("abl-_: ", min_size=1))
def test_the_ledger_names_an_engine_by_its_name(name, identity):
    jsdf.options.price_per_million_tokens = {name: 2}
    assert ledger_name(name, identity).endswith(identity)
    assert current_price(ledger_name(name, identity)) == (2, "USD")
    assert ledger_name(name, f"{name}: {identity}") == f"{name}: {identity}"


@pytest.mark.parametrize("name", ["local-llm", "local.llm", "locally", "local"])
def test_another_engine_whose_name_begins_with_local_is_not_free(name):
    engine = FakeEngine(identity=name)
    engine.name = name
    jsdf.options.price_per_million_tokens = 1_000.0
    texts = pd.Series([f"text {i}" for i in range(320)])
    run = jsdf.run(texts, ["a", "b"], engine=engine, max_cost=0.1, progress=False)
    assert run.stopped == "max_cost=0.10 USD was reached"
    assert 0 < run.usage.cost < 0.2
    jsdf.options.confirm_above = 0.1
    engine.calls.clear()
    with pytest.raises(jsdf.ConfirmationError):
        jsdf.run(texts, ["a", "b"], engine=engine, progress=False)
    assert not engine.calls


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
