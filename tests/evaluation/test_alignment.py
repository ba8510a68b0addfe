"""Rows are matched by unique index labels, or by position on the same index; else refused, with advice that helps."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf

NAMES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=30)


def evaluate(truth, predicted):
    return jsdf.evaluate(truth, predicted)


@given(NAMES, st.randoms(use_true_random=False))
def test_the_order_of_rows_with_a_unique_index_does_not_matter(names, random):
    truth = pd.Series(names)
    predicted = truth.iloc[random.sample(range(len(names)), len(names))]
    assert evaluate(truth, predicted).accuracy == 1
    assert evaluate(predicted, truth).rows == len(names)


@given(NAMES, st.data())
def test_rows_of_one_side_alone_are_counted(names, data):
    truth = pd.Series(names)
    ours = data.draw(st.sets(st.integers(0, len(names) - 1), min_size=1))
    theirs = data.draw(st.sets(st.integers(0, len(names) - 1), min_size=1))
    one, two = truth.iloc[sorted(ours)], truth.iloc[sorted(theirs, reverse=True)]
    if not ours & theirs or not set(one) & set(two):
        with pytest.raises(jsdf.InvalidInputError):
            evaluate(one, two)
        return
    found = evaluate(one, two)
    assert (found.accuracy, found.rows) == (1, len(ours & theirs))
    assert found.left_out == {"no_truth": len(theirs - ours), "no_prediction": len(ours - theirs), "neither": 0}


LEVELS = pd.MultiIndex.from_arrays([[1, 1, 2, 2], [1, 1, 2, 2]])


@pytest.mark.parametrize("index", [[0, 0, 1, 1], [None, None, 1, 2], LEVELS], ids=["repeated", "null", "levels"])
def test_rows_with_the_same_index_are_matched_by_position(index):
    truth = pd.Series(["a", "b", "c", "a"], index=index)
    predicted = pd.Series(["a", "b", "a", "a"], index=index)
    assert evaluate(truth, predicted).accuracy == 0.75


def test_an_index_of_levels_is_matched_by_its_labels():
    index = pd.MultiIndex.from_product([["x", "y"], [1, 2]])
    truth = pd.Series(["a", "b", "c", "a"], index=index)
    assert evaluate(truth, truth[::-1]).accuracy == 1
    assert evaluate(truth, truth.iloc[1:]).left_out["no_prediction"] == 1


def test_lists_are_matched_by_position():
    series = pd.Series(["a", "b"], index=[7, 8])
    assert evaluate(["a", "a"], series).accuracy == 0.5
    assert evaluate(series, np.array(["a", "a"])).accuracy == 0.5
    with pytest.raises(jsdf.InvalidInputError, match="truth has 3 rows and predicted has 2, and without an index"):
        evaluate(["a", "a", "b"], series)


def test_a_repeated_index_label_is_refused_and_the_advice_helps():
    truth, predicted = pd.Series(["a", "b", "c"], index=[1, 1, 2]), pd.Series(["a", "b", "a"])
    with pytest.raises(jsdf.InvalidInputError, match=re.escape("the index of truth has 1 more than once")) as caught:
        evaluate(truth, predicted)
    assert ".reset_index(drop=True)" in str(caught.value)
    assert evaluate(truth.reset_index(drop=True), predicted.reset_index(drop=True)).accuracy == pytest.approx(2 / 3)
    with pytest.raises(
        jsdf.InvalidInputError, match=r"the index of predicted has 1 more than once, .* truth has 2 rows"
    ):
        evaluate(pd.Series(["a", "b"]), truth)


def test_other_index_labels_are_refused_and_the_advice_helps():
    truth, predicted = pd.Series(["a", "b"]), pd.Series(["a", "a"], index=["x", "y"])
    with pytest.raises(
        jsdf.InvalidInputError, match=re.escape("no index label of predicted (as 'x') is in truth (as 0)")
    ):
        evaluate(truth, predicted)
    assert evaluate(truth, predicted.set_axis(truth.index)).accuracy == 0.5
    with pytest.raises(jsdf.InvalidInputError, match=r"give the same rows the same index labels$"):
        evaluate(truth, predicted.iloc[:1])
    levels = predicted.set_axis(pd.MultiIndex.from_tuples([(0, 0), (1, 1)]))
    with pytest.raises(jsdf.InvalidInputError, match="the index of truth has 1 levels, and that of predicted has 2"):
        evaluate(truth, levels)
