"""One SQLite file: what was paid for stays, what goes wrong with it never ends a run."""

import multiprocessing
import os
import re
import sqlite3
import stat
import threading
import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.store import sqlite as module
from jsdf.store.location import on_network, store_path
from jsdf.store.sqlite import REFUSAL_AGE, Answer, Spent, Store, clear
from jsdf.testing import FakeEngine, expected

LABELS = ["good", "bad"]
SPENT = Spent("engine", b"job", 2, 10, 2, 3, 15)

keys = st.binary(min_size=16, max_size=16)
answers = st.builds(Answer, keys, st.binary(max_size=5), st.none() | st.binary(max_size=9))


@pytest.fixture
def path():
    return store_path()


@pytest.fixture
def store(path):
    opened = Store(path)
    yield opened
    opened.close()


def key(number):
    return number.to_bytes(16, "big")


def loaded(store, wanted):
    return sorted(a for piece in store.load(wanted) for a in piece)


@given(st.lists(answers, max_size=20, unique_by=lambda a: a.key), st.lists(keys, max_size=5))
def test_what_was_put_is_loaded(tmp_path_factory, given_, others):
    here = tmp_path_factory.mktemp("store") / "store.sqlite"
    first = Store(here)
    first.put(given_)
    first.close()
    again = Store(here)
    wanted = [a.key for a in given_]
    assert loaded(again, wanted) == sorted(given_)
    assert loaded(again, [k for k in others if k not in wanted]) == []
    assert again.info().answers == len(given_)
    assert again.problem is None
    again.close()


def test_the_last_answer_wins(store):
    store.put([Answer(key(1), b"a")])
    store.put([Answer(key(1), b"b", b"s")])
    assert loaded(store, [key(1)]) == [(key(1), b"b", b"s")]
    assert store.info().answers == 1


def test_more_keys_than_a_statement_takes(store):
    many = [Answer(key(i), b"x") for i in range(2500)]
    store.put(many)
    assert loaded(store, [a.key for a in many] + [key(10_000)]) == sorted(many)


def test_the_path_follows_option_and_environment(monkeypatch, tmp_path):
    assert store_path() == tmp_path / "jsdf-cache" / "v1" / "store.sqlite"
    jsdf.options.cache_dir = tmp_path / "chosen"
    assert store_path().is_relative_to(tmp_path / "chosen")
    jsdf.options.cache_dir = None
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JSDF_CACHE_DIR", "~/mine")
    assert store_path().is_relative_to(tmp_path / "mine")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_nobody_else_may_read_it(path):
    before = os.umask(0)
    try:
        store = Store(path)
        store.put([Answer(key(1), b"a")])
        files = [path, path.with_name("store.sqlite-wal"), path.with_name("store.sqlite-shm")]
        assert [mode(f) for f in files] == [0o600] * 3
        assert mode(path.parent) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_refusals_age(path):
    now = [1_000_000.0]
    store = Store(path, clock=lambda: now[0])
    store.refuse(key(1), 422)
    store.refuse(key(2), None)
    asked = [key(1), key(2), key(3)]
    assert store.load_refusals(asked) == {key(1): 422, key(2): None}
    now[0] += REFUSAL_AGE - 1
    store.refuse(key(2), 400)
    assert store.load_refusals(asked) == {key(1): 422, key(2): 400}
    now[0] += 2
    assert store.load_refusals(asked) == {key(2): 400}
    store.forgive([key(2), key(3)])
    assert store.load_refusals(asked) == {}
    store.close()


def test_the_ledger(store):
    assert store.tokens_a_sample(b"job") is None
    store.put([], SPENT)
    store.put([], SPENT._replace(job=b"other", samples=1, total_tokens=45))
    store.put([], SPENT._replace(input_tokens=None, output_tokens=None, inference_time_tokens=None, total_tokens=None))
    assert store.tokens_a_sample(b"job") == 7.5
    assert store.tokens_a_sample(b"new") is None
    assert store.tokens_a_sample(engine="engine") == 20
    assert store.tokens_a_sample(engine="stranger") is None
    info = store.info()
    assert (info.requests, info.samples, info.total_tokens) == (3, 5, 60)


