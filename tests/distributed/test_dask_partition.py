"""On a cluster of two processes: one rate, nothing paid for twice, no secret anywhere, progress, and lost workers."""

import json
import os
import pickle
import signal
import time
from operator import attrgetter

import dask
import dask.dataframe as dd
import httpx
import pandas as pd
import pytest
from distributed import get_worker
from redis_server import SERVER, redis_server
from sample_frames import FRAMES
from served_engine import KEY, serving

import jsdf
import jsdf.dask
from jsdf.api.example_input.example_checks import parse_examples
from jsdf.column import encode
from jsdf.distributed.dask_partition import _with_share_of_threads
from jsdf.labels import parse
from jsdf.testing import FakeEngine
from jsdf.utils.process.thread_pool import usable_threads

LABELS = ["good", "bad"]
PASSWORD = "the-password-of-the-store"
needs_redis = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")


def texts(count, partitions):
    return dd.from_pandas(pd.DataFrame({"text": [f"text {i}" for i in range(count)]}), npartitions=partitions)


def test_the_sample_frames_equal_those_of_pandas(client, served):
    compared, engine = 0, served.engine()
    for make in FRAMES.values():
        try:
            ddf = dd.from_pandas(make(), npartitions=2, sort=False)
            column = ddf.columns[0]
            series = ddf[column].compute()
        except Exception:  # Dask cannot hold it, or not on a cluster
            continue
        found, run = dask.compute(
            ddf.jigsaw.classify(column, LABELS, engine=engine),
            ddf.jigsaw.run(column, LABELS, engine=engine, multiple_labels=True),
        )
        pd.testing.assert_series_equal(found, jsdf.classify(series, LABELS, engine=engine))
        wanted = jsdf.run(series, LABELS, engine=engine, multiple_labels=True, cache=False).to_frame()
        wanted = wanted.astype(dict.fromkeys(LABELS, "boolean"))
        pd.testing.assert_frame_equal(run.drop(columns="source"), wanted.drop(columns="source"))
        compared += 1
    assert compared >= 15


def test_the_cluster_keeps_one_rate_and_reports_each_request(client):
    events = []
    with serving(rate=40, latency=0.05) as service:
        lazy = texts(1600, 8).jigsaw.classify(
            "text", LABELS, engine=service.engine(batch_size=10), progress=events.append, rate=40
        )
        assert service.requests == []
        found = lazy.compute()
        assert len(found) == found.notna().sum() == 1600
        assert service.refused <= 2  # 1 %
        assert set(service.billed.values()) == {1}
        times = sorted(request.when for request in service.requests if request.status == 200)
        assert len(times) == 160
        assert times[-1] - times[0] >= 160 / 40 - 1
    assert (events[-1].done, events[-1].rows, events[-1].finished) == (1600, 1600, True)
    assert events[-1].usage.rows_sent == 1600
    assert len(events) >= 160


def test_a_second_computation_pays_for_no_row_of_the_first(client, served):
    lazy = texts(320, 4).jigsaw.classify("text", LABELS, engine=served.engine(batch_size=20))
    lazy.head(5)
    assert 0 < served.billed.total() <= 80
    lazy.compute()
    assert set(served.billed.values()) == {1}
    assert served.billed.total() == 320


def test_warnings_of_workers_reach_the_user_once(client, served):
    ddf = dd.from_pandas(pd.DataFrame({"text": [f"https://example.org/{i}" for i in range(80)]}), npartitions=8)
    with pytest.warns(UserWarning, match="every value looks like an image's file name") as caught:
        ddf.jigsaw.classify("text", LABELS, engine=served.engine()).compute()
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_errors_are_raised_at_compute_and_are_small(client):
    with serving(poison=["text 7", "text 70"]) as service:
        lazy = texts(100, 4).jigsaw.classify("text", LABELS, engine=service.engine())
        with pytest.raises(jsdf.ClassificationError, match="1 of 25 rows of a partition has no label") as info:
            lazy.compute()
        assert len(pickle.dumps(info.value)) < 2_000
        again = {"engine": service.engine(), "errors": "coerce", "cache": False}
        with pytest.warns(UserWarning, match="rows have no label") as caught:
            found = texts(100, 4).jigsaw.classify("text", LABELS, **again).compute()
        assert len(caught) == 1
        assert found.isna().sum() == 2


