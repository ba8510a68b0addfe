"""The class `Evaluation`: its figures as attributes, and what pickle and editors see."""

import pickle

import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeEngine


def single():
    return jsdf.evaluate(["a", "b", "b", "a"], ["a", "b", "a", "a"])


def several():
    frame = pd.DataFrame({"a": [True, False], "b": [True, True]})
    return jsdf.evaluate(frame, ~frame)


def test_the_figures_are_attributes_and_a_frame():
    found = single()
    assert isinstance(found, jsdf.Evaluation)
    assert found.figures.index.tolist() == ["accuracy", "balanced_accuracy", "macro_f1", "kappa"]
    assert found.figures["value"].tolist() == [found.accuracy, found.balanced_accuracy, found.macro_f1, found.kappa]
    assert found.intervals.columns.tolist() == ["low", "high"]
    assert found.per_label.columns.tolist() == ["precision", "recall", "f1", "support"]
    assert found.per_label["support"].dtype == "int64"
    assert {"accuracy", "kappa", "worst", "confusion"} <= set(dir(found))
    assert several().figures.index.tolist() == ["subset_accuracy", "hamming_loss", "macro_f1", "micro_f1"]


def test_a_figure_of_the_other_form_says_which_there_are():
    with pytest.raises(AttributeError, match="several labels, for which there is no accuracy, but subset_accuracy"):
        _ = several().accuracy
    with pytest.raises(AttributeError, match="one label, for which there is no hamming_loss, but accuracy"):
        _ = single().hamming_loss
    with pytest.raises(AttributeError, match="no attribute 'precision'"):
        _ = single().precision


def test_it_can_be_pickled():
    for found in (single(), several()):
        again = pickle.loads(pickle.dumps(found))
        assert repr(again) == repr(found)
        pd.testing.assert_frame_equal(again.confusion, found.confusion)


def test_an_argument_that_does_not_fit_is_named():
    with pytest.raises(TypeError, match=r"jsdf.evaluate\(\).*label"):
        jsdf.evaluate(["a"], ["a"], label=["a"])


@pytest.mark.parametrize("form", ["run", "review"])
def test_an_evaluation_of_a_run_or_a_review_can_be_pickled(form):
    texts = pd.Series(["x", "y", "z", None])
    run = jsdf.run(texts, ["a", "b"], engine=FakeEngine(answers=lambda _, values: ["a"] * len(values)), progress=False)
    predicted = run if form == "run" else jsdf.review(texts, run.labels)
    found = jsdf.evaluate(["a", "b", "a", "b"], predicted)
    again = pickle.loads(pickle.dumps(found))
    assert repr(again) == repr(found)
    assert again.worst()["values"].tolist() == [("y",)]
