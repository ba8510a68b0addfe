"""Corrections are saved to files by `Review.save` and loaded by `Review.load`."""

import os
from pathlib import Path

import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review

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


def test_corrections_that_cannot_be_applied_give_a_warning(tmp_path):
    first = review(texts(10), labelled(10))
    first.choose([1, 9], "cat")
    first.choose([3], "bird")
    first.save(tmp_path / "mine.jsonl")
    state = review(texts(5), labelled(5, ("cat", "dog")))
    message = (
        "1 row loaded from the file; skipped: 1 row not in the column, 1 row with a label that the column cannot hold"
    )
    with pytest.warns(UserWarning, match=message):
        assert tuple(state.load(tmp_path / "mine.jsonl")) == (1, 1, 1, 0)
    assert state.changes.index.tolist() == [1]


def test_equal_values_have_separate_corrections():
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


def test_loading_keeps_labels_and_marks_that_the_file_does_not_set(tmp_path):
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


def test_a_file_that_was_cut_off_gives_a_warning(tmp_path):
    path = tmp_path / "mine.jsonl"
    first = review(texts(10), labelled(10), resume=False)
    first.choose([1, 2, 3], "cat")
    first.save(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.warns(UserWarning, match="2 rows loaded from the file; skipped: 1 line that cannot be read"):
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


def test_a_failed_save_leaves_no_file(tmp_path):
    state = review(texts(3), labelled(3))
    state.choose([0], "dog")
    with pytest.raises(jsdf.InvalidInputError, match=r"/no'; create it, or pass another path$"):
        state.save(tmp_path / "no" / "mine.jsonl")
    (tmp_path / "no").mkdir()  # as the message says
    state.save(tmp_path / "no" / "mine.jsonl")
    state.save(tmp_path / "mine.jsonl")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["mine.jsonl"]


UNREADABLE = {
    "no file": ("none.jsonl", "'.*/none.jsonl' does not exist; pass a file written by Review.save"),
    "below no directory": ("no/mine.jsonl", "'.*/no/mine.jsonl' does not exist; pass a file written by Review.save"),
    "below a file": ("file/mine.jsonl", "'.*/file/mine.jsonl' does not exist; pass a file written by Review.save"),
    "a directory": ("", "'.*' is a directory; pass a file written by Review.save"),
    "a name too long": ("x" * 300, "cannot be read .*too long.*; pass a file written by Review.save"),
    "no JSON": ("file", "'.*/file' contains no review; pass a file written by Review.save"),
}
UNWRITABLE = {
    "no directory": ("no/mine.jsonl", "there is no directory '.*/no'; create it, or pass another path"),
    "below a file": ("file/mine.jsonl", "there is no directory '.*/file'; create it, or pass another path"),
    "a directory": ("", "'.*' is a directory; pass the path of a file"),
    "a name too long": ("x" * 300, "cannot be written .*too long.*; pass another path"),
}
INVALID = {
    "none": (None, "path=None: pass the path of a file"),
    "a number": (5, "path=5: pass the path of a file"),
    "no characters": ("", "path='': pass the path of a file"),
    "this directory": (".", "'.' is a directory; pass "),
    "the root": (os.sep, "is a directory; pass "),
    "a null byte": ("a\0b", r"path='a\\x00b': pass the path of a file"),
    "an unknown user": ("~no-such-user/x", "path='~no-such-user/x': there is no such home directory; pass the full"),
}


@pytest.mark.parametrize(("name", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_loaded_is_named_in_one_sentence(tmp_path, name, message):
    (tmp_path / "file").write_text("hello")
    with pytest.raises(jsdf.InvalidInputError, match=message) as error:
        review(texts(3), labelled(3)).load(tmp_path / name)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(("name", "message"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_file_that_cannot_be_saved_is_named_in_one_sentence(tmp_path, name, message):
    (tmp_path / "file").write_text("hello")
    with pytest.raises(jsdf.InvalidInputError, match=message):
        review(texts(3), labelled(3)).save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]


@pytest.mark.parametrize(("path", "message"), INVALID.values(), ids=INVALID)
@pytest.mark.parametrize("method", ["save", "load"])
def test_what_is_no_path_is_refused(method, path, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        getattr(review(texts(3), labelled(3)), method)(path)


@pytest.mark.parametrize("method", ["save", "load"])
def test_a_directory_without_permission_is_named(tmp_path, method):
    path = tmp_path / "closed" / "mine.jsonl"
    path.parent.mkdir()
    path.write_text("")
    path.chmod(0)
    path.parent.chmod(0o500)
    try:
        if os.access(path, os.R_OK):
            pytest.skip("file modes do not restrict root")
        with pytest.raises(jsdf.InvalidInputError, match=r"cannot be (read|written) \(Permission denied\); pass "):
            getattr(review(texts(3), labelled(3)), method)(path)
    finally:
        path.parent.chmod(0o700)


def test_a_name_as_long_as_can_be(tmp_path):
    first = review(texts(3), labelled(3), resume=False)
    first.choose([0], "dog")
    first.save(tmp_path / ("x" * 255))
    assert review(texts(3), labelled(3), resume=False).load(tmp_path / ("x" * 255)).applied == 1
