"""Agreement of labels: equal to scikit-learn's figures, also where label sets and sets of labels differ."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.evaluation.agreement import agree, one_column, to_codes

NAMES = ["refund", "delivery", "praise"]
LABELS = st.lists(st.sampled_from([*NAMES, None]), min_size=1, max_size=40)


def column(labels, names=NAMES):
    return pd.Series(pd.Categorical(labels, categories=names))


@given(st.data())
def test_share_and_kappa_are_scikit_learns(data):
    metrics = pytest.importorskip("sklearn.metrics")
    first = data.draw(LABELS)
    second = data.draw(st.lists(st.sampled_from([*NAMES, None]), min_size=len(first), max_size=len(first)))
    found = agree(*to_codes([column(first), column(second, NAMES[::-1])]))
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a is not None and b is not None]
    assert found.rows == len(pairs)
    if not pairs:
        assert np.isnan(found.share)
        assert np.isnan(found.kappa)
        return
    one, two = zip(*pairs, strict=True)
    assert found.share == pytest.approx(metrics.accuracy_score(one, two))
    if len({*one, *two}) == 1:  # scikit-learn warns, and divides by 0
        assert np.isnan(found.kappa)
    else:
        assert found.kappa == pytest.approx(metrics.cohen_kappa_score(one, two))


def test_sets_of_labels_agree_if_they_are_equal_whatever_the_order_of_the_columns():
    one = pd.DataFrame({"a": [True, False, True], "b": [False, False, True]})
    two = pd.DataFrame({"b": [False, True, True], "a": [True, False, True]})
    assert agree(*to_codes([one, two])).share == pytest.approx(2 / 3)


def test_a_set_is_compared_by_its_labels_not_by_those_it_could_have_had():
    few = pd.DataFrame({"a": [True, False]})
    many = pd.DataFrame({"a": [True, False], "b": [False, False]})
    assert agree(*to_codes([few, many])).share == 1


def test_rows_without_an_answer_are_no_set():
    one = pd.DataFrame({"a": pd.array([True, None], "boolean"), "b": pd.array([False, None], "boolean")})
    codes = to_codes([one])[0]
    assert [code >= 0 for code in codes] == [True, False]
    assert one_column(one).tolist() == ["a", pd.NA]


def test_an_empty_column_agrees_with_nothing():
    found = agree(*to_codes([column([]), column([])]))
    assert found.rows == 0
    assert np.isnan(found.share)
    assert len(to_codes([pd.DataFrame({"a": [], "b": []}, dtype=bool)])[0]) == 0
