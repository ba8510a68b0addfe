"""The store on a Redis server: a server that goes away, passwords, damaged records, and settings that are wrong."""

import os
import signal
import subprocess
import sys
import warnings

import pandas as pd
import pytest
from redis_server import SERVER, free_port, redis_server
from store_questions import LABELS, SPENT, key, loaded

import jsdf
from jsdf.store.opening import open_store
from jsdf.store.record import StoredAnswer
from jsdf.store.redis import RETRY_AFTER, RedisStore
from jsdf.store.thread import StoreThread
from jsdf.testing import FakeEngine

pytestmark = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")
SERIES = pd.Series([f"text {i}" for i in range(200)])


def test_writes_wait_for_a_server_that_restarts(tmp_path):
    port, now = free_port(), [0.0]
    with redis_server(tmp_path, "--appendonly", "yes", "--appendfsync", "always", port=port) as url:
        store = RedisStore(url, monotonic=lambda: now[0])
        store.add_answers([StoredAnswer(key(1), b"x")])
    store.add_answers([StoredAnswer(key(2), b"x")], SPENT)
    assert "cannot be used" in store.error
    store.add_answers([StoredAnswer(key(3), b"x")], SPENT)
    with redis_server(tmp_path, "--appendonly", "yes", port=port):
        store.add_answers([StoredAnswer(key(4), b"x")])
        assert loaded(store, [key(4)]) == []  # it rests before it tries again
        now[0] += RETRY_AFTER
        store.add_answers([StoredAnswer(key(5), b"x")])
        assert store.error is None
        assert [a.key for a in loaded(store, [key(i) for i in range(9)])] == [key(i) for i in range(1, 6)]
        assert "did not answer for a while" in store.problem
        store.close()


def test_a_server_that_goes_away_costs_one_warning_and_not_the_run(tmp_path, monkeypatch):
    with redis_server(tmp_path) as url:
        monkeypatch.setattr(jsdf.options, "store", url)
        port = int(url.rpartition(":")[2].partition("/")[0])
        stopped = []

        def stop(progress):
            if progress.done > 50 and not stopped:
                stopped.append(progress)
                os.kill(pid_of(port), signal.SIGKILL)

        with pytest.warns(UserWarning, match="cannot be used") as caught:
            run = jsdf.run(SERIES, LABELS, engine=FakeEngine(batch_size=10), progress=stop)
    assert run.counts["answered"] == len(SERIES)
    assert len(caught) == 1
    assert "billed again" in str(caught[0].message)


def pid_of(port):
    import redis

    with redis.Redis(port=port) as client:
        return client.info("server")["process_id"]


PASSWORD = "a p@ss/word"
QUOTED = "a%20p%40ss%2Fword"


@pytest.fixture
def locked_url(tmp_path):
    with redis_server(tmp_path, password=PASSWORD) as url:
        yield url.replace("redis://", f"redis://:{QUOTED}@")


def shows_password(text):
    return any(form in text for form in (PASSWORD, QUOTED, "p@ss", "p%40ss"))


def test_a_password_is_never_shown(locked_url, monkeypatch):
    monkeypatch.setattr(jsdf.options, "store", locked_url)
    assert not shows_password(repr(jsdf.options))
    jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="one"))
    second = jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="one"))
    assert second.usage.requests == 0
    store = open_store()
    assert store.location == locked_url.replace(f":{QUOTED}@", "***@")
    assert not shows_password(repr(vars(store)) + repr(store) + str(StoreThread(store).__dict__))
    store.close()


def test_a_wrong_password_is_told_before_anything_is_sent(locked_url, monkeypatch):
    monkeypatch.setattr(jsdf.options, "store", locked_url.replace(QUOTED, "wrong-one"))
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.run(SERIES, LABELS, engine=engine)
    assert "***@127.0.0.1" in str(caught.value)
    assert "wrong-one" not in str(caught.value)
    assert engine.calls == []


