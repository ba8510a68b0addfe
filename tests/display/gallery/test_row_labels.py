"""Every form of labels that a gallery accepts, and the errors for others."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from gallery_samples import everything, hot, labelled, run_of, texts

import jsdf
from jsdf.api.viewers import gallery
from jsdf.display.gallery.row_labels import resolve_columns


def test_every_frame_can_be_shown(sample_frames):
    column = sample_frames.columns[0]
    series = sample_frames[column]
    g = gallery(series)
    assert everything(g) == list(range(len(series)))
    g.go_to_page(0)
    assert len(g.tiles()) == len(series)


GIVEN = {
    "category": labelled,
    "object": lambda: labelled().astype(object),
    "string": lambda: labelled().astype("string"),
    "arrow": lambda: labelled().astype("string[pyarrow]"),
    "list": lambda: labelled().tolist(),
    "array": lambda: labelled().to_numpy(),
    "categorical": lambda: labelled().array,
    "run": lambda: run_of(texts()),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_every_form_of_labels(given):
    label = given()
    captions = [tile.caption for tile in gallery(texts(), label).tiles()]
    expected = label.labels if isinstance(label, jsdf.Run) else label
    assert captions == list(expected)[:24]


@pytest.mark.parametrize("dtype", ["bool", "boolean", "bool[pyarrow]"])
def test_a_multi_hot_frame_shows_all_its_labels(dtype):
    g = gallery(texts(), hot(dtype=dtype))
    assert [tile.caption for tile in g.tiles()[:4]] == ["price, delivery", "", "price", "delivery"]
    assert g.counts() == [30, 20]
    g.filter(label="delivery")
    assert everything(g) == list(range(0, 60, 3))


def test_names_of_columns_are_resolved():
    frame = pd.concat([labelled(), hot()], axis=1)
    assert resolve_columns(frame, "animal").equals(frame["animal"])
    assert resolve_columns(frame, ["price", "delivery"]).equals(frame[["price", "delivery"]])
    assert resolve_columns(frame, None) is None
    with pytest.raises(jsdf.InvalidInputError, match="'nope' is not in the frame"):
        resolve_columns(frame, "nope")


def test_scores_of_a_frame_go_by_the_names_of_its_columns():
    scores = pd.DataFrame({"dog": [0.1, 0.2], "cat": [0.9, 0.8], "bird": [0.0, 0.0]})
    assert [tile.score for tile in gallery(texts(2), labelled(2), scores=scores).tiles()] == [0.9, 0.2]


def test_the_score_of_several_labels_is_that_of_the_least_decided():
    scores = pd.DataFrame({"price": [0.9, 0.4], "delivery": [0.6, 0.2]})
    tiles = gallery(texts(2), hot(2), scores=scores).tiles()
    assert [tile.score for tile in tiles] == pytest.approx([0.6, 0.6])


FORMS = {
    "a list": list,
    "a tuple": tuple,
    "an array": np.array,
    "an index": pd.Index,
    "Arrow": pa.array,
    "chunks": lambda values: pa.chunked_array([values[:1], values[1:]]),
    "an iterator": iter,
    "polars": lambda values: pytest.importorskip("polars").Series(values),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_labels_and_scores_come_in_every_form_of_a_column(form):
    frame = pd.DataFrame({"text": ["a", "b", "c"], "label": ["x", "y", "x"]}, index=[7, 8, 9])
    names, scores = ["x", "y", "x"], [0.5, 0.25, 1.0]
    show = [frame["text"].jigsaw.gallery]
    if form not in (list, tuple):  # names of columns, for a method of the frame
        show.append(lambda *args, **named: frame.jigsaw.gallery("text", *args, **named))
    for gallery_of in show:
        tiles = gallery_of(form(names), scores=form(scores)).tiles()
        assert [(tile.caption, tile.score) for tile in tiles] == list(zip(names, scores, strict=True))
    review = frame["text"].jigsaw.review(form(names), against=form(["x", "x", "x"]), resume=False)
    pd.testing.assert_series_equal(review.labels, frame["label"], check_dtype=False, check_names=False)
    assert review.tiles()[0].row == 1


def test_a_dict_of_labels_goes_by_its_keys():
    column = pd.Series(["a", "b"], index=[7, 8])
    assert column.jigsaw.review({7: "x", 8: "y"}, resume=False).labels.tolist() == ["x", "y"]
    with pytest.raises(jsdf.InvalidInputError, match="label has another index"):
        column.jigsaw.review({8: "x", 7: "y"}, resume=False)


WRONG = {
    "other length": (lambda: {"label": labelled(3)}, "3 rows where the column has 60"),
    "other order": (lambda: {"label": labelled(60)[::-1]}, "another index"),
    "no column": (lambda: {"label": "animal"}, "label='animal'"),
    "numbers in a frame": (lambda: {"label": pd.DataFrame({"a": range(60)})}, "is int64"),
    "empty frame": (lambda: {"label": hot()[[]]}, "no columns"),
    "lists": (lambda: {"label": pd.Series([["a"]] * 60)}, "lists"),
    "not a category": (lambda: {"label": labelled(), "labels": ["cat", "whale"]}, "'whale' is not a category"),
    "texts among numbers": (lambda: {"label": pd.Series([1] * 60), "labels": ["a", "b"]}, "cannot be stored in label"),
    "too large": (lambda: {"size": 512}, "size=512"),
    "scores alone": (lambda: {"scores": pd.Series([1.0] * 60)}, "pass label="),
    "scores of other labels": (lambda: {"label": labelled(), "scores": hot().astype(float)}, "no column 'cat'"),
    "scores of other rows": (lambda: {"label": labelled(), "scores": pd.Series([1.0])}, "1 rows"),
    "scores by name": (lambda: {"label": labelled(), "scores": "sure"}, "scores='sure': pass a Series or a frame"),
    "scores in a set": (lambda: {"label": labelled(), "scores": {1.0}}, "scores is of type set, not a column"),
    "scores in a short list": (lambda: {"label": labelled(), "scores": [1.0]}, "scores has 1 rows"),
    "texts as scores": (
        lambda: {"label": labelled(), "scores": texts()},
        "scores contains values that are not numbers",
    ),
    "a new category": (lambda: {"label": labelled(), "labels": ["cat", "fish"]}, "add_categories(['fish'])"),
    "texts for a column of numbers": (
        lambda: {"label": pd.Series([np.nan] * 60), "labels": ["cat", "dog"]},
        "which is float64; pass label.astype('string')",
    ),
    "a frame of 0 and 1": (lambda: {"label": hot().astype(int)}, "as with .astype('boolean')"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_unusable_arguments_are_errors(arguments, message):
    with pytest.raises((jsdf.InvalidInputError, jsdf.InvalidLabelsError)) as raised:
        gallery(texts(60), **arguments())
    assert message in str(raised.value)


def test_a_column_of_texts_is_not_taken_for_labels():
    with pytest.raises(jsdf.InvalidLabelsError, match="600 distinct values"):
        gallery(texts(600), texts(600))


@pytest.mark.parametrize("kind", [pd.array, pd.Index, pd.Categorical, np.array, list])
def test_labels_may_come_in_any_array(kind):
    g = gallery(texts(3), kind(["cat", "dog", "cat"]))
    assert [tile.caption for tile in g.tiles()] == ["cat", "dog", "cat"]


def test_later_writes_to_the_frame_do_not_change_the_labels():
    frame = pd.DataFrame({"text": ["a", "b"], "animal": ["cat", "dog"]})
    g = gallery(frame["text"], frame["animal"])
    frame.loc[0, "animal"] = "whale"
    assert g.row_labels.corrected([]).tolist() == ["cat", "dog"]


def test_labels_of_a_multi_index_are_joined():
    index = pd.MultiIndex.from_tuples([(1, "x"), (2, "y")])
    assert [tile.index for tile in gallery(pd.Series(["a", "b"], index)).tiles()] == ["1, x", "2, y"]
