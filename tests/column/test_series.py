"""A column may come in any form that pandas can make a Series of; anything else is refused with what to do."""

import array
import asyncio
import importlib.util
import io
import subprocess
import sys
from collections import deque
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

import jsdf
from jsdf.column import to_series
from jsdf.testing import FakeEngine

LABELS = ["good", "bad"]
TEXTS = ["a", "b", None]


class Tensor:
    """An array of another library."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values


class Lazy(Tensor):
    """A column that is computed when it is asked for, as those of Dask are."""

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("computed without being asked")

    def __dask_graph__(self):
        return {}

    def compute(self):
        return pd.Series(self.values)


COLUMNS = {
    "list": TEXTS,
    "tuple": tuple(TEXTS),
    "deque": deque(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "map": lambda: map(str.lower, ["A", "B", ""]),
    "dict values": {1: "a", 2: "b", 3: None}.values(),
    "dict keys": {"a": 1, "b": 2, "": 3}.keys(),
    "array": np.array(TEXTS, dtype=object),
    "array of str": np.array(["a", "b", ""]),
    "index": pd.Index(TEXTS, dtype=object),
    "categorical index": pd.CategoricalIndex(TEXTS),
    "extension array": pd.array(TEXTS, dtype="string"),
    "categorical": pd.Categorical(TEXTS),
    "Arrow array": pa.array(TEXTS),
    "Arrow's large strings": pa.array(TEXTS, pa.large_string()),
    "Arrow's views": pa.array(TEXTS, pa.string_view()),
    "Arrow's dictionary": pa.array(TEXTS).dictionary_encode(),
    "Arrow's chunks": pa.chunked_array([["a"], ["b", None]]),
    "Arrow's nulls": pa.chunked_array([["a", "b"], [None]], pa.string()),
    "other library": Tensor(["a", "b", ""]),
}


@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_every_form_is_labelled_in_its_order(values):
    engine = FakeEngine(lambda question, sent: ["good" if text == "a" else "bad" for text in sent])
    given = values() if callable(values) else values
    labels = jsdf.classify(given, LABELS, engine=engine)
    assert isinstance(labels, pd.Series)
    assert labels.index.equals(pd.RangeIndex(3))
    assert labels.tolist()[:2] == ["good", "bad"]
    assert labels.isna().tolist() == [False, False, True]
    assert engine.calls[0][1] == ["a", "b"]


@pytest.mark.parametrize("call", ["classify", "aclassify", "run", "plan", "gallery", "review"])
def test_every_function_takes_them(call):
    engine = FakeEngine()
    if call in ("gallery", "review"):
        found = getattr(jsdf, call)(["a", "b"], ["good", "bad"])
        assert len(found) == 2
    else:
        found = getattr(jsdf, call)(["a", "b"], LABELS, engine=engine)
        found = asyncio.run(found) if call == "aclassify" else found
        assert (found.rows if call == "plan" else len(found)) == 2


def test_a_series_keeps_its_index_and_name():
    series = pd.Series(["a", "b"], index=[7, 7], name="review")
    assert to_series(series) is series
    index = to_series(pd.Index(["a"], name="review"))
    assert (index.name, index.index.tolist()) == ("review", [0])
    by_id = to_series({"x": "a", "y": None})
    assert (by_id.index.tolist(), by_id.tolist()) == (["x", "y"], ["a", None])


def test_texts_with_surrogates_may_come_in_a_list():
    engine = FakeEngine()
    jsdf.classify(["\ud83d\ude00", "b\ud800", "c"], LABELS, engine=engine)
    assert engine.calls[0][1] == ["\U0001f600", "b\ufffd", "c"]


def test_masked_entries_of_an_array_are_missing():
    for values in (["x", "y"], np.array(["x", "y"], dtype=object)):
        masked = np.ma.array(values, mask=[False, True])
        assert to_series(masked).isna().tolist() == [False, True]
        assert jsdf.classify(masked, LABELS, engine=FakeEngine()).isna().tolist() == [False, True]
    assert to_series(np.ma.array([1, 2])).tolist() == [1, 2]


NOT_TEXTS = {
    "a list": [1, "a"],
    "a range": range(2),
    "an array": np.array([1, 2]),
    "bytes of Arrow": pa.array([b"a", b"b"]),
    "chunks of bytes": pa.chunked_array([[b"a"], [b"b"]]),
    "an index": pd.Index([1, 2]),
    "a dict": {"x": 1, "y": 2},
    "memory": [memoryview(b"a"), memoryview(b"b")],
    "a text and an image": ["a", b"\x89PNG\r\n\x1a\n"],
}
if importlib.util.find_spec("polars"):
    import polars as pl

    NOT_TEXTS |= {"bytes of polars": pl.Series([b"a", b"b"]), "lists of polars": pl.Series([["a", "b"]])}


@pytest.mark.parametrize("values", NOT_TEXTS.values(), ids=NOT_TEXTS)
@pytest.mark.parametrize("call", [lambda values: jsdf.run(values, LABELS, engine=FakeEngine()), jsdf.gallery])
def test_advice_on_the_column_says_how_to_make_one(values, call):
    with pytest.raises(jsdf.InvalidInputError) as caught:
        call(values)
    before, conversion = str(caught.value).split(", with series = ")
    series = eval(conversion.partition(", or pass")[0], {"series": values, "pd": pd})
    with pytest.raises(jsdf.InvalidInputError) as of_series:
        call(series)
    assert str(of_series.value).startswith(before)
    assert "with series" not in str(of_series.value)


def test_a_warning_says_it_too():
    texts = ["https://a.org/b.jpg?t=a cat", "https://a.org/c.jpg?t=a dog"]
    with pytest.warns(UserWarning, match=r"pass series.*\), with series = pd.Series\(series\) if they are i"):
        jsdf.run(texts, LABELS, engine=FakeEngine())


def test_images_may_come_in_a_list_an_array_or_a_tensor():
    photos = np.zeros((2, 2, 2, 3), np.uint8)
    photos[1] = 9
    for values in (list(photos), [Image.fromarray(photo) for photo in photos], list(map(Tensor, photos))):
        engine = FakeEngine(lambda question, sent: ["good"] * len(sent))
        assert jsdf.classify(values, LABELS, engine=engine).tolist() == ["good", "good"]
        assert engine.calls[0][0].kind == "image"


def test_a_polars_series_keeps_its_name():
    polars = pytest.importorskip("polars")
    labels = jsdf.classify(polars.Series("review", TEXTS), LABELS, engine=FakeEngine())
    assert (labels.name, labels.index.tolist(), labels.isna().tolist()) == ("review", [0, 1, 2], [False, False, True])
    assert to_series(polars.Series(["a"])).name is None
    for dtype in (polars.Categorical, polars.Enum(["a", "b"])):
        assert to_series(polars.Series(TEXTS, dtype=dtype)).tolist() == TEXTS
    frame = polars.DataFrame({"text": TEXTS})
    assert to_series(frame["text"]).tolist() == TEXTS
    assert to_series(frame.lazy().collect()["text"]).tolist() == TEXTS


def test_a_polars_series_needs_no_pyarrow():
    pytest.importorskip("polars")
    code = """
