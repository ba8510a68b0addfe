"""The effect of neighbours in a request, for an engine that has one and for one that has none."""

from itertools import chain

import numpy as np
import pandas as pd

import jsdf
from jsdf.column import encode
from jsdf.evaluation.batch_effect import sample_positions
from jsdf.testing import FakeEngine

TEXTS = pd.Series([f"text {i % 50}" for i in range(100)] + [None], name="text")
LABELS = ["good", "bad"]


def first_is_bad(_, values):
    """Answer "bad" for the first of several samples."""
    return ["bad" if i == 0 and len(values) > 1 else "good" for i in range(len(values))]


def test_an_engine_without_a_batch_effect_changes_nothing():
    found = jsdf.probe(TEXTS, LABELS, engine=FakeEngine(), progress=False)
    assert found.changed == 0
    assert found.compared == 50
    assert not found.rows["changed"].any()
    assert 0 == found.low < found.high < 0.08
    assert repr(found).startswith("BatchEffect: 0.0% of 50 rows changed")


def test_labels_that_depend_on_the_place_are_found():
    found = jsdf.probe(TEXTS, LABELS, 40, engine=FakeEngine(first_is_bad), progress=False)
    assert set(found.rows["alone"]) == {"good"}
    assert found.rows["changed"].sum() == len(found.rows.query("together == 'bad' or reordered == 'bad'")) > 0
    assert found.changed == found.rows["changed"].mean()
    assert found.low < found.changed < found.high
    assert ".rows lists them" in repr(found)
    assert "Batch effect" in found._repr_html_()


def test_each_arrangement_asks_the_same_rows_and_none_is_answered_from_the_store():
    engine = FakeEngine(identity="probed")
    jsdf.classify(TEXTS, LABELS, engine=engine, progress=False)
    engine.calls.clear()
    found = jsdf.probe(TEXTS, LABELS, 40, engine=engine, progress=False)
    sizes = [len(values) for _, values in engine.calls]
    assert sorted(sizes) == [1] * 40 + [8, 8, 32, 32]
    alone, together, other = sizes.index(1), [values for _, values in engine.calls[40:42]], engine.calls[42:]
    assert alone == 0
    assert sorted(chain(*together)) == sorted(chain(*(values for _, values in other)))
    assert together != [values for _, values in other]
    assert found.usage.requests == 44
    assert found.usage.rows_cached == 0


def test_rows_that_fail_in_one_arrangement_are_not_compared():
    failing = FakeEngine(fail=lambda values: jsdf.APIError("no", status=422) if "text 7" in values else None)
    found = jsdf.probe(TEXTS, LABELS, engine=failing, progress=False)
    assert found.compared == 49
    assert found.rows["changed"].isna().sum() == 1


def test_a_sample_is_random_reproducible_and_of_different_values():
    column = encode(TEXTS, "text")
    rows = sample_positions(column, 20, 0)
    assert rows.tolist() == sorted(rows) == sample_positions(column, 20, 0).tolist()
    assert TEXTS.iloc[rows].nunique() == 20
    assert rows.tolist() != sample_positions(column, 20, 1).tolist()
    assert len(sample_positions(column, 1_000, 0)) == 50
    drawn = np.concatenate([sample_positions(column, 5, seed) for seed in range(400)])
    assert np.bincount(column.codes[drawn], minlength=50).min() > 10  # 40 are expected of each


def test_nothing_is_said_without_rows():
    engine = FakeEngine(fail=lambda _: jsdf.APIError("no", status=422))
    found = jsdf.probe(TEXTS[:3], LABELS, engine=engine, progress=False)
    assert np.isnan([found.changed, found.low, found.high]).all()
    assert "nothing can be said" in repr(found)
