"""Sums over runs are the figures of one run over all rows."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_column import LABELS

import jsdf
from jsdf.results.run_totals import RunTotals
from jsdf.testing import FakeEngine


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None, ""]), min_size=1, max_size=12), st.integers(1, 5), st.booleans())
def test_sums(values, size, multiple):
    column = pd.Series(values, dtype=object)
    options = {"multiple_labels": multiple, "cache": False}
    whole = jsdf.run(column, LABELS, engine=FakeEngine(), **options)
    totals = RunTotals()
    assert (totals.rows, totals.unlabelled, totals.engine, totals.stopped) == (0, 0, "", None)
    for start in range(0, len(values), size):
        totals.add(jsdf.run(column.iloc[start : start + size], LABELS, engine=FakeEngine(), **options))
    assert dict(totals.counts) == whole.counts
    assert list(totals.label_counts.items()) == list(whole.label_counts.items())
    assert totals.rows == len(values)
    assert totals.usage.rows_sent >= whole.usage.rows_sent


def test_reasons_and_the_end_of_a_part():
    totals = RunTotals()
    for limit in (None, 0):
        totals.add(jsdf.run(pd.Series(["a", "b"]), LABELS, engine=FakeEngine(), cache=False, max_requests=limit))
    assert (totals.unlabelled, totals.counts["pending"]) == (2, 2)
    assert "max_requests=0" in totals.stopped
    assert totals.top_reasons() == []
