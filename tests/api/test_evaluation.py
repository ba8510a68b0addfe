"""`evaluate` of a frame takes names of columns, and gives what the plain function gives."""

import re

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts

import jsdf

NUMBERS = np.arange(60)
FRAME = pd.DataFrame(
    {
        "text": texts(),
        "truth": labelled(),
        "n": NUMBERS,
        "given": labelled().shift(fill_value="cat"),
        "p": NUMBERS % 2 == 0,
        "q": NUMBERS % 3 == 0,
        "r": NUMBERS % 5 == 0,
    }
)


def test_names_of_columns_and_columns_give_the_same():
    expected = repr(jsdf.evaluate(FRAME["truth"], FRAME["given"]))
    assert repr(FRAME.jigsaw.evaluate("truth", "given")) == expected
    assert repr(FRAME.jigsaw.evaluate(FRAME["truth"], "given")) == expected
    assert repr(FRAME.jigsaw.evaluate("truth", FRAME["given"].to_numpy())) == expected


def test_lists_of_names_are_multi_hot_columns():
    renamed = FRAME[["p", "r"]].rename(columns={"r": "q"})
    found = FRAME.jigsaw.evaluate(["p", "q"], renamed)
    assert found.hamming_loss == jsdf.evaluate(FRAME[["p", "q"]], renamed).hamming_loss


def test_arguments_are_those_of_the_plain_function():
    found = FRAME.jigsaw.evaluate("truth", "given", labels=["dog"], confidence=0.8, seed=3)
    assert repr(found) == repr(jsdf.evaluate(FRAME["truth"], FRAME["given"], labels=["dog"], confidence=0.8, seed=3))
    assert FRAME.jigsaw.evaluate.__doc__ == jsdf.evaluate.__doc__
    with pytest.raises(TypeError, match=r"evaluate.*level"):
        FRAME.jigsaw.evaluate("truth", "given", level=0.9)


def test_a_run_and_a_review_are_taken_too():
    review = FRAME.jigsaw.review("text", "given", resume=False)
    review.accept(range(10))
    assert FRAME.jigsaw.evaluate(review, "given").rows == 10
    assert FRAME.jigsaw.evaluate("truth", review).rows == 60


@pytest.mark.parametrize("column", ["Truth", 7, ("truth", 1), ["truth2"]])
def test_a_missing_column_is_quoted(column):
    with pytest.raises(jsdf.InvalidInputError, match="is not in the frame; it has 'text', 'truth', 'n'"):
        FRAME.jigsaw.evaluate(column, "given")


def test_a_column_of_numbers_is_another_column():
    with pytest.raises(jsdf.InvalidInputError, match=re.escape("truth and predicted have no label in common")):
        FRAME.jigsaw.evaluate("n", "given")


def test_shares_takes_its_arguments_by_name():
    with pytest.raises(TypeError, match=r"jsdf.shares\(\).*confidnce.*confidence"):
        jsdf.shares(FRAME["given"], confidnce=0.9)
