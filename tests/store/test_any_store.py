"""Laws that hold for a store of either kind: a file, and a Redis server."""

import itertools
import pickle

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_questions import LABELS, SPENT, answers, key, loaded

import jsdf
from jsdf.store.base import REFUSAL_AGE
from jsdf.store.ledger.label_sets import MAX_LABEL_SETS, StoredLabels
from jsdf.store.ledger.spending import PERIOD, Spending
from jsdf.store.opening import open_store
from jsdf.store.record import StoredAnswer
from jsdf.store.redis import RedisStore
from jsdf.store.request_cost import MAX_SHAPES, RequestCost, RequestShape
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine, FakeService

same_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["sqlite", "redis"])
def open_any(request, path, monkeypatch):
    """Return a function that opens the store of this test, which is also the one of its runs."""
    if request.param == "sqlite":
        return lambda **options: Store(path, **options)
    url = request.getfixturevalue("redis_url")
    monkeypatch.setattr(jsdf.options, "store", url)
    return lambda **options: RedisStore(url, **options)


@pytest.fixture
def any_store(open_any):
    opened = open_any()
    yield opened
    opened.close()
    assert opened.error is None


@same_store
@given(st.lists(answers, max_size=20, unique_by=lambda a: a.key))
def test_stored_answers_are_loaded_by_whoever_opens_it(open_any, given_):
    first = open_any()
    first.add_answers(given_)
    first.close()
    again = open_any()
    wanted = [a.key for a in given_]
    assert loaded(again, wanted) == sorted(given_)
    assert again.error is None
    again.close()


def test_other_keys_are_left_out(any_store):
    any_store.add_answers([StoredAnswer(key(1), b"a")])
    assert loaded(any_store, [key(2), key(3)]) == []
    assert loaded(any_store, []) == []


def test_the_last_answer_wins(any_store):
    any_store.add_answers([StoredAnswer(key(1), b"a")])
    any_store.add_answers([StoredAnswer(key(1), b"b", b"1234")])
    assert loaded(any_store, [key(1)]) == [(key(1), b"b", b"1234")]
    assert any_store.info().answers == 1


def test_more_keys_than_a_command_takes(any_store):
    many = [StoredAnswer(key(i), b"x") for i in range(12_000)]  # SQLite takes 999 at a time, Redis is given 5,000
    any_store.add_answers(many)
    assert loaded(any_store, [a.key for a in many] + [key(20_000)]) == sorted(many)


def test_refusals_age(open_any):
    now = [1_000_000.0]
    store = open_any(clock=lambda: now[0])
    store.add_refusal(key(1), 422)
    store.add_refusal(key(2), None)
    now[0] += REFUSAL_AGE - 1
    assert store.load_refusals([key(1), key(2), key(3)]) == {key(1): 422, key(2): None}
    store.clear_refusals([key(2)])
    assert store.load_refusals([key(1), key(2)]) == {key(1): 422}
    store.clear_refusals([])
    now[0] += 2
    assert store.load_refusals([key(1)]) == {}
    store.close()


def test_usage_is_recorded(any_store):
    assert any_store.mean_tokens_per_sample(b"job") is None
    any_store.add_answers([StoredAnswer(key(1), b"x")], SPENT)
    any_store.add_answers([], SPENT._replace(samples=4, total_tokens=9))
    any_store.add_answers([], SPENT._replace(job=b"other", total_tokens=None))
    assert any_store.mean_tokens_per_sample(b"job") == 4.0
    assert any_store.mean_tokens_per_sample(engine="engine") == 4.0
    assert any_store.mean_tokens_per_sample(b"unknown") is None
    info = any_store.info()
    assert (info.answers, info.refusals, info.requests, info.samples, info.total_tokens) == (1, 0, 3, 8, 24)


