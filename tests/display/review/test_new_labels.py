"""Labels added during a review: choices, one step of undo, and part of the result's dtype or columns."""

import json

import numpy as np
import pandas as pd
import pytest
from gallery_samples import LABELS, correction_files, fresh, hot, labelled, run_of, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.example_input.example_forms import _read_review
from jsdf.api.viewers import review

TEXTS = {
    "category": labelled(10),
    "object": labelled(10).astype(object),
    "str": labelled(10).astype("str"),
    "string": labelled(10).astype("string"),
    "arrow": labelled(10).astype("string[pyarrow]"),
}
FRAMES = {dtype: hot(10, dtype) for dtype in ("bool", "boolean", "bool[pyarrow]")}


@pytest.mark.parametrize("label", TEXTS.values(), ids=TEXTS)
def test_a_label_is_added_and_given_to_rows_as_one_step(label):
    state = fresh(label)
    assert state.can_add_label
    state.add_label("  a whale ", [1, 4])
    assert state.names == ["cat", "dog", "bird", "a whale"]
    assert state.status_message == "label 'a whale' added, 2 rows now a whale"
    now = state.labels
    expected = label.astype(object)
    expected[[1, 4]] = "a whale"
    assert now.tolist() == expected.tolist()
    if isinstance(label.dtype, pd.CategoricalDtype):
        assert now.cat.categories.tolist() == ["cat", "dog", "bird", "a whale"]
    else:
        assert now.dtype == label.dtype
    assert state.changes["after"].tolist() == ["a whale"] * 2
    assert state.undo()
    pd.testing.assert_series_equal(state.labels.astype(object), label.astype(object))
    assert state.names[-1] == "a whale"
    assert not state.undo()
    state.choose([0], "a whale")
    state.filter(label="a whale")
    assert state.order.tolist() == [0]


@pytest.mark.parametrize("label", FRAMES.values(), ids=FRAMES)
def test_a_multi_hot_frame_gets_a_column(label):
    state = fresh(label)
    state.add_label("late", [1, 4])
    now = state.labels
    pd.testing.assert_frame_equal(now[["price", "delivery"]], label)
    assert now.columns.tolist() == ["price", "delivery", "late"]
    assert now["late"].dtype == label.dtypes.iloc[0]
    assert np.flatnonzero(now["late"]).tolist() == [1, 4]
    assert state.changes["after"].tolist() == [("late",), ("price", "late")]
    assert state.counts() == [5, 4, 2]
    state.undo()
    assert state.labels.columns.tolist() == ["price", "delivery", "late"]
    assert not state.labels["late"].any()


def test_rows_of_nulls_stay_null_in_the_new_column():
    label = pd.DataFrame({"price": [True, None, None], "delivery": [False, None, None]}, dtype="boolean")
    state = review(texts(3), label, resume=False)
    state.add_label("late", [2])
    assert state.labels["late"].tolist() == [False, pd.NA, True]
    assert state.labels.iloc[2].tolist() == [False, False, True]


def test_a_run_can_get_a_label():
    series = texts(6)
    state = review(series, run_of(series, LABELS), resume=False)
    state.add_label("whale", [3])
    assert state.labels.cat.categories.tolist() == [*LABELS, "whale"]
    assert state.labels[3] == "whale"
    frame = review(series, run_of(series, LABELS, multiple_labels=True), resume=False)
    frame.add_label("whale", [3])
    assert frame.labels.columns.tolist() == [*LABELS, "whale"]


def test_a_label_may_be_added_without_rows_and_missing_values_get_none():
    state = review(pd.Series(["a", None]), pd.Series(["cat", None]), labels=["cat", "dog"], resume=False)
    state.add_label("whale")
    assert (state.names[-1], state.status_message) == ("whale", "label 'whale' added")
    state.add_label("orca", [0, 1])
    assert state.labels.isna().tolist() == [False, True]
    assert state.undo()
    assert not state.undo()


@pytest.mark.parametrize("label", [*TEXTS.values(), FRAMES["bool"]], ids=[*TEXTS, "frame"])
def test_added_labels_are_resumed_also_those_that_no_row_has(label):
    first = review(texts(10), label)
    first.add_label("whale", [1])
    first.add_label("orca")
    first.add_label("seal", [2])
    first.undo()
    second = review(texts(10), label)
    assert second.names == first.names
    (pd.testing.assert_frame_equal if label.ndim == 2 else pd.testing.assert_series_equal)(second.labels, first.labels)
    pd.testing.assert_frame_equal(second.changes, first.changes)
    assert "orca" in review(texts(10), label).names


