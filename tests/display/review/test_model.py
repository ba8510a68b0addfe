"""The model of a review: choosing, accepting, marking, clearing and undoing."""

import sys
import threading
from datetime import datetime, timezone

import numpy as np
import pandas as pd
import pytest
from gallery_samples import fresh, fresh_of, hot, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review
from jsdf.display.gallery import messages
from jsdf.display.gallery.row_table import build_row_table
from jsdf.display.review import Review

rows = st.lists(st.integers(0, 9), min_size=1, max_size=4)
actions = st.lists(
    st.tuples(st.just("choose"), rows, st.sampled_from(["cat", "dog", "bird"]))
    | st.tuples(st.just("accept"), rows)
    | st.tuples(st.just("clear"), rows)
    | st.tuples(st.just("mark"), rows),
    max_size=12,
)
given_labels = st.lists(st.sampled_from(["cat", "dog", None]), min_size=10, max_size=10)


def as_category(values):
    return pd.Series(pd.Categorical(values, categories=["cat", "dog", "bird"]), name="animal")


def apply(state, action):
    name, *arguments = action
    getattr(state, name)(*arguments)


def snapshot(state):
    return state.labels.astype(object).where(state.labels.notna(), None).tolist(), state.summary(), len(state.marked)


@given(given_labels, actions)
def test_undo_is_the_inverse_of_every_step(labels, steps):
    state = fresh(as_category(labels))
    past = []
    for step in steps:
        before, count = snapshot(state), len(state._history._steps)
        apply(state, step)
        if len(state._history._steps) > count:
            past.append(before)
    while past:
        assert state.undo()
        assert snapshot(state) == past.pop()
    assert not state.undo()


@given(given_labels, actions)
def test_changes_are_the_rows_whose_labels_differ(labels, steps):
    label = as_category(labels)
    state = fresh(label)
    for step in steps:
        apply(state, step)
    now, changes = state.labels, state.changes
    pd.testing.assert_index_equal(now.index, label.index)
    assert (now.dtype, now.name) == (label.dtype, label.name)
    differ = [i for i in range(10) if now[i] != label[i] and not (pd.isna(now[i]) and pd.isna(label[i]))]
    assert changes.index.tolist() == differ
    assert [None if pd.isna(a) else a for a in changes["after"]] == [
        None if pd.isna(now[i]) else now[i] for i in differ
    ]
    assert [None if pd.isna(b) else b for b in changes["before"]] == [labels[i] for i in differ]
    assert changes["value"].tolist() == [f"text {i}" for i in differ]


@given(st.lists(st.tuples(rows, st.sampled_from(["price", "delivery", None])), max_size=12))
def test_toggles_keep_a_multi_hot_frame_valid(steps):
    label = hot(10)
    state = fresh(label)
    for where, chosen in steps:
        state.clear(where) if chosen is None else state.choose(where, chosen)
    now = state.labels
    assert (now.dtypes == label.dtypes).all()
    assert now.columns.equals(label.columns)
    assert state.changes.index.tolist() == np.flatnonzero((now != label).any(axis=1)).tolist()


def test_the_given_labels_are_never_modified():
    label, table = labelled(10), hot(10)
    before, table_before = label.copy(), table.copy()
    fresh(label).choose(range(10), "dog")
    fresh(table).choose(range(10), "price")
    pd.testing.assert_series_equal(label, before)
    pd.testing.assert_frame_equal(table, table_before)


DTYPES = {
    "category": labelled(10),
    "ordered": pd.Series(pd.Categorical(["cat", "dog"] * 5, ["dog", "cat"], ordered=True)),
    "object": pd.Series(["cat", "dog"] * 5, dtype=object),
    "str": pd.Series(["cat", "dog"] * 5),
    "string": pd.Series(["cat", "dog"] * 5, dtype="string"),
    "arrow": pd.Series(["cat", "dog"] * 5, dtype="string[pyarrow]"),
    "bool": pd.Series([True, False] * 5),
    "boolean": pd.Series([True, None] * 5, dtype="boolean"),
    "int": pd.Series([3, 1] * 5),
    "Int64": pd.Series([3, 1, None, 1, 3] * 2, dtype="Int64"),
    "float": pd.Series([3.0, 1.0, np.nan, 1.0, 3.0] * 2),
    "mixed": pd.Series(["cat", 1] * 5, dtype=object),
}


