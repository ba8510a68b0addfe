"""Answers by value become a Series or a multi-hot frame with the index of the input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.column import encode
from jsdf.labels import parse
from jsdf.results.answers import (
    ANSWERED,
    FAILED,
    PENDING,
    STATUSES,
    UNKNOWN,
    Answers,
    to_failures,
    to_labels,
    to_scores,
    to_status,
)
from jsdf.utils.characters import fold

LABELS = parse(["zebra", "ant", "cow"])

INDEXES = {
    "range": pd.RangeIndex(5),
    "duplicates": pd.Index([1, 1, 0, 0, 1], name="id"),
    "texts": pd.Index(list("edcba")),
    "MultiIndex": pd.MultiIndex.from_arrays([list("aabbb"), range(5)], names=["of", None]),
    "dates": pd.date_range("2020-01-01", periods=5),
}


def series(index=None):
    return pd.Series(["a", "b", None, "a", "c"], index=index, name="text", dtype=object)


def single(column, chosen):
    answers = Answers.empty(len(column.values), len(LABELS), multiple=False)
    answers.chosen[:] = chosen
    answers.status[:] = np.where(answers.chosen < 0, PENDING, ANSWERED)
    return answers


def multiple(column, chosen):
    answers = Answers.empty(len(column.values), len(LABELS), multiple=True)
    answers.chosen[:] = chosen
    answers.status[:] = ANSWERED
    return answers


def hot(*rows):
    return np.array(rows, bool).reshape(len(rows), 3)


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_a_single_label_a_row(index):
    column = encode(series(index))
    found = to_labels(column, LABELS, single(column, [2, 0, 1]))
    assert found.index.equals(index)
    assert found.index.names == index.names
    assert found.name == "text"
    assert found.dtype == pd.CategoricalDtype(["zebra", "ant", "cow"])
    assert list(found.cat.categories) == ["zebra", "ant", "cow"]
    assert not found.cat.ordered
    assert found.tolist() == ["cow", "zebra", np.nan, "cow", "ant"]


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_several_labels_a_row(index):
    column = encode(series(index).fillna("b"))
    found = to_labels(column, LABELS, multiple(column, hot([1, 0, 1], [0, 0, 0], [0, 1, 0])))
    assert found.index.equals(index)
    assert list(found.columns) == ["zebra", "ant", "cow"]
    assert (found.dtypes == "bool").all()
    assert found.to_numpy().astype(int).tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 0], [1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_a_row_with_no_answer_makes_the_frame_nullable(index):
    column = encode(series(index))
    found = to_labels(column, LABELS, multiple(column, hot([1, 0, 1], [0, 0, 0], [0, 1, 0])))
    assert found.index.equals(index)
    assert list(found.columns) == ["zebra", "ant", "cow"]
    assert (found.dtypes == "boolean").all()
    assert found.isna().all(axis=1).tolist() == [False, False, True, False, False]
    assert found.iloc[0].tolist() == [True, False, True]


@pytest.mark.parametrize("state", [UNKNOWN, FAILED, PENDING])
def test_rows_without_an_answer_are_null(state):
    column = encode(series().fillna("b"))
    one, several = single(column, [2, -1, 1]), multiple(column, hot([1, 0, 1], [1, 1, 1], [0, 1, 0]))
    one.status[1] = several.status[1] = state
    assert to_labels(column, LABELS, one).isna().tolist() == [False, True, True, False, False]
    frame = to_labels(column, LABELS, several)
    assert (frame.dtypes == "boolean").all()
    assert frame.isna().to_numpy().tolist() == [[missing] * 3 for missing in [False, True, True, False, False]]
    assert to_status(column, one).iloc[1] == STATUSES[state]


@pytest.mark.parametrize("dtype", [object, "string", "category", float])
@pytest.mark.parametrize("rows", [0, 2])
def test_nothing_to_label(dtype, rows):
    empty = pd.Series([None] * rows, dtype=object, name="text").astype(dtype)
    column = encode(empty)
    labels = to_labels(column, LABELS, Answers.empty(0, 3, multiple=False))
    assert len(labels) == rows
    assert labels.name == "text"
    assert labels.dtype == pd.CategoricalDtype(["zebra", "ant", "cow"])
    assert labels.isna().all()
    frame = to_labels(column, LABELS, Answers.empty(0, 3, multiple=True))
    assert frame.shape == (rows, 3)
    assert list(frame.columns) == ["zebra", "ant", "cow"]
    assert (frame.dtypes == ("boolean" if rows else "bool")).all()
    assert to_status(column, Answers.empty(0, 3, multiple=False)).tolist() == ["missing"] * rows
    assert to_failures(column, Answers.empty(0, 3, multiple=False)).empty


def test_the_columns_can_be_assigned_back():
    frame = pd.DataFrame({"text": series(INDEXES["duplicates"])})
    column = encode(frame["text"])
    tags = to_labels(column, LABELS, multiple(column, hot([1, 0, 1], [0, 0, 0], [0, 1, 0])))
    frame[tags.columns] = tags
    assert list(frame.columns) == ["text", "zebra", "ant", "cow"]
    assert frame["ant"].tolist() == [False, False, pd.NA, False, True]


def test_the_columns_do_not_share_memory():
    column = encode(series())
    found = to_labels(column, LABELS, multiple(column, hot([1, 0, 1], [0, 0, 0], [0, 1, 0])))
    found.iloc[0, 0] = pd.NA
    assert found.iloc[0].isna().tolist() == [True, False, False]
    assert found["zebra"].isna().sum() == 2


names = st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(fold), min_size=2, max_size=6, unique_by=fold)


@given(st.data(), names)
def test_labels_to_multi_hot_to_labels_is_the_identity(data, found):
    rows = data.draw(st.lists(st.one_of(st.none(), st.sets(st.sampled_from(found))), max_size=12))
    column = encode(pd.Series([None if row is None else f"text {i}" for i, row in enumerate(rows)], dtype=object))
    chosen = [[name in row for name in found] for row in rows if row is not None]
    answers = Answers.empty(len(column.values), len(found), multiple=True)
    answers.chosen[:] = np.array(chosen, bool).reshape(len(chosen), len(found))
    answers.status[:] = ANSWERED
    frame = to_labels(column, parse(found), answers)
    back = [None if row.isna().all() else set(frame.columns[row.astype(bool)]) for _, row in frame.iterrows()]
    assert back == rows
    assert (frame.dtypes == ("boolean" if None in rows else "bool")).all()


@given(st.data(), names)
def test_labels_to_series_to_labels_is_the_identity(data, found):
    rows = data.draw(st.lists(st.one_of(st.none(), st.sampled_from(found)), max_size=12))
    column = encode(pd.Series([None if row is None else f"text {i}" for i, row in enumerate(rows)], dtype=object))
    answers = Answers.empty(len(column.values), len(found), multiple=False)
    answers.chosen[:] = [found.index(row) for row in rows if row is not None]
    answers.status[:] = ANSWERED
    labels = to_labels(column, parse(found), answers)
    assert [None if pd.isna(label) else label for label in labels] == rows
    assert list(labels.cat.categories) == found


def test_status_has_all_states_as_categories():
    column = encode(series(INDEXES["duplicates"]))
    answers = single(column, [2, -1, 1])
    answers.fail([2], "why")
    found = to_status(column, answers)
    assert list(found.cat.categories) == ["answered", "missing", "unknown", "failed", "pending"]
    assert found.tolist() == ["answered", "pending", "missing", "answered", "failed"]
    assert found.index.equals(INDEXES["duplicates"])


def test_scores():
    column = encode(series(INDEXES["duplicates"]))
    answers = single(column, [2, 0, 1])
    assert to_scores(column, LABELS, answers) is None
    answers.set_scores([0, 2], np.array([[0, 0.25, 0.75], [0, 1, 0]], np.float32))
    found = to_scores(column, LABELS, answers)
    assert (found.dtypes == np.float32).all()
    assert list(found.columns) == ["zebra", "ant", "cow"]
    assert found.index.equals(INDEXES["duplicates"])
    assert found.isna().all(axis=1).tolist() == [False, True, True, False, False]
    assert found.iloc[3].tolist() == [0, 0.25, 0.75]


@pytest.mark.parametrize("index", INDEXES.values(), ids=INDEXES)
def test_failures(index):
    column = encode(series(index))
    answers = single(column, [-1, 0, -1])
    answers.fail([0], "HTTP 422: no")
    answers.fail([2], "answered 'x', which is not one of the labels", UNKNOWN)
    found = to_failures(column, answers)
    assert found.columns.tolist() == ["row", "value", "reason"]
    assert found["row"].tolist() == [index.tolist()[i] for i in (0, 3, 4)]
    assert found["value"].tolist() == ["a", "a", "c"]
    assert found["reason"].tolist() == ["HTTP 422: no"] * 2 + ["answered 'x', which is not one of the labels"]


def test_failures_of_images():
    images = [np.zeros((2, 2, 3), np.uint8), np.ones((2, 2, 3), np.uint8)]
    column = encode(pd.Series(images, dtype=object))
    answers = Answers.empty(2, 3, multiple=False)
    answers.fail([0, 1], "too dark")
    found = to_failures(column, answers)
    assert all(a is b for a, b in zip(found["value"], images, strict=True))


def test_reasons_may_hold_anything():
    column = encode(series())
    answers = single(column, [-1, 0, 1])
    answers.fail([0], "the service said \ud83d and \x00")
    assert to_failures(column, answers)["reason"].str.contains("the service said").all()


def test_a_copy_is_independent():
    column = encode(series())
    first = single(column, [2, 0, 1])
    first.set_scores([0], np.zeros((1, 3), np.float32))
    second = first.copy()
    second.fail([0], "why")
    second.chosen[1] = 2
    second.scores[0] = 1
    assert first.status.tolist() == [ANSWERED] * 3
    assert first.chosen.tolist() == [2, 0, 1]
    assert first.scores[0].tolist() == [0, 0, 0]
    assert first.reasons == {}


@given(st.integers(1, 12), st.booleans(), st.data())
def test_a_part_that_is_put_back_changes_nothing(values, multiple, data):
    random = np.random.default_rng(data.draw(st.integers(0, 1000)))
    answers = Answers.empty(values, 3, multiple=multiple)
    answers.fail(data.draw(st.lists(st.integers(0, values - 1), unique=True)), "why")
    answers.add_note(data.draw(st.integers(0, values - 1)), "cut")
    answers.set_source(data.draw(st.lists(st.integers(0, values - 1), unique=True)), "other")
    answers.set_scores(list(range(values)), random.random((values, 3), dtype=np.float32))
    items = data.draw(st.lists(st.integers(0, values - 1), unique=True))
    changed = answers.copy()
    changed.put(items, Answers.empty(len(items), 3, multiple=multiple))
    assert not set(items) & (changed.reasons.keys() | changed.notes.keys())
    changed.put(items, answers.part(items))
    assert (changed.reasons, changed.notes) == (answers.reasons, answers.notes)
    for name in ("status", "chosen", "scores"):
        np.testing.assert_array_equal(getattr(changed, name), getattr(answers, name))
    names = [np.array([*part.source_names, ""], object)[part.source].tolist() for part in (changed, answers)]
    assert names[0] == names[1]