def test_info_and_clear(path):
    assert clear(path) == 0
    store = Store(path)
    store.put([Answer(key(1), b"a"), Answer(key(2), b"b")], SPENT)
    store.refuse(key(3), 422)
    info = store.info()
    assert (info.path, info.answers, info.refusals, info.requests) == (path, 2, 1, 1)
    assert info.size > 0
    store.close()
    assert clear() > 0
    assert list(path.parent.iterdir()) == []
    empty = Store(path)
    assert (empty.info().answers, empty.info().requests) == (0, 0)
    empty.close()


def test_closing_twice_and_using_a_closed_store_is_harmless(store):
    store.put([Answer(key(1), b"a")])
    store.close()
    store.close()
    store.put([Answer(key(2), b"b")])
    assert loaded(store, [key(1)]) == []
    assert store.load_refusals([key(1)]) == {}
    assert store.problem is None


# What goes wrong: each spoils the store at the path given, before or after it was opened.


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
    else:  # no mode stops root
        jsdf.options.cache_dir = "/proc/jsdf"


def spoiled_by(pragma):
    def spoil(path, monkeypatch):
        connect = module._connect

        def connect_and_spoil(where):
            db = connect(where)
            db.execute(pragma)
            return db

        monkeypatch.setattr(module, "_connect", connect_and_spoil)

    return spoil


