"""Values come to the engine as text, bytes, path, PIL image or array, in whatever form the column has them."""

import io
import os
import pickle
from collections import UserDict
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

import jsdf
from jsdf.column import encode, read_value
from jsdf.testing import FakeEngine

STRUCT = pa.struct({"bytes": pa.binary(), "path": pa.string()})
LABELS = ["good", "bad"]


def photo(pixel=0):
    return np.full((2, 2, 3), pixel, np.uint8)


def png(pixel=0):
    file = io.BytesIO()
    Image.fromarray(photo(pixel)).save(file, "PNG")
    return file.getvalue()


class Pixels:
    """What other libraries' arrays have in common."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


class Location:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


FORMS = {
    "memoryview": (memoryview(png()), png()),
    "a view of a part": (memoryview(b"x" + png())[1:], png()),
    "bytearray": (bytearray(png()), png()),
    "array-like": (Pixels(photo()), photo()),
    "a frame": (pd.DataFrame([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]])),
    "path-like": (Location("a.jpg"), Path("a.jpg")),
    "path-like with bytes": (Location(b"a.jpg"), Path("a.jpg")),
    "pure path": (PurePosixPath("a"), PurePosixPath("a")),
    "NumPy's text": (np.str_("a text"), "a text"),
    "NumPy's bytes": (np.bytes_(png()), png()),
    "Arrow's text": (pa.scalar("a text"), "a text"),
    "Arrow's bytes": (pa.scalar(png()), png()),
    "Arrow's null": (pa.scalar(None, pa.string()), None),
    "a struct": ({"bytes": png(), "path": "a.jpg"}, png()),
    "a struct with a path": ({"bytes": None, "path": "a.jpg"}, Path("a.jpg")),
    "a struct with a path and empty bytes": ({"bytes": b"", "path": "b"}, Path("b")),
    "a struct with NaN": ({"bytes": float("nan"), "path": "b"}, Path("b")),
    "a struct with an address": ({"bytes": None, "path": "https://example.com/12"}, "https://example.com/12"),
    "a struct with a path-like": ({"bytes": None, "path": Path("b")}, Path("b")),
    "a struct with a memoryview": ({"path": None, "bytes": memoryview(png())}, png()),
    "a struct with more": ({"bytes": png(), "path": "a.jpg", "width": 2, "label": "cat"}, png()),
    "a struct of bytes alone": ({"bytes": png()}, png()),
    "a mapping of another class": (UserDict(bytes=png(), path=None), png()),
    "Arrow's struct": (pa.scalar({"bytes": png(), "path": None}, STRUCT), png()),
    "an empty struct": ({"bytes": None, "path": None}, None),
    "a struct of blanks": ({"bytes": b"", "path": " "}, None),
}


@pytest.mark.parametrize(("value", "read"), FORMS.values(), ids=FORMS)
def test_every_form_is_read(value, read):
    found = read_value(value)
    assert type(found) is type(read)
    np.testing.assert_array_equal(found, read)
    other = {"bytes": png(9), "path": None} if isinstance(value, (dict, UserDict)) else photo(9)
    other = "other" if isinstance(read, str) and not isinstance(value, dict) else other
    column = encode(pd.Series([other, value, None, value], dtype=object), "text" if isinstance(other, str) else "auto")
    assert column.codes.tolist() == ([0, -1, -1, -1] if read is None else [0, 1, -1, 1])


def test_equal_values_of_different_forms_are_sent_once():
    forms = [png(), memoryview(png()), bytearray(png()), {"bytes": png()}, photo(), Pixels(photo())]
    column = encode(pd.Series(forms, dtype=object))
    assert column.codes.tolist() == [0, 0, 0, 0, 1, 1]
    assert column.kind == "image"


def test_tensors_are_arrays():
    torch = pytest.importorskip("torch")
    tensors = [torch.full((2, 2, 3), i, dtype=torch.uint8) for i in (0, 1, 0)]
    column = encode(pd.Series(tensors, dtype=object))
    assert column.codes.tolist() == [0, 1, 0]
    assert column.kind == "image"
    np.testing.assert_array_equal(column.values[1], photo(1))


def test_a_tensor_with_a_gradient_is_told_to_drop_it():
    torch = pytest.importorskip("torch")
    series = pd.Series([torch.zeros(2, 2, 3, requires_grad=True), None], dtype=object)
    with pytest.raises(jsdf.InvalidInputError, match=r"lambda tensor: tensor\.detach\(\)\.cpu\(\)\.numpy\(\), na"):
        encode(series)
    detached = series.map(lambda tensor: tensor.detach().cpu().numpy(), na_action="ignore")
    assert encode(detached).kind == "image"


def structs(rows, form):
    if form == "object":
        return pd.Series(rows, dtype=object, name="photo")
    if form == "arrow":
        return pd.Series(rows, dtype=pd.ArrowDtype(STRUCT), name="photo")
    table = pa.table({"photo": pa.array(rows, STRUCT)})
    if form == "polars":
        return pytest.importorskip("polars").from_arrow(table)["photo"]
    return table["photo"]


ROWS = [{"bytes": png(), "path": "x.png"}, {"bytes": None, "path": "b.png"}, None, {"bytes": None, "path": None}]


@pytest.mark.parametrize("form", ["object", "arrow", "pyarrow", "polars"])
def test_a_column_of_structs_is_labelled_and_shown(form, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("b.png").write_bytes(png(9))
    engine = FakeEngine(lambda question, sent: ["good"] * len(sent))
    run = jsdf.run(structs(ROWS, form), LABELS, engine=engine)
    assert engine.calls[0][1] == [png(), Path("b.png")]
    assert engine.calls[0][0].kind == "image"
    assert run.status.tolist() == ["answered", "answered", "missing", "missing"]
    gallery = jsdf.gallery(structs(ROWS, form), run)
    tiles = gallery.tiles(wait=True)
    assert [tile.status for tile in tiles] == ["answered", "answered", "missing", "missing"]
    assert [bool(tile.uri) for tile in tiles] == [True, True, False, False]
    review = jsdf.review(structs(ROWS, form), run, resume=False)
    assert [tile.is_image for tile in review.tiles(wait=True)] == [True, True, False, False]


def test_structs_read_from_parquet_are_labelled(tmp_path):
    path = tmp_path / "photos.parquet"
    pd.DataFrame({"photo": ROWS, "n": range(4)}).to_parquet(path)
    for backend in ({}, {"dtype_backend": "pyarrow"}):
        frame = pd.read_parquet(path, **backend)
        column = encode(frame["photo"])
        assert (column.values, column.codes.tolist()) == ([png(), Path("b.png")], [0, 1, -1, -1])


def test_structs_with_addresses_alone_are_images():
    column = encode(pd.Series([{"bytes": None, "path": "https://example.com/12"}, None], dtype=object))
    assert (column.kind, column.values) == ("image", ["https://example.com/12"])


EMPTY = [[ROWS[3]], [None, ROWS[3], {"bytes": b"", "path": ""}], [{"bytes": None}, {"path": None}]]


@pytest.mark.parametrize("rows", EMPTY)
@pytest.mark.parametrize("form", ["object", "arrow"])
@pytest.mark.parametrize("call", [jsdf.run, jsdf.plan, jsdf.review, lambda column, _: jsdf.gallery(column)])
def test_structs_that_are_all_empty_give_one_sentence(rows, form, call):
    with pytest.raises(jsdf.InvalidInputError, match="every image of column 'photo' is empty") as caught:
        call(structs(rows, form), LABELS)
    assert "the data set was saved without its images" in str(caught.value)


def test_a_column_of_nulls_alone_is_missing():
    assert encode(pd.Series([None, None], dtype=pd.ArrowDtype(STRUCT))).missing == 2
    assert encode(pd.Series([None, np.nan, pd.NA], dtype=object)).missing == 3


@pytest.mark.parametrize(
    "value", [{"bytes": "a text", "path": None}, {"path": 3}, {"url": "https://example.com/a.jpg"}]
)
def test_other_mappings_are_refused_with_a_field(value):
    key = next(iter(value))
    with pytest.raises(jsdf.InvalidInputError, match=rf"pass series\.str\['{key}'\]"):
        encode(pd.Series([value], dtype=object))


def test_pictures_are_not_decoded_to_be_read(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as lazy:
        assert read_value(lazy) is lazy
        assert os.fspath(tmp_path / "a.png") == lazy.filename
        assert lazy._im is None if hasattr(lazy, "_im") else True


def test_the_encoded_column_can_be_pickled():
    column = pickle.loads(pickle.dumps(encode(pd.Series([Pixels(photo()), memoryview(png())], dtype=object))))
    assert column.values[1] == png()
