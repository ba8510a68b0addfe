"""`import jsdf.dask`: lazy labels, equal to those of pandas, on the schedulers of one machine."""

import pickle
import subprocess
import sys

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import pandas as pd
import pytest
from served_engine import KEY, serving

import jsdf
import jsdf.dask
from jsdf.testing import FakeEngine

LABELS = ["good", "bad"]


def engine_for(**settings):
    return FakeEngine(lambda question, values: [LABELS[len(value) % 2] for value in values], **settings)


def to_dask(frame, partitions=2):
    """Return a Dask frame and the frame that it computes to, or skip a frame that Dask cannot hold."""
    try:
        ddf = dd.from_pandas(frame, npartitions=partitions, sort=False)
        ddf[frame.columns[0]].compute(scheduler="sync")
        return ddf, ddf.compute(scheduler="sync")
    except Exception as error:
        pytest.skip(f"Dask cannot hold it: {error}")


def texts(count, partitions=4):
    return dd.from_pandas(pd.DataFrame({"text": [f"text {i}" for i in range(count)]}), npartitions=partitions)


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_labels_equal_those_of_pandas(sample_frames, scheduler):
    ddf, frame = to_dask(sample_frames)
    column = frame.columns[0]
    wanted = jsdf.classify(frame[column], LABELS, engine=engine_for(), cache=False)
    lazy = ddf.jigsaw.classify(column, LABELS, engine=engine_for(), cache=False)
    assert lazy.divisions == ddf.divisions
    found = lazy.compute(scheduler=scheduler)
    pd.testing.assert_series_equal(found, wanted)
    assert lazy.dtype == wanted.dtype == found.dtype
    assert lazy.name == column


def test_several_labels_equal_those_of_pandas(sample_frames):
    ddf, frame = to_dask(sample_frames)
    column = frame.columns[0]
    arguments = {"multiple_labels": True, "cache": False}
    wanted = jsdf.classify(frame[column], LABELS, engine=engine_for(), **arguments).astype("boolean")
    lazy = ddf[column].jigsaw.classify(LABELS, engine=engine_for(), **arguments)
    pd.testing.assert_frame_equal(lazy.compute(scheduler="sync"), wanted)
    assert (lazy.dtypes == wanted.dtypes).all()


@pytest.mark.parametrize("multiple", [False, True])
def test_frames_of_everything_equal_those_of_pandas(sample_frames, multiple):
    ddf, frame = to_dask(sample_frames)
    column = frame.columns[0]
    arguments = {"multiple_labels": multiple, "cache": False}
    wanted = jsdf.run(frame[column], LABELS, engine=engine_for(scores=True), **arguments).to_frame(prefix="is ")
    lazy = ddf.jigsaw.run(column, LABELS, engine=engine_for(scores=True), prefix="is ", **arguments)
    found = lazy.compute(scheduler="sync")
    wanted = wanted.astype({f"is {name}": "boolean" for name in LABELS if multiple})
    pd.testing.assert_frame_equal(found, wanted)
    assert (lazy.dtypes == found.dtypes).all()


def test_examples_reach_every_partition_and_their_rows_are_not_asked():
    with serving() as service:
        arguments = {"engine": service.engine(), "cache": False, "examples": {"good": ["text 3", "no row"]}}
        lazy = texts(12).jigsaw.run("text", LABELS, **arguments)
        found = lazy.compute(scheduler="sync")
        wanted = jsdf.run(texts(12).compute(scheduler="sync")["text"], LABELS, **arguments).to_frame()
        assert (found["label"].tolist(), found["source"].tolist()) == (
            wanted["label"].tolist(),
            wanted["source"].tolist(),
        )
        assert found["source"].tolist()[3] == "examples"
        assert found["source"].dtype == lazy["source"].dtype
        assert all('Example: "no row"' in [label["value"] for label in r.request.labels] for r in service.requests)


