"""`classify_batches`: the same labels as `classify`, frame by frame, in flat memory; nothing is paid twice."""

import itertools
import signal
import sqlite3
import subprocess
import sys
import warnings

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_column import LABELS, sent

import jsdf
from jsdf.api import stream_windows as windows
from jsdf.runner.streams.stream import Stream
from jsdf.testing import FakeEngine, FakeService

TEXTS = [f"text {i}" for i in range(100)]


def frames_of(sizes, texts=TEXTS, column="text"):
    source = itertools.cycle(texts)
    return [pd.DataFrame({column: [next(source) for _ in range(size)], "n": range(size)}) for size in sizes]


def batches(frames, *arguments, engine=None, progress=False, **more):
    arguments = arguments or ("text", LABELS)
    return jsdf.classify_batches(frames, *arguments, engine=engine or FakeEngine(), progress=progress, **more)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.sampled_from(["a", "b", "c", None, "", "d e"]), max_size=7), max_size=6),
    st.booleans(),
    st.integers(1, 9),
)
def test_labels_are_those_of_one_call(monkeypatch, parts, multiple, window):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", window)
    frames = [pd.DataFrame({"text": pd.Series(part, dtype=object)}) for part in parts]
    engine = FakeEngine(batch_size=2)
    labelled = list(batches(frames, engine=engine, multiple_labels=multiple, cache=False))
    assert [len(frame) for frame in labelled] == [len(frame) for frame in frames]
    assert len(sent(engine)) == len(set(sent(engine)))
    whole = pd.Series([text for part in parts for text in part], dtype=object)
    expected = jsdf.run(whole, LABELS, multiple_labels=multiple, engine=FakeEngine(), cache=False).labels
    names = LABELS if multiple else ["label"]
    got = [row for frame in labelled for row in frame[names].astype(object).values.tolist()]
    want = expected if multiple else expected.to_frame()
    assert list(map(str, got)) == list(map(str, want.astype(object).values.tolist()))


def test_frames_keep_columns_index_and_order():
    frames = frames_of([3, 0, 2])
    frames[0].index = ["x", "y", "x"]
    before = [frame.copy() for frame in frames]
    labelled = list(batches(frames, into="topic", status_into="what"))
    for frame, original, result in zip(frames, before, labelled, strict=True):
        pd.testing.assert_frame_equal(frame, original)
        pd.testing.assert_frame_equal(result[["text", "n"]], original)
        assert list(result.columns) == ["text", "n", "topic", "what"]
        assert result["topic"].dtype == pd.CategoricalDtype(LABELS)
    assert labelled[0]["what"].tolist() == ["answered"] * 3


def test_dtypes_do_not_depend_on_the_rows():
    frames = [pd.DataFrame({"text": ["a"]}), pd.DataFrame({"text": [None]}), pd.DataFrame({"text": []})]
    for frame in batches(frames, multiple_labels=True):
        assert [frame[name].dtype for name in LABELS] == ["boolean"] * 3


def test_requests_are_filled_across_frames():
    engine = FakeEngine(batch_size=32)
    texts = [f"text {i}" for i in range(640)]
    list(batches(frames_of([5] * 128, texts), engine=engine))
    assert [len(values) for _, values in engine.calls] == [32] * 20


@pytest.mark.parametrize("cache", [True, False])
def test_values_met_before_are_not_sent_again(monkeypatch, cache):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    engine = FakeEngine(batch_size=8)
    rows = sum(len(frame) for frame in batches(frames_of([50] * 20), engine=engine, cache=cache))
    assert rows == 1_000
    assert sorted(sent(engine)) == sorted(TEXTS)


