"""The frame of spending by day, engine and question."""

import itertools
import time
from collections import Counter

import pandas as pd
import pytest
from entry_points import column, hosted
from hypothesis import given
from hypothesis import strategies as st
from sample_column import LABELS, SERIES

import jsdf
from jsdf.engines.base import Reply, Tokens
from jsdf.results.spending_frame import GROUPS, spending_frame
from jsdf.store.ledger.spending import PERIOD, Spending, from_fields, to_fields
from jsdf.store.request_cost import RequestCost
from jsdf.testing import FakeEngine, FakeService

HOUR = 3600
ENGINES = ("hosted https://example.com", "local:models", "mine")
parts = st.lists(
    st.builds(
        Spending,
        st.integers(0, 10**6).map(lambda n: 1_700_000_000 // PERIOD * PERIOD + n * PERIOD),
        st.sampled_from(ENGINES),
        st.sampled_from([b"a" * 16, b"b" * 16]),
        *[st.integers(0, 10**6)] * 6,
        unreported=st.just(0),
    )
)


@pytest.mark.parametrize("by", GROUPS)
@given(spending=parts)
def test_nothing_is_lost_in_groups(by, spending):
    frame = spending_frame(spending, by)
    assert frame.index.name == by
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    for name in ("requests", "samples", "input_tokens", "output_tokens", "inference_time_tokens", "total_tokens"):
        assert frame[name].sum() == sum(getattr(part, name) for part in spending)
        assert frame[name].dtype == "int64"
    assert frame["cost"].dtype == "Float64"


@given(spending=parts)
def test_costs_are_those_of_the_engines(spending):
    jsdf.options.price_per_million_tokens = {"hosted": 2, "mine": 1}
    tokens = {name: sum(p.total_tokens for p in spending if p.engine == name) for name in ENGINES}
    expected = (2 * tokens[ENGINES[0]] + tokens["mine"]) / 1e6
    for by in GROUPS:
        assert spending_frame(spending, by)["cost"].sum() == pytest.approx(expected)
    jsdf.options.price_per_million_tokens = {"mine": 1}
    by_engine = spending_frame(spending, "engine")["cost"]
    assert set(by_engine[by_engine.isna()].index) <= {ENGINES[0]}
    jsdf.options.price_per_million_tokens = None
    assert spending_frame([p for p in spending if p.engine != ENGINES[1]], "day")["cost"].isna().all()


@pytest.mark.parametrize(
    ("zone", "days"),
    [("UTC", ["2026-11-25", "2026-11-26"]), ("Asia/Kathmandu", ["2026-11-26"]), ("America/New_York", ["2026-11-25"])],
)
def test_days_are_local(monkeypatch, zone, days):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        midnight = int(pd.Timestamp("2026-11-26", tz="UTC").timestamp())
        spending = [Spending(midnight + s, "mine", b"job", 1, 1, 0, 0, 0, 5) for s in (-HOUR // 4, 0)]
        frame = spending_frame(spending, "day")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [str(day.date()) for day in frame.index] == days
    assert frame["requests"].sum() == 2


@pytest.mark.parametrize("by", GROUPS)
def test_no_spending_is_an_empty_frame_of_the_same_types(by):
    empty, one = spending_frame([], by), spending_frame([Spending(0, "mine", b"job", 1, 1, 0, 0, 0, 5)], by)
    assert len(empty) == 0
    assert list(empty.columns) == list(one.columns)
    assert empty.dtypes.equals(one.dtypes)


@pytest.mark.parametrize("by", ["day", "engine", "job"])
def test_usage_is_what_the_runs_spent(by):
    service = FakeService()
    jsdf.options.price_per_million_tokens = 0.5
    runs = [jsdf.run(column(100), labels, engine=hosted(service)) for labels in (LABELS, ["a", "b"])]
    runs.append(jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="mine")))
    frame = jsdf.usage(by=by)
    assert frame.index.name == by
    assert len(frame) == {"day": 1, "engine": 2, "job": 3}[by]
    assert frame["requests"].sum() == sum(run.usage.requests for run in runs)
    assert frame["samples"].sum() == sum(run.usage.rows_sent for run in runs)
    for name in ("input_tokens", "output_tokens", "inference_time_tokens", "total_tokens"):
        assert frame[name].sum() == sum(getattr(run.usage, name) for run in runs)
    assert frame["cost"].sum() == pytest.approx(sum(run.usage.cost for run in runs))
    jsdf.options.price_per_million_tokens = None
    assert jsdf.usage(by)["cost"].isna().all()


@pytest.mark.parametrize("identity", ["local-proxy/acme-v1", "local:acme", "v7", "acme v7", "hosted https://acme"])
def test_usage_has_the_price_of_the_engine_by_its_name(identity):
    jsdf.options.price_per_million_tokens = {"acme": 100.0, "local": 0.0, "hosted": 1.0}
    engine = FakeEngine(identity=identity)
    engine.name = "acme"
    run = jsdf.run(SERIES, LABELS, engine=engine)
    assert run.usage.cost == pytest.approx(0.008)
    assert jsdf.usage("engine")["cost"].tolist() == [pytest.approx(0.008)]
    assert jsdf.plan(SERIES, ["a", "b"], engine=engine).tokens == 80


def test_the_cost_of_an_unnamed_engine_of_an_earlier_version_is_not_known():
    jsdf.options.price_per_million_tokens = {"acme": 100.0, "local": 0.0}
    spending = [Spending(0, "local-proxy/acme-v1", b"job", 1, 1, 0, 0, 0, 5)]
    assert spending_frame(spending, "engine")["cost"].isna().all()


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("silent", [1, 2])
def test_the_cost_of_tokens_that_were_not_reported_is_not_known(repeats, silent):
    replies = itertools.count()

    def answer(question, values):
        is_silent = next(replies) < silent
        return Reply([LABELS[0]] * len(values), tokens=Tokens() if is_silent else Tokens(total_tokens=9))

    jsdf.options.price_per_million_tokens = 1.0
    run = jsdf.run(SERIES, LABELS, engine=FakeEngine(answer), repeats=repeats, progress=False)
    assert run.usage.requests == 2 * repeats
    assert run.usage.unreported == silent
    assert run.usage.cost is None
    assert jsdf.usage()["cost"].isna().all()
    jsdf.options.price_per_million_tokens = 0.0
    assert jsdf.usage()["cost"].tolist() == [0.0]


def test_unreported_requests_are_kept_on_a_server_too():
    spent = [RequestCost("mine", b"job", 1), RequestCost("mine", b"job", 1, 1, 1, 0, 2)]
    fields = Counter()
    for request in spent:
        fields.update(to_fields(0.0, request))
    (part,) = from_fields(fields)
    assert (part.requests, part.total_tokens, part.unreported) == (2, 2, 1)


def test_usage_of_an_empty_store_and_of_one_that_cannot_be_used(tmp_path):
    assert len(jsdf.usage()) == 0
    (tmp_path / "file").write_text("")
    jsdf.options.cache_dir = tmp_path / "file"
    with pytest.warns(UserWarning, match="cannot be used"):
        assert len(jsdf.usage()) == 0


@pytest.mark.parametrize(
    ("by", "hint"), [("dya", "; did you mean 'day'?"), ("engines", "; did you mean 'engine'?"), (3, "")]
)
def test_usage_by_something_else(by, hint):
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.usage(by=by)
    assert str(caught.value) == f"by={by!r}: use one of 'day', 'engine', 'job'{hint}"
