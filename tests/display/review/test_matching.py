"""Corrections are resumed for the same question and the same rows, and for no others."""

import pandas as pd
import pytest
from gallery_samples import correction_files, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review
from jsdf.testing import FakeEngine


def resumed_rows(first, second, **more):
    """Return the number of rows that a review of `second` resumes from one of `first`; None if none."""
    values = texts(4)
    review(values, first).choose([1], "yes")
    result = review(values, second, **more)._history.resumed
    return None if result is None else result.applied


def answers(name, dtype="category"):
    return pd.Series(["yes", "no", "no", "yes"], name=name, dtype=dtype)


def run_with(labels, **arguments):
    engine = FakeEngine([["no"] * 4])
    return jsdf.run(texts(4), labels, engine=engine, cache=False, progress=False, **arguments)


def test_corrections_of_one_column_of_labels_do_not_apply_to_another():
    assert resumed_rows(answers("urgent"), answers("spam")) is None
    assert resumed_rows(answers("urgent", object), answers("spam", object)) is None


def test_corrections_of_one_column_of_texts_do_not_apply_to_another():
    review(texts(4).rename("title"), answers("urgent")).choose([1], "yes")
    assert review(texts(4).rename("body"), answers("urgent"))._history.resumed is None


def test_a_column_of_labels_keeps_its_corrections_in_another_dtype_and_with_more_labels():
    assert resumed_rows(answers("urgent"), answers("urgent", "str")) == 1
    more = answers("urgent").cat.add_categories(["perhaps"])
    assert resumed_rows(answers("urgent"), more) == 1


@pytest.mark.filterwarnings("ignore:.*task")
def test_runs_with_another_task_or_other_descriptions_ask_something_else():
    plain = run_with(["yes", "no"], task="is it urgent?")
    assert resumed_rows(plain, run_with(["yes", "no"], task="is it spam?")) is None
    urgent, spam = (
        run_with({"yes": "it is urgent", "no": "it is not"}),
        run_with({"yes": "it is spam", "no": "it is not"}),
    )
    assert resumed_rows(urgent, spam) is None
    assert resumed_rows(urgent, run_with({"yes": "it is urgent", "no": "it is not"})) == 1


def test_a_run_with_one_more_label_asks_the_same():
    assert resumed_rows(run_with(["yes", "no"]), run_with(["yes", "no", "perhaps"])) == 1


def test_labels_without_a_name_are_identified_by_their_values():
    values = pd.Series(["a", "b", "c"])
    review(values, ["yes", "no", "no"]).choose([1], "yes")
    assert review(values, ["no", "yes", "no"]).labels.tolist() == ["no", "yes", "no"]
    other = review(values, ["x", "y", "z"])
    assert other.labels.tolist() == other.names == ["x", "y", "z"]


def test_a_correction_to_a_label_of_two_questions_applies_to_one():
    moods, topics = ["glad", "sad", "other"], ["sports", "politics", "other"]
    values = texts(4)
    review(values, run_answering("glad", moods)).choose([1], "other")
    second = review(values, run_answering("sports", topics))
    assert second._history.resumed is None
    second.choose([1], "politics")
    assert review(values, run_answering("glad", moods)).labels[1] == "other"


def run_answering(answer, labels):
    return jsdf.run(texts(4), labels, engine=FakeEngine([[answer] * 4]), cache=False, progress=False)


def test_a_relative_path_in_another_folder_is_another_image(tmp_path, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for folder in ("one", "two", "one"):
        monkeypatch.chdir(tmp_path / folder)
        state = review(pd.Series(["a.png", "b.png"]), labelled(2))
        assert (state._history.resumed is not None) == (folder == "one" and (tmp_path / "seen").exists())
        state.choose([0], "bird")
        (tmp_path / "seen").touch()


def test_a_name_joins_or_separates_questions():
    assert resumed_rows(answers("urgent"), answers("urgent"), name="in a hurry") is None
    review(texts(4), answers("urgent"), name="mine").choose([1], "yes")
    assert review(texts(4), answers(None), name="mine").labels[1] == "yes"


def test_corrections_apply_to_a_part_of_the_rows_and_to_a_longer_column():
    values, label = texts(10), labelled(10)
    some = [2, 5, 6]
    review(values[some], label[some]).choose([1], "cat")
    whole = review(values, label)
    assert whole.labels[5] == "cat"
    whole.choose([2, 9], "dog")
    assert review(values[some], label[some]).changes["row"].tolist() == [2, 5]
    longer = review(texts(11), labelled(11))
    assert longer.changes["row"].tolist() == [2, 5, 9]
    assert longer.status_message == "resumed: 3 rows loaded from the file"


def test_a_later_run_never_overwrites_a_correction():
    series, names = texts(6), ["cat", "dog", "bird"]

    def run(answers):
        return jsdf.run(series, names, engine=FakeEngine([answers]), cache=False, progress=False)

    first = review(series, run(["cat"] * 6))
    first.choose([0, 1], "dog")
    first.accept([2])
    second = review(series, run(["bird", "cat", "bird", "bird", "cat", "dog"]))
    assert second.labels.tolist() == ["dog", "dog", "cat", "bird", "cat", "dog"]
    assert second.changes[["before", "after"]].to_numpy().tolist() == [["bird", "dog"], ["cat", "dog"], ["bird", "cat"]]
    # For rows 0 and 2 the later run has other labels than the person saw.
    assert second.order.tolist()[:2] == [0, 2]
    assert [tile.disagreement for tile in second.peek(3)] == [
        "was cat when corrected, is now bird",
        "was cat when corrected, is now bird",
        "",
    ]
    second.filter(status="disagreeing")
    assert second.order.tolist() == [0, 2]


def test_a_later_run_that_agrees_with_a_correction_leaves_nothing_changed():
    first = review(texts(3), labelled(3))
    first.choose([0], "bird")
    second = review(texts(3), pd.Series(["bird", "dog", "bird"], dtype=labelled().dtype, name="animal"))
    assert second.changes.empty
    assert second.summary() == "1 of 3 reviewed, 0 changed, 1 from an earlier review"


def test_labels_without_categories_are_found_again_by_the_name_of_their_column():
    first = review(texts(3), pd.Series(["cat", "dog", "cat"], name="animal", dtype=object))
    first.choose([0], "dog")
    second = review(texts(3), pd.Series(["cat", "cat", "cat"], name="animal", dtype=object))
    assert second.labels.tolist() == ["dog", "cat", "cat"]


def test_rows_in_another_order_are_found():
    values, label = pd.Series(list("abcab")), pd.Series(list("xyxyx"), dtype="category")
    review(values, label).choose([3], "x")
    reverse = [4, 3, 2, 1, 0]
    state = review(values[reverse], label[reverse])
    assert state.changes.to_dict("list")["value"] == ["a"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_corrections_of_rows_with_new_keys_are_resumed_once(order, row):
    values, label = pd.Series(list("aabbcd")), pd.Series(["cat"] * 6, dtype=labelled().dtype)
    for path in correction_files():
        path.unlink()
    first = review(values, label)
    first.choose([row], "dog")
    reordered = values[list(order)].reset_index(drop=True)
    second = review(reordered, label)
    assert second.changes["value"].tolist() == [values[row]]
    second.choose(second.changes.index, "bird")
    third = review(reordered, label)
    assert third.changes["after"].tolist() == ["bird"]
    assert "not in the column" not in third.status_message