import sys
sys.modules["pyarrow"] = None
import polars, jsdf
from jsdf.testing import FakeEngine
print(jsdf.run(polars.Series("x", ["a", None, "b"]), ["good", "bad"], engine=FakeEngine(), cache=False).counts)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'answered': 2, 'missing': 1" in done.stdout


FRAME = pd.DataFrame({"text": ["a", "b"]})
PHOTO = np.zeros((2, 2, 3), np.uint8)
TABLE = pa.table({"text": ["a", "b"]})
#: Objects that are no columns, the message, and a function that does what it says.
NO_COLUMN = "not a column; "
IN_A_LIST = rf"{NO_COLUMN}pass a list, as in \[value\], for a single value"
RECORDS = np.array([("x", 1)], dtype=[("text", "U1"), ("n", int)])
REFUSED = {
    "records": (RECORDS, rf"{NO_COLUMN}pass one of its fields, as in array\['text'\]", lambda array: array["text"]),
    "a frame": (FRAME, rf"pandas\.\S*DataFrame, {NO_COLUMN}pass .* df\['text'\], or call", lambda df: df["text"]),
    "an empty frame": (pd.DataFrame(), "it has no columns; pass one with a column", None),
    "a table": (TABLE, rf"pyarrow\.lib\.Table, {NO_COLUMN}pass .* df\['text'\]$", lambda df: df["text"]),
    "levels": (
        pd.MultiIndex.from_tuples([("a", 1)]),
        r"MultiIndex, .* as in index\.get_level_values\(0\)",
        lambda index: index.get_level_values(0),
    ),
    "a matrix": (
        np.array([["a", "b"], ["c", "d"]]),
        r"numpy\.ndarray, .* shape is \(2, 2\); pass .* array\[:, 0\]",
        lambda array: array[:, 0],
    ),
    "an image": (
        PHOTO,
        r"its shape is \(2, 2, 3\); pass list\(array\) .* or \[array\] if it is one",
        lambda array: [array],
    ),
    "images": (np.stack([PHOTO] * 3), r"its shape is \(3, 2, 2, 3\); pass list\(array\)", list),
    "a tensor": (
        Tensor(np.stack([PHOTO] * 3)),
        r"test_series\.Tensor, .*; pass list\(array\)",
        lambda tensor: list(np.asarray(tensor)),
    ),
    "an array without an axis": (
        np.array("a"),
        r"it has no rows; pass a Series, or a list",
        lambda array: [array.item()],
    ),
    "a lazy column": (Lazy(["a", "b"]), r"pass what its \.compute\(\) returns", lambda column: column.compute()),
    "a text": ("a text", f"series is of type str, {IN_A_LIST}", lambda value: [value]),
    "bytes": (b"\x89PNG", f"type bytes, {IN_A_LIST}", lambda value: [value]),
    "a view": (memoryview(b"\x89PNG"), f"memoryview, {IN_A_LIST}", lambda value: [value]),
    "a path": (Path("a.jpg"), rf"pathlib\.\S*Path, {IN_A_LIST}", lambda value: [value]),
    "a picture": (Image.fromarray(PHOTO), rf"PIL\.Image\.Image, {IN_A_LIST}", lambda value: [value]),
    "a struct": ({"bytes": b"\x89PNG", "path": None}, f"type dict, {IN_A_LIST}", lambda value: [value]),
    "a set": ({"a", "b"}, r"a set has no order; pass sorted\(values\)", sorted),
    "a file": (io.StringIO("a\nb\n"), r"pass file\.read\(\)\.splitlines\(\)", lambda file: file.read().splitlines()),
    "nothing": (None, f"type NoneType, {NO_COLUMN}pass a Series, or a list of texts or images", None),
    "a number": (5, f"type int, {NO_COLUMN}pass a Series", None),
    "a class": (Tensor, f"type type, {NO_COLUMN}pass a Series", None),
    "a function": (print, f"{NO_COLUMN}pass a Series", None),
}


