"""Bad use is refused in one sentence when it is planned, not on an executor."""

import re

import pandas as pd
import pytest
from redis_server import free_port
from sample_column import LABELS

import jsdf
import jsdf.spark
from jsdf.column.series import full_type
from jsdf.testing import FakeEngine

UNUSED = jsdf.Hosted("a-key", "http://127.0.0.1:1")
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def sdf(spark):
    return spark.createDataFrame([], "id bigint, text string, photo binary, Label string, parts array<string>")


def refusal(sdf, column="text", labels=LABELS, **arguments):
    with pytest.raises(jsdf.JSDFError) as raised:
        jsdf.spark.classify(sdf, column, labels, **{"engine": FakeEngine(), **arguments})
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_columns(sdf):
    assert refusal(sdf, "txt") == (
        "column='txt' is not in the DataFrame; it has 'id', 'text', 'photo', 'Label', 'parts'"
    )
    assert refusal(sdf, sdf["text"]).endswith("pass the name of a column, as in 'id'")
    assert refusal(sdf, "id", into="new") == (
        "column 'id' is of type bigint, which holds neither texts nor images; pass a string or binary column, or "
        "convert it with .cast('string')"
    )
    assert "is of type array<string>, which holds neither" in refusal(sdf, "parts")
    assert "decode it first, as in sdf.withColumn('photo', " in refusal(sdf, "photo", kind="text")
    assert refusal(sdf.selectExpr("text", "id as text")) == (
        "column='text' names 2 columns of the DataFrame; rename all but one"
    )
    assert "takes text columns, but" in refusal(sdf, "photo", into="new", engine=FakeEngine(kinds=["text"]))


def test_the_advice_on_another_type_is_followed(sdf):
    as_text = sdf.withColumn("id", sdf["id"].cast("string"))
    labelled = jsdf.spark.classify(as_text, "id", LABELS, into="new", engine=UNUSED)
    assert labelled.columns == [*sdf.columns, "new"]


def test_names_of_new_columns(spark, sdf):
    assert refusal(sdf) == (
        "the DataFrame has a column 'Label' already, so none can be named 'label'; pass another name"
    )
    assert refusal(sdf, into="new", status_into="ID").startswith("the DataFrame has a column 'id' already")
    assert refusal(sdf, into="new", status_into="New") == ("status_into='New' is a column of labels; pass another name")
    assert refusal(sdf, into=3) == "into=3: pass the name of the new column"
    assert refusal(sdf, into="new", status_into="") == "status_into='': pass the name of the new column"
    assert refusal(sdf, into=None) == (
        "into=None gives a column per label, which needs multiple_labels=True; pass a name"
    )
    assert refusal(sdf, labels=["id", "other"], into=None, multiple_labels=True) == (
        "the DataFrame has a column 'id' already, so none can be named 'id'; pass into= for one column with all "
        "labels, or rename it"
    )
    spark.conf.set("spark.sql.caseSensitive", "true")
    try:
        assert jsdf.spark.classify(sdf, "text", LABELS, engine=UNUSED).columns[-2:] == ["parts", "label"]
        assert "column='TEXT' is not in the DataFrame" in refusal(sdf, "TEXT")
    finally:
        spark.conf.unset("spark.sql.caseSensitive")


def test_other_frames(spark, sdf):
    stream = spark.readStream.format("rate").load().selectExpr("cast(value as string) as text")
    assert refusal(stream).startswith("sdf is a streaming DataFrame, which is never complete; label each batch, as in")
    assert refusal(pd.DataFrame({"text": ["a"]})) == (
        f"sdf is of type {full_type(pd.DataFrame())}, not a Spark DataFrame; call df.jigsaw.classify(column, labels), "
        "or pass spark.createDataFrame(df)"
    )
    assert refusal([1]).endswith("pass a DataFrame, as spark.read returns")
    column = refusal(sdf["text"])
    assert column.endswith(
        "pass the DataFrame and the name of its column, as in jsdf.spark.classify(sdf, 'text', labels)"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate": 0}, "rate=0: pass requests a second, more than 0, for the whole cluster"),
        ({"rate": "fast"}, "rate='fast': pass requests a second"),
        ({"workers": 0}, "workers=0: pass a whole number of partitions, 1 or more"),
        ({"errors": "ignore"}, "errors='ignore': use 'raise' or 'coerce'"),
        ({"labels": ["one"]}, "at least two|2 labels"),
        ({"engine": "hosetd"}, "engine='hosetd': use 'hosted', 'local', 'auto', 'cascade', the path of"),
        ({"cache": "no"}, "cache='no': pass True or False"),
    ],
)
def test_arguments(sdf, arguments, message):
    assert re.search(message, refusal(sdf, **{"into": "new", **arguments}))


@pytest.mark.parametrize("argument", ["max_requests", "progress", "wrokers"])
def test_unknown_arguments(sdf, argument):
    with pytest.raises(TypeError, match=rf"jsdf\.spark\.classify.*{argument}"):
        jsdf.spark.classify(sdf, "text", LABELS, **{argument: 1})


def test_a_store_that_nobody_answers(sdf):
    jsdf.options.store = f"redis://:the-password@127.0.0.1:{free_port()}/0"
    message = refusal(sdf, into="new")
    assert message.startswith("the store redis://***@127.0.0.1:")
    assert "the-password" not in message


def test_functions_for_pandas_point_here(sdf):
    for value in (sdf, sdf["text"]):
        with pytest.raises(jsdf.InvalidInputError, match=r"call jsdf\.spark\.classify\(sdf, column, labels\)"):
            jsdf.classify(value, LABELS, engine=FakeEngine())
    with pytest.raises(jsdf.InvalidInputError, match=r"call jsdf\.spark\.classify\(sdf, column, labels\)"):
        jsdf.classify_batches(sdf, "text", LABELS, engine=FakeEngine())


def test_a_frame_of_pandas_on_spark(classic):
    pytest.importorskip("pyspark.pandas", exc_type=ImportError, reason="pandas-on-Spark needs an older pandas")
    frame = classic.createDataFrame([("a",)], "text string").pandas_api()
    assert refusal(frame) == (
        "sdf is of type pyspark.pandas.frame.DataFrame, not a Spark DataFrame; pass what its .to_spark() returns"
    )


def test_engines_that_do_not_reach_the_executors_whole(sdf):
    assert refusal(sdf, into="new").startswith("engine='fake' cannot be sent to executors (TypeError: cannot pickle")
    with_proxy = jsdf.Hosted("a-key", "http://127.0.0.1:1", proxy="http://user:the-password@127.0.0.1:2")
    assert refusal(sdf, into="new", engine=with_proxy) == (
        "this engine comes from a pickle, which does not hold the password of its proxy; make it anew with "
        "jsdf.Hosted(...) where it is used"
    )


def test_without_pyspark(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert refusal(pd.DataFrame()) == 'Spark is not installed; run pip install "jsdf[spark]"'