def test_a_source_is_read_no_further_than_needed(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    read = []

    def source():
        for frame in frames_of([8] * 100):
            read.append(len(frame))
            yield frame

    labelled = batches(source(), engine=FakeEngine(batch_size=8))
    next(labelled)
    assert len(read) <= 3
    labelled.close()


def test_a_slow_source_has_its_answers_soon():
    clock = itertools.count()  # a second passes with every look at it
    job = windows_job()
    reader = windows.WindowReader(iter(frames_of([2] * 6)), "text", ["label"], job, "auto", clock=lambda: next(clock))
    assert [len(part.frames) for part in reader] == [1] * 6


def windows_job():
    from jsdf.api.validation import check_call

    return check_call(pd.Series([], dtype=object), LABELS, engine=FakeEngine()).job


def test_windows_grow_where_most_values_are_known(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    reader = windows.WindowReader(iter(frames_of([10] * 100)), "text", ["label"], windows_job(), "auto")
    iterator = iter(reader)
    first = next(iterator)
    reader.observe(jsdf.run(pd.Series(["a"] * 100), LABELS, engine=FakeEngine()))
    assert len(next(iterator).frames) > 10 * len(first.frames)


def test_arrow_batches_and_iterators_of_a_thread():
    table = pa.table({"text": TEXTS})
    labelled = list(batches(table.to_batches(max_chunksize=30)))
    assert [len(frame) for frame in labelled] == [30, 30, 30, 10]
    database = sqlite3.connect(":memory:")  # refuses to be used on another thread
    pd.DataFrame({"text": TEXTS}).to_sql("texts", database, index=False)
    labelled = list(batches(pd.read_sql("select * from texts", database, chunksize=30)))
    assert [len(frame) for frame in labelled] == [30, 30, 30, 10]
    database.close()


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (pd.DataFrame({"text": ["a"]}), "frames is one DataFrame of 1 row; pass an iterable of frames"),
        (pa.table({"text": ["a"]}), "frames is one Table of 1 row"),
        (7, "frames is of type int, which cannot be iterated"),
    ],
)
def test_a_source_that_is_none(frames, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        batches(frames)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (["text"], r"frames\[1\] is of type list, not a frame"),
        (pd.DataFrame({"other": ["a"]}), "column='text' is not in the frame; it has 'other'"),
        (pd.DataFrame({"text": ["a"], "label": 1}), r"frames\[1\] has a column 'label' already; .* as into="),
        (pd.DataFrame({"text": [7]}), "holds 7"),
    ],
)
def test_a_bad_frame_comes_after_those_before_it(bad, message):
    engine = FakeEngine()
    labelled = batches([*frames_of([3]), bad], engine=engine)
    if "holds" not in message:
        assert next(labelled)["label"].notna().all()
    with pytest.raises(jsdf.InvalidInputError, match=message):
        list(labelled)


def test_an_error_of_the_source_comes_after_the_frames_before_it():
    def source():
        yield from frames_of([3, 3])
        raise OSError("the disk is gone")

    labelled = batches(source())
    assert len(next(labelled)) == len(next(labelled)) == 3
    with pytest.raises(OSError, match="the disk is gone"):
        next(labelled)


def test_arguments_are_checked_before_anything_is_read():
    def source():
        raise AssertionError("was read")
        yield

    for arguments in ({"errors": "ignore"}, {"multiple_labels": True, "into": "x"}, {"status_into": "label"}):
        with pytest.raises(jsdf.InvalidInputError):
            batches(source(), **arguments)
    with pytest.raises(jsdf.InvalidLabelsError):
        batches(source(), "text", ["one"])


def service_engine(service):
    return jsdf.Hosted("test-key", transport=service.transport())


