"""Filters by labels, scores and cells of the confusion matrix, as a person passes them."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import hot, labelled, texts

import jsdf
from jsdf.api.viewers import gallery

LABEL = pd.Series(["cat", "dog", None, "cat", "bird"], dtype=object)
OTHER = pd.Series(["cat", "fish", "cat", None, "dog"], dtype=object)
SCORES = pd.Series([0.9, 0.5, np.nan, 0.1, 0.35])


def opened():
    return gallery(texts(5), LABEL, scores=SCORES, against=OTHER)


SHOWN = {
    "one label": ({"label": "cat"}, [0, 3]),
    "several labels": ({"label": ["cat", "bird"]}, [0, 3, 4]),
    "a label and rows without one": ({"label": ["dog", pd.NA]}, [1, 2]),
    "rows without a label": ({"label": pd.NA}, [2]),
    "no labels": ({"label": []}, [0, 1, 2, 3, 4]),
    "scores of both ends": ({"score": (0.1, 0.9)}, [0, 1, 3, 4]),
    "a score as float32 holds it": ({"score": (0.9, 1)}, [0]),
    "an upper end as float32 holds it": ({"score": (0, 0.35)}, [3, 4]),
    "NumPy scores": ({"score": (np.float64(0.9), np.int64(1))}, [0]),
    "a cell": ({"cell": ("cat", "cat")}, [0]),
    "a cell of a label that the other does not have": ({"cell": ("dog", "fish")}, [1]),
    "an empty cell": ({"cell": ("bird", "fish")}, []),
    "all at once": ({"label": ["cat"], "score": (0, 0.5), "text": "3", "status": "answered"}, [3]),
}


@pytest.mark.parametrize(("arguments", "shown"), SHOWN.values(), ids=SHOWN)
def test_rows_are_filtered(arguments, shown):
    g = opened()
    g.filter(**arguments)
    assert g.order.tolist() == shown


def test_rows_with_several_labels_have_at_least_one_of_those_asked_for():
    g, label = gallery(texts(60), hot()), hot()
    g.filter(label=["price", "delivery"])
    assert g.order.tolist() == np.flatnonzero(label.any(axis=1)).tolist()


WRONG = {
    "an unknown label in a list": ({"label": ["cat", "whale"]}, "label='whale': pass one of 'cat', 'dog', 'bird'"),
    "a score alone": ({"score": 0.5}, "score=0.5: pass a pair (low, high) of numbers, as in score=(0, 0.5)"),
    "scores the wrong way round": ({"score": (0.9, 0.1)}, "score=(0.9, 0.1): pass a pair"),
    "no scores": ({"score": (None, 1)}, "score=(None, 1): pass a pair"),
    "infinite scores": ({"score": (0, np.inf)}, "score=(0, inf): pass a pair"),
    "texts as scores": ({"score": ("0", "1")}, "score=('0', '1'): pass a pair"),
    "a label as a cell": ({"cell": "cat"}, "cell='cat': pass a pair (label, other label)"),
    "an unknown row": ({"cell": ("fish", "cat")}, "the labels are 'cat', 'dog', 'bird'"),
    "an unknown column": ({"cell": ("cat", "bird")}, "the second opinion has 'cat', 'fish', 'dog'"),
    "a status in a list": ({"status": ["answered"]}, "status=['answered']: pass one of"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_unusable_filters_are_errors_and_change_nothing(arguments, message):
    g = opened()
    g.filter(label="dog")
    with pytest.raises(jsdf.InvalidInputError) as raised:
        g.filter(**arguments)
    assert message in str(raised.value)
    assert g.order.tolist() == [1]


def test_filters_that_need_scores_or_a_second_opinion_say_so():
    g = gallery(texts(60), labelled())
    with pytest.raises(jsdf.InvalidInputError, match=r"score=\(0, 1\): there are no scores; pass scores="):
        g.filter(score=(0, 1))
    with pytest.raises(jsdf.InvalidInputError, match="pass against= when you open the gallery"):
        g.filter(cell=("cat", "cat"))
    with pytest.raises(jsdf.InvalidInputError, match="needs one label a row"):
        gallery(texts(60), hot(), against=hot()).filter(cell=("price", "price"))


def test_a_gallery_tells_how_a_second_opinion_differs():
    tiles = opened().tiles()
    assert [tile.disagreement for tile in tiles] == ["", "second opinion: fish", "", "", "second opinion: dog"]
