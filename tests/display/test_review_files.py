"""Nothing that a person said is lost: the file beside the store, files of one's own, and later runs."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery_samples import hot, labelled, pictures, texts
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.api.viewers import review
from jsdf.testing import FakeEngine


def files():
    return sorted(Path(os.environ["JSDF_CACHE_DIR"]).rglob("*.jsonl"))


def said(state):
    """What `changes` holds but for the times."""
    return state.changes.drop(columns="when")


# The file beside the store.


def test_a_review_goes_on_where_it_was():
    first = review(texts(10), labelled(10))
    first.choose([1, 2], "cat")
    first.accept([0])
    first.mark([5])
    second = review(texts(10), labelled(10))
    pd.testing.assert_frame_equal(second.changes, first.changes)
    pd.testing.assert_frame_equal(second.marked, first.marked)
    assert second.summary() == f"{first.summary()}, 4 from an earlier review"
    assert second.said == "resumed: 4 rows taken from the file"


def test_a_first_review_and_one_without_changes_resume_nothing():
    review(texts(10), labelled(10))
    assert files() == []
    assert review(texts(10), labelled(10)).said == ""


def test_what_was_undone_is_not_resumed():
    first = review(texts(10), labelled(10))
    first.choose([1], "cat")
    first.choose([2], "cat")
    first.undo()
    second = review(texts(10), labelled(10))
    assert second.changes.index.tolist() == [1]
    assert not second.undo()


def test_several_labels_are_resumed():
    first = review(texts(10), hot(10))
    first.choose([1], "price")
    first.choose([0], "price")
    first.choose([0], "delivery")
    second = review(texts(10), hot(10))
    pd.testing.assert_frame_equal(second.labels, first.labels)
    assert second.labels.iloc[0].tolist() == [False, False]


def test_a_label_that_was_taken_away_is_resumed(tmp_path):
    for label in (labelled(10), hot(10)):
        first = review(texts(10), label)
        first.clear([0])
        first.save(tmp_path / "saved")
        second = review(texts(10), label)
        assert (second.labels.isna() if label.ndim == 1 else ~second.labels).iloc[0].all()
        pd.testing.assert_frame_equal(second.changes, first.changes)
        third = review(texts(10), label, resume=False)
        assert third.load(tmp_path / "saved").applied == 1
        pd.testing.assert_frame_equal(third.changes, first.changes)


def test_a_label_taken_away_is_not_taken_from_a_column_without_nulls(tmp_path):
    first = review(texts(2), pd.Series(["1", "2"]))
    first.clear([0])
    first.save(tmp_path / "saved")
    second = review(texts(2), pd.Series([1, 2]), resume=False)
    with pytest.warns(UserWarning, match="a label that the column cannot hold"):
        assert second.load(tmp_path / "saved").unknown == 1
    assert second.labels.tolist() == [1, 2]


def test_images_are_resumed(tmp_path):
    series = pictures(tmp_path, 4)
    arrays = pd.Series([np.asarray(Image.open(path)) for path in series])
    for column in (series, series.map(Path), arrays):
        first = review(column, labelled(4))
        first.choose([3], "bird")
        assert review(column, labelled(4)).labels[3] == "bird"


def test_a_file_that_was_copied_is_the_same_picture(tmp_path):
    series = pictures(tmp_path, 4)
    review(series.map(Path), labelled(4)).choose([3], "bird")
    os.utime(series[3], (1, 1))
    assert review(series.map(Path), labelled(4)).labels[3] == review(series, labelled(4)).labels[3] == "bird"


def test_a_killed_kernel_loses_nothing():
    code = """
import os, signal
import pandas as pd
from jsdf.api.viewers import review
values = pd.Series([f"text {i}" for i in range(10)], name="text")
label = pd.Series((["cat", "dog", "bird"] * 4)[:10], dtype=pd.CategoricalDtype(["cat", "dog", "bird"]), name="animal")
state = review(values, label)
state.choose([1, 2], "cat")
state.mark([4])
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    state = review(texts(10), labelled(10))
    assert state.changes.index.tolist() == [1, 2]
    assert state.marked.index.tolist() == [4]