def test_a_server_that_does_not_answer_is_told_before_anything_is_sent(monkeypatch):
    monkeypatch.setenv("JSDF_STORE", f"redis://127.0.0.1:{free_port()}/0")
    engine = FakeEngine()
    for call in (jsdf.run, jsdf.plan, jsdf.classify):
        with pytest.raises(jsdf.InvalidInputError, match=r"redis://127\.0\.0\.1:\d+/0 cannot be used: .*JSDF_STORE"):
            call(SERIES, LABELS, engine=engine)
    assert engine.calls == []
    assert jsdf.run(SERIES, LABELS, engine=engine, cache=False).counts["answered"] == len(SERIES)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("localhost:6379", "'localhost:6379'"),
        ("http://me:secret@host", r"'http://\*\*\*@host'"),
        ("redis://", "'redis://'"),
        (7, "int"),
        (b"redis://host", "bytes"),
    ],
)
def test_an_option_that_is_no_url(value, shown):
    with pytest.raises(jsdf.InvalidInputError, match=rf"^jsdf.options.store = {shown}: pass the URL") as caught:
        jsdf.options.store = value
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["store.sqlite", "redis:/host"])
def test_a_variable_that_is_no_url(monkeypatch, value):
    monkeypatch.setenv("JSDF_STORE", value)
    with pytest.raises(jsdf.InvalidInputError, match=f"^JSDF_STORE='{value}': pass the URL"):
        jsdf.run(SERIES, LABELS, engine=FakeEngine())


@pytest.mark.parametrize("value", ["redis://host:port/0", "redis://host:6379/0?socket_timeout=soon"])
def test_a_url_that_the_client_refuses(monkeypatch, value):
    monkeypatch.setattr(jsdf.options, "store", value)
    with pytest.raises(jsdf.InvalidInputError, match="cannot be used"):
        jsdf.run(SERIES, LABELS, engine=FakeEngine())


def test_damaged_records_are_asked_again(redis_url, redis_client, monkeypatch):
    monkeypatch.setattr(jsdf.options, "store", redis_url)
    first = jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="one"))
    with redis_client() as client:
        fields = sorted(client.hgetall("jsdf:1:answers").items())
        damaged = [b"", b"\x00", fields[0][1][:-1], bytes([fields[1][1][2] ^ 1]), b"\xff" * 40]
        for (name, value), rubbish in zip(fields, damaged, strict=False):
            client.hset("jsdf:1:answers", name, value[:2] + rubbish if len(rubbish) == 1 else rubbish)
        client.hset("jsdf:1:refusals", fields[0][0], b"no json")
        client.hset("jsdf:1:refusals", fields[1][0], b"7")
        client.rpush("jsdf:1:prices:engine:fake", b"[1]", b"rubbish")
    with pytest.warns(UserWarning, match="damaged records"):
        second = jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="one"))
    assert second.usage.rows_cached == len(SERIES) - len(damaged)
    assert second.labels.equals(first.labels)


WORKER = """
import sys, pandas as pd, jsdf
from jsdf.testing import FakeEngine
jsdf.options.store = sys.argv[1]
def report(progress):
    print(progress.usage.rows_sent, flush=True)
jsdf.run(pd.Series([f"text {i}" for i in range(200)]), ["good", "bad"],
         engine=FakeEngine(identity="one", batch_size=10, rate=50), progress=report)
"""


def test_a_killed_process_loses_only_the_requests_in_flight(redis_url, monkeypatch):
    worker = subprocess.Popen([sys.executable, "-c", WORKER, redis_url], stdout=subprocess.PIPE, text=True)
    for line in worker.stdout:
        if int(line) >= 60:
            break
    worker.kill()
    worker.wait()
    worker.stdout.close()
    monkeypatch.setattr(jsdf.options, "store", redis_url)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run = jsdf.run(SERIES, LABELS, engine=FakeEngine(identity="one", batch_size=10))
    assert run.counts["answered"] == len(SERIES)
    assert run.usage.rows_cached >= 60


def test_clear(redis_url, redis_client):
    with redis_client() as client:
        client.set("of somebody else", "x")
        store = RedisStore(redis_url)
        assert store.clear() == 0
        store.add_answers([StoredAnswer(key(1), b"x")], SPENT)
        store.add_refusal(key(2), 422)
        assert store.clear() > 0
        assert [name.decode() for name in client.scan_iter()] == ["of somebody else"]
        assert store.info().answers == 0
        store.close()
