"""The file is cleared, replaced, emptied or moved while it is in use: the run continues in what is at the path."""

import os
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


EVENTS = [clear_only, clear_and_create, replace, empty, cut, overwrite, move_away, move_folder_away]


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