def test_a_line_cut_off_by_a_crash_loses_itself_alone():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = files()
    with path.open("ab") as file:
        file.write(b'{"row":2,"value":"ab')
    second = review(texts(10), labelled(10))
    second.choose([3], "bird")
    assert review(texts(10), labelled(10)).changes.index.tolist() == [1, 3]


def test_a_crash_in_the_first_line_loses_nothing_after_it():
    state = review(texts(10), labelled(10))
    state.choose([1], "cat")
    (path,) = files()
    path.write_bytes(b'{"jsdf-rev')
    state.choose([2], "cat")
    assert review(texts(10), labelled(10)).changes.index.tolist() == [2]


def test_the_file_is_private_and_holds_no_text():
    values = pd.Series(["my secret diary", "another secret"])
    review(values, labelled(2)).choose([0], "dog")
    (path,) = files()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"secret" not in path.read_bytes()
    assert b"dog" in path.read_bytes()


def test_a_review_that_resumes_nothing_leaves_the_file_alone():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = files()
    before = path.read_bytes()
    third = review(texts(10), labelled(10), resume=False)
    assert third.changes.empty
    third.choose([2], "cat")
    third.forget()
    assert path.read_bytes() == before


def test_forgetting_deletes_the_file():
    state = review(texts(10), labelled(10))
    state.choose([1], "cat")
    state.forget()
    assert files() == []
    assert len(state.changes) == 1
    assert review(texts(10), labelled(10)).changes.empty


def test_forgetting_leaves_what_was_said_of_other_rows():
    review(texts(10)[:5], labelled(10)[:5]).choose([1], "cat")
    state = review(texts(10)[5:], labelled(10)[5:])
    state.choose([0], "cat")
    state.forget()
    assert review(texts(10), labelled(10)).changes.index.tolist() == [1]


def test_a_place_that_cannot_be_written_costs_one_warning_only(tmp_path):
    (tmp_path / "file").write_text("")
    jsdf.options.cache_dir = tmp_path / "file"
    state = review(texts(10), labelled(10))
    with pytest.warns(RuntimeWarning, match=r"use \.save"):
        state.choose([1], "cat")
    state.choose([2], "cat")
    assert "not saved by itself" in state.summary()
    assert len(state.changes) == 2


def test_once_the_place_can_be_written_again_everything_is_there(tmp_path):
    (tmp_path / "place").write_text("")
    jsdf.options.cache_dir = tmp_path / "place"
    state = review(texts(10), labelled(10))
    with pytest.warns(RuntimeWarning, match=r"use \.save"):
        state.choose([1], "cat")
    (tmp_path / "place").unlink()
    state.choose([2], "cat")
    assert "not saved" not in state.summary()
    assert review(texts(10), labelled(10)).changes.index.tolist() == [1, 2]


def test_a_file_that_cannot_be_read_is_told():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = files()
    path.unlink()
    path.mkdir()
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        review(texts(10), labelled(10))


# Two reviews at once.


def test_two_reviews_at_once_lose_nothing_of_each_other():
    values, label = texts(8), labelled(8)
    review(values, label).choose([0], "cat")
    first = review(values, label)
    turned = [7, 6, 5, 4, 3, 2, 1, 0]
    second = review(values[turned].reset_index(drop=True), label[turned].reset_index(drop=True))
    first.choose([2], "cat")
    second.choose([7 - 4], "cat")
    first.choose([5], "dog")
    first.choose([6], "dog")
    now = review(values, label)
    assert now.labels[[0, 2, 4, 5, 6]].tolist() == ["cat", "cat", "cat", "dog", "dog"]


def test_an_act_of_one_review_takes_nothing_from_the_other():
    first, second = review(texts(4), labelled(4)), review(texts(4), labelled(4))
    first.choose([0], "bird")
    second.mark([0, 1])
    first.choose([1], "bird")
    second.choose([2], "cat")
    assert review(texts(4), labelled(4)).labels.tolist() == ["bird", "bird", "cat", "cat"]
    assert review(texts(4), labelled(4)).marked.index.tolist() == [0, 1]


def test_undoing_leaves_what_another_review_said_since():
    first, second = review(texts(4), labelled(4)), review(texts(4), labelled(4))
    first.choose([0, 1], "bird")
    second.choose([0], "dog")
    assert first.undo()
    assert first.labels.tolist()[:2] == ["dog", "dog"]  # row 1 was a dog before
    assert review(texts(4), labelled(4)).changes.index.tolist() == [0]