def test_a_frame_that_is_built_sends_nothing_and_calls_nothing(monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("called while the graph was built")

    monkeypatch.setattr(jsdf.dask, "label_partition", forbidden)
    monkeypatch.setattr(jsdf.dask, "detail_partition", forbidden)
    engine = engine_for()
    ddf = texts(40)
    lazy = ddf.assign(label=ddf.jigsaw.classify("text", LABELS, engine=engine))
    run = ddf["text"].jigsaw.run(LABELS, engine=engine)
    lazy[lazy["label"] == "good"].optimize()
    run["status"].value_counts()
    repr(run)
    assert engine.calls == []
    assert list(lazy["label"].cat.categories) == LABELS
    assert list(run.columns) == ["label", "status", "score", "source", "reason"]
    assert list(run["source"].cat.categories) == ["fake", "store"]


def test_the_new_column_goes_on_through_dask():
    ddf, engine = texts(100), engine_for()
    lazy = ddf.assign(label=ddf.jigsaw.classify("text", LABELS, engine=engine))
    wanted = jsdf.classify(ddf["text"].compute(), LABELS, engine=engine).value_counts()
    assert lazy.groupby("label", observed=False).size().compute().to_dict() == wanted.to_dict()


def test_a_second_computation_pays_for_no_row_of_the_first():
    engine = engine_for(identity="one")
    lazy = texts(160).jigsaw.classify("text", LABELS, engine=engine)
    lazy.head(10)
    assert 0 < sum(len(values) for _, values in engine.calls) <= 40
    lazy.compute(scheduler="threads")
    sent = [value for _, values in engine.calls for value in values]
    assert len(sent) == len(set(sent)) == 160


def test_processes_label_within_one_rate():
    ddf = texts(320)
    with serving(rate=50) as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIGSAWSTACK_API_KEY", KEY)
        lazy = ddf.jigsaw.classify("text", LABELS, engine=service.engine(batch_size=8))
        found = lazy.compute(scheduler="processes", num_workers=2)
        times = sorted(request.when for request in service.requests)
        assert len(times) == 40
        assert times[-1] - times[0] >= 0.5  # without a common clock the two would take 0.4 s
        assert found.equals(jsdf.classify(ddf["text"].compute(), LABELS, engine=service.engine()))
        assert set(service.billed.values()) == {1}


def test_rate_replaces_that_of_the_engine():
    engine = engine_for(rate=1, batch_size=10)
    assert len(texts(100).jigsaw.classify("text", LABELS, engine=engine, rate=1000).compute(scheduler="sync")) == 100
    assert engine.rate == 1


def test_progress_is_summed_over_the_partitions_and_ends_with_the_last():
    events = []
    lazy = texts(100).jigsaw.classify("text", LABELS, engine=engine_for(batch_size=5), progress=events.append)
    lazy.compute(scheduler="threads")
    assert (events[-1].done, events[-1].rows, events[-1].usage.requests) == (100, 100, 20)
    assert [event.finished for event in events].count(True) == 1
    assert sum(events[-1].label_counts.values()) == 100
    assert len(events) >= 20
    lazy.compute(scheduler="sync")
    assert events[-1].finished
    assert events[-1].usage.rows_cached == 100


class Refusing(FakeEngine):
    """Engine that refuses the values which hold a 7."""

    def __init__(self):
        super().__init__(fail=lambda values: jsdf.APIError("no sevens", status=400) if self._has(values) else None)

    @staticmethod
    def _has(values):
        return any("7" in value for value in values)


def test_rows_without_a_label_raise_a_small_error_after_the_others_are_stored():
    engine = Refusing()
    lazy = texts(100, 1).jigsaw.classify("text", LABELS, engine=engine)
    with pytest.raises(jsdf.ClassificationError, match="19 of 100 rows of a partition have no label: HTTP 400") as info:
        lazy.compute(scheduler="threads")
    assert len(pickle.dumps(info.value)) < 2_000
    engine.calls.clear()
    with pytest.raises(jsdf.ClassificationError):
        lazy.compute(scheduler="threads")
    assert {value for _, values in engine.calls for value in values} <= {f"text {i}" for i in range(100)}
    assert all("7" in value for _, values in engine.calls for value in values)


def test_a_reason_is_warned_of_once_and_not_for_each_partition():
    lazy = texts(100).jigsaw.classify("text", LABELS, engine=Refusing(), errors="coerce")
    with pytest.warns(UserWarning, match="rows have no label: HTTP 400: no sevens; run") as caught:
        found = lazy.compute(scheduler="threads")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert found.isna().sum() == 19
    details = texts(100).jigsaw.run("text", LABELS, engine=Refusing()).compute(scheduler="threads")
    assert details["reason"].notna().sum() == 19


def test_warnings_about_the_values_are_shown_once():
    ddf = dd.from_pandas(pd.DataFrame({"text": [f"https://example.org/{i}" for i in range(40)]}), npartitions=4)
    with pytest.warns(UserWarning, match="every value looks like an image's file name") as caught:
        ddf.jigsaw.classify("text", LABELS, engine=engine_for()).compute(scheduler="threads")
    assert len(caught) == 1


BAD = {
    "a missing column": ({"column": "txt"}, r"column='txt' is not in the frame; it has 'text', 'number'"),
    "numbers": ({"column": "number"}, "column 'number' is of dtype int64, which holds neither texts nor images"),
    "one label": ({"labels": ["one"]}, "pass at least two distinct labels"),
    "a rate of zero": ({"rate": 0}, "rate=0: pass requests a second, more than 0"),
    "a rate in words": ({"rate": "fast"}, "rate='fast': pass requests a second"),
    "an engine's name": ({"engine": "loacl"}, "engine='loacl': use 'hosted', .* did you mean 'local'"),
    "a kind": ({"kind": "audio"}, "kind='audio': use 'text', 'image' or 'auto'"),
    "errors": ({"errors": "ignore"}, "errors='ignore': use 'raise' or 'coerce'"),
    "a limit": ({"max_requests": 5}, "max_requests=5 cannot be kept by workers"),
    "another limit": ({"max_tokens": 5}, "max_tokens=5 cannot be kept by workers"),
    "images for texts": ({"kind": "image", "engine": FakeEngine(kinds=["text"])}, "takes text columns"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("method", ["classify", "run"])
def test_bad_use_is_refused_when_the_frame_is_built(arguments, message, method):
    ddf = dd.from_pandas(pd.DataFrame({"text": ["a"], "number": [1]}), npartitions=1)
    call = {"column": "text", "labels": LABELS, "engine": engine_for(), **arguments}
    with pytest.raises(jsdf.InvalidInputError if "labels" not in arguments else jsdf.InvalidLabelsError, match=message):
        getattr(ddf.jigsaw, method)(**call)


def test_unknown_arguments_are_explained():
    with pytest.raises(TypeError, match=r"ddf\.jigsaw\.classify\(\) got an unexpected .*'rte'; did you mean 'rate'"):
        texts(1, 1).jigsaw.classify("text", LABELS, rte=5)
    with pytest.raises(TypeError, match=r"series\.jigsaw\.run\(\) needs labels=\.\.\."):
        texts(1, 1)["text"].jigsaw.run()


def test_a_label_with_the_name_of_another_column_is_refused_and_a_prefix_helps():
    series = texts(2, 1)["text"]
    with pytest.raises(jsdf.InvalidInputError, match="pass another prefix"):
        series.jigsaw.run(["status", "bad"], multiple_labels=True, engine=engine_for())
    lazy = series.jigsaw.run(["status", "bad"], multiple_labels=True, engine=engine_for(), prefix="is_")
    assert list(lazy.columns)[:2] == ["is_status", "is_bad"]


def test_a_store_that_nobody_answers_is_said_when_the_frame_is_built():
    jsdf.options.store = "redis://user:the-password@127.0.0.1:1/0"
    with pytest.raises(jsdf.InvalidInputError, match=r"the store redis://\*\*\*@127.0.0.1:1/0 cannot be used") as info:
        texts(1, 1).jigsaw.classify("text", LABELS, engine=engine_for())
    assert "the-password" not in str(info.value)


LAZY = {
    "a bag": (lambda: db.from_sequence(["a"]), "make a Dask DataFrame of it"),
    "an array": (lambda: da.ones(3), "make a Dask DataFrame of it"),
    "a delayed value": (lambda: dask.delayed(1), r"pass what its \.compute\(\) returns"),
    "a frame": (lambda: texts(2), r"import jsdf\.dask and call its \.jigsaw\.classify\(column, labels\)"),
    "a column": (lambda: texts(2)["text"], r"import jsdf\.dask and call its \.jigsaw\.classify\(labels\)"),
}


@pytest.mark.parametrize(("make", "advice"), LAZY.values(), ids=LAZY)
def test_functions_for_pandas_refuse_what_is_lazy(make, advice):
    with pytest.raises(jsdf.InvalidInputError, match=advice):
        jsdf.classify(make(), LABELS, engine=engine_for())
    with pytest.raises(jsdf.InvalidInputError, match="has not been computed; pass an iterable of frames"):
        jsdf.classify_batches(make(), "text", LABELS, engine=engine_for())


@pytest.mark.parametrize("missing", ["dask", "distributed", "dask.dataframe"])
def test_without_dask_one_sentence_says_how_to_install_it(missing):
    code = f"import sys; sys.modules[{missing!r}] = None; import jsdf.dask"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(
        "jsdf.errors.MissingExtraError: jsdf.dask needs Dask with its parts dataframe and distributed"
    )
    assert f"of which {missing}" in last
    assert last.endswith('is not installed; run pip install "jsdf[dask]"')
