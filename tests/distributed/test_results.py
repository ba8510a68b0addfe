"""The columns and dtypes of a partition's results depend on the settings alone."""

import numpy as np
import pandas as pd
import pytest

from jsdf.distributed.partition import run_partition
from jsdf.distributed.results import empty_run, frame_of, labels_of
from jsdf.distributed.settings import check_settings
from jsdf.testing import FakeEngine

PARTITIONS = {
    "all answered": ["a", "bb"],
    "none answered": [None, ""],
    "some": ["a", None],
    "empty": [],
}


@pytest.mark.parametrize("values", PARTITIONS.values(), ids=PARTITIONS)
@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("scores", [False, True])
def test_dtypes_are_those_of_an_empty_run(values, multiple, scores):
    engine = FakeEngine(scores=scores)
    settings = check_settings("t", np.dtype(object), ["x", "y"], None, {"engine": engine, "multiple_labels": multiple})
    series = pd.Series(values, dtype=object, name="t", index=pd.Index(range(len(values)), name="i"))
    run, empty = run_partition(series, settings), empty_run(series, settings)
    for result in (frame_of, labels_of):
        found, wanted = result(run, settings), result(empty, settings)
        assert len(wanted) == 0
        assert wanted.index.name == "i"
        if isinstance(found, pd.Series):
            assert (found.dtype, found.name) == (wanted.dtype, wanted.name)
        else:
            pd.testing.assert_series_equal(found.dtypes, wanted.dtypes)


def test_the_source_of_stored_answers_keeps_its_dtype():
    engine = FakeEngine(identity="one")
    settings = check_settings("t", np.dtype(object), ["x", "y"], None, {"engine": engine})
    series = pd.Series(["a", "b"], name="t")
    first, second = (frame_of(run_partition(series, settings), settings)["source"] for _ in range(2))
    assert (list(first), list(second)) == (["fake", "fake"], ["store", "store"])
    assert first.dtype == second.dtype
