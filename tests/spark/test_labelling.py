"""`jsdf.spark.classify` on classic Spark and on Spark Connect: rows, types and columns are those of pandas."""

import datetime as dt
import inspect
from collections import Counter
from decimal import Decimal

import pandas as pd
import pytest
from hosted_pictures import encoded, picture
from sample_column import LABELS, as_list
from sample_frames import FRAMES
from spark_session import KEY

import jsdf
import jsdf.spark
from jsdf.distributed.settings import LIMITS
from jsdf.testing import FakeService

pytestmark = pytest.mark.filterwarnings("default")

#: All sample frames as one, with the name of the frame and the number of the row: Spark holds strings and nulls alone.
ROWS = [
    (name, row, value if isinstance(value, str) else None)
    for name, make in FRAMES.items()
    for row, value in enumerate(make().iloc[:, 0].astype(object).tolist())
]
SCHEMA = "frame string, row int, text string"


def by_frame(table, column):
    """Return the values of a column by name of the sample frame."""
    rows = sorted(table.collect(), key=lambda row: row["row"])
    found = {name: [] for name in FRAMES}
    for row in rows:
        found[row["frame"]].append(row[column])
    return found


def of_pandas(hosted, **arguments):
    return {
        name: as_list(jsdf.classify(make().iloc[:, 0], LABELS, engine=hosted, progress=False, **arguments))
        for name, make in FRAMES.items()
    }


def test_labels_and_statuses_of_every_sample_frame_are_those_of_pandas(spark, hosted):
    labelled = jsdf.spark.classify(
        spark.createDataFrame(ROWS, SCHEMA), "text", LABELS, status_into="status", engine=hosted, workers=2
    )
    assert labelled.columns == ["frame", "row", "text", "label", "status"]
    rows = labelled.persist()
    assert by_frame(rows, "label") == of_pandas(hosted)
    assert Counter(row["status"] for row in rows.collect()) == Counter(
        "missing" if text is None or not text.strip() else "answered" for _, _, text in ROWS
    )
    assert by_frame(rows, "text") == {name: [t for n, _, t in ROWS if n == name] for name in FRAMES}


def test_examples_travel_to_the_executors(spark, hosted):
    sdf = spark.createDataFrame([("a row",), ("another",)], "text string")
    examples = {"good": ["a row", "no row"], "bad": "poor"}
    rows = jsdf.spark.classify(sdf, "text", LABELS, engine=hosted, examples=examples, workers=1).collect()
    wanted = jsdf.classify(["a row", "another"], LABELS, engine=hosted, examples=examples)
    assert [row["label"] for row in rows] == wanted.tolist()
    assert rows[0]["label"] == "good"


def test_several_labels_are_an_array_or_a_column_each(spark, hosted):
    sdf = spark.createDataFrame(ROWS, SCHEMA)
    arguments = {"engine": hosted, "multiple_labels": True, "workers": 2}
    expected = {
        name: [None if row[0] is None else row for row in rows]
        for name, rows in of_pandas(hosted, multiple_labels=True).items()
    }
    arrays = by_frame(jsdf.spark.classify(sdf, "text", LABELS, into="topics", **arguments), "topics")
    as_flags = {
        name: [[None] * 3 if row is None else [label in row for label in LABELS] for row in rows]
        for name, rows in arrays.items()
    }
    assert as_flags == {name: [row or [None] * 3 for row in rows] for name, rows in expected.items()}
    columns = jsdf.spark.classify(sdf, "text", LABELS, into=None, **arguments).persist()
    assert [(f.name, f.dataType.simpleString()) for f in columns.schema.fields[3:]] == [(n, "boolean") for n in LABELS]
    found = {label: by_frame(columns, label) for label in LABELS}
    assert {name: [list(row) for row in zip(*(found[n][name] for n in LABELS), strict=True)] for name in FRAMES} == (
        as_flags
    )