def locked(path, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_TIMEOUT", 0.05)
    Store(path).close()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


TROUBLES = {
    "corrupt": (corrupt, "not a database"),
    "parent is a file": (parent_is_a_file, "exists|Not a directory"),
    "is a directory": (is_a_directory, "directory"),
    "another schema": (another_schema, "column"),
    "read-only disk": (read_only, "Permission denied|No such file|Read-only"),
    "read-only file": (spoiled_by("PRAGMA query_only = 1"), "readonly"),
    "full": (spoiled_by("PRAGMA max_page_count = 1"), "full"),
    "locked": (locked, "locked"),
}


@pytest.mark.parametrize(("spoil", "why"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_ends_the_store_and_says_why(path, monkeypatch, spoil, why):
    held = spoil(path, monkeypatch)
    store = Store()
    for number in range(50):  # a full disk is noticed once a page is full
        store.put([Answer(key(number), b"x" * 200)], SPENT)
        store.refuse(key(number), 422)
    assert store.problem is not None
    assert re.search(why, store.problem), store.problem
    assert str(store.path) in store.problem
    assert "the run goes on without it" in store.problem
    assert loaded(store, [key(1)]) == []
    assert store.load_refusals([key(1)]) == {}
    assert store.tokens_a_sample(b"job") is None
    assert store.info().answers == 0
    store.forgive([key(1)])
    store.close()
    if held is not None:
        held.close()


@pytest.mark.parametrize(("spoil", "why"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_costs_one_warning_and_no_answer(path, monkeypatch, spoil, why):
    held = spoil(path, monkeypatch)
    texts = [f"{'long ' * 50}{i}" for i in range(200)]
    engine = FakeEngine(batch_size=8)
    with pytest.warns(UserWarning, match=why) as caught:
        found = jsdf.classify(pd.Series(texts), LABELS, engine=engine)
    assert len(caught) == 1
    assert sorted(v for _, values in engine.calls for v in values) == sorted(texts)
    assert Path(caught[0].filename) == Path(__file__)
    assert found.tolist() == [expected(text, LABELS) for text in texts]
    if held is not None:
        held.close()


def test_a_store_that_cannot_be_opened_does_not_spoil_a_plan(path, monkeypatch):
    corrupt(path, monkeypatch)
    with pytest.warns(UserWarning, match="cannot be used"):
        assert jsdf.plan(pd.Series(["a"]), LABELS, engine=FakeEngine()).to_send == 1


def test_damage_in_the_middle(path):
    store = Store(path)
    store.put([Answer(key(i), os.urandom(64)) for i in range(2000)])
    store.close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size - 16384))
    again = Store(path)
    assert len(loaded(again, [key(i) for i in range(2000)])) < 2000
    assert "jsdf cache clear" in again.problem
    again.close()


def test_a_damaged_record_is_asked_for_again(path):
    engine = FakeEngine()
    series = pd.Series(["a", "b"])
    right = jsdf.classify(series, LABELS, engine=engine)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE answers SET answer = x'FF', scores = x'00'")
    db.close()
    assert jsdf.classify(series, LABELS, engine=engine).equals(right)
    assert len(engine.calls) == 2


def test_two_threads(path):
    def write(start):
        store = Store(path)
        for i in range(start, start + 50):
            store.put([Answer(key(i), b"x")], SPENT)
        problems.append(store.problem)
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


def write_50(path, start):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store = Store(path)
        for i in range(start, start + 50):
            store.put([Answer(key(i), b"x")], SPENT)
        store.close()
    if store.problem is not None:
        raise AssertionError(store.problem)


def test_two_processes(path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_50, args=(path, start)) for start in (0, 1000)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = Store(path)
    assert (store.info().answers, store.info().requests) == (100, 100)
    store.close()


MOUNTS = {
    "local disk": ("/dev/sda1 / ext4 rw 0 0", False),
    "nfs": ("/dev/sda1 / ext4 rw 0 0\nserver:/home {here} nfs4 rw 0 0", True),
    "cifs": ("//server/share {here} cifs rw 0 0", True),
    "sshfs": ("me@server: {here} fuse.sshfs rw 0 0", True),
    "nfs elsewhere": ("/dev/sda1 / ext4 rw 0 0\nserver:/home {here}-not nfs4 rw 0 0", False),
    "nfs root": ("server:/ / nfs rw 0 0", True),
    "local disk on nfs": ("server:/ / nfs rw 0 0\n/dev/sdb {here} ext4 rw 0 0", False),
    "nfs with a space": ("/dev/sda1 / ext4 rw 0 0\nserver:/x {here}/a\\040b nfs rw 0 0", True),
    "mounted by need": ("systemd-1 {here} autofs rw 0 0\nserver:/x {here} 9p rw 0 0", True),
    "mounted over": ("server:/x {here} nfs rw 0 0\ntmpfs {here} ext4 rw 0 0", False),
    "broken lines": ("\n \none two\nserver:/home {here} nfs4 rw 0 0", True),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("mounts", "network"), MOUNTS.values(), ids=MOUNTS)
def test_network_disks(tmp_path, mounts, network):
    file = tmp_path / "mounts"
    file.write_text(mounts.format(here=tmp_path / "disk"))
    assert on_network(tmp_path / "disk" / "a b" / "store.sqlite", file) is network


def test_no_list_of_mounts(tmp_path):
    assert on_network(tmp_path / "store.sqlite", tmp_path / "none") is False


def test_no_shared_memory_on_a_network_disk(path, monkeypatch):
    monkeypatch.setattr(module, "on_network", lambda path: True)
    store = Store(path)
    store.put([Answer(key(1), b"a")])
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


# What is paid for once, through the front door.

FIRST = {"a": "x", "b": ["y", "yy"], "c": "z"}
SERIES = pd.Series([f"text {i}" for i in range(40)])

FREE = {
    "the same": {},
    "reordered": {"labels": {n: FIRST[n] for n in "cab"}},
    "renamed": {"labels": {"A": "x", "B": ["y", "yy"], "C": "z"}},
    "renamed and reordered": {"labels": {"C": "z", "A": "x", "B": ["yy", "y"]}},
    "names exchanged": {"labels": {"b": "x", "a": ["y", "yy"], "c": "z"}},
    "rows in another order": {"series": SERIES[::-1]},
    "fewer rows": {"series": SERIES[:7]},
    "another batch size": {"batch_size": 3},
}

PAID = {
    "description": {"labels": FIRST | {"a": "xx"}},
    "one more description": {"labels": FIRST | {"a": ["x", "xx"]}},
    "one more label": {"labels": FIRST | {"d": "w"}},
    "one fewer label": {"labels": {n: FIRST[n] for n in "ab"}},
    "task": {"task": "be strict"},
    "multiple": {"multiple_labels": True},
    "engine": {"identity": "another"},
    "kind": {"kind": "image"},
    "cache off": {"cache": False},
}


def ask(series=SERIES, labels=FIRST, identity="one", batch_size=32, **more):
    engine = FakeEngine(identity=identity, batch_size=batch_size)
    return jsdf.run(series, labels, engine=engine, **more), engine


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("change", FREE.values(), ids=FREE)
def test_what_costs_nothing_again(change, multiple):
    ask(multiple_labels=multiple)
    run, engine = ask(**change, multiple_labels=multiple)
    assert engine.calls == []
    assert run.usage.rows_cached == len(run)
    fresh, _ = ask(**change, multiple_labels=multiple, cache=False)
    assert run.labels.equals(fresh.labels)


def test_plain_labels_in_another_order_cost_nothing():
    ask(labels=["a", "b", "c"], multiple_labels=True)
    run, engine = ask(labels=["c", "a", "b"], multiple_labels=True)
    assert engine.calls == []
    assert run.labels.equals(ask(labels=["c", "a", "b"], multiple_labels=True, cache=False)[0].labels)


@pytest.mark.parametrize("change", PAID.values(), ids=PAID)
def test_what_is_another_question(change):
    ask()
    run, engine = ask(**change)
    assert [v for _, values in engine.calls for v in values] == SERIES.tolist()
    assert run.usage.rows_cached == 0


def test_scores_are_kept_in_any_order():
    engine = FakeEngine(scores=True)
    first = jsdf.run(SERIES, FIRST, engine=engine)
    again = jsdf.run(SERIES, {n: FIRST[n] for n in "cab"}, engine=engine)
    assert len(engine.calls) == 2
    assert list(again.scores.columns) == ["c", "a", "b"]
    pd.testing.assert_frame_equal(again.scores[["a", "b", "c"]], first.scores)


def test_failures_are_never_stored():
    first = jsdf.run(pd.Series(["p", "q"]), FIRST, engine=FakeEngine([["weird", "a"]], identity="one"))
    assert first.status.tolist() == ["unknown", "answered"]
    engine = FakeEngine([["b"]], identity="one")
    again = jsdf.run(pd.Series(["p", "q"]), FIRST, engine=engine)
    assert [values for _, values in engine.calls] == [["p"]]
    assert again.labels.tolist() == ["b", "a"]


def test_cache_false_writes_nothing(path):
    ask(cache=False)
    assert not path.exists()


@given(st.lists(st.sampled_from([*"abcdefgh", None, " "]), max_size=20), st.booleans())
def test_the_store_is_transparent(values, multiple):
    series, engine = pd.Series(values, dtype=object), FakeEngine()
    arguments = {"labels": FIRST, "engine": engine, "multiple_labels": multiple}
    without = jsdf.run(series, **arguments, cache=False)
    half = jsdf.run(series[::2], **arguments)
    first, second = jsdf.run(series, **arguments), jsdf.run(series, **arguments)
    assert without.labels.equals(first.labels)
    assert first.labels.equals(second.labels)
    assert half.labels.equals(without.labels[::2].astype(half.labels.dtypes))
    assert second.usage.requests == 0


def kept(path, keys):
    store = Store(path)
    found = [answer.key for piece in store.load(keys) for answer in piece]
    store.close()
    return found


def test_what_could_not_be_written_for_long_is_written_later(path, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_TIMEOUT", 0.05)
    store = Store(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.put([Answer(key(1), b"xx")])
    assert "locked" in store.problem
    other.execute("COMMIT")
    store.put([Answer(key(2), b"yy")])
    assert store.problem is None
    assert {a.key for piece in store.load([key(1), key(2)]) for a in piece} == {key(1), key(2)}
    other.execute("BEGIN IMMEDIATE")
    store.put([Answer(key(3), b"zz")])
    other.execute("COMMIT")
    store.close()
    assert store.problem is None
    assert kept(path, [key(3)]) == [key(3)]
    other.close()


def test_a_store_that_is_cleared_while_in_use_goes_on_anew(path):
    store = Store(path)
    store.put([Answer(key(1), b"xx")])
    clear(path)
    store.put([Answer(key(2), b"yy")])
    store.close()
    assert kept(path, [key(1), key(2)]) == [key(2)]
