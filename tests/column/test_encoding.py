"""Encoding a Series as distinct values and codes loses no information."""

import os
import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.column import encode, select_column
from jsdf.display.gallery.rows import as_rows

NULLS = [None, np.nan, pd.NA, pd.NaT]
BLANKS = ["", " ", "\t\r\n", "\u3000", "\u00a0", "\u2028", "\u200b", "\ufeff ", "\u3164", "\x00"]
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
DTYPES = [object, "string", "string[python]", "str", "category", pd.ArrowDtype(pa.string())]
texts = st.text(st.characters(codec="utf-8"), max_size=3)
cells = st.lists(st.one_of(texts, st.sampled_from(BLANKS), st.sampled_from(NULLS)), max_size=30)


def is_missing(value):
    return not isinstance(value, str) or all(map(shows_nothing, value))


def shows_nothing(char):
    category = unicodedata.category(char)
    if category in ("Cc", "Cf") or category.startswith("Z") or char in FILLERS:
        return True
    return "VARIATION SELECTOR" in unicodedata.name(char, "") or 0xE0000 <= ord(char) <= 0xE0FFF or char in IGNORABLE


#: Unassigned or Mongolian characters that Unicode counts as ignorable.
IGNORABLE = {*map(chr, range(0x180B, 0x1810)), "\u2065", *map(chr, range(0xFFF0, 0xFFF9))}


@st.composite
def columns(draw):
    values = draw(cells)
    dtype = draw(st.sampled_from(DTYPES))
    index = draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    return pd.Series(pd.Series(values, dtype=object).astype(dtype).array, index=index, name=draw(texts))


@given(columns())
def test_encoding_loses_nothing(series):
    column = encode(series)
    assert column.index is series.index
    assert column.name == series.name
    assert column.codes.shape == series.shape
    assert column.codes.dtype == np.intp
    decoded = [None if code < 0 else column.values[code] for code in column.codes]
    assert decoded == [None if is_missing(v) else v for v in series]
    assert column.missing == decoded.count(None)


@given(columns())
def test_distinct_values_come_once_in_order_of_appearance(series):
    column = encode(series)
    assert column.values == list(dict.fromkeys(v for v in series if not is_missing(v)))
    kept = [None if is_missing(v) else v for v in series]
    assert [column.first_row(i) for i in range(len(column.values))] == [kept.index(v) for v in column.values]


@given(columns())
def test_to_rows_is_the_inverse(series):
    column = encode(series)
    positions = np.arange(len(column.values))
    assert column.to_rows(positions, -1).tolist() == column.codes.tolist()
    assert column.to_rows(np.stack([positions, positions], 1), -1).shape == (len(series), 2)


@given(columns())
def test_the_dtype_does_not_matter(series):
    one, other = encode(series), encode(series.astype(object))
    assert one.values == other.values
    assert one.codes.tolist() == other.codes.tolist()


@given(columns())
def test_the_input_is_not_changed(series):
    before = series.copy(deep=True)
    encode(series)
    pd.testing.assert_series_equal(series, before)


def test_sample_frames(sample_frames):
    series = sample_frames.iloc[:, 0]
    column = encode(series)
    assert column.index is series.index
    assert [None if c < 0 else column.values[c] for c in column.codes] == [None if is_missing(v) else v for v in series]
    assert all(isinstance(v, str) for v in column.values)


def test_inner_space_is_kept():
    assert encode(pd.Series([" a", "a", "a "])).values == [" a", "a", "a "]


def test_unused_categories_are_no_values():
    series = pd.Series(pd.Categorical(["b", None, "a"], categories=["never", "a", "", "b"]))
    assert encode(series).values == ["b", "a"]


def photo(pixel=0):
    return np.full((2, 2, 3), pixel, np.uint8)


@pytest.mark.parametrize("null", [None, np.nan, pd.NA, pd.NaT, np.datetime64("NaT", "ns"), float("nan")])
def test_nulls_among_values_that_are_not_hashable(null):
    column = encode(pd.Series([photo(), null, photo(1)], dtype=object))
    assert column.codes.tolist() == [0, -1, 1]
    assert column.kind == "image"


def test_the_same_image_object_comes_once():
    image, array = Image.new("RGB", (2, 2)), photo()
    column = encode(pd.Series([image, array, image, array, Path("x"), Path("x"), b"x", b"x", "x.jpg"], dtype=object))
    assert column.codes.tolist() == [0, 1, 0, 1, 2, 2, 3, 3, 4]


def test_different_images_stay_apart():
    column = encode(pd.Series([photo(), photo(1), "x.jpg", b"x.jpg", Path("x.jpg")], dtype=object))
    assert column.codes.tolist() == [0, 1, 2, 3, 4]


SURROGATES = {
    "a pair": ("\ud83d\ude00", "\U0001f600"),
    "a pair in a sentence": ("so \ud83c\udfac!", "so \U0001f3ac!"),
    "a lone high one": ("b\ud800", "b\ufffd"),
    "a lone low one": ("\udfff", "\ufffd"),
    "a pair in the wrong order": ("\ude00\ud83d", "\ufffd\ufffd"),
    "a pair and a lone one": ("\ud83d\ude00\ud83d", "\U0001f600\ufffd"),
}