def test_nothing_is_sent_before_an_action_and_the_schema_of_the_input_stays(spark, fast_service, hosted):
    sdf = spark.createDataFrame([("a",), ("b",)], "text string")
    before = list(sdf.schema.fields)
    for _ in range(2):
        labelled = jsdf.spark.classify(sdf, "text", LABELS, engine=hosted, workers=2)
    assert fast_service.requests == []
    assert list(sdf.schema.fields) == before
    assert labelled.count() == 2
    assert fast_service.billed == Counter("ab")


def test_the_second_action_pays_for_no_row_of_the_first(spark, fast_service, hosted):
    sdf = spark.range(400).selectExpr("id", "concat('text ', id) as text")
    labelled = jsdf.spark.classify(sdf, "text", LABELS, engine=hosted, workers=2)
    assert len(labelled.head(5)) == 5
    assert labelled.count() == 400
    assert len(labelled.toPandas()) == 400
    assert fast_service.billed == Counter(f"text {i}" for i in range(400))
    assert len(fast_service.requests) <= 16  # 12.5 full ones, and a smaller one at the end of each partition


def test_other_columns_of_any_type_pass_as_they_are(spark, hosted):
    old, big = dt.date(1, 1, 1), 2**53 + 1
    row = (
        big,
        "a",
        b"\x00",
        dt.datetime(1500, 1, 1),
        old,
        Decimal("1.20"),
        [1, None],
        {"a": 1},
        (1, "x"),
        "same",
    )
    schema = (
        "id bigint, text string, b binary, t timestamp_ntz, d date, n decimal(10,2), a array<bigint>, "
        "m map<string,int>, s struct<i:int,s:string>, `with.dot` string"
    )
    sdf = spark.createDataFrame([row, (None, "b", *[None] * 8)], schema).selectExpr("*", "`with.dot` as `with.dot`")
    labelled = jsdf.spark.classify(sdf, "TEXT", LABELS, engine=hosted, workers=1)
    rows = {r["text"]: tuple(r)[:-1] for r in labelled.collect()}
    assert rows == {"a": (*row, "same"), "b": (None, "b", *[None] * 9)}
    assert labelled.schema.fields[:-1] == sdf.schema.fields


def test_binary_columns_hold_images(spark, hosted):
    photo = encoded(picture(1))
    sdf = spark.createDataFrame([(1, photo), (2, None), (3, photo), (4, b"no picture")], "id int, photo binary")
    labelled = jsdf.spark.classify(
        sdf, "photo", LABELS, engine=hosted, status_into="status", errors="coerce", workers=1
    )
    found = pd.DataFrame([tuple(row) for row in labelled.collect()], columns=labelled.columns).set_index("id")
    assert found["status"].sort_index().tolist() == ["answered", "missing", "answered", "failed"]
    assert found.loc[1, "label"] == found.loc[3, "label"]
    assert found.loc[1, "label"] in LABELS


@pytest.mark.parametrize("errors", ["raise", "coerce"])
def test_rows_without_a_label(spark, errors):
    with FakeService(api_key=KEY, poison=["text 3"]).serve() as server:
        sdf = spark.range(40).selectExpr("id", "concat('text ', id) as text")
        labelled = jsdf.spark.classify(
            sdf, "text", LABELS, engine=jsdf.Hosted(KEY, server.url, rate=1000), errors=errors, workers=1
        )
        if errors == "coerce":
            assert {row["id"] for row in labelled.collect() if row["label"] is None} == {3}
            return
        with pytest.raises(Exception, match="1 of 40 rows of a partition has no label: ") as raised:
            labelled.collect()
    assert type(raised.value).__name__ == "PythonException"
    last = [line for line in str(raised.value).splitlines() if "jsdf.errors.ClassificationError: " in line]
    assert len(last) == 1
    assert KEY not in str(raised.value)


def test_the_arguments_are_those_of_pandas_that_a_cluster_can_keep():
    names = set(inspect.signature(jsdf.classify).parameters) - {"series", "progress", *LIMITS}
    own = {"sdf", "column", "into", "status_into", "rate", "workers"}
    assert set(inspect.signature(jsdf.spark.classify).parameters) == names | own
