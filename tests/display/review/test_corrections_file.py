"""The corrections file beside the store: no correction is lost."""

import json
import os
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery_samples import correction_files, hot, labelled, pictures, texts
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.api.viewers import review


def test_a_review_resumes_the_corrections():
    first = review(texts(10), labelled(10))
    first.choose([1, 2], "cat")
    first.accept([0])
    first.mark([5])
    second = review(texts(10), labelled(10))
    pd.testing.assert_frame_equal(second.changes, first.changes)
    pd.testing.assert_frame_equal(second.marked, first.marked)
    assert second.summary() == f"{first.summary()}, 4 from an earlier review"
    assert second.status_message == "resumed: 4 rows loaded from the file"


def test_a_first_review_and_one_without_changes_resume_nothing():
    review(texts(10), labelled(10))
    assert correction_files() == []
    assert review(texts(10), labelled(10)).status_message == ""


def test_a_review_without_a_place_for_its_file_works_and_warns_once(monkeypatch, tmp_path):
    monkeypatch.setenv("JSDF_CACHE_DIR", "~no-such-user/x")
    with pytest.warns(
        RuntimeWarning, match=r"JSDF_CACHE_DIR='~no-such-user/x'.* unless you use .save\(path\)"
    ) as caught:
        first = review(texts(10), labelled(10))
    first.choose([1], "cat")
    first.save(tmp_path / "saved")
    assert len(caught) == 1
    assert review(texts(10), labelled(10), resume=False).load(tmp_path / "saved").applied == 1


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


def test_a_removed_label_is_resumed(tmp_path):
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


def test_a_removed_label_is_not_loaded_into_a_column_without_nulls(tmp_path):
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


def test_a_file_with_a_new_time_is_the_same_image(tmp_path):
    series = pictures(tmp_path, 4)
    review(series.map(Path), labelled(4)).choose([3], "bird")
    os.utime(series[3], (1, 1))
    assert review(series.map(Path), labelled(4)).labels[3] == review(series, labelled(4)).labels[3] == "bird"


def test_a_line_cut_off_by_a_crash_affects_no_other_line():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = correction_files()
    with path.open("ab") as file:
        file.write(b'{"row":2,"value":"ab')
    with pytest.warns(UserWarning, match="1 line that cannot be read"):
        second = review(texts(10), labelled(10))
    second.choose([3], "bird")
    with pytest.warns(UserWarning, match="1 line that cannot be read"):
        assert review(texts(10), labelled(10)).changes.index.tolist() == [1, 3]


def test_a_crash_in_the_first_line_loses_nothing_after_it():
    state = review(texts(10), labelled(10))
    state.choose([1], "cat")
    (path,) = correction_files()
    path.write_bytes(b'{"jsdf-rev')
    state.choose([2], "cat")
    with pytest.warns(UserWarning, match="1 line that cannot be read"):
        assert review(texts(10), labelled(10)).changes.index.tolist() == [2]


def test_the_file_is_private_and_holds_no_text():
    values = pd.Series(["my secret diary", "another secret"])
    review(values, labelled(2)).choose([0], "dog")
    (path,) = correction_files()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert b"secret" not in path.read_bytes()
    assert b"dog" in path.read_bytes()


def test_a_review_that_resumes_nothing_leaves_the_file_alone():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = correction_files()
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
    assert correction_files() == []
    assert len(state.changes) == 1
    assert review(texts(10), labelled(10)).changes.empty


def test_forgetting_keeps_corrections_of_other_rows():
    review(texts(10)[:5], labelled(10)[:5]).choose([1], "cat")
    state = review(texts(10)[5:], labelled(10)[5:])
    state.choose([0], "cat")
    state.forget()
    assert review(texts(10), labelled(10)).changes.index.tolist() == [1]


def test_an_unwritable_file_gives_one_warning_only(tmp_path):
    (tmp_path / "file").write_text("")
    jsdf.options.cache_dir = tmp_path / "file"
    state = review(texts(10), labelled(10))
    with pytest.warns(RuntimeWarning, match=r"use \.save"):
        state.choose([1], "cat")
    state.choose([2], "cat")
    assert "not saved automatically" in state.summary()
    assert len(state.changes) == 2


