"""The file is cleared, replaced, emptied or moved while it is in use: the run continues in what is at the path."""

import os
import shutil
import sqlite3
import subprocess
import sys
import warnings

import pandas as pd
import pytest
from store_questions import key, loaded

import jsdf
from jsdf.store.record import StoredAnswer
from jsdf.store.sqlite import Store, clear
from jsdf.testing import FakeEngine

CLEAR_AND_CREATE = """
import sys
from pathlib import Path
from jsdf.store.sqlite import Store, StoredAnswer, clear
path = Path(sys.argv[1])
clear(path)
store = Store(path)
store.add_answers([StoredAnswer(b"other" * 3 + b"!", b"oo")])
store.close()
assert store.error is None
"""


def clear_only(path):
    clear(path)


def clear_and_create(path):
    subprocess.run([sys.executable, "-c", CLEAR_AND_CREATE, str(path)], check=True, timeout=60)


def replace(path):
    other = path.with_name("other.sqlite")
    store = Store(other)
    store.add_answers([StoredAnswer(key(i), b"oo") for i in range(1000, 1200)])
    store.close()
    other.replace(path)


def empty(path):
    os.truncate(path, 0)


def cut(path):
    os.truncate(path, 5000)


def overwrite(path):
    path.write_bytes(b"no database" * 2000)


def move_away(path):
    path.replace(path.with_name("moved.sqlite"))


def move_folder_away(path):
    path.parent.rename(path.parent.with_name("moved"))


def remove_folder(path):
    shutil.rmtree(path.parent)


def lead_elsewhere(path):
    """Put a link to another, empty folder in the folder's place."""
    other = path.parent.with_name("elsewhere")
    other.mkdir()
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(other, target_is_directory=True)


def lead_the_file_elsewhere(path):
    """Put a link to a file that does not exist in the file's place."""
    path.unlink()
    path.symlink_to(path.with_name("not there yet.sqlite"))


EVENTS = [
    *(clear_only, clear_and_create, replace, empty, cut, overwrite, move_away, move_folder_away, remove_folder),
    *(lead_elsewhere, lead_the_file_elsewhere),
]


@pytest.mark.skipif(os.name != "posix", reason="open files cannot be moved")
@pytest.mark.parametrize("event", EVENTS)
def test_what_is_stored_afterwards_is_kept(path, event):
    store = Store(path)
    store.add_answers([StoredAnswer(key(i), b"aa") for i in range(100)])
    event(path)
    for i in range(100, 200):
        store.add_answers([StoredAnswer(key(i), b"bb")])
    assert store.error is None
    wanted = [key(i) for i in range(100, 200)]
    assert len(loaded(store, wanted)) == 100
    store.close()
    again = Store(path)
    assert loaded(again, wanted) == [(k, b"bb", None) for k in wanted]
    assert again.problem is None
    again.close()


def test_a_folder_that_becomes_a_file_is_said_and_costs_no_answer(path):
    store = Store(path)
    store.add_answers([StoredAnswer(key(1), b"aa")])
    remove_folder(path)
    path.parent.write_text("a file")
    store.add_answers([StoredAnswer(key(2), b"bb")])
    assert f"the store {path} cannot be used" in store.problem
    store.close()
    assert path.parent.read_text() == "a file"


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_store_behind_links_is_one_store(path, tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real, target_is_directory=True)
    first, second = Store(real / "store.sqlite"), Store(link / "store.sqlite")
    for store, number in ((first, 1), (second, 2), (first, 3)):
        store.add_answers([StoredAnswer(key(number), b"aa")])
    assert len(loaded(first, [key(1), key(2), key(3)])) == len(loaded(second, [key(1), key(2), key(3)])) == 3
    first.close()
    second.close()


def test_a_version_that_comes_in_between_is_left_alone(path):
    """A later version takes over the file while an earlier one still writes into it."""
    earlier = Store(path)
    earlier.add_answers([StoredAnswer(key(1), b"aa")])
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE answers ADD COLUMN more")
        db.execute("PRAGMA user_version=2")
    db.close()
    earlier.add_answers([StoredAnswer(key(2), b"bb")])
    earlier.close()
    assert Store(path).error is not None
    assert "upgrade jsdf" in Store(path).error
    assert not list(path.parent.glob("*damaged*"))


def test_a_file_that_is_moved_takes_what_was_paid_and_brings_it_back(path):
    store, moved = Store(path), path.with_name("moved.sqlite")
    store.add_answers([StoredAnswer(key(1), b"aa")])
    path.replace(moved)
    store.add_answers([StoredAnswer(key(2), b"bb")])
    assert loaded(store, [key(1), key(2)]) == [(key(2), b"bb", None)]
    moved.replace(path)
    store.add_answers([StoredAnswer(key(3), b"cc")])
    assert [a.key for a in loaded(store, [key(1), key(2), key(3)])] == [key(1), key(3)]
    assert store.problem is None
    store.close()


def test_cleared_answers_stay_deleted(path):
    store = Store(path)
    store.add_answers([StoredAnswer(key(1), b"xx")])
    clear(path)
    store.add_answers([StoredAnswer(key(2), b"yy")])
    store.close()
    again = Store(path)
    assert [a.key for a in loaded(again, [key(1), key(2)])] == [key(2)]
    again.close()


def test_twenty_clears_and_replacements_cost_nothing_that_came_after(path):
    store, last = Store(path), 0
    for turn in range(20):
        for last in range(10 * turn, 10 * turn + 10):
            store.add_answers([StoredAnswer(key(last), b"aa")])
        [clear, replace, empty, move_away][turn % 4](path)
    store.add_answers([StoredAnswer(key(last + 1), b"aa")])
    store.close()
    assert store.error is None
    again = Store(path)
    assert len(loaded(again, [key(last + 1)])) == 1
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="open files cannot be moved")
@pytest.mark.parametrize("event", [clear_and_create, replace, empty, cut, move_away])
def test_a_run_does_not_pay_again_for_what_came_after_the_event(path, event):
    texts = [f"text {i}" for i in range(20)]
    asked = []

    def answer(question, values):
        asked.extend(values)
        if len(asked) == 8:
            event(path)
        return ["a"] * len(values)

    engine = FakeEngine(answer, batch_size=1, concurrency=1)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the store .* was damaged: it was set aside")
        first = jsdf.run(pd.Series(texts), ["a", "b"], engine=engine)
        before, after = asked[:7], asked[7:]
        asked.clear()
        second = jsdf.run(pd.Series(texts), ["a", "b"], engine=engine)
    assert first.counts["answered"] == second.counts["answered"] == 20
    assert set(asked) <= set(before)
    assert len(after) == 13