def test_prices_by_size(any_store):
    for size in (100, 200, 400):
        cost = RequestCost("engine", b"job", 1, total_tokens=50 + size // 4, kind="text", size=size)
        any_store.add_answers([], cost)
    fit = any_store.price_fit("text", b"job")
    assert (round(fit.fixed), round(fit.per_byte, 4), fit.is_varied) == (50, 0.25, True)
    assert any_store.price_fit("text", engine="engine") == fit
    assert any_store.price_fit("image", b"job") is None


def test_spending_is_summed_by_period_engine_and_question(open_any):
    now = [1_000_000.0]
    store = open_any(clock=lambda: now[0])
    for at, engine, job in (
        (0, "one", b"a"),
        (1, "one", b"a"),
        (2, "one", b"b"),
        (PERIOD, "one", b"a"),
        (0, "two", b"a"),
    ):
        now[0] = 1_000_000.0 // PERIOD * PERIOD + at
        store.add_answers([], SPENT._replace(engine=engine, job=job))
    store.add_answers([], RequestCost("two", b"a", 3))
    start = 1_000_000 // PERIOD * PERIOD
    figures = (2, 10, 2, 3, 15)
    assert store.spending() == [
        Spending(start, "one", b"a", 2, *(2 * n for n in figures)),
        Spending(start, "one", b"b", 1, *figures),
        Spending(start, "two", b"a", 2, 5, *figures[1:], 1),
        Spending(start + PERIOD, "one", b"a", 1, *figures),
    ]
    store.close()
    assert store.error is None


def test_shapes_of_requests(any_store):
    assert any_store.request_shapes("text", "engine") == []
    many = [SPENT._replace(kind="text", size=100 + i, sample_size=60 + i, labels=3) for i in range(500)]
    for cost in many:
        any_store.add_answers([], cost)
    any_store.add_answers([], many[0]._replace(job=b"other"))
    any_store.add_answers([], many[0]._replace(kind="image"))
    any_store.add_answers([], many[0]._replace(engine="other"))
    any_store.add_answers([], many[0]._replace(total_tokens=None))
    any_store.add_answers([], SPENT)
    shapes = any_store.request_shapes("text", "engine")
    sizes = sorted(shape.sample_size for shape in shapes if shape.job == b"job")
    assert len(sizes) == len(set(sizes)) == MAX_SHAPES
    assert sizes[0] == 60
    assert max(b - a for a, b in itertools.pairwise([*sizes, 559])) <= 8
    assert [shape for shape in shapes if shape.job == b"other"] == [RequestShape(b"other", 2, 60, 3, 40, 15)]
    assert {shape.question_size for shape in shapes} == {40}


def test_label_sets_are_kept_by_context_the_latest_first(any_store):
    assert any_store.label_sets(b"c") == []
    sets = [StoredLabels(key(i), b"c", bytes([i]) * 48) for i in range(MAX_LABEL_SETS + 5)]
    for label_set in [*sets, sets[3], StoredLabels(key(99), b"d", b"x" * 24)]:
        any_store.add_label_set(label_set)
    assert any_store.label_sets(b"c") == [sets[3], *reversed([s for s in sets if s != sets[3]])][:MAX_LABEL_SETS]
    assert any_store.label_sets(b"d") == [StoredLabels(key(99), b"d", b"x" * 24)]


def test_closing_twice_and_using_a_closed_store_is_harmless(open_any):
    store = open_any()
    store.close()
    store.close()
    assert loaded(store, [key(1)]) == []


@pytest.mark.parametrize("multiple", [False, True])
def test_a_second_run_pays_nothing(open_any, multiple):
    series = pd.Series([f"text {i}" for i in range(100)])
    first, second = (
        jsdf.run(series, LABELS, multiple_labels=multiple, engine=FakeEngine(identity="one", scores=True))
        for _ in range(2)
    )
    assert (second.usage.requests, second.usage.rows_cached) == (0, 100)
    assert second.labels.equals(first.labels)
    assert second.scores.equals(first.scores)


def test_a_removed_label_costs_the_rows_that_had_it(open_any):
    series = pd.Series([f"text {i}" for i in range(100)])
    engine = FakeEngine(identity="one")
    first = jsdf.run(series, [*LABELS, "a third"], engine=engine)
    had = (first.labels == "a third").sum()
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert plan.edit == f"1 label was removed: {had} rows to send"
    assert jsdf.run(series, LABELS, engine=engine).usage.rows_sent == plan.to_send == had


def test_usage_and_cost_are_learned_from_it(open_any):
    series = pd.Series([f"text {i}" for i in range(100)])
    engine = jsdf.Hosted("test-key", transport=FakeService().transport())
    jsdf.options.price_per_million_tokens = 1
    usage = jsdf.run(series[:40], LABELS, engine=engine).usage
    frame = jsdf.usage()
    assert (frame["requests"].sum(), frame["total_tokens"].sum()) == (usage.requests, usage.total_tokens)
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert plan.cost == pytest.approx(jsdf.run(series, LABELS, engine=engine).usage.cost, rel=0.1)


def test_failures_are_never_stored(open_any):
    service = FakeService(poison=["text 3"], answer={"text 5": "something else"})
    series = pd.Series([f"text {i}" for i in range(10)])
    run = jsdf.run(series, LABELS, engine=jsdf.Hosted("test-key", transport=service.transport()))
    assert run.counts["answered"] == 8
    store = open_store()
    info = store.info()
    store.close()
    assert (info.answers, info.refusals) == (8, 1)


def test_a_store_of_ones_own(path, monkeypatch):
    opened = []

    def open_own():
        opened.append(Store(path))
        return opened[-1]

    monkeypatch.setattr(jsdf.options, "store", open_own)
    for _ in range(2):
        run = jsdf.run(pd.Series(["a", "b"]), LABELS, engine=FakeEngine(identity="one"))
    assert run.usage.rows_cached == 2
    assert len(opened) == 2


def test_no_text_is_in_the_store(open_any, request):
    jsdf.run(pd.Series(["a secret text"]), ["label one", "label two"], engine=FakeEngine())
    if jsdf.options.store is None:
        held = b"".join(file.read_bytes() for file in request.getfixturevalue("path").parent.iterdir())
    else:
        with request.getfixturevalue("redis_client")() as client:
            held = pickle.dumps([(name, client.dump(name)) for name in client.scan_iter()])
    assert b"secret" not in held
    assert b"label one" not in held