def test_added_labels_are_saved_and_loaded(tmp_path):
    first = fresh(labelled(10))
    first.add_label("whale", [1])
    first.add_label("orca")
    first.save(tmp_path / "mine.jsonl")
    second = review(texts(10), labelled(10))
    assert tuple(second.load(tmp_path / "mine.jsonl")) == (1, 0, 0, 0)
    assert second.names == [*LABELS, "whale", "orca"]
    assert review(texts(10), labelled(10)).names == second.names
    ints = review(texts(10), pd.Series([1, 2] * 5), resume=False)
    with pytest.warns(UserWarning, match="1 row with a label that the column cannot hold"):
        ints.load(tmp_path / "mine.jsonl")
    assert ints.names == ["1", "2"]


def test_added_labels_reach_a_review_that_is_open():
    first, second = review(texts(10), labelled(10)), review(texts(10), labelled(10))
    first.add_label("whale", [1])
    assert second.labels[1] == "whale"
    first.add_label("orca")
    second.choose([2], "orca")
    assert first.labels.tolist() == second.labels.tolist()
    with pytest.raises(jsdf.InvalidLabelsError, match="there is a label 'orca' already"):
        second.add_label("ORCA")


def test_after_forgetting_an_added_label_is_saved_with_the_next_correction():
    state = review(texts(10), labelled(10))
    state.add_label("whale")
    state.forget()
    assert correction_files() == []
    state.choose([3], "whale")
    assert review(texts(10), labelled(10)).labels[3] == "whale"


def test_forgetting_the_rows_of_one_frame_keeps_the_labels_of_another():
    first = review(texts(10)[:5], labelled(10)[:5])
    first.add_label("whale", [1])
    second = review(texts(10)[5:], labelled(10)[5:])
    second.choose([0], "whale")
    first.forget()
    assert review(texts(10), labelled(10)).labels.tolist().count("whale") == 1


def test_a_release_that_cannot_add_labels_skips_the_line():
    """Such a release takes each line with the key `jsdf-review` for a header, and checks the version of the first."""
    state = review(texts(10), labelled(10))
    state.add_label("whale", [1])
    (path,) = correction_files()
    lines = [json.loads(line) for line in path.read_bytes().splitlines() if line]
    assert [line.get("jsdf-review") for line in lines] == [1, 1, None]
    assert lines[1] == {"jsdf-review": 1, "choices": ["whale"], "among": ["bird", "cat", "dog", "whale"]}


@pytest.mark.parametrize("choices", [5, "whale", [5], ["\ud800"], {"a": 1}, [["whale"]], None])
def test_a_line_of_wrong_choices_adds_nothing(choices):
    state = review(texts(10), labelled(10))
    state.choose([1], "cat")
    (path,) = correction_files()
    with path.open("a") as file:
        file.write(json.dumps({"jsdf-review": 1, "choices": choices}) + "\n")
    second = review(texts(10), labelled(10))
    assert second.names == LABELS
    assert second.changes.index.tolist() == [1]


NOT_ADDED = {
    "empty": ("", "name='' is empty; pass the text of the new label"),
    "blanks": (" \t\n", "is empty; pass the text"),
    "invisible": ("\u200b\u2060", "is empty; pass the text"),
    "the same": ("dog", "name='dog': there is a label 'dog' already; choose that one"),
    "other case": ("DOG", "name='DOG': there is a label 'dog' already"),
    "other blanks": (" d og ", "there is a label 'dog' already"),
    "other Unicode form": ("\uff44og", "there is a label 'dog' already"),
    "too long": ("x" * 201, "the new label has 201 characters; pass 200 at most"),
    "a null byte": ("a\0b", "holds a control character; leave it out"),
    "a line break": ("a\nb", "holds a control character; leave it out"),
    "half a character": ("a\ud800", "holds a control character; leave it out"),
    "none": (None, "name=None: pass the new label as a string"),
    "a number": (5, "name=5: pass the new label as a string"),
}


