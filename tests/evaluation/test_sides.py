"""Truth and prediction in every form: columns of any dtype, frames, runs, reviews; and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from sample_frames import FRAMES

import jsdf
from jsdf.testing import FakeEngine

NAMES = ["good", "bad", "so so"]
VALUES = ["good", "bad", None, "so so", "good", "bad"]
GIVEN = ["good", "good", "bad", "so so", None, "bad"]
DTYPES = ["object", "string", "string[pyarrow]", "category", pd.CategoricalDtype(NAMES), None]


def engine_run(n=60, **more):
    return jsdf.run(texts(n), ["cat", "dog", "bird"], engine=FakeEngine(**more), cache=False, progress=False)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("other", DTYPES, ids=str)
def test_columns_of_every_dtype_give_the_same(dtype, other):
    found = jsdf.evaluate(pd.Series(VALUES, dtype=dtype), pd.Series(GIVEN, dtype=other))
    assert (found.accuracy, found.rows) == (0.75, 4)
    assert found.left_out == {"no_truth": 1, "no_prediction": 1, "neither": 0}
    assert sorted(found.per_label.index) == sorted(NAMES)


@pytest.mark.parametrize("convert", [list, tuple, np.array, pd.array, lambda v: dict(enumerate(v)), iter],
                         ids=["list", "tuple", "array", "extension", "dict", "iterator"])  # fmt: skip
def test_other_columns_are_read_too(convert):
    found = jsdf.evaluate(convert(VALUES), pd.Series(GIVEN))
    assert (found.accuracy, found.rows) == (0.75, 4)


@pytest.mark.parametrize("name", FRAMES)
def test_every_sample_frame_can_be_compared_with_itself(name):
    series = FRAMES[name]().iloc[:, 0]
    present = [value for value in series if isinstance(value, str) and value.strip()]
    if not present:
        with pytest.raises(jsdf.InvalidInputError, match="no row has a label in both truth and predicted"):
            jsdf.evaluate(series, series)
        return
    found = jsdf.evaluate(series, series)
    assert (found.accuracy, found.rows) == (1, len(present))
    assert found.left_out["neither"] == len(series) - len(present)
    assert sorted(found.per_label.index) == sorted(set(present))
    assert f"Evaluation: {len(present)} row" in repr(found)
    shares = jsdf.shares(series)
    assert shares["rows"].sum() == len(present)
    assert {label: rows for label, rows in shares["rows"].items() if rows} == pd.Series(
        present
    ).value_counts().to_dict()


def test_whole_numbers_match_whether_nulls_made_them_floats_or_not():
    found = jsdf.evaluate(pd.Series([1, 2, 1, 2]), pd.Series([1, 2, None, 1]))
    assert (found.accuracy, found.rows) == (2 / 3, 3)
    assert jsdf.evaluate(["1", "2"], pd.Series([1, 2], dtype="Int64")).accuracy == 1
    assert jsdf.evaluate([True, False], ["True", "False"]).accuracy == 1


def test_a_run_has_its_labels_values_and_index():
    run = engine_run()
    truth = run.labels.astype(object).where(run.labels.index != 7, "elephant")
    found = jsdf.evaluate(truth, run)
    assert found.accuracy == 59 / 60
    assert found.only_truth == ["elephant"]
    worst = found.worst()
    assert worst.loc[0, "examples"] == (7,)
    assert worst.loc[0, "values"] == ("text 7",)
    assert jsdf.evaluate(run, truth).accuracy == 59 / 60


def test_a_multi_label_run_is_compared_with_a_frame():
    run = jsdf.run(texts(30), ["price", "delivery"], engine=FakeEngine(), multiple_labels=True, cache=False,
                   progress=False)  # fmt: skip
    truth = run.labels.copy()
    truth.loc[3, "price"] = not truth.loc[3, "price"]
    found = jsdf.evaluate(truth, run)
    assert found.subset_accuracy == 29 / 30
    assert found.worst().loc[0, "values"] == ("text 3",)


def test_the_truth_of_a_review_are_the_rows_that_a_person_decided():
    run = engine_run()
    review = jsdf.review(texts(), run, resume=False)
    kept = [0, 1, 2]
    review.accept(kept)
    other = next(name for name in review.names if name != run.labels[3])
    review.choose([3], other)
    review.clear([4])
    review.mark([5])
    found = jsdf.evaluate(review, run)
    assert (found.rows, found.accuracy) == (4, 0.75)
    assert found.left_out == {"no_truth": 56, "no_prediction": 0, "neither": 0}
    assert found.worst().loc[0, ["truth", "predicted"]].tolist() == [other, run.labels[3]]
    as_prediction = jsdf.evaluate(run.labels, review)
    assert as_prediction.rows == 59
    assert as_prediction.accuracy == 58 / 59


@pytest.mark.parametrize("label", [pd.Series([1, 2] * 30, name="n"), pd.Series([True, False] * 30, name="b")])
def test_a_review_of_labels_without_nulls_is_read_too(label):
    review = jsdf.review(texts(), label, resume=False)
    review.accept(range(10))
    review.choose([0], str(label[1]))
    assert jsdf.evaluate(review, label).accuracy == 0.9
    assert jsdf.evaluate(review, label).rows == 10


def test_a_sample_is_what_counts_in_a_review_with_one():
    label = labelled()
    review = jsdf.review(texts(), label, resume=False, order="random", n=10)
    outside = [row for row in range(60) if row not in review.order]
    review.accept([*review.order[:6], *outside[:20]])
    assert jsdf.evaluate(review, label).rows == 6


REFUSED = {
    "a frame of scores": (pd.DataFrame({"a": [0.2, 0.9], "b": [0.8, 0.1]}), "pass labels, not numbers, as truth > 0.5"),
    "a frame of 0 and 1": (pd.DataFrame({"a": [0, 1], "b": [1, 0]}), r"pass truth.astype('boolean')"),
    "a frame of objects": (pd.DataFrame({"a": [True, None]}, dtype=object), r"pass truth.astype('boolean')"),
    "a frame of one column": (pd.DataFrame({"a": ["x", "y"]}), "pass one column, as in truth['a']"),
    "a frame of no columns": (pd.DataFrame(index=[0, 1]), "it has no columns"),
    "a name": ("label", "truth='label': pass a Series, a multi-hot frame, a Run or a Review; df.jigsaw.evaluate takes"),
    "nothing": (None, "truth=None: pass a Series"),
    "a number": (3, "truth=3: pass a Series"),
    "many values": (pd.Series(range(501)), "truth has 501 distinct values, too many for labels"),
    "lists": (pd.Series([["a"], ["b"]]), "for several labels a row pass a multi-hot frame"),
    "one text twice": (pd.Series([1, "1"], dtype=object), "have the same text"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_labels_is_refused(name):
    given, message = REFUSED[name]
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)):
        jsdf.evaluate(given, pd.Series(["a", "b"]))


@pytest.mark.parametrize(
    "name", ["a frame of scores", "a frame of 0 and 1", "a frame of objects", "a frame of one column"]
)
def test_the_advice_about_a_frame_helps(name):
    truth, message = REFUSED[name]
    code = re.search(r"truth\S*( > 0.5)?", message)[0]
    better = eval(code, {"truth": truth})
    other = pd.Series(["x", "y"]) if isinstance(better, pd.Series) else better.astype("boolean")
    assert jsdf.evaluate(better, other).rows > 0