acts = st.lists(
    st.tuples(
        st.sampled_from(["choose", "clear", "mark", "undo", "reopen"]),
        st.integers(0, 1),
        st.integers(0, 4),
        st.sampled_from(["cat", "dog", "bird"]),
    ),
    max_size=12,
)


@given(
    acts, st.lists(st.sampled_from("ab"), min_size=5, max_size=5), st.lists(st.integers(0, 1), min_size=5, max_size=5)
)
def test_what_two_reviews_said_last_of_each_row_is_what_a_third_one_finds(done, held, index):
    """Whatever the texts and the index are, equal ones included."""
    for path in files():
        path.unlink()
    values, label = pd.Series(list(held), index, name="text"), labelled(5).set_axis(index)
    both = [review(values, label), review(values, label)]
    right, marked, steps = label.tolist(), set(), ([], [])
    for what, who, row, name in done:
        if what == "reopen":
            both[who] = review(values, label)
            steps[who].clear()
        elif what == "undo":
            both[who].undo()
            if steps[who]:
                now = (right[row_ := steps[who][-1][0]], row_ in marked)
                changed, before, after = steps[who].pop()
                if now == after:
                    right[changed] = before[0]
                    (marked.add if before[1] else marked.discard)(changed)
        else:
            before = (right[row], row in marked)
            if what == "mark":
                both[who].mark([row])
                marked ^= {row}
            else:
                right[row] = name if what == "choose" else None
                both[who].choose([row], name) if what == "choose" else both[who].clear([row])
            steps[who].append((row, before, (right[row], row in marked)))
    third = review(values, label)
    assert [None if pd.isna(one) else one for one in third.labels] == right
    assert set(third.marked.index) == marked


# One question and another.


def questions(first, second, **more):
    """Whether a correction of the first is found in the second."""
    values = texts(4)
    review(values, first).choose([1], "yes")
    found = review(values, second, **more).ledger.resumed
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
    assert review(texts(4).rename("body"), answers("urgent")).ledger.resumed is None


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
    assert second.ledger.resumed is None
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
        assert (state.ledger.resumed is not None) == (folder == "one" and (tmp_path / "seen").exists())
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
    assert longer.said == "resumed: 3 rows taken from the file"


# Later runs.


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
    assert [tile.differs for tile in second.peek(3)] == [
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


# Files of one's own.

steps = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["cat", "dog", "bird"])), max_size=6)


@given(steps, st.lists(st.integers(0, 9), max_size=3), st.permutations(range(10)))
def test_what_is_saved_can_be_loaded_onto_the_same_rows_in_any_order(chosen, marks, order):
    path = Path(os.environ["JSDF_CACHE_DIR"]).with_name("mine.jsonl")
    first = review(texts(10), labelled(10), resume=False)
    for row, label in chosen:
        first.choose([row], label)
    for row in marks:
        first.mark([row])
    first.save(path)
    order = list(order)
    second = review(texts(10)[order], labelled(10)[order], resume=False)
    loaded = second.load(path)
    assert (loaded.absent, loaded.unknown) == (0, 0)
    pd.testing.assert_series_equal(second.labels.sort_index(), first.labels)
    assert sorted(second.marked["row"]) == sorted(first.marked["row"])
    if loaded.applied:
        assert second.undo()
    assert second.changes.empty


def test_what_cannot_be_applied_is_told(tmp_path):
    first = review(texts(10), labelled(10))
    first.choose([1, 9], "cat")
    first.choose([3], "bird")
    first.save(tmp_path / "mine.jsonl")
    state = review(texts(5), labelled(5, ("cat", "dog")))
    told = "1 row taken from the file; left out: 1 row not here, 1 row with a label that the column cannot hold"
    with pytest.warns(UserWarning, match=told):
        assert tuple(state.load(tmp_path / "mine.jsonl")) == (1, 1, 1, 0)
    assert state.changes.index.tolist() == [1]


def test_each_of_several_equal_values_keeps_its_own():
    values = pd.Series(["same"] * 4 + ["other"])
    label = pd.Series(["cat"] * 5, dtype=labelled().dtype)
    review(values, label).choose([2], "dog")
    assert review(values, label).changes.index.tolist() == [2]


