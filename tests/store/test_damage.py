"""A store that cannot be used gives one warning and loses no answer."""

import os
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from store_questions import LABELS, SPENT, key, loaded

import jsdf
from jsdf.store import database_file as module
from jsdf.store.sqlite import Store, StoredAnswer, clear
from jsdf.testing import FakeEngine, expected


def corrupt(path, monkeypatch):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def parent_is_a_file(path, monkeypatch):
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("not a directory")


def is_a_directory(path, monkeypatch):
    path.mkdir(parents=True)


def another_schema(path, monkeypatch):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE answers (something)")
        db.execute("INSERT INTO answers VALUES (1)")
    db.close()


def read_only(path, monkeypatch):
    if hasattr(os, "geteuid") and os.geteuid():
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o500)
    else:  # file modes do not restrict root
        jsdf.options.cache_dir = "/proc/jsdf"


def break_with(pragma):
    def damage(path, monkeypatch):
        connect = module._connect

        def connect_and_break(path):
            db = connect(path)
            db.execute(pragma)
            return db

        monkeypatch.setattr(module, "_connect", connect_and_break)

    return damage


def locked(path, monkeypatch):
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.05)
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


DAMAGES = {
    "parent is a file": (parent_is_a_file, "exists|Not a directory"),
    "is a directory": (is_a_directory, "directory"),
    "read-only disk": (read_only, "Permission denied|No such file|Read-only"),
    "read-only file": (break_with("PRAGMA query_only = 1"), "readonly"),
    "full": (break_with("PRAGMA max_page_count = 1"), "full"),
    "locked": (locked, "locked"),
}


def cut_short(path, monkeypatch):
    Store(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def schema_in_no_utf8(path, monkeypatch):
    Store(path).close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE usage", b"CREATE \xff\xfe\xff\xfe\xff usage"))


def other_column(path, monkeypatch):
    Store(path).close()
    path.write_bytes(path.read_bytes().replace(b"answer BLOB", b"bnswer BLOB"))


CONTENTS = [corrupt, another_schema, cut_short, schema_in_no_utf8, other_column]


@pytest.mark.parametrize("damage", CONTENTS)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path, monkeypatch, damage):
    damage(path, monkeypatch)
    before = path.read_bytes()
    texts = [f"text {i}" for i in range(20)]
    engine = FakeEngine(batch_size=8)
    with pytest.warns(UserWarning, match="damaged") as caught:
        found = jsdf.classify(pd.Series(texts), LABELS, engine=engine)
    aside = path.with_name("store.sqlite.damaged-1")
    assert [str(warning.message) for warning in caught] == [
        f"the store {path} was damaged: it was set aside as {aside}, and a new one begun"
        " with the answers that are whole; the others are billed again"
    ]
    assert aside.read_bytes()[:16] == before[:16]
    calls = len(engine.calls)
    assert jsdf.classify(pd.Series(texts), LABELS, engine=engine).equals(found)
    assert len(engine.calls) == calls
    corrupt_again = path.with_name("store.sqlite.damaged-2")
    path.write_bytes(b"no database" * 1000)
    with pytest.warns(UserWarning, match=f"set aside as {re.escape(str(corrupt_again))}"):
        jsdf.plan(pd.Series(texts), LABELS, engine=engine)
    assert clear(path) > 0
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("version", [2, 99, 2**31 - 1])
def test_a_store_of_a_later_version_is_left_alone(path, version):
    Store(path).close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        db.execute(f"PRAGMA user_version={version}")
    db.close()
    before = path.read_bytes()
    with pytest.warns(UserWarning, match=f"its format is {version}, and this version of jsdf knows .*upgrade jsdf"):
        found = jsdf.classify(pd.Series(["a", "b"]), LABELS, engine=FakeEngine())
    assert found.tolist() == [expected(text, LABELS) for text in ["a", "b"]]
    assert path.read_bytes() == before
    assert [f.name for f in path.parent.iterdir() if "damaged" in f.name] == []


def test_two_stores_find_the_same_damage_and_share_one_new_file(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 1000)
    first, second = Store(path), Store(path)
    first.add_answers([StoredAnswer(key(1), b"xx")])
    second.add_answers([StoredAnswer(key(2), b"yy")])
    assert [a.key for a in loaded(second, [key(1), key(2)])] == [key(1), key(2)]
    assert second.problem is None
    first.close()
    second.close()
    assert [f.name for f in path.parent.glob("*damaged*")] == ["store.sqlite.damaged-1"]


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_store_is_closed_and_names_the_reason(path, monkeypatch, damage, reason):
    connection = damage(path, monkeypatch)
    store = Store()
    for number in range(50):  # a full disk is noticed once a page is full
        store.add_answers([StoredAnswer(key(number), b"x" * 200)], SPENT)
        store.add_refusal(key(number), 422)
    assert store.error is not None
    assert re.search(reason, store.error), store.error
    assert str(store.path) in store.error
    assert "the run" not in store.error
    clause = "the run continues without it, and running it again is billed again"
    assert store.problem == f"{store.error}: {clause}{store.hint}"
    assert loaded(store, [key(1)]) == []
    assert store.load_refusals([key(1)]) == {}
    assert store.mean_tokens_per_sample(b"job") is None
    assert store.info().answers == 0
    store.clear_refusals([key(1)])
    store.close()
    if connection is not None:
        connection.close()


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_store_gives_one_warning_and_loses_no_answer(path, monkeypatch, damage, reason):
    connection = damage(path, monkeypatch)
    texts = [f"{'long ' * 50}{i}" for i in range(200)]
    engine = FakeEngine(batch_size=8)
    with pytest.warns(UserWarning, match=reason) as caught:
        found = jsdf.classify(pd.Series(texts), LABELS, engine=engine)
    assert len(caught) == 1
    assert sorted(v for _, values in engine.calls for v in values) == sorted(texts)
    assert Path(caught[0].filename) == Path(__file__)
    assert found.tolist() == [expected(text, LABELS) for text in texts]
    if connection is not None:
        connection.close()


def test_a_store_that_cannot_be_opened_does_not_break_a_plan(path, monkeypatch):
    is_a_directory(path, monkeypatch)
    with pytest.warns(UserWarning, match="cannot be used"):
        assert jsdf.plan(pd.Series(["a"]), LABELS, engine=FakeEngine()).to_send == 1


def stored_keys(path, keys):
    store = Store(path)
    stored = [answer.key for chunk in store.load(keys) for answer in chunk]
    store.close()
    return stored


def test_answers_are_written_after_a_lock_ends(path, monkeypatch):
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.05)
    store = Store(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.add_answers([StoredAnswer(key(1), b"xx")])
    assert "locked" in store.error
    other.execute("COMMIT")
    store.add_answers([StoredAnswer(key(2), b"yy")])
    assert store.error is None
    assert {a.key for chunk in store.load([key(1), key(2)]) for a in chunk} == {key(1), key(2)}
    other.execute("BEGIN IMMEDIATE")
    store.add_answers([StoredAnswer(key(3), b"zz")])
    other.execute("COMMIT")
    store.close()
    assert store.error is None
    assert stored_keys(path, [key(3)]) == [key(3)]
    other.close()
