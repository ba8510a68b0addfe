"""The key and the password of the store are in no plan, log, event or page of Spark."""

import json
import urllib.request

import pytest
from sample_column import LABELS
from spark_session import KEY, PASSWORD

import jsdf
import jsdf.spark

pytestmark = pytest.mark.filterwarnings("default")

PAGES = ("jobs/", "stages/", "storage/", "environment/", "executors/", "SQL/", "connect/")
DETAILS = ("jobs", "stages?details=true", "environment", "executors", "sql?details=true&planDescription=true&length=99")


def fetch(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def test_secrets_are_nowhere(spark, classic, hosted, store_url, spark_folder, capsys):
    jsdf.options.store = store_url
    sdf = spark.createDataFrame([("a",), ("b",)], "text string")
    frame = jsdf.spark.classify(sdf, "text", LABELS, engine=hosted, workers=2)
    assert {row["label"] for row in frame.collect()} <= set(LABELS)
    frame.explain(mode="extended")
    shown = capsys.readouterr().out
    assert "PartitionLabeller" in shown
    ui = classic.sparkContext.uiWebUrl
    (application,) = json.loads(fetch(f"{ui}/api/v1/applications"))
    base = f"{ui}/api/v1/applications/{application['id']}"
    pages = [fetch(f"{ui}/{page}") for page in PAGES]
    pages += [fetch(f"{base}/{page}") for page in DETAILS]
    pages += [fetch(f"{ui}/SQL/execution/?id={entry['id']}") for entry in json.loads(fetch(f"{base}/sql?length=999"))]
    files = [path.read_bytes().decode("utf-8", "replace") for path in spark_folder.rglob("*") if path.is_file()]
    assert any("PartitionLabeller" in text for text in pages)
    assert any("SparkListenerJobEnd" in text for text in files)
    for text in [shown, repr(frame), *pages, *files]:
        assert KEY not in text
        assert PASSWORD not in text
