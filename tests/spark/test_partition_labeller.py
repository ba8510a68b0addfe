"""The labels of one partition, batch by batch, without Spark."""

import copy
import pickle
from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_column import LABELS

import jsdf
from jsdf.distributed.settings import check_settings
from jsdf.spark.partition_labeller import PartitionLabeller
from jsdf.testing import FakeEngine, FakeService, expected


def labeller(engine, *, per_label=False, with_status=False, **arguments):
    checked = check_settings("text", object, LABELS, None, {"engine": engine, **arguments})
    return PartitionLabeller(checked, 1, "text", per_label, with_status)


def batches(values, sizes, value_type=None):
    """Cut values, with their positions as another column, into batches of these sizes."""
    table = pa.table(
        {"id": pa.array(range(len(values)), pa.int64()), "text": pa.array(values, value_type or pa.string())}
    )
    start = 0
    for size in sizes:
        yield from table.slice(start, size).combine_chunks().to_batches() or [
            pa.RecordBatch.from_pylist([], schema=table.schema)
        ]
        start += size


def rows(labelled):
    return [tuple(row.values()) for batch in labelled for row in batch.to_pylist()]


@settings(max_examples=15)
@given(st.lists(st.integers(0, 70), max_size=6))
def test_requests_are_filled_across_batches_and_rows_keep_their_order(sizes):
    values, engine = [f"text {i}" for i in range(sum(sizes))], FakeEngine()
    found = rows(labeller(engine, cache=False)(batches(values, sizes)))
    assert found == [(i, value, expected(value, LABELS)) for i, value in enumerate(values)]
    assert len(engine.calls) == -(-len(values) // engine.batch_size)


def test_a_partition_without_rows_opens_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "unused"))
    engine = FakeEngine()
    assert list(labeller(engine)(iter(()))) == []
    assert not (tmp_path / "unused").exists()


def test_batches_without_rows_have_the_new_columns_too():
    (batch,) = labeller(FakeEngine(), with_status=True, cache=False)(batches([], [0]))
    assert [str(field.type) for field in batch.schema] == ["int64", "string", "string", "string"]


@pytest.mark.parametrize("value_type", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_every_form_of_strings(value_type):
    found = rows(labeller(FakeEngine(), with_status=True, cache=False)(batches(["a", None, " "], [3], value_type)))
    assert found == [(0, "a", expected("a", LABELS), "answered"), (1, None, None, "missing"), (2, " ", None, "missing")]


def test_the_pickle_is_small_and_holds_no_key_and_no_password(monkeypatch):
    monkeypatch.setattr(jsdf.options, "store", "redis://user:the-password@127.0.0.1:1/0")
    engine = jsdf.Hosted("the-secret-key", "http://127.0.0.1:1", proxy="http://user:of-proxy@127.0.0.1:2")
    made = labeller(engine, cache=False)
    jsdf.options.store = None
    for stored in (made, copy.deepcopy(made)):
        content = pickle.dumps(stored)
        assert len(content) < 4_000
        for secret in (b"the-secret-key", b"the-password", b"of-proxy"):
            assert secret not in content
        assert "the-secret-key" not in repr(stored)


def test_an_executor_without_a_key_says_so(monkeypatch):
    made = pickle.loads(pickle.dumps(labeller(jsdf.Hosted("the-secret-key", "http://127.0.0.1:1"), cache=False)))
    with pytest.raises(jsdf.MissingKeyError, match="set JIGSAWSTACK_API_KEY where the engine is used"):
        next(made(batches(["a"], [1])))


def test_two_attempts_of_a_partition_share_the_store_of_the_driver(tmp_path, monkeypatch):
    values = [f"text {i}" for i in range(100)]
    with FakeService().serve() as server:
        made = labeller(jsdf.Hosted("test-key", server.url, rate=1000))
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", "test-key")
        monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "of the executor"))
        for _ in range(2):
            assert len(rows(pickle.loads(pickle.dumps(made))(batches(values, [50, 50])))) == 100
        assert server._service.billed == Counter(values)


def test_images_and_labels_of_several(photo):
    engine = FakeEngine(kinds=frozenset({"image"}))
    made = labeller(engine, multiple_labels=True, cache=False, kind="image")
    found = rows(made(batches([photo, None], [2], pa.binary())))
    assert isinstance(found[0][2], list)
    assert found[1][2] is None
    per_label = labeller(engine, multiple_labels=True, cache=False, kind="image", per_label=True)
    flags = rows(per_label(batches([photo, None], [2], pa.binary())))
    assert list(flags[0][2:]) == [label in found[0][2] for label in LABELS]
    assert flags[1][2:] == (None, None, None)


@pytest.fixture
def photo():
    from hosted_pictures import encoded, picture

    return encoded(picture(1))


def test_the_error_names_the_rows_of_the_partition_after_the_others_are_labelled():
    def fail(values):
        return jsdf.APIError("cannot take it", status=422) if "bad" in values else None

    made = labeller(FakeEngine(fail=fail), cache=False)
    done = made(batches(["a", "bad", "b"], [2, 1]))
    assert [len(next(done)) for _ in range(2)] == [2, 1]
    with pytest.raises(jsdf.ClassificationError, match="1 of 3 rows of a partition has no label: ") as raised:
        next(done)
    assert raised.value.run is None
    coerced = labeller(FakeEngine(fail=fail), cache=False, errors="coerce")
    with pytest.warns(UserWarning, match="1 of 3 rows of a partition has no label"):
        labels = pd.Series([row[2] for row in rows(coerced(batches(["a", "bad", "b"], [2, 1])))])
    assert labels.isna().tolist() == [False, True, False]