@pytest.mark.parametrize(("name", "message"), NOT_ADDED.values(), ids=NOT_ADDED)
def test_what_is_no_new_label_is_refused(name, message):
    state = review(texts(10), labelled(10))
    with pytest.raises(jsdf.InvalidLabelsError) as error:
        state.add_label(name, [1])
    assert message in str(error.value)
    assert (state.names, correction_files()) == (LABELS, [])
    assert state.changes.empty


NOT_HELD = {
    "ordered": (pd.Series(pd.Categorical(["a", "b"], ordered=True)), "the categories of label are ordered"),
    "int": (pd.Series([1, 2]), "label is int64, which cannot hold it; pass label.astype('string')"),
    "bool": (pd.Series([True, False]), "label is bool, which cannot hold it"),
    "float": (pd.Series([1.0, 2.0]), "label is float64, which cannot hold it"),
    "category of int": (pd.Series([1, 2], dtype="category"), "label is category of int64, which cannot hold it"),
    "columns of int": (pd.DataFrame({1: [True, False], 2: [True, True]}), r"rename them with .rename(columns=str)"),
    "nested columns": (
        pd.DataFrame([[True, False]] * 2, columns=pd.MultiIndex.from_product([["a"], ["b", "c"]])),
        "the columns of label are a MultiIndex",
    ),
}


@pytest.mark.parametrize(("label", "message"), NOT_HELD.values(), ids=NOT_HELD)
def test_a_column_that_cannot_hold_it_is_named(label, message):
    state = review(texts(2), label, resume=False)
    assert not state.can_add_label
    with pytest.raises(jsdf.InvalidLabelsError) as error:
        state.add_label("whale", [0])
    assert message in str(error.value)
    assert str(error.value).startswith("name='whale' cannot be added: ")


def test_the_hints_work():
    as_string = review(texts(2), pd.Series([1, 2]).astype("string"), resume=False)
    as_string.add_label("whale", [0])
    assert as_string.labels.tolist() == ["whale", "2"]
    renamed = review(texts(2), NOT_HELD["columns of int"][0].rename(columns=str), resume=False)
    renamed.add_label("whale", [0])
    assert renamed.labels["whale"].tolist() == [True, False]
    ordered = NOT_HELD["ordered"][0].cat.set_categories(["a", "whale", "b"])
    placed = review(texts(2), ordered, resume=False)
    placed.choose([1], "whale")
    assert placed.labels.max() == "whale"


def test_500_labels_are_the_most():
    label = pd.Series([f"label {i}" for i in range(499)], dtype=object)
    state = review(texts(499), label, resume=False)
    state.add_label("one more")
    assert not state.can_add_label
    with pytest.raises(jsdf.InvalidLabelsError, match="500 labels, the most"):
        state.add_label("too many")


@given(st.text(max_size=12), st.sampled_from(["category", "object", "frame"]))
def test_any_text_is_added_or_refused_and_a_copy_of_it_is_refused(name, kind):
    for path in correction_files():
        path.unlink()
    label = hot(10) if kind == "frame" else TEXTS[kind]
    first = review(texts(10), label)
    try:
        first.add_label(name, [1])
    except jsdf.InvalidLabelsError:
        assert correction_files() == []
        return
    assert first.names[-1] == name.strip()
    second = review(texts(10), label)
    assert second.names == first.names
    assert second.changes.index.tolist() == [1]
    for other in (name, name.upper(), f" {name}\n"):
        with pytest.raises(jsdf.InvalidLabelsError, match="already"):
            second.add_label(other)


def test_the_given_labels_keep_their_categories_and_columns():
    label, frame = labelled(10), hot(10)
    fresh(label).add_label("whale", [1])
    fresh(frame).add_label("late", [1])
    pd.testing.assert_series_equal(label, labelled(10))
    pd.testing.assert_frame_equal(frame, hot(10))


def test_an_added_label_is_one_for_evaluate_and_examples():
    label = labelled(10)
    state = fresh(label)
    state.add_label("whale", [1])
    state.accept([0, 2, 3])
    assert jsdf.evaluate(state, label).per_label.loc["whale", "support"] == 1
    assert ("text 1", ("whale",)) in [(value.value, value.names) for value in _read_review(state)]
