"""The SQLite file holds answers and usage, but no text of the user."""

import os
import sqlite3
import stat
import threading

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_questions import LABELS, SPENT, answers, key, keys, loaded

import jsdf
from jsdf.store import database_file
from jsdf.store.sqlite import REFUSAL_AGE, Store, StoredAnswer, clear
from jsdf.testing import FakeEngine


@given(st.lists(answers, max_size=20, unique_by=lambda a: a.key), st.lists(keys, max_size=5))
def test_stored_answers_are_loaded(tmp_path_factory, given_, others):
    here = tmp_path_factory.mktemp("store") / "store.sqlite"
    first = Store(here)
    first.add_answers(given_)
    first.close()
    again = Store(here)
    wanted = [a.key for a in given_]
    assert loaded(again, wanted) == sorted(given_)
    assert loaded(again, [k for k in others if k not in wanted]) == []
    assert again.info().answers == len(given_)
    assert again.error is None
    again.close()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_the_file_is_private(path):
    before = os.umask(0)
    try:
        store = Store(path)
        store.add_answers([StoredAnswer(key(1), b"a")])
        files = [path, path.with_name("store.sqlite-wal"), path.with_name("store.sqlite-shm")]
        assert [mode(f) for f in files] == [0o600] * 3
        assert mode(path.parent) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_refusals_age(path):
    now = [1_000_000.0]
    store = Store(path, clock=lambda: now[0])
    store.add_refusal(key(1), 422)
    store.add_refusal(key(2), None)
    wanted = [key(1), key(2), key(3)]
    assert store.load_refusals(wanted) == {key(1): 422, key(2): None}
    now[0] += REFUSAL_AGE - 1
    store.add_refusal(key(2), 400)
    assert store.load_refusals(wanted) == {key(1): 422, key(2): 400}
    now[0] += 2
    assert store.load_refusals(wanted) == {key(2): 400}
    store.clear_refusals([key(2), key(3)])
    assert store.load_refusals(wanted) == {}
    store.close()


def test_usage_is_recorded(store):
    assert store.mean_tokens_per_sample(b"job") is None
    store.add_answers([], SPENT)
    store.add_answers([], SPENT._replace(job=b"other", samples=1, total_tokens=45))
    store.add_answers(
        [], SPENT._replace(input_tokens=None, output_tokens=None, inference_time_tokens=None, total_tokens=None)
    )
    assert store.mean_tokens_per_sample(b"job") == 7.5
    assert store.mean_tokens_per_sample(b"new") is None
    assert store.mean_tokens_per_sample(engine="engine") == 20
    assert store.mean_tokens_per_sample(engine="stranger") is None
    info = store.info()
    assert (info.requests, info.samples, info.total_tokens) == (3, 5, 60)


def test_info_and_clear(path):
    assert clear(path) == 0
    store = Store(path)
    store.add_answers([StoredAnswer(key(1), b"a"), StoredAnswer(key(2), b"b")], SPENT)
    store.add_refusal(key(3), 422)
    info = store.info()
    assert (info.answers, info.refusals, info.requests) == (2, 1, 1)
    store.close()
    path.with_name(f"{path.name}.damaged-1").write_bytes(b"x" * 10)
    assert database_file.size(path) == path.stat().st_size + 10
    size = database_file.size(path)
    assert clear() == size > 10
    assert list(path.parent.iterdir()) == []
    empty = Store(path)
    assert (empty.info().answers, empty.info().requests) == (0, 0)
    empty.close()


def test_closing_twice_and_using_a_closed_store_is_harmless(store):
    store.add_answers([StoredAnswer(key(1), b"a")])
    store.close()
    store.close()
    store.add_answers([StoredAnswer(key(2), b"b")])
    assert loaded(store, [key(1)]) == []
    assert store.load_refusals([key(1)]) == {}
    assert store.error is None


def test_damage_in_the_middle(path):
    store = Store(path)
    store.add_answers([StoredAnswer(key(i), os.urandom(64)) for i in range(2000)])
    store.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size - 16384))
    again = Store(path)
    assert len(loaded(again, [key(i) for i in range(2000)])) < 2000
    assert again.error is None
    assert f"set aside as {path}.damaged-1, and a new one begun" in again.problem
    again.add_answers([StoredAnswer(key(5000), b"x")])
    assert loaded(again, [key(5000)]) == [(key(5000), b"x", None)]
    again.close()


def test_a_damaged_answer_is_requested_again(path):
    engine = FakeEngine()
    series = pd.Series(["a", "b"])
    right = jsdf.classify(series, LABELS, engine=engine)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE answers SET answer = x'FF', scores = x'00'")
    db.close()
    with pytest.warns(UserWarning, match="holds damaged records: their samples are asked, and billed, again") as caught:
        assert jsdf.classify(series, LABELS, engine=engine).equals(right)
    assert len(caught) == 1
    assert len(engine.calls) == 2


def test_two_threads(path):
    def write(start):
        store = Store(path)
        for i in range(start, start + 50):
            store.add_answers([StoredAnswer(key(i), b"x")], SPENT)
        problems.append(store.error)
        store.close()

    problems = []
    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == [None, None]
    store = Store(path)
    assert (store.info().answers, store.info().requests) == (100, 100)
    store.close()


def test_no_shared_memory_on_a_network_disk(path, monkeypatch):
    monkeypatch.setattr("jsdf.store.schema.is_network_disk", lambda path: True)
    store = Store(path)
    store.add_answers([StoredAnswer(key(1), b"a")])
    assert sorted(f.name for f in path.parent.iterdir()) == ["store.sqlite"]
    assert loaded(store, [key(1)]) == [(key(1), b"a", None)]
    store.close()


SECRETS = ["a most distinctive remark", "a label of ours", "what the label means", "the task in words", "example.org/x"]


def test_no_text_is_in_the_file(path):
    def read():
        return b"".join(f.read_bytes() for f in path.parent.iterdir())

    seen = []

    def answer(question, values):
        seen.append(read())
        if "refused" in values[0]:
            raise jsdf.APIError(f"{SECRETS[0]} was refused", status=422)

    engine = FakeEngine(answer, batch_size=1, concurrency=1)
    series = pd.Series([SECRETS[0], f"{SECRETS[0]} refused", f"https://{SECRETS[4]}/page"])
    run = jsdf.run(series, {SECRETS[1]: SECRETS[2], "b": "c"}, engine=engine, task=SECRETS[3])
    assert run.counts["answered"] == 2
    assert run.counts["failed"] == 1
    for content in [*seen[1:], read()]:
        for secret in SECRETS:
            assert secret.encode() not in content
            assert secret.encode("utf-16-le") not in content
