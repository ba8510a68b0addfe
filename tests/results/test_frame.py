"""`Run.to_frame`: labels, status, score, source and reason of each row, on the index of the column."""

import io

import numpy as np
import pandas as pd
import pytest
from sample_column import LABELS, SERIES

import jsdf
from jsdf.testing import FakeEngine, FakeService

COLUMN = pd.Series(["fine", None, "odd", "broken", "fine", " "], index=list("abcdef"), name="text")


def run_with_every_status(**arguments):
    odd = "nothing of that\x00kind"
    odd = [odd] if arguments.get("multiple_labels") else odd
    service = FakeService(answer={"odd": odd}, poison=["broken"])
    return jsdf.run(COLUMN, LABELS, engine=jsdf.Hosted("test-key", transport=service.transport()), **arguments)


def test_one_row_per_row_of_the_column():
    frame = run_with_every_status().to_frame()
    assert list(frame.columns) == ["label", "status", "score", "source", "reason"]
    assert frame.index.equals(COLUMN.index)
    assert frame["status"].tolist() == ["answered", "missing", "unknown", "failed", "answered", "missing"]
    assert frame["source"].tolist() == ["hosted", np.nan, np.nan, np.nan, "hosted", np.nan]
    assert frame["reason"].isna().tolist() == [True, True, False, False, True, True]
    assert frame["score"].isna().all()
    assert "nothing of that" in frame.loc["c", "reason"]


def test_answers_of_the_store_have_it_as_their_source():
    engine = FakeEngine()
    jsdf.run(SERIES[:5], LABELS, engine=engine)
    frame = jsdf.run(SERIES, LABELS, engine=engine).to_frame()
    assert frame["source"].tolist() == ["store"] * 5 + ["fake"] * (len(SERIES) - 5)
    assert frame["source"].cat.categories.tolist() == ["fake", "store"]


def test_a_retry_keeps_the_sources_of_earlier_answers():
    run = run_with_every_status()
    assert run.retry().to_frame()["source"].tolist()[0] == "hosted"


def test_the_score_is_that_of_the_label():
    run = jsdf.run(pd.Series(["a", None, "b"]), LABELS, engine=FakeEngine([["bad", "good"]], scores=True))
    frame = run.to_frame()
    assert frame["score"].dtype == "Float32"
    for row in (0, 2):
        assert frame["score"][row] == run.scores.loc[row, frame["label"][row]]
    assert frame["score"].isna().tolist() == [False, True, False]


def test_the_score_of_several_labels_is_the_lowest():
    engine = FakeEngine([[["good", "bad"], []]], scores=True)
    run = jsdf.run(pd.Series(["a", "b"]), LABELS, multiple_labels=True, engine=engine)
    frame = run.to_frame()
    assert list(frame.columns) == [*LABELS, "status", "score", "source", "reason"]
    assert frame["score"][0] == run.scores.loc[0, ["good", "bad"]].min()
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["source"].tolist() == ["fake", "fake"]


def test_a_label_with_the_name_of_a_column_needs_a_prefix():
    run = jsdf.run(pd.Series(["a"]), ["status", "other"], multiple_labels=True, engine=FakeEngine())
    with pytest.raises(jsdf.InvalidInputError, match=r"label 'status' .* to_frame\(prefix='label_'\)"):
        run.to_frame()
    assert list(run.to_frame(prefix="label_").columns)[:3] == ["label_status", "label_other", "status"]


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("form", ["csv", "parquet", "excel"])
def test_the_frame_comes_back_from_files(form, multiple):
    frame = run_with_every_status(multiple_labels=multiple).to_frame()
    file = io.BytesIO()
    dtypes = dict(frame.dtypes)
    if form == "csv":
        frame.to_csv(file)
        file.seek(0)
        back = pd.read_csv(file, index_col=0, dtype=dtypes)
    elif form == "parquet":
        frame.to_parquet(file)
        back = pd.read_parquet(file)
    else:
        frame.to_excel(file)
        back = pd.read_excel(file, index_col=0, engine="openpyxl").astype(dtypes)
    pd.testing.assert_frame_equal(back, frame)


def test_every_sample_frame(sample_frames):
    column = sample_frames.columns[0]
    run = sample_frames.jigsaw.run(column, LABELS, engine=FakeEngine())
    everything = run.to_frame()
    assert everything.index.equals(sample_frames.index)
    assert everything["label"].equals(run.labels.rename("label"))
    assert everything["status"].equals(run.status)


def test_an_empty_column():
    frame = jsdf.run(pd.Series([], dtype=object), LABELS, engine=FakeEngine()).to_frame()
    assert frame.shape == (0, 5)
