"""Encoding a Series as distinct values and codes loses no information."""

import re
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

NULLS = [None, np.nan, pd.NA, pd.NaT]
BLANKS = ["", " ", "\t\r\n", "\u3000", "\u00a0", "\u2028"]
DTYPES = [object, "string", "string[python]", "str", "category", pd.ArrowDtype(pa.string())]
texts = st.text(st.characters(codec="utf-8"), max_size=3)
cells = st.lists(st.one_of(texts, st.sampled_from(BLANKS), st.sampled_from(NULLS)), max_size=30)


def is_missing(value):
    return not isinstance(value, str) or not value.strip()


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
    assert column.unsendable == {}
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


@pytest.mark.parametrize("dtype", [object, "string[python]"])
def test_lone_surrogates_are_kept_and_marked(dtype):
    column = encode(pd.Series(["a", "b\ud800", "a\U0001f3ac", "b\ud800", "\udfff"], dtype=dtype))
    assert column.codes.tolist() == [0, 1, 2, 1, 3]
    assert set(column.unsendable) == {1, 3}
    assert "lone surrogate" in column.unsendable[1]


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
