"""Runs and errors survive pickling."""

import pickle

import pytest
from sample_column import LABELS, SERIES, refuse

import jsdf
from jsdf.testing import FakeEngine


@pytest.mark.parametrize("multiple", [False, True])
def test_a_run_pickles(multiple):
    engine = FakeEngine(scores=True, fail=refuse("text 7"))
    run = jsdf.run(SERIES, LABELS, engine=engine, multiple_labels=multiple)
    copy = pickle.loads(pickle.dumps(run))
    assert copy.labels.equals(run.labels)
    assert copy.status.equals(run.status)
    assert copy.failures.equals(run.failures)
    assert copy.scores.equals(run.scores)
    assert (copy.usage, copy.engine, repr(copy)) == (run.usage, run.engine, repr(run))
    with pytest.raises(Exception, match=r"pickle.* call run\(\) again"):
        copy.retry()


def test_a_classification_error_pickles_with_its_run():
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.run.labels.equals(caught.value.run.labels)
