"""Answers are matched to the labels, also in other spellings, and stored; other answers make the row unknown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_column import LABELS, SERIES

import jsdf
from jsdf.engines.base import Question, Reply
from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, FAILED, PENDING
from jsdf.runner.answer_table import AnswerTable
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine

WRONG = [
    None,
    3,
    True,
    "",
    "other",
    "goodbad",
    "good, bad",
    [],
    ["good", "bad"],
    ["other"],
    {"good": 1},
    b"good",
    np.nan,
]
WRONG_MULTIPLE = [None, 3, "other", ["other"], ["good", "other"], ["good", None], [["good"]], {"good": 1}, {"good"}]


@pytest.mark.parametrize(
    ("answer", "multiple"),
    [(a, False) for a in WRONG] + [(a, True) for a in WRONG_MULTIPLE],
    ids=repr,
)
def test_an_answer_outside_the_labels_is_never_coerced(answer, multiple):
    engine = FakeEngine(lambda question, values: [answer if v == "text 1" else "good" for v in values])
    run = jsdf.run(SERIES[:3], LABELS, engine=engine, multiple_labels=multiple)
    assert run.status.tolist() == ["answered", "unknown", "answered"]
    assert pd.isna(run.labels.iloc[1] if not multiple else run.labels.iloc[1, 0])
    assert run.failures["reason"].str.startswith("answered ").all()
    with pytest.raises(jsdf.ClassificationError, match="1 of 3 rows"):
        jsdf.classify(SERIES[:3], LABELS, engine=engine, multiple_labels=multiple)
    assert [values for _, values in engine.calls][1] == ["text 1"]


def test_answers_may_differ_in_case_and_space():
    engine = FakeEngine([[" GOOD ", "Bad", "so so"]])
    assert jsdf.classify(SERIES[:3], LABELS, engine=engine).tolist() == LABELS


def test_answers_may_name_the_key_or_the_description():
    engine = FakeEngine([["liked", "good", "hated"]])
    found = jsdf.classify(SERIES[:3], {"good": "liked", "bad": "hated"}, engine=engine)
    assert found.tolist() == ["good", "good", "bad"]


def test_several_answers_may_be_none_or_repeat():
    engine = FakeEngine([[[], ["bad", "good"], ["bad", "bad"]]])
    found = jsdf.classify(SERIES[:3], LABELS, engine=engine, multiple_labels=True)
    assert found.values.tolist() == [[False] * 3, [True, True, False], [False, True, False]]


DESCRIBED = {"good": "liked", "bad": ["hated", "loathed"], "so so": "neither"}
VALUES = ["a", "b", "c", "d"]


def make_table(labels=DESCRIBED, values=VALUES, identity="engine", **question):
    return AnswerTable(Question(parse(labels), **question), identity, list(values))


def stored(table, items, reply):
    """Apply a reply to the table, and return an open store that holds its records."""
    store = Store()
    store.add_answers(table.apply_reply(items, reply))
    return store


@given(
    st.permutations(list(DESCRIBED)),
    st.booleans(),
    st.lists(st.sets(st.integers(0, 2)), min_size=4, max_size=4),
    st.lists(st.sampled_from(LABELS), min_size=4, max_size=4),
)
def test_stored_answers_are_loaded_for_labels_in_any_order(order, multiple, sets, single):
    first = make_table(multiple=multiple)
    predictions = [[LABELS[i] for i in chosen] for chosen in sets] if multiple else single
    scores = np.arange(12, dtype=np.float32).reshape(4, 3)
    store = stored(first, range(4), Reply(predictions, scores))
    again = make_table({name: DESCRIBED[name] for name in order}, multiple=multiple)
    again.load(store, range(4))
    store.close()
    assert (again.answers.status == ANSWERED).all()
    back = [order.index(name) for name in DESCRIBED]
    if multiple:
        assert again.answers.chosen[:, back].tolist() == first.answers.chosen.tolist()
    else:
        assert [order[i] for i in again.answers.chosen] == single
    assert again.answers.scores[:, back].tolist() == scores.tolist()


def test_only_answers_that_name_a_label_are_stored():
    table = make_table()
    answers = table.apply_reply(range(4), Reply(["good", "weird", None, "bad"], failures={3: "it is broken"}))
    assert [answer.key for answer in answers] == [table.store_keys[0]]
    assert table.answers.status[0] == ANSWERED
    assert table.answers.status[3] == FAILED
    assert table.answers.reasons[3] == "it is broken"
    assert table.pending().tolist() == []


def test_a_value_that_was_not_asked_about_stays_pending():
    table = make_table()
    table.apply_reply([1, 2], Reply(["bad", "good"]))
    assert table.pending().tolist() == [0, 3]
    assert table.answers.chosen.tolist() == [-1, 1, 0, -1]


def test_a_damaged_record_is_ignored():
    table = make_table()
    store = stored(table, range(4), Reply(["good"] * 4))
    store.add_answers([answer._replace(answer=b"\xff\xff\xff") for answer in table.to_stored([1])])
    again = make_table()
    again.load(store, range(4))
    store.close()
    assert again.answers.status.tolist() == [ANSWERED, PENDING, ANSWERED, ANSWERED]


@pytest.mark.parametrize(
    "other",
    [{"identity": "another"}, {"multiple": True}, {"task": "be strict"}, {"kind": "image"}, {"labels": ["a", "b"]}],
    ids=lambda other: next(iter(other)),
)
def test_another_question_has_other_keys(other):
    assert make_table(**other).question_digest != make_table().question_digest
    assert not set(make_table(**other).store_keys) & set(make_table().store_keys)


@given(st.lists(st.text(st.characters()), unique=True, max_size=20))
def test_every_value_has_a_key_of_its_own(values):
    keys = make_table(values=values).store_keys
    assert len(set(keys)) == len(values)
    assert keys == make_table(values=values).store_keys


def test_a_refusal_is_remembered_for_the_question_that_was_asked():
    whole = make_table()
    part = whole.for_labels(whole.question.labels.subset([0, 1]), "engine", [2, 3])
    assert part.values == ["c", "d"]
    assert part.store_keys[0] != whole.store_keys[2]
    assert [part.refusal_key(i) for i in (0, 1)] == whole.store_keys[2:]
    assert whole.for_labels(whole.question.labels.subset([0, 1]), "engine").refusal_key(1) == whole.store_keys[1]


def test_individually_refused_values_are_not_pending():
    table, store = make_table(), Store()
    store.add_refusal(table.store_keys[2], 422)
    table.load_refusals(store, range(4), "; retry() asks again")
    store.close()
    assert table.pending().tolist() == [0, 1, 3]
    assert table.answers.reasons[2] == "refused with HTTP 422 in an earlier run; retry() asks again"