def test_a_column_of_texts_takes_a_label_that_is_new_to_it(tmp_path):
    first = review(texts(3), pd.Series(["a", "b", "a"], dtype=object), labels=["a", "b", "c"])
    first.choose([0], "c")
    first.save(tmp_path / "mine.jsonl")
    second = review(texts(3), pd.Series(["a", "b", "a"], dtype=object))
    second.load(tmp_path / "mine.jsonl")
    assert second.labels.tolist() == ["c", "b", "a"]
    assert second.names == ["a", "b", "c"]


@pytest.mark.parametrize("content", [b"", b"hello", b"[1, 2]\n", b'{"row": 1}\n', b"\xff\xfe"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "other.txt"
    path.write_bytes(content)
    with pytest.raises(jsdf.InvalidInputError, match=r"other.txt.*no review"):
        review(texts(3), labelled(3)).load(path)


def test_a_file_says_nothing_of_what_it_leaves_open(tmp_path):
    first = review(texts(4), labelled(4), resume=False)
    first.mark([0])
    first.choose([1], "bird")
    first.save(tmp_path / "mine.jsonl")
    second = review(texts(4), labelled(4), resume=False)
    second.choose([0], "dog")
    second.mark([1])
    second.load(tmp_path / "mine.jsonl")
    assert second.labels.tolist()[:2] == ["dog", "bird"]
    assert second.marked.index.tolist() == [0, 1]
    second.undo()
    assert second.labels.tolist()[:2] == ["dog", "dog"]


def test_a_file_that_was_cut_off_is_told(tmp_path):
    path = tmp_path / "mine.jsonl"
    first = review(texts(10), labelled(10), resume=False)
    first.choose([1, 2, 3], "cat")
    first.save(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.warns(UserWarning, match="2 rows taken from the file; left out: 1 line that cannot be read"):
        review(texts(10), labelled(10), resume=False).load(path)


def test_a_file_of_another_release_is_refused(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text('{"jsdf-review":99}\n')
    with pytest.raises(jsdf.InvalidInputError, match="another release"):
        review(texts(3), labelled(3)).load(path)


def test_files_may_be_named_from_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    state = review(texts(3), labelled(3), resume=False)
    state.choose([0], "dog")
    state.save("~/mine.jsonl")
    assert (tmp_path / "mine.jsonl").exists()
    assert state.load("~/mine.jsonl").applied == 1


anything = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(["nth", "to", "before", "at", "marked"]), anything))
def test_no_line_of_a_file_is_an_error(record):
    path = Path(os.environ["JSDF_CACHE_DIR"]).with_name("odd.jsonl")
    state = review(texts(3), labelled(3), resume=False)
    state.choose([0], "dog")
    state.save(path)
    lines = path.read_text().splitlines()
    odd = json.dumps({**json.loads(lines[1]), **record})
    path.write_text("\n".join([lines[0], odd, '{"value": 3}', '{"value": "ff", "nth": []}', "[]", "x" * 99, ""]))
    again = review(texts(3), labelled(3), resume=False)
    try:
        loaded = again.load(path)
    except UserWarning:
        return
    assert loaded.applied <= 1
    assert set(again.labels.dropna()) <= {"cat", "dog", "bird"}


def test_saving_where_nothing_can_be_written_keeps_what_is_there(tmp_path):
    state = review(texts(3), labelled(3))
    state.choose([0], "dog")
    with pytest.raises(FileNotFoundError, match=r"No such file.*/no/mine\.jsonl'$"):
        state.save(tmp_path / "no" / "mine.jsonl")
    state.save(tmp_path / "mine.jsonl")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["mine.jsonl"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_rows_that_go_by_another_name_come_back_once(order, row):
    values, label = pd.Series(list("aabbcd")), pd.Series(["cat"] * 6, dtype=labelled().dtype)
    for path in files():
        path.unlink()
    first = review(values, label)
    first.choose([row], "dog")
    turned = values[list(order)].reset_index(drop=True)
    second = review(turned, label)
    assert second.changes["value"].tolist() == [values[row]]
    second.choose(second.changes.index, "bird")
    third = review(turned, label)
    assert third.changes["after"].tolist() == ["bird"]
    assert "not here" not in third.said