@pytest.mark.parametrize(("values", "message", "follow"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_column_is_refused_with_advice_that_works(values, message, follow):
    engine = FakeEngine(lambda question, sent: ["good"] * len(sent))
    for call in (jsdf.classify, jsdf.run, jsdf.plan):
        with pytest.raises(jsdf.InvalidInputError, match=message):
            call(values, LABELS, engine=engine)
    for show in (jsdf.gallery, lambda column: jsdf.review(column, ["good"])):
        with pytest.raises(jsdf.InvalidInputError, match=message):
            show(values)
    assert engine.calls == []
    if follow is not None:
        assert (jsdf.classify(follow(values), LABELS, engine=engine) == "good").all()


def test_numbers_are_refused_by_row():
    for values in (range(3), np.arange(3), pa.array([0, 1]), array.array("i", [0])):
        with pytest.raises(
            jsdf.InvalidInputError, match=r"row 0 holds 0 \(int\d*\), which is neither text nor an image"
        ):
            jsdf.classify(values, LABELS, engine=FakeEngine())


def test_frames_of_polars_are_told_their_columns():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": TEXTS})
    with pytest.raises(
        jsdf.InvalidInputError, match=r"polars\.\S*DataFrame, not a column; pass one of .* df\['text'\]$"
    ):
        jsdf.classify(frame, LABELS, engine=FakeEngine())
    with pytest.raises(jsdf.InvalidInputError, match=r"LazyFrame, not a column; pass what its \.collect\(\) returns"):
        jsdf.classify(frame.lazy(), LABELS, engine=FakeEngine())
