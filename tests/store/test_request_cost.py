"""Prices of requests by their size, from the store's records of usage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.store.request_cost import RequestCost
from jsdf.store.sqlite import Store


def add_costs(store, *costs, job=b"job", kind="text"):
    for size, tokens in costs:
        store.add_answers([], RequestCost("engine", job, 4, total_tokens=tokens, kind=kind, size=size))


@given(st.integers(0, 2000), st.floats(0, 2), st.lists(st.integers(100, 10**6), min_size=1, max_size=40))
def test_prices_by_size_are_fitted(tmp_path_factory, fixed, per_byte, sizes):
    store = Store(tmp_path_factory.mktemp("store") / "store.sqlite")
    add_costs(store, *((size, round(fixed + per_byte * size)) for size in [*sizes, 2 * max(sizes)]))
    fit = store.price_fit("text", b"job")
    store.close()
    assert fit.fixed >= 0
    assert fit.per_byte >= 0
    assert fit.is_varied
    assert fit.fixed + fit.per_byte * max(sizes) == pytest.approx(fixed + per_byte * max(sizes), rel=1e-3, abs=2)


def test_prices_are_proportional_as_long_as_all_requests_are_of_one_size(store):
    add_costs(store, (1000, 300), (1010, 304))
    fit = store.price_fit("text", b"job")
    assert not fit.is_varied
    assert fit.fixed + fit.per_byte * 100 == pytest.approx(30, abs=0.1)


def test_prices_are_kept_apart_by_kind_question_and_engine(store):
    add_costs(store, (100, 20), (1000, 200))
    add_costs(store, (100, 40), (1000, 400), job=b"another")
    add_costs(store, (100, 60), (1000, 600), kind="image")
    assert store.price_fit("text", b"job").per_byte == pytest.approx(0.2)
    assert store.price_fit("text", engine="engine").per_byte == pytest.approx(0.3)
    assert store.price_fit("image", b"job").per_byte == pytest.approx(0.6)
    assert store.price_fit("text", b"new") is store.price_fit("text", engine="stranger") is None


def test_costs_without_tokens_or_size_set_no_price(store):
    store.add_answers([], RequestCost("engine", b"job", 4, kind="text", size=10))
    store.add_answers([], RequestCost("engine", b"job", 4, total_tokens=10))
    assert store.price_fit("text", b"job") is None
    assert store.info().requests == 2
