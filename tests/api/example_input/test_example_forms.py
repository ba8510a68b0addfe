"""Examples are read from mappings, frames, pairs and reviews."""

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.api.example_input.example_forms import read_examples
from jsdf.testing import FakeEngine

NAMES = ["good", "bad"]
WANTED = [("fine", ("good",)), ("nice", ("good",)), ("awful", ("bad",))]


def read(given, column="text", names=NAMES):
    return [(row.value, row.names) for row in read_examples(given, column, names)]


FORMS = {
    "mapping": {"good": ["fine", "nice"], "bad": "awful"},
    "mapping of columns": {"good": pd.Series(["fine", "nice"]), "bad": np.array(["awful"], object)},
    "mapping of others": {"good": pd.Index(["fine", "nice"]), "bad": ("awful",)},
    "pair": (["fine", "nice", "awful"], ["good", "good", "bad"]),
    "pair of columns": (pd.Series(["fine", "nice", "awful"]), pd.Categorical(["good", "good", "bad"])),
    "pair with rows without a label": (["fine", "?", "nice", "awful", "!"], ["good", None, "good", "bad", " "]),
    "frame": pd.DataFrame({"text": ["fine", "nice", "awful"], "label": ["good", "good", "bad"]}),
    "frame with other columns": pd.DataFrame(
        {"id": [1, 2, 3], "label": ["good", "good", "bad"], "text": ["fine", "nice", "awful"]}
    ),
    "frame with another name": pd.DataFrame({"remark": ["fine", "nice", "awful"], "label": ["good", "good", "bad"]}),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_read_alike(form):
    assert read(FORMS[form]) == WANTED


def test_frames_of_other_libraries_are_read_alike():
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = {"text": ["fine", "nice", "awful"], "label": ["good", "good", "bad"]}
    assert read(polars.DataFrame(columns)) == read(arrow.table(columns)) == WANTED


def test_several_labels_come_as_lists_or_as_columns():
    wanted = [("fine", ("good",)), ("mixed", ("good", "bad")), ("table", ())]
    assert read((["fine", "mixed", "table"], [["good"], ("good", "bad"), []])) == wanted
    columns = pd.DataFrame({"text": ["fine", "mixed", "table"], "good": [True, True, False]})
    columns["bad"] = [False, True, False]
    assert read(columns) == wanted
    nullable = columns.assign(good=pd.array([True, None, False], "boolean"))
    assert read(nullable) == [wanted[0], wanted[2]]
    assert read((columns["text"], columns[NAMES])) == wanted


def test_pictures_in_memory_are_single_values():
    pixels = np.zeros((4, 4, 3), np.uint8)
    ((value, names),) = read({"good": pixels})
    assert value is pixels
    assert names == ("good",)
    assert [value for value, _ in read({"good": [pixels, b"x"], "bad": b"y"})][1:] == [b"x", b"y"]


def test_reviewed_rows_of_a_review_are_examples():
    frame = pd.DataFrame({"text": ["fine", "awful", "so", None]})
    run = frame.jigsaw.run("text", NAMES, engine=FakeEngine(), progress=False)
    review = frame.jigsaw.review("text", run, resume=False)
    with pytest.raises(jsdf.InvalidInputError, match="none of its rows has been given a label or accepted yet"):
        read(review)
    review.choose([1], "bad")
    review.choose([0], "good")
    review.mark([2])
    assert read(review) == [("fine", ("good",)), ("awful", ("bad",))]
    review.clear([0])
    assert read(review) == [("awful", ("bad",))]


def test_reviews_of_several_labels_hold_rows_without_any():
    frame = pd.DataFrame({"text": ["fine", "table"]})
    review = frame.jigsaw.review("text", pd.DataFrame({"good": [True, True], "bad": [False, False]}), resume=False)
    review.accept([0])
    review.clear([1])
    assert read(review) == [("fine", ("good",)), ("table", ())]


WRONG = [
    ({}, r"examples=\{\} holds no value with a label; pass a mapping"),
    ({"good": []}, "holds no value with a label"),
    ("good", "examples='good': pass a mapping of labels to values"),
    (["fine", "good"], r"examples=\['fine', 'good'\]: pass a mapping"),
    (3, "examples=3: pass a mapping"),
    ((["a"], ["good", "bad"]), "1 values and 2 labels; pass a label for each value"),
    ((["a"], [None]), "no row has a label"),
    (pd.DataFrame({"text": ["a"], "lable": ["good"]}), r"columns \['text', 'lable'\]; name the one .* labels 'label'"),
    (
        pd.DataFrame({"a": ["a"], "b": ["b"], "label": ["good"]}),
        "name the one that holds the values 'text'",
    ),
    (
        (["a"], pd.DataFrame({"good": [1], "bad": [0]})),
        "the column 'good' of the labels is int64; pass one bool",
    ),
    (("a", ["good"]), "examples is of type str, not a column"),
]


@pytest.mark.parametrize(("given", "message"), WRONG)
def test_other_forms_are_refused_with_what_to_pass(given, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        read(given)
