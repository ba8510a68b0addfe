"""A column holds texts or images; a mixture, or anything else, is refused with advice."""

import re
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image

import jsdf
from jsdf.column import encode


def photo(pixel=0):
    return np.full((2, 2, 3), pixel, np.uint8)


KINDS = {
    "nothing": ([], "text"),
    "missing alone": ([None, " "], "text"),
    "texts": (["a", "b"], "text"),
    "url with an extension": (["https://example.com/a.jpg", "http://example.com/b.PNG"], "image"),
    "url with a query": (["https://example.com/a.jpeg?w=10#top"], "image"),
    "url of a page": (["https://example.com/a.html"], "text"),
    "some urls with no extension": (["https://example.com/photos/12", "a remark"], "text"),
    "url in a sentence": (["see https://example.com/a.jpg"], "text"),
    "capitals": (["HTTPS://EXAMPLE.COM/A.WEBP", "CAT.JPG"], "image"),
    "a capital": (["cat.Jpg"], "image"),
    "names": (["cat.jpg", "cat.tiff"], "image"),
    "paths": (["photos/cat 1.jpg", "/data/dog.gif", "C:\\photos\\cat.BMP", "~/x.avif"], "image"),
    "a remark": (["see cat.jpg", "see nothing"], "text"),
    "names with blanks": (["IMG 1.JPG", "my cat.png", "cat.png"], "image"),
    "addresses with blanks": (["https://example.com/my cat.jpg"], "image"),
    "rarer formats": (["a.jfif", "b.JPE", "c.ppm", "d.pgm", "e.pbm", "f.heif", "g.svg"], "image"),
    "rarer formats of addresses": (["https://example.com/a.svg", "https://example.com/b.jfif?w=1"], "image"),
    "with blanks around": ([" cat.jpg", "dog.jpg\n"], "image"),
    "a drawing's name among remarks": (["logo.svg", "an apple", "a pear"], "text"),
    "names with blanks among bytes": (["IMG 1.JPG", b"\x89PNG"], "image"),
    "remarks on files alone": (["see https://example.com/a.jpg"], "text"),
    "a long remark": (["one/two\nthree.jpg"], "text"),
    "an extension alone": ([".jpg is a format"], "text"),
    "data uri": (["data:image/png;base64,iVBORw0KGgo="], "image"),
    "data uri in capitals": (["DATA:image/PNG;base64,iVBORw0KGgo="], "image"),
    "data uri of a text": (["data:text/plain,hello"], "text"),
    "bytes": ([b"\x89PNG", b"\xff\xd8"], "image"),
    "bytearray": ([bytearray(b"\x89PNG")], "image"),
    "Path": ([Path("cat.jpg"), PurePosixPath("x")], "image"),
    "PIL": ([Image.new("RGB", (2, 2)), None], "image"),
    "grey array": ([np.zeros((2, 2), np.uint8)], "image"),
    "colour array": ([photo(), None, photo(1)], "image"),
    "all sorts of images": (["cat.jpg", b"\x89PNG", Path("x"), photo(), Image.new("L", (1, 1)), np.nan], "image"),
    "images and missing": (["cat.jpg", None, "", np.nan, pd.NA], "image"),
}


@pytest.mark.parametrize(("values", "kind"), KINDS.values(), ids=KINDS)
def test_kind_is_detected(values, kind):
    assert encode(pd.Series(values, dtype=object)).kind == kind


def test_a_given_kind_is_used():
    paths = pd.Series(["cat.jpg", "https://example.com/12"], dtype=object)
    assert encode(paths, "text").kind == "text"
    assert encode(paths, "image").kind == "image"
    assert encode(pd.Series([photo(), "cat"], dtype=object), "image").kind == "image"