def test_once_the_file_can_be_written_again_all_corrections_are_saved(tmp_path):
    (tmp_path / "cache").write_text("")
    jsdf.options.cache_dir = tmp_path / "cache"
    state = review(texts(10), labelled(10))
    with pytest.warns(RuntimeWarning, match=r"use \.save"):
        state.choose([1], "cat")
    (tmp_path / "cache").unlink()
    state.choose([2], "cat")
    assert "not saved" not in state.summary()
    assert review(texts(10), labelled(10)).changes.index.tolist() == [1, 2]


def test_an_unreadable_file_gives_a_warning():
    review(texts(10), labelled(10)).choose([1], "cat")
    (path,) = correction_files()
    path.unlink()
    path.mkdir()
    with pytest.warns(RuntimeWarning, match="cannot be read"):
        review(texts(10), labelled(10))


def test_two_reviews_at_once_lose_nothing_of_each_other():
    values, label = texts(8), labelled(8)
    review(values, label).choose([0], "cat")
    first = review(values, label)
    reverse = [7, 6, 5, 4, 3, 2, 1, 0]
    second = review(values[reverse].reset_index(drop=True), label[reverse].reset_index(drop=True))
    first.choose([2], "cat")
    second.choose([7 - 4], "cat")
    first.choose([5], "dog")
    first.choose([6], "dog")
    now = review(values, label)
    assert now.labels[[0, 2, 4, 5, 6]].tolist() == ["cat", "cat", "cat", "dog", "dog"]


def test_an_action_of_one_review_keeps_the_corrections_of_the_other():
    first, second = review(texts(4), labelled(4)), review(texts(4), labelled(4))
    first.choose([0], "bird")
    second.mark([0, 1])
    first.choose([1], "bird")
    second.choose([2], "cat")
    assert review(texts(4), labelled(4)).labels.tolist() == ["bird", "bird", "cat", "cat"]
    assert review(texts(4), labelled(4)).marked.index.tolist() == [0, 1]


def test_undo_keeps_what_another_review_has_changed_since():
    first, second = review(texts(4), labelled(4)), review(texts(4), labelled(4))
    first.choose([0, 1], "bird")
    second.choose([0], "dog")
    assert first.undo()
    assert first.labels.tolist()[:2] == ["dog", "dog"]  # row 1 was a dog before
    assert review(texts(4), labelled(4)).changes.index.tolist() == [0]


action_lists = st.lists(
    st.tuples(
        st.sampled_from(["choose", "clear", "mark", "undo", "reopen"]),
        st.integers(0, 1),
        st.integers(0, 4),
        st.sampled_from(["cat", "dog", "bird"]),
    ),
    max_size=12,
)


@given(
    action_lists,
    st.lists(st.sampled_from("ab"), min_size=5, max_size=5),
    st.lists(st.integers(0, 1), min_size=5, max_size=5),
)
def test_a_third_review_finds_the_last_correction_of_each_row(actions, held, index):
    """For any texts and index labels, equal ones included."""
    for path in correction_files():
        path.unlink()
    values, label = pd.Series(list(held), index, name="text"), labelled(5).set_axis(index)
    both = [review(values, label), review(values, label)]
    expected, marked, steps = label.tolist(), set(), ([], [])
    chosen = [None] * 5  # by which action, since a label that is chosen again is another correction
    for action, (what, who, row, name) in enumerate(actions):
        if what == "reopen":
            both[who] = review(values, label)
            steps[who].clear()
        elif what == "undo":
            both[who].undo()
            if steps[who]:
                now = (expected[row_ := steps[who][-1][0]], row_ in marked, chosen[row_])
                changed, before, after = steps[who].pop()
                if now == after:
                    expected[changed], chosen[changed] = before[0], before[2]
                    (marked.add if before[1] else marked.discard)(changed)
        else:
            before = (expected[row], row in marked, chosen[row])
            if what == "mark":
                both[who].mark([row])
                marked ^= {row}
            else:
                expected[row], chosen[row] = name if what == "choose" else None, action
                both[who].choose([row], name) if what == "choose" else both[who].clear([row])
            steps[who].append((row, before, (expected[row], row in marked, chosen[row])))
    third = review(values, label)
    assert [None if pd.isna(value) else value for value in third.labels] == expected
    assert set(third.marked.index) == marked


anything = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2)


@given(st.dictionaries(st.sampled_from(["nth", "to", "before", "at", "marked"]), anything))
def test_no_line_of_a_file_raises_an_error(record):
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
