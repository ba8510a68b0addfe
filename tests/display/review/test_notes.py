"""Notes on rows: kept as they were written, listed in the changes, and counted nowhere as a changed label."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gallery_samples import correction_files, fresh, hot, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review
from jsdf.evaluation import sides
from jsdf.utils.characters import is_blank

ODD = [
    "a\0b\x1b[31m",
    "\u202egnp.exe",
    "مرحبا",
    "\U0001f408\u200d\u2b1b",
    "two\r\nlines\t",
    " blanks ",
    '"\\,{}',
    "\ufeff",
]


def test_a_note_is_a_line_of_changes_and_no_changed_label():
    state = fresh(labelled(10))
    state.choose([1], "cat")
    state.note([1, 4], "is it?")
    changes = state.changes
    assert changes.index.tolist() == [1, 4]
    assert changes.columns[-1] == "note"
    assert changes["note"].tolist() == ["is it?"] * 2
    assert changes["before"].tolist() == ["dog", "dog"]
    assert changes["after"].tolist() == ["cat", "dog"]
    assert changes["when"].notna().all()
    assert state.summary() == "1 of 10 reviewed, 1 changed, 2 notes"
    assert np.flatnonzero(state.is_reviewed).tolist() == [1]
    assert [tile.note for tile in state.peek(5)] == ["", "is it?", "", "", "is it?"]
    assert [tile.changed for tile in state.peek(5)] == [False, True, False, False, False]


def test_a_changed_row_without_a_note_has_an_empty_one():
    state = fresh(labelled(10))
    state.choose([1], "cat")
    assert state.changes["note"].tolist() == [""]
    state.undo()
    assert state.changes["note"].tolist() == []


def test_notes_are_undone_replaced_and_removed():
    state = fresh(labelled(10))
    state.note(4, "one")
    state.note(4, "two")
    assert state.changes["note"].tolist() == ["two"]
    state.undo()
    assert state.changes["note"].tolist() == ["one"]
    state.note(4, "  \n")
    assert state.changes.empty
    state.undo()
    assert state.changes["note"].tolist() == ["one"]
    state.undo()
    assert state.changes.empty
    assert state._history.corrections == {}


def test_a_note_outlives_actions_on_the_label():
    state = fresh(labelled(10))
    state.note([1], "why")
    for act in (
        lambda: state.choose([1], "cat"),
        lambda: state.accept([1]),
        lambda: state.mark([1]),
        lambda: state.clear([1]),
        lambda: state.add_label("whale", [1]),
        lambda: state.accept_all(),
    ):
        act()
        assert state.changes["note"][1] == "why"


def test_rows_can_be_filtered_by_notes():
    state = fresh(labelled(10))
    state.note([2, 7], "x")
    assert state.statuses["with a note"] == 2
    state.filter(status="with a note")
    assert sorted(state.order.tolist()) == [2, 7]


def test_a_row_with_a_missing_value_may_have_a_note():
    state = review(pd.Series(["a", None]), pd.Series(["cat", None]), labels=["cat", "dog"], resume=False)
    state.note([1], "the file is lost")
    assert state.changes["note"].tolist() == ["the file is lost"]
    assert state.summary() == "0 of 1 reviewed, 0 changed, 1 note"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(ODD))
def test_any_text_comes_back_from_the_file(text):
    for path in correction_files():
        path.unlink()
    path = Path(os.environ["JSDF_CACHE_DIR"]).with_name("notes.jsonl")
    first = review(texts(5), labelled(5))
    first.note([2], text)
    kept = first.changes["note"].tolist()
    assert kept == ([] if is_blank(text) else [text])
    pd.testing.assert_frame_equal(review(texts(5), labelled(5)).changes, first.changes)
    first.save(path)
    loaded = review(texts(5), labelled(5), resume=False)
    assert loaded.load(path).applied == len(kept)
    pd.testing.assert_frame_equal(loaded.changes, first.changes)


def test_half_a_character_is_replaced():
    state = review(texts(5), labelled(5))
    state.note([2], "a\ud83d\udc08b\ud800c")
    assert state.changes["note"].tolist() == ["a\U0001f408b\ufffdc"]
    assert review(texts(5), labelled(5)).changes["note"].tolist() == ["a\U0001f408b\ufffdc"]


def test_the_length_is_limited():
    state = review(texts(5), labelled(5))
    state.note([0], "x" * 2_000)
    state.note([1], "\U0001f408" * 2_000)
    with pytest.raises(jsdf.InvalidInputError, match=r"the note has 2,001 characters; shorten it to 2,000"):
        state.note([2], "x" * 2_001)
    assert review(texts(5), labelled(5)).changes["note"].tolist() == ["x" * 2_000, "\U0001f408" * 2_000]


@pytest.mark.parametrize("text", [None, 5, b"x", ["x"]])
def test_another_type_is_quoted(text):
    state = fresh(labelled(10))
    with pytest.raises(jsdf.InvalidInputError, match=r"text=.*: pass the note as a string"):
        state.note([0], text)
    assert state.changes.empty


def test_loading_keeps_notes_that_the_file_does_not_set(tmp_path):
    first = fresh(labelled(10))
    first.choose([1], "bird")
    first.note([2], "from the file")
    first.note([3], "from the file")
    first.save(tmp_path / "mine.jsonl")
    second = fresh(labelled(10))
    second.note([1, 2], "own")
    second.choose([3], "bird")
    second.load(tmp_path / "mine.jsonl")
    assert second.changes["note"].to_dict() == {1: "own", 2: "from the file", 3: "from the file"}
    assert second.labels[[1, 3]].tolist() == ["bird", "bird"]
    second.undo()
    assert second.changes["note"].to_dict() == {1: "own", 2: "own", 3: ""}


def records():
    (path,) = correction_files()
    return path, [json.loads(line) for line in path.read_bytes().splitlines() if line]


def without_notes(lines):
    """Return lines as a release without notes writes them."""
    return "".join(json.dumps({k: v for k, v in line.items() if k != "note"}) + "\n" for line in lines)


def test_a_file_of_a_release_without_notes_is_read():
    first = review(texts(5), labelled(5))
    first.choose([1], "bird")
    first.mark([2])
    path, lines = records()
    path.write_text(without_notes(lines))
    second = review(texts(5), labelled(5))
    pd.testing.assert_frame_equal(second.changes, first.changes)
    pd.testing.assert_frame_equal(second.marked, first.marked)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_release_without_notes_that_corrects_the_row_leaves_the_note(is_open):
    first = review(texts(5), labelled(5))
    first.note([1], "mine")
    path, lines = records()
    other = review(texts(5), labelled(5))
    other.choose([1], "bird")
    _, all_lines = records()
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + without_notes(all_lines[len(lines) :]))
    state = first if is_open else review(texts(5), labelled(5))
    assert (state.labels[1], state.changes["note"][1]) == ("bird", "mine")


def test_a_note_in_the_file_that_is_no_text_leaves_out_its_line():
    review(texts(5), labelled(5)).note([1, 2], "x")
    path, (header, first, second) = records()
    path.write_text("".join(json.dumps(line) + "\n" for line in (header, first | {"note": 5}, second)))
    with pytest.warns(UserWarning, match="1 line that cannot be read"):
        assert review(texts(5), labelled(5)).changes.index.tolist() == [2]


def test_a_note_stays_with_its_row_when_equal_values_move():
    values, label = pd.Series(["same", "same", "other"]), labelled(3)
    review(values, label).note([1], "the second")
    moved = pd.Series(["same", "other"], index=[1, 2])
    state = review(moved, label[1:])
    assert state.changes["row"].tolist() == [1]
    state.mark([1])
    assert review(moved, label[1:]).changes["note"].tolist() == ["the second"]


@pytest.mark.parametrize("label", [labelled(10), hot(10)], ids=["one", "several"])
def test_notes_change_no_figure(label):
    noted, plain = fresh(label), fresh(label)
    for state in (noted, plain):
        state.accept([0, 1, 2])
        state.choose([3], state.names[1])
    noted.note(range(10), "seen")
    pd.testing.assert_series_equal(*(_as_series(state.labels) for state in (noted, plain)))
    assert noted.is_reviewed.tolist() == plain.is_reviewed.tolist()
    assert jsdf.evaluate(noted, label).rows == jsdf.evaluate(plain, label).rows == 4
    assert sides._read_review(noted, "truth", is_truth=True).is_known.sum() == 4
    pd.testing.assert_frame_equal(jsdf.shares(label, noted), jsdf.shares(label, plain))


def _as_series(labels):
    return labels if labels.ndim == 1 else labels.stack()