@pytest.mark.parametrize("dtype", [object, "string[python]"])
@pytest.mark.parametrize(("text", "repaired"), SURROGATES.values(), ids=SURROGATES)
def test_surrogates_are_joined_or_replaced(text, repaired, dtype):
    column = encode(pd.Series(["a", text, "a\U0001f3ac", text, None], dtype=dtype))
    assert column.values == ["a", repaired, "a\U0001f3ac"]
    assert column.codes.tolist() == [0, 1, 2, 1, -1]


def test_texts_that_become_equal_are_one_value():
    column = encode(pd.Series(["\ud83d\ude00", "x", "\U0001f600", "\ud800", "\ufffd", "\udfff"], dtype=object))
    assert column.values == ["\U0001f600", "x", "\ufffd"]
    assert column.codes.tolist() == [0, 1, 0, 2, 2, 2]


#: A name as `os.listdir` gives it for a file whose name is in Latin-1.
NAME = os.fsdecode(b"caf\xe9.jpg")


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([NAME, "b.jpg"], "auto", [NAME, "b.jpg"]),
        ([NAME, "my b.jpg"], "auto", [NAME, "my b.jpg"]),
        ([NAME.removesuffix(".jpg")], "image", [NAME.removesuffix(".jpg")]),
        ([f"/photos/{NAME}?{NAME}"], "image", [f"/photos/{NAME}?{NAME}"]),
        ([{"bytes": None, "path": NAME}], "auto", [Path(NAME)]),
        ([{"bytes": None, "path": "\ud800.jpg"}], "auto", [Path("\ufffd.jpg")]),
        (["\ud83d\ude00.jpg"], "image", ["\U0001f600.jpg"]),
        ([NAME, "b"], "text", ["caf\ufffd.jpg", "b"]),
        (["caf\udce9", "caf\udcea", "caf\ufffd"], "auto", ["caf\ufffd"]),
    ],
)
def test_escaped_bytes_stay_in_the_names_of_images_alone(values, kind, expected):
    series = pd.Series(values, dtype=object)
    assert encode(series, kind).values == expected
    assert list(dict.fromkeys(as_rows(series, kind).values)) == expected


halves = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF)


@given(st.lists(st.one_of(texts, st.text(st.one_of(st.characters(codec="utf-8"), halves), max_size=4)), max_size=8))
def test_no_text_keeps_a_surrogate(given_):
    column = encode(pd.Series(given_, dtype=object), "text")
    for text, code in zip(given_, column.codes, strict=True):
        value = "" if code < 0 else column.values[code]
        assert value.encode("utf-8") or is_missing(value)
        # The same characters, as JavaScript's well-formed texts have them.
        assert code < 0 or value.encode("utf-16-le") == text.encode("utf-16-le", "surrogatepass") or "\ufffd" in value
    assert len(set(column.values)) == len(column.values)


INVISIBLE = [
    *"\u200b\ufeff\u3164\u115f\u1160\uffa0\u2800\ufe0f\u200d\u2060\x00\x07\x7f\u00ad\u180e\u034f\U000e0041\u061c",
    "\u2066\u2069",
    " \u200b\n",
]


@pytest.mark.parametrize("text", INVISIBLE, ids=ascii)
def test_a_text_that_shows_nothing_is_missing(text):
    column = encode(pd.Series(["a", text, text + text, "b"]))
    assert column.codes.tolist() == [0, -1, -1, 1]
    assert column.values == ["a", "b"]


@pytest.mark.parametrize("text", ["\u0301", "\u200ba", ".", "\u3164x", "\U0001f600\ufe0f", "\ufffd", "\ue000", "\x00a"])
def test_a_text_with_one_visible_character_is_kept_as_it_is(text):
    assert encode(pd.Series([text], dtype=object)).values == [text]


def test_empty_bytes_are_missing():
    column = encode(pd.Series([b"", b"\x89PNG", b" \n", memoryview(b"")], dtype=object))
    assert column.codes.tolist() == [-1, 0, -1, -1]


FRAME = pd.DataFrame([["a", "b", "c", "d"]], columns=["x", "y", "y", 0])


def test_select_column():
    assert select_column(FRAME, "x").tolist() == ["a"]
    assert select_column(FRAME, 0).tolist() == ["d"]


@pytest.mark.parametrize("column", ["X", "z", 1, None, "0", ["x"], ["x", "y"], {"x"}, slice(0, 1), ("x", "y")])
def test_a_missing_column_is_quoted(column):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(f"column={column!r}")) as caught:
        select_column(FRAME, column)
    assert "'x'" in str(caught.value)


def test_an_ambiguous_column_is_refused():
    with pytest.raises(jsdf.InvalidInputError, match="column='y' names 2 columns"):
        select_column(FRAME, "y")


def test_a_wide_frame_is_not_listed_whole():
    with pytest.raises(jsdf.InvalidInputError, match="'c9' and 990 more"):
        select_column(pd.DataFrame([range(1000)], columns=[f"c{i}" for i in range(1000)]), "x")


def test_an_empty_frame_says_so():
    with pytest.raises(jsdf.InvalidInputError, match="column='x' is not in the frame; it has no columns"):
        select_column(pd.DataFrame(), "x")
