"""Corrections are found again for the same question and the same rows, and for no others."""

import pandas as pd
import pytest
from gallery_samples import correction_files, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review
from jsdf.testing import FakeEngine


def questions(first, second, **more):
    """Whether a correction of the first is found in the second."""
    values = texts(4)
    review(values, first).choose([1], "yes")
    found = review(values, second, **more)._history.resumed
    return None if found is None else found.applied


def answers(name, dtype="category"):
    return pd.Series(["yes", "no", "no", "yes"], name=name, dtype=dtype)


def asked(labels, **arguments):
    engine = FakeEngine([["no"] * 4])
    return jsdf.run(texts(4), labels, engine=engine, cache=False, progress=False, **arguments)


def test_corrections_of_one_column_of_labels_are_no_answers_to_another():
    assert questions(answers("urgent"), answers("spam")) is None
    assert questions(answers("urgent", object), answers("spam", object)) is None


def test_corrections_of_one_column_of_texts_are_none_of_another():
    review(texts(4).rename("title"), answers("urgent")).choose([1], "yes")
    assert review(texts(4).rename("body"), answers("urgent"))._history.resumed is None


def test_a_column_of_labels_keeps_its_corrections_in_another_dtype_and_with_more_labels():
    assert questions(answers("urgent"), answers("urgent", "str")) == 1
    more = answers("urgent").cat.add_categories(["perhaps"])
    assert questions(answers("urgent"), more) == 1


@pytest.mark.filterwarnings("ignore:.*task")
def test_runs_with_another_task_or_other_descriptions_ask_something_else():
    plain = asked(["yes", "no"], task="is it urgent?")
    assert questions(plain, asked(["yes", "no"], task="is it spam?")) is None
    urgent, spam = asked({"yes": "it is urgent", "no": "it is not"}), asked({"yes": "it is spam", "no": "it is not"})
    assert questions(urgent, spam) is None
    assert questions(urgent, asked({"yes": "it is urgent", "no": "it is not"})) == 1


def test_a_run_with_one_more_label_asks_the_same():
    assert questions(asked(["yes", "no"]), asked(["yes", "no", "perhaps"])) == 1


def test_labels_without_a_name_go_by_what_they_are():
    values = pd.Series(["a", "b", "c"])
    review(values, ["yes", "no", "no"]).choose([1], "yes")
    assert review(values, ["no", "yes", "no"]).labels.tolist() == ["no", "yes", "no"]
    other = review(values, ["x", "y", "z"])
    assert other.labels.tolist() == other.names == ["x", "y", "z"]


def test_a_label_that_two_questions_share_is_no_answer_to_both():
    moods, topics = ["glad", "sad", "other"], ["sports", "politics", "other"]
    values = texts(4)
    review(values, asked_for("glad", moods)).choose([1], "other")
    second = review(values, asked_for("sports", topics))
    assert second._history.resumed is None
    second.choose([1], "politics")
    assert review(values, asked_for("glad", moods)).labels[1] == "other"


def asked_for(answer, labels):
    return jsdf.run(texts(4), labels, engine=FakeEngine([[answer] * 4]), cache=False, progress=False)


def test_a_relative_path_elsewhere_is_another_picture(tmp_path, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for folder in ("one", "two", "one"):
        monkeypatch.chdir(tmp_path / folder)
        state = review(pd.Series(["a.png", "b.png"]), labelled(2))
        assert (state._history.resumed is not None) == (folder == "one" and (tmp_path / "seen").exists())
        state.choose([0], "bird")
        (tmp_path / "seen").touch()


def test_a_name_makes_questions_one_or_two():
    assert questions(answers("urgent"), answers("urgent"), name="in a hurry") is None
    review(texts(4), answers("urgent"), name="mine").choose([1], "yes")
    assert review(texts(4), answers(None), name="mine").labels[1] == "yes"


def test_corrections_of_some_rows_are_there_in_all_of_them_and_the_other_way_round():
    values, label = texts(10), labelled(10)
    some = [2, 5, 6]
    review(values[some], label[some]).choose([1], "cat")
    whole = review(values, label)
    assert whole.labels[5] == "cat"
    whole.choose([2, 9], "dog")
    assert review(values[some], label[some]).changes["row"].tolist() == [2, 5]
    longer = review(texts(11), labelled(11))
    assert longer.changes["row"].tolist() == [2, 5, 9]
    assert longer.status_message == "resumed: 3 rows taken from the file"


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
    # What the later run says of rows 0 and 2 is not what the person saw.
    assert second.order.tolist()[:2] == [0, 2]
    assert [tile.disagreement for tile in second.peek(3)] == [
        "was cat when it was changed, is bird by now",
        "was cat when it was changed, is bird by now",
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
    turned = [4, 3, 2, 1, 0]
    state = review(values[turned], label[turned])
    assert state.changes.to_dict("list")["value"] == ["a"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_rows_that_go_by_another_name_come_back_once(order, row):
    values, label = pd.Series(list("aabbcd")), pd.Series(["cat"] * 6, dtype=labelled().dtype)
    for path in correction_files():
        path.unlink()
    first = review(values, label)
    first.choose([row], "dog")
    turned = values[list(order)].reset_index(drop=True)
    second = review(turned, label)
    assert second.changes["value"].tolist() == [values[row]]
    second.choose(second.changes.index, "bird")
    third = review(turned, label)
    assert third.changes["after"].tolist() == ["bird"]
    assert "not here" not in third.status_message
