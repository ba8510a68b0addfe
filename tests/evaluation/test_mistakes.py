"""The confusion matrix and the most frequent mistakes, with example rows."""

import numpy as np
import pandas as pd
import pytest
from judged_columns import random_frames, random_pair

import jsdf


def test_the_worst_mistakes_come_first_with_their_first_rows():
    truth = pd.Series([*"aaaaabbbc"], index=[*"ABCDEFGHI"])
    predicted = pd.Series([*"abbbbaabc"], index=truth.index)
    found = jsdf.evaluate(truth, predicted)
    worst = found.worst()
    assert worst.columns.tolist() == ["truth", "predicted", "rows", "examples"]
    assert worst.loc[0].tolist() == ["a", "b", 4, ("B", "C", "D")]
    assert worst.loc[1].tolist() == ["b", "a", 2, ("F", "G")]
    assert len(found.worst(1)) == 1
    assert found.confusion.loc["a", "b"] == 4
    assert (found.confusion.index.name, found.confusion.columns.name) == ("truth", "predicted")


def test_the_mistakes_of_several_labels_a_row_are_missed_or_added():
    truth = pd.DataFrame({"a": [True] * 5, "b": [True, True, False, False, True]})
    predicted = pd.DataFrame({"a": [False] * 3 + [True] * 2, "b": [True, True, True, True, False]})
    worst = jsdf.evaluate(truth, predicted).worst()
    assert worst.columns.tolist() == ["label", "mistake", "rows", "examples"]
    assert worst.to_numpy().tolist() == [
        ["a", "missed", 3, (0, 1, 2)],
        ["b", "added", 2, (2, 3)],
        ["b", "missed", 1, (4,)],
    ]


@pytest.mark.parametrize("seed", range(30))
def test_the_mistakes_are_the_rows_that_differ(seed):
    truth, predicted = random_pair(seed)
    if not set(truth.dropna()) & set(predicted.dropna()) - {" "}:
        pytest.skip("nothing to compare")
    try:
        found = jsdf.evaluate(truth, predicted)
    except jsdf.InvalidInputError:
        return
    worst = found.worst(100)
    assert worst["rows"].sum() == found.rows - np.trace(found.confusion)
    assert found.accuracy == pytest.approx(1 - worst["rows"].sum() / found.rows)
    for kind in worst.itertuples():
        assert all(truth[row] == kind.truth and predicted[row] == kind.predicted for row in kind.examples)
    frames = random_frames(2 * seed)
    several = jsdf.evaluate(*frames)
    assert several.worst(100)["rows"].sum() == (frames[0] ^ frames[1]).to_numpy().sum()


def test_without_a_mistake_there_is_none():
    worst = jsdf.evaluate(["a", "b"], ["a", "b"]).worst()
    assert worst.empty
    assert worst.columns.tolist() == ["truth", "predicted", "rows", "examples"]


@pytest.mark.parametrize("n", [0, -1, 2.5, "3", None, True])
def test_a_number_of_mistakes_that_is_none_is_quoted(n):
    with pytest.raises(jsdf.InvalidInputError, match=f"n={n!r}: pass a whole number, 1 or more"):
        jsdf.evaluate(["a", "b"], ["b", "b"]).worst(n)