@pytest.mark.parametrize("label", DTYPES.values(), ids=DTYPES)
def test_index_name_and_dtype_stay(label):
    label = label.set_axis(pd.Index([1, 1, 0, 0, 2, 2, 3, 3, 4, 4], name="of")).rename("kind")
    state = review(texts(10).set_axis(label.index), label)
    pd.testing.assert_series_equal(state.labels, label)
    state.choose([1, 4], state.names[0])
    expected = label.copy()
    expected.iloc[[1, 4]] = state.row_labels.choices[0]
    pd.testing.assert_series_equal(state.labels, expected)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "bool[pyarrow]"])
def test_several_labels_keep_their_dtypes(dtype):
    label = hot(10, dtype)
    state = fresh(label)
    state.choose([1], "price")
    expected = label.copy()
    expected.loc[1, "price"] = True
    pd.testing.assert_frame_equal(state.labels, expected)


def test_a_row_of_nulls_has_an_answer_once_a_label_is_chosen():
    label = pd.DataFrame({"price": [True, None], "delivery": [False, None]}, dtype="boolean")
    state = review(texts(2), label)
    assert [tile.caption for tile in state.peek(9)] == ["", "price"]
    state.choose([1], "delivery")
    assert state.labels.iloc[1].tolist() == [False, True]
    state.undo()
    assert state.labels.iloc[1].isna().all()


@pytest.mark.parametrize("name", DTYPES)
def test_a_label_is_removed_if_the_dtype_has_a_null(name):
    label = DTYPES[name]
    state = fresh(label)
    if name in ("bool", "int"):
        with pytest.raises(jsdf.InvalidInputError, match=f"label is {label.dtype}, which holds no missing"):
            state.clear([0])
        assert state.changes.empty
        return
    state.clear([0])
    assert (state.labels.dtype, state.labels.isna()[0]) == (label.dtype, True)
    pd.testing.assert_series_equal(state.labels.drop(0), label.drop(0))
    assert (state.status_message, state.changes["after"].tolist()) == ("row 0 now without a label", [None])
    state.undo()
    pd.testing.assert_series_equal(state.labels, label)


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_removing_several_labels_sets_each_to_false(dtype):
    label = hot(10, dtype)
    label.loc[1] = label.loc[1] if dtype == "bool" else pd.NA
    state = fresh(label)
    state.clear([0, 1])
    assert state.labels.iloc[:2].to_numpy(dtype=bool).tolist() == [[False, False], [False, False]]
    assert state.changes["after"].tolist()[0] == ()
    assert state.summary().startswith("2 of 10 reviewed")
    state.undo()
    pd.testing.assert_frame_equal(state.labels, label)


def test_a_row_whose_label_was_removed_is_reviewed():
    state = fresh(as_category(["cat"] * 5 + [None] * 5))
    state.clear([0, 5])
    assert state.summary() == "2 of 10 reviewed, 1 changed"
    tiles = {tile.row: tile for tile in state.peek(10)}
    assert [(tiles[row].status, tiles[row].changed) for row in (0, 5)] == [("no label", True), ("no label", False)]
    state.filter(label=pd.NA)
    assert sorted(state.order.tolist()) == [0, 5, 6, 7, 8, 9]


def test_rows_of_several_labels_without_any_are_those_without_a_label():
    state = fresh(hot(10))
    state.filter(label=pd.NA)
    assert state.order.tolist() == [1, 5, 7]


def test_several_tiles_are_one_step():
    state = fresh(labelled(10))
    state.choose([0, 1, 2, 2], "dog")
    assert (state.status_message, len(state.changes)) == ("3 rows now dog", 2)
    state.undo()
    assert (state.status_message, len(state.changes), state.summary()) == (
        "undone: 3 rows",
        0,
        "0 of 10 reviewed, 0 changed",
    )


def test_several_rows_get_a_label_that_only_some_have_and_lose_one_that_all_have():
    state = fresh(hot(10))
    state.choose([0, 1], "price")
    assert state.labels["price"].tolist()[:2] == [True, True]
    state.choose([0, 1], "price")
    assert state.labels["price"].tolist()[:2] == [False, False]


def test_choosing_the_current_label_reviews_the_row_without_changing_it():
    state = fresh(labelled(10))
    state.choose([0], "cat")
    assert state.summary() == "1 of 10 reviewed, 0 changed"


