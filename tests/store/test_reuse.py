"""Stored answers are reused exactly if the question is the same."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_questions import FIRST, SERIES, ask

import jsdf
from jsdf.testing import FakeEngine

SAME_QUESTION = {
    "the same": {},
    "reordered": {"labels": {n: FIRST[n] for n in "cab"}},
    "renamed": {"labels": {"A": "x", "B": ["y", "yy"], "C": "z"}},
    "renamed and reordered": {"labels": {"C": "z", "A": "x", "B": ["yy", "y"]}},
    "names exchanged": {"labels": {"b": "x", "a": ["y", "yy"], "c": "z"}},
    "rows in another order": {"series": SERIES[::-1]},
    "fewer rows": {"series": SERIES[:7]},
    "another batch size": {"batch_size": 3},
}
OTHER_QUESTION = {
    "description": {"labels": FIRST | {"a": "xx"}},
    "one more description": {"labels": FIRST | {"a": ["x", "xx"]}},
    "one more label": {"labels": FIRST | {"d": "w"}},
    "one fewer label, strictly": {"labels": {n: FIRST[n] for n in "ab"}, "strict": True},
    "task": {"task": "be strict"},
    "multiple": {"multiple_labels": True},
    "engine": {"identity": "another"},
    "kind": {"kind": "image"},
    "cache off": {"cache": False},
}


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("change", SAME_QUESTION.values(), ids=SAME_QUESTION)
def test_the_same_question_is_answered_from_the_store(change, multiple):
    ask(multiple_labels=multiple)
    run, engine = ask(**change, multiple_labels=multiple)
    assert engine.calls == []
    assert run.usage.rows_cached == len(run)
    fresh, _ = ask(**change, multiple_labels=multiple, cache=False)
    assert run.labels.equals(fresh.labels)


def test_plain_labels_in_another_order_cost_nothing():
    ask(labels=["a", "b", "c"], multiple_labels=True)
    run, engine = ask(labels=["c", "a", "b"], multiple_labels=True)
    assert engine.calls == []
    assert run.labels.equals(ask(labels=["c", "a", "b"], multiple_labels=True, cache=False)[0].labels)


@pytest.mark.parametrize("change", OTHER_QUESTION.values(), ids=OTHER_QUESTION)
def test_another_question_is_sent(change):
    ask()
    run, engine = ask(**change)
    assert [v for _, values in engine.calls for v in values] == SERIES.tolist()
    assert run.usage.rows_cached == 0


def test_scores_are_kept_in_any_order():
    engine = FakeEngine(scores=True)
    first = jsdf.run(SERIES, FIRST, engine=engine)
    again = jsdf.run(SERIES, {n: FIRST[n] for n in "cab"}, engine=engine)
    assert len(engine.calls) == 2
    assert list(again.scores.columns) == ["c", "a", "b"]
    pd.testing.assert_frame_equal(again.scores[["a", "b", "c"]], first.scores)


def test_failures_are_never_stored():
    first = jsdf.run(pd.Series(["p", "q"]), FIRST, engine=FakeEngine([["weird", "a"]], identity="one"))
    assert first.status.tolist() == ["unknown", "answered"]
    engine = FakeEngine([["b"]], identity="one")
    again = jsdf.run(pd.Series(["p", "q"]), FIRST, engine=engine)
    assert [values for _, values in engine.calls] == [["p"]]
    assert again.labels.tolist() == ["b", "a"]


def test_cache_false_writes_nothing(path):
    ask(cache=False)
    assert not path.exists()


@given(st.lists(st.sampled_from([*"abcdefgh", None, " "]), max_size=20), st.booleans())
def test_results_do_not_depend_on_the_store(values, multiple):
    series, engine = pd.Series(values, dtype=object), FakeEngine()
    arguments = {"labels": FIRST, "engine": engine, "multiple_labels": multiple}
    without = jsdf.run(series, **arguments, cache=False)
    half = jsdf.run(series[::2], **arguments)
    first, second = jsdf.run(series, **arguments), jsdf.run(series, **arguments)
    assert without.labels.equals(first.labels)
    assert first.labels.equals(second.labels)
    assert half.labels.equals(without.labels[::2].astype(half.labels.dtypes))
    assert second.usage.requests == 0