def test_failed_rows_are_null_and_told_at_the_end(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    service = FakeService(poison=["text 3"])
    seen = []
    labelled = batches(frames_of([50] * 4), engine=service_engine(service), status_into="status")
    with pytest.raises(jsdf.ClassificationError, match=r"2 of 200 rows have no label: HTTP 400: .*are null") as caught:
        seen.extend(labelled)
    assert "refused with HTTP 400 in an earlier run (1 row)" in str(caught.value)
    assert sum(len(frame) for frame in seen) == 200
    assert pd.concat(seen).loc[lambda f: f["label"].isna(), "status"].tolist() == ["failed", "failed"]
    assert service.refused <= 11
    with pytest.warns(UserWarning, match="2 of 200 rows have no label"):
        list(batches(frames_of([50] * 4), engine=service_engine(service), errors="coerce"))


@pytest.mark.parametrize("limit", [{"max_requests": 3}, {"max_tokens": 70}])
def test_limits_are_for_all_frames_together(monkeypatch, limit):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    engine = FakeEngine(batch_size=8)
    with pytest.warns(UserWarning, match=r"rows are pending: max_\w+=\d+ was reached; repeat the call"):
        labelled = list(batches(frames_of([10] * 10), engine=engine, **limit))
    assert sum(len(frame) for frame in labelled) == 100
    tokens = 2 * len(sent(engine))
    assert len(engine.calls) <= limit.get("max_requests", 99)
    assert tokens <= limit.get("max_tokens", 999) + 16
    assert len(sent(engine)) == sum(frame["label"].notna().sum() for frame in labelled) > 0


def test_a_wrong_key_stops_the_stream():
    service = FakeService(api_key="another")
    with pytest.raises(jsdf.AuthenticationError) as caught:
        list(batches(frames_of([50] * 4), engine=service_engine(service)))
    assert caught.value.run is not None


def test_progress_adds_up(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    events = []
    list(batches(frames_of([50] * 4), engine=FakeEngine(batch_size=8), progress=events.append))
    last = events[-1]
    assert (last.rows, last.done, last.failed, last.finished) == (200, 200, 0, True)
    assert sum(last.label_counts.values()) == 200
    assert last.usage.rows_sent == 100
    assert [e.done for e in events] == sorted(e.done for e in events)


def test_two_windows_run_at_once_and_respect_the_concurrency(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 4)
    service = FakeService(rate=1000, latency=0.02)
    engine = jsdf.Hosted("test-key", transport=service.transport(), concurrency=6, batch_size=2)
    assert len(list(batches(frames_of([20] * 20, [f"t {i}" for i in range(400)]), engine=engine))) == 20
    spans = [(request.when, request.when + request.seconds) for request in service.requests]
    at_once = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert 2 <= max(at_once) <= 6


PROGRAM = """
import sys, itertools, pandas as pd, jsdf
engine = jsdf.Hosted("test-key", sys.argv[1], rate=100)
frames = (pd.DataFrame({"text": [f"text {n} {i}" for i in range(100)]}) for n in range(40))
for n, frame in enumerate(jsdf.classify_batches(frames, "text", ["good", "bad"], engine=engine, progress=False)):
    print(n, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_same_call_goes_on(service, number):
    command = [sys.executable, "-c", PROGRAM, service.url]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in first.stdout:
        if int(line) == 10:
            break
    first.send_signal(number)
    _, error = first.communicate(timeout=20)
    assert ("KeyboardInterrupt" in error) == (number == signal.SIGINT)
    again = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert again.stdout.split() == [str(n) for n in range(40)], again.stderr
    billed = sum(request.samples for request in service.requests if request.billed)
    in_flight = 0 if number == signal.SIGINT else 32 * 32
    assert 4_000 <= billed <= 4_000 + in_flight


def test_a_loop_that_is_left_stops_the_stream(monkeypatch):
    monkeypatch.setattr(windows, "WINDOW_REQUESTS", 1)
    engine = FakeEngine(batch_size=8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in batches(frames_of([8] * 100), engine=engine):
            break
    assert len(sent(engine)) <= 24


def test_the_requests_of_a_window_are_counted_before_it_is_done(monkeypatch):
    done = []
    count = Stream._count_ended

    def record(stream, window):
        done.append(window.is_done)
        count(stream, window)

    monkeypatch.setattr(Stream, "_count_ended", record)
    frames = (pd.DataFrame({"c": [f"t{i}"]}) for i in range(3))
    assert len(list(jsdf.classify_batches(frames, "c", ["a", "b"], engine=FakeEngine(), progress=False))) == 3
    assert done
    assert not any(done)