def test_a_row_without_a_label_is_not_accepted():
    state = fresh(as_category([None] * 10))
    state.accept([0])
    assert (state.status_message, state.summary()) == ("there is no label to accept", "0 of 10 reviewed, 0 changed")


def test_marks_are_set_and_removed():
    state = fresh(labelled(10))
    state.mark([3])
    state.mark([3, 4])
    assert state.marked.to_dict("list") == {"row": [3, 4], "value": ["text 3", "text 4"], "label": ["cat", "dog"]}
    state.mark([3, 4])
    assert state.marked.empty


def test_the_time_of_a_change_is_utc():
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    state = Review(build_row_table(texts(10), labelled(10)), clock=lambda: at)
    state.choose([1], "cat")
    assert state.changes["when"].tolist() == [pd.Timestamp(at)]
    assert str(state.changes["when"].dtype) == "datetime64[us, UTC]"
    state.undo()
    assert str(state.changes["when"].dtype) == "datetime64[us, UTC]"
    assert state.changes.columns.tolist() == ["row", "value", "before", "after", "when", "note"]


@given(st.lists(st.booleans(), min_size=1, max_size=10), st.sampled_from([list, np.array, pd.Series, "boolean"]))
def test_a_mask_means_the_rows_where_it_is_true(mask, kind):
    given_as = pd.Series(mask, dtype="boolean") if kind == "boolean" else kind(mask)
    state = fresh_of(len(mask), pd.Series(["cat"] * len(mask)), labels=["cat", "dog"])
    state.choose(given_as, "dog")
    assert (state.labels == "dog").tolist() == mask
    state.mark(given_as)
    assert state.marked.index.tolist() == np.flatnonzero(mask).tolist()


@pytest.mark.parametrize("rows", [3, np.int64(3), [3, 3], np.array([3]), pd.Index([3]), range(3, 4)])
def test_rows_may_be_named_one_by_one(rows):
    state = fresh(labelled(10))
    state.choose(rows, "dog")
    assert state.changes.index.tolist() == [3]


def test_a_cell_and_a_browser_may_act_at_the_same_time():
    state = fresh_of(400, pd.Series(["cat"] * 400), labels=["cat", "dog"])
    state.on_change(lambda: messages.page_state(state))
    before, errors = sys.getswitchinterval(), []

    def click():
        try:
            for row in range(200, 400):
                messages.handle_message(state, {"do": "choose", "rows": [row], "label": 1})
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=click)
    sys.setswitchinterval(1e-5)
    try:
        thread.start()
        for row in range(200):
            state.choose(row, "dog")
        thread.join()
    finally:
        sys.setswitchinterval(before)
    assert errors == []
    assert len(state.changes) == 400


def test_a_label_may_be_a_number_below_zero():
    state = fresh_of(3, pd.Series([1, 0, -1]))
    state.choose([0], -1)
    assert state.labels.tolist() == [-1, 0, -1]
    state.filter(label=-1)
    assert sorted(state.order.tolist()) == [0, 2]


def test_a_missing_value_gets_no_label():
    state = review(pd.Series(["a", None]), pd.Series(["cat", None]), labels=["cat", "dog"], resume=False)
    state.choose([0, 1], "dog")
    assert state.summary() == "1 of 1 reviewed, 1 changed"
    state.choose(1, "dog")
    assert state.status_message == "there is nothing to label"
    assert not state.labels.isna()[0]
    assert state.labels.isna()[1]


@pytest.mark.parametrize("wrong", [[10], [-1], [0, 99], [1.0], ["a"], [True, False], None])
def test_unknown_rows_are_errors(wrong):
    state = fresh(labelled(10))
    with pytest.raises(jsdf.InvalidInputError, match=r"positions from 0 to 9|mask"):
        state.choose(wrong, "cat")
    assert state.changes.empty


def test_a_review_needs_labels_to_choose_from():
    with pytest.raises(jsdf.InvalidInputError, match="label=None"):
        review(texts(2), None)
    with pytest.raises(jsdf.InvalidLabelsError, match="labels="):
        review(texts(2), pd.Series([None, None], dtype=object))
    state = review(texts(2), pd.Series([None, None], dtype=object), labels=["cat", "dog"])
    state.choose([0], "dog")
    assert state.labels.tolist() == ["dog", None]