def test_a_worker_without_a_key_says_so(client, served):
    client.run(_forget, "JIGSAWSTACK_API_KEY")
    try:
        with pytest.raises(jsdf.MissingKeyError, match="set JIGSAWSTACK_API_KEY where the engine is used"):
            texts(4, 2).jigsaw.classify("text", LABELS, engine=served.engine()).compute()
    finally:
        client.run(_set_key)


def _forget(name):
    os.environ.pop(name, None)


def _set_key():
    os.environ["JIGSAWSTACK_API_KEY"] = "-".join(["sk", "of", "the", "tests", "0123456789"])


def _set_store(file):
    os.environ["JSDF_STORE"] = file.read_text()


@pytest.fixture
def secret_store(client, tmp_path):
    """Use a store with a password, which workers have in their environment."""
    with redis_server(tmp_path, password=PASSWORD) as url:
        jsdf.options.store = url.replace("redis://", f"redis://:{PASSWORD}@")
        (tmp_path / "url").write_text(jsdf.options.store)
        yield tmp_path / "url"
        client.run(_forget, "JSDF_STORE")


@needs_redis
def test_a_worker_without_the_password_says_so(client, secret_store, served):
    with pytest.raises(
        jsdf.InvalidInputError, match="needs a password, which is not sent to workers: set JSDF_STORE"
    ) as info:
        texts(4, 2).jigsaw.classify("text", LABELS, engine=served.engine()).compute()
    assert PASSWORD not in str(info.value)
    assert served.requests == []


def pages(client):
    """Return all that the scheduler and the workers serve over HTTP about themselves."""
    address = client.dashboard_link.removesuffix("/status")
    paths = [
        "/status",
        "/info/main/workers.html",
        "/json/counts.json",
        "/sitemap.json",
        "/metrics",
        "/health",
    ]
    with httpx.Client(timeout=20) as http:
        answers = [http.get(address + path) for path in paths]
        site = json.loads(answers[3].text) if answers[3].status_code == 200 else {}
        found = [
            http.get(f"{address}/{path.lstrip('/')}")
            for path in site.get("paths", [])
            if "{" not in path and "stream" not in path
        ]
        for worker in client.scheduler_info()["workers"]:
            found.append(
                http.get(f"{address}/info/worker/{worker.replace('://', '%3A%2F%2F').replace(':', '%3A')}.html")
            )
            found.append(http.get(f"{address}/info/logs/{worker.replace('://', '%3A%2F%2F').replace(':', '%3A')}.html"))
        return [answer.text for answer in answers + found]


@needs_redis
def test_no_secret_is_in_graph_tasks_events_logs_or_pages(client, secret_store, served):
    client.run(_set_store, secret_store)
    lazy = texts(64, 4).jigsaw.run("text", LABELS, engine=served.engine())
    future = client.compute(lazy)
    assert future.result()["source"].eq("hosted").all()
    again = client.compute(texts(64, 4).jigsaw.run("text", LABELS, engine=served.engine())).result()
    assert again["source"].eq("store").all()
    assert set(served.billed.values()) == {1}
    kept = {
        "graph": pickle.dumps(dict(lazy.optimize().__dask_graph__())),
        "expression": pickle.dumps(lazy),
        "events": repr(client.get_events()).encode(),
        "scheduler log": repr(client.get_scheduler_logs(10_000)).encode(),
        "worker logs": repr(client.get_worker_logs(10_000)).encode(),
        "story": repr(client.run_on_scheduler(_state_of)).encode(),
        "state": repr(client.scheduler_info(n_workers=-1)).encode(),
        **{f"page {i}": page.encode() for i, page in enumerate(pages(client))},
    }
    assert len(kept) > 12
    assert [name for name, held in kept.items() if KEY.encode() in held or PASSWORD.encode() in held] == []
    assert b"JSDF_STORE" not in kept["graph"]