NEITHER = {
    "integer": ([1, 2], "row 'r0' holds 1 (int)"),
    "float": ([None, 0.5], "row 'r1' holds 0.5 (float)"),
    "boolean": ([True], "row 'r0' holds True (bool)"),
    "date": (["a", pd.Timestamp("2020-01-01")], "row 'r1' holds Timestamp"),
    "number among texts": (["a", "", 1, "b"], "row 'r2' holds 1 (int)"),
    "number like a text": (["1", 1], "row 'r1' holds 1 (int)"),
    "1 and True": (["a", True, 1, 1.0], "row 'r1' holds True (bool)"),
    "1.0 and 1": (["a", 1.0, True, 1], "row 'r1' holds 1.0 (float)"),
}


@pytest.mark.parametrize(("values", "message"), NEITHER.values(), ids=NEITHER)
def test_other_values_are_refused(values, message):
    series = pd.Series(values, dtype=object, index=[f"r{i}" for i in range(len(values))])
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)) as caught:
        encode(series)
    assert "neither text nor an image" in str(caught.value)
    assert ".astype('string')" in str(caught.value)


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([1, 2]),
        pd.Series([1.5, None]),
        pd.Series([True]),
        pd.Series(pd.Categorical([3, 4])),
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        pd.Series([1], dtype="Int64"),
        pd.Series([1], dtype=pd.ArrowDtype(pa.int64())),
    ],
    ids=lambda s: str(s.dtype),
)
def test_columns_of_other_types_are_refused(series):
    with pytest.raises(jsdf.InvalidInputError, match=r"row 0 holds .* neither text nor an image"):
        encode(series)


MIXED = {
    "text first": (["a", "cat.jpg", "b"], "row 'r1' holds 'cat.jpg' (str), which is"),
    "image first": (["cat.jpg", None, "a"], "row 'r2' holds 'a' (str), which is a text"),
    "bytes": (["a", "b", b"\x89PNG"], "row 'r2' holds b'\\x89PNG' (bytes), which is"),
    "a path": (["a", Path("a")], "row 'r1' holds "),
    "array": (["a", photo()], "row 'r1' holds "),
}


@pytest.mark.parametrize(("values", "message"), MIXED.values(), ids=MIXED)
def test_a_mixture_names_its_first_odd_row(values, message):
    series = pd.Series(values, dtype=object, index=[f"r{i}" for i in range(len(values))])
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)) as caught:
        encode(series)
    assert "mixes texts and images" in str(caught.value)


@pytest.mark.parametrize(
    ("index", "shown"),
    [
        ([7, 8], "row 8 holds"),
        ([0.5, 1.5], "row 1.5 holds"),
        ([5, 5], "row 5 holds"),
        (pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]), "row ('a', 2) holds"),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), "row Timestamp('2020-01-02 00:00:00') holds"),
    ],
)
def test_an_odd_row_is_named_by_its_index_label(index, shown):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(shown)):
        encode(pd.Series(["a", 1], dtype=object, index=index))


def test_a_long_value_is_shortened_in_the_message():
    with pytest.raises(jsdf.InvalidInputError) as caught:
        encode(pd.Series(["a" * 10_000, b"\xff" * 10_000], dtype=object))
    assert len(str(caught.value)) < 400


def test_kind_text_wants_texts():
    with pytest.raises(
        jsdf.InvalidInputError, match=r"row 1 holds b'.xff' \(bytes\), which is not text; .*kind='image'"
    ):
        encode(pd.Series(["a", b"\xff"], dtype=object), "text")


def test_kind_image_wants_images():
    with pytest.raises(jsdf.InvalidInputError, match=r"row 1 holds 1 \(int\), which is not an image"):
        encode(pd.Series(["a.jpg", 1], dtype=object), "image")


@pytest.mark.parametrize("kind", ["texts", "Text", None, 1, ["text"]])
def test_an_unknown_kind_is_quoted(kind):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(f"kind={kind!r}: use 'text', 'image' or 'auto'")):
        encode(pd.Series(["a"]), kind)