def _state_of(dask_scheduler):
    """Return what the scheduler holds of each task."""
    return [(key, pickle.dumps(state.run_spec), repr(state)) for key, state in dask_scheduler.tasks.items()]


@needs_redis
def test_a_lost_worker_costs_one_request_for_each_of_its_slots(client, tmp_path):
    slots, size = 2, 20
    with redis_server(tmp_path) as url, serving(latency=0.1) as service:
        jsdf.options.store = url
        lazy = texts(2400, 4).jigsaw.classify("text", LABELS, engine=service.engine(concurrency=slots, batch_size=size))
        victim = next(iter(client.run(os.getpid).values()))
        future = client.compute(lazy)
        deadline = time.monotonic() + 60
        while service.answered < 20 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(victim, signal.SIGKILL)
        found = future.result(timeout=60)
        assert found.notna().all()
        twice = sum(count - 1 for count in service.billed.values())
        threads = 2
        assert twice <= slots * threads * size
        assert len(service.billed) == 2400


def local_engines():
    """Return engines that compute here, by name, each with the way to its local engine."""
    taught = jsdf.Local.fit(["sun", "rain", "a warm day", "a storm"], ["good", "bad"] * 2)
    examples = parse_examples(
        {"good": ["sun"], "bad": ["rain"]}, encode(pd.Series(["x"])), parse(LABELS), "auto", multiple=False
    )
    return {
        "local": (jsdf.Local(), ""),
        "taught": (taught, "base"),
        "examples": (jsdf.Local().learn_from(examples), "_engine"),
        "cascade": (jsdf.Cascade(jsdf.Local(), jsdf.Hosted(KEY), learn=False), "cheap"),
        "taught in a cascade": (jsdf.Cascade(taught, jsdf.Hosted(KEY), learn=False), "cheap.base"),
        "paid in a cascade": (jsdf.Cascade(jsdf.Hosted(KEY), taught, learn=False), "strong.base"),
    }


def share_on_worker(engine, path):
    """Return the threads of an engine's local engine in a task, and whether tasks share its session."""
    shared = _with_share_of_threads(engine, get_worker())
    local = attrgetter(path)(shared) if path else shared
    return local.threads, "session" in vars(local), shared.identity == engine.identity


@pytest.mark.parametrize("name", ["local", "taught", "examples", "cascade", "taught in a cascade", "paid in a cascade"])
def test_every_engine_that_computes_here_takes_its_share_of_the_cores(client, name):
    pytest.importorskip("scipy")
    engine, path = local_engines()[name]
    share = max(1, usable_threads() * 2 // 4)  # two workers of two threads
    assert client.submit(share_on_worker, engine, path, pure=False).result() == (share, True, True)
    own = attrgetter(path)(engine) if path else engine
    assert own.threads is None  # the user's engine is left as it was


def test_a_number_of_threads_that_was_given_is_kept(client):
    engine = jsdf.Cascade(jsdf.Local(threads=3), jsdf.Hosted(KEY), learn=False)
    assert client.submit(share_on_worker, engine, "cheap", pure=False).result() == (3, False, True)
    other = FakeEngine()
    assert _with_share_of_threads(other, None) is other


def test_a_taught_engine_labels_partitions_as_it_does_here(client):
    pytest.importorskip("scipy")
    taught = local_engines()["taught"][0]
    ddf, here = texts(80, 4), pd.Series([f"text {i}" for i in range(80)])
    found = ddf.jigsaw.classify("text", LABELS, engine=taught, cache=False).compute()
    assert found.tolist() == jsdf.classify(here, LABELS, engine=taught, cache=False, progress=False).tolist()
    with_examples = {"engine": "local", "examples": {"good": ["text 1"], "bad": ["text 2"]}, "cache": False}
    found = ddf.jigsaw.classify("text", LABELS, **with_examples).compute()
    assert found.tolist() == jsdf.classify(here, LABELS, progress=False, **with_examples).tolist()
