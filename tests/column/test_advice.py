"""Every piece of advice on a value that is neither text nor image is followed, and leads to what was meant."""

import datetime as dt
import decimal
import enum
import io
import ipaddress
import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from obeying import follow
from PIL import Image

import jsdf
from jsdf.column import encode
from jsdf.testing import FakeEngine

LABELS = ["good", "bad"]
PNG = b"\x89PNG\r\n\x1a\n"


def photo(pixel=0, dtype=np.uint8):
    return np.full((2, 2, 3), pixel, dtype)


def png(pixel=0):
    file = io.BytesIO()
    Image.fromarray(photo(pixel)).save(file, "PNG")
    return file.getvalue()


class Mood(enum.Enum):
    GOOD = "a good one"


class Price:
    def __str__(self):
        return "5 EUR"


def arrays_of_arrays(*rows):
    nested = np.empty(len(rows), dtype=object)
    nested[:] = [np.array(row) for row in rows]
    return nested


LIST, STRUCT = pa.list_(pa.string()), pa.struct({"text": pa.string(), "n": pa.int64()})
#: Values, dtype, and the values that are sent once the advice was followed.
FOLLOWED = {
    "integers": ([1, 2, None], object, ["1", "2"]),
    "an integer column": ([1, 2], "int64", ["1", "2"]),
    "nullable integers": ([1, None], "Int64", ["1"]),
    "Arrow integers": ([1, None], pd.ArrowDtype(pa.int64()), ["1"]),
    "categories of integers": ([1, 2], "category", ["1", "2"]),
    "floats": ([None, 0.5], "float64", ["0.5"]),
    "booleans": ([True, False], "bool", ["True", "False"]),
    "complex": ([1j], object, ["1j"]),
    "decimals": ([decimal.Decimal("1.50")], object, ["1.50"]),
    "identifiers": ([uuid.UUID(int=3)], object, ["00000000-0000-0000-0000-000000000003"]),
    "days": ([dt.date(2020, 1, 2)], object, ["2020-01-02"]),
    "times": ([dt.time(1, 2)], object, ["01:02:00"]),
    "dates": (["2020-01-02"], "datetime64[ns]", ["2020-01-02"]),
    "periods": ([pd.Period("2020")], object, ["2020"]),
    "addresses": ([ipaddress.ip_address("1.1.1.1")], object, ["1.1.1.1"]),
    "objects with a text": ([Price()], object, ["5 EUR"]),
    "numbers among texts": (["a", 1, None, 2.5], object, ["a", "1", "2.5"]),
    "a number among images": ([photo(), 1], object, [photo()]),
    "a list among texts": (["a", ["b"]], object, ["a"]),
    "members": ([Mood.GOOD, None], object, ["a good one"]),
    "files": ([io.BytesIO(PNG), None], object, [PNG]),
    "text files": ([io.StringIO("a text")], object, ["a text"]),
    "dicts": ([{"id": 1, "text": "a"}, None, {"text": "b"}], object, ["a", "b"]),
    "dicts with an address": ([{"url": "https://example.com/a.jpg"}], object, ["https://example.com/a.jpg"]),
    "dicts of dicts": ([{"a": {"n": 1, "b": "x"}}], object, ["x"]),
    "dicts of numbers": ([{"a": 1}], object, ["1"]),
    "dicts with numbers as keys": ([{0: "x"}], object, ["x"]),
    "structs": ([{"text": "a", "n": 1}, None], pd.ArrowDtype(STRUCT), ["a"]),
    "lists of texts": ([["a", "b"], None, ["c"]], object, ["a", "b", "c"]),
    "tuples of texts": ([("a", "b")], object, ["a", "b"]),
    "sets of texts": ([{"a"}, {"b"}], object, ["a", "b"]),
    "an empty list first": ([[], ["a"]], object, ["a"]),
    "Arrow's lists": ([["a", "b"], None], pd.ArrowDtype(LIST), ["a", "b"]),
    "lists of paths": ([["a.jpg", "b.jpg"]], object, ["a.jpg", "b.jpg"]),
    "lists of images": ([[photo(), photo(1)], [photo(2)]], object, [photo(), photo(1), photo(2)]),
    "lists of bytes": ([[PNG, PNG + b"1"]], object, [PNG, PNG + b"1"]),
    "vectors of texts": ([np.array(["a", "b"])], object, ["a", "b"]),
    "a batch": ([np.stack([photo(), photo(1)]), None], object, [photo(), photo(1)]),
    "nested lists": ([[[0, 255], [3, 4]], None], object, [np.array([[0, 255], [3, 4]], np.uint8)]),
    "nested lists with colours": ([photo(7).tolist()], object, [photo(7)]),
    "nested lists of 16 bits": ([[[0, 65535], [3, 4]]], object, [np.array([[0, 65535], [3, 4]], np.uint16)]),
    "nested lists of floats": ([[[0.0, 0.5], [1.0, 0.25]]], object, [np.array([[0, 0.5], [1, 0.25]], np.float32)]),
    "arrays of arrays": ([arrays_of_arrays([1, 2], [3, 4])], object, [np.array([[1, 2], [3, 4]], np.uint8)]),
    "arrays without an axis": ([np.array(5)], object, ["5"]),
    "texts as bytes": ([b"good", None, "caf\xe9".encode()], object, ["good", "caf\xe9"]),
    "texts as bytearrays": ([bytearray(b"good")], object, ["good"]),
    "texts as memoryviews": ([memoryview(b"good"), None], object, ["good"]),
    "texts as NumPy's bytes": (np.array([b"good", b"bad"]), None, ["good", "bad"]),
    "texts as Arrow's bytes": ([b"good", None], pd.ArrowDtype(pa.binary()), ["good"]),
    "texts as categories of bytes": ([b"good", b"good"], "category", ["good"]),
    "texts in Latin-1": (["caf\xe9 noir".encode("latin-1"), b"bar"], object, ["caf\xe9 noir", "bar"]),
    "texts of Windows": (["it\u2019s good".encode("cp1252")], object, ["it\u2019s good"]),
    "texts in UTF-16": (["good".encode("utf-16")], object, ["good"]),
    "texts, some as bytes": (["a", b"b", None], object, ["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize(("values", "dtype", "meant"), FOLLOWED.values(), ids=FOLLOWED)
def test_the_advice_leads_to_what_was_meant(values, dtype, meant):
    series = pd.Series(values, dtype=dtype, name="what")
    engine = FakeEngine(lambda question, sent: ["good"] * len(sent), batch_size=100)
    arguments, messages = {"engine": engine, "cache": False}, []
    for _ in range(4):
        try:
            labels = jsdf.classify(series, LABELS, **arguments)
            break
        except jsdf.InvalidInputError as error:
            messages.append(str(error))
            series, more = follow(series, str(error))
            arguments |= more
    assert messages
    assert all(" of column 'what' holds " in message and len(message) < 500 for message in messages)
    ((_, sent),) = engine.calls
    assert len(sent) == len(meant)
    for value, expected in zip(sent, meant, strict=True):
        np.testing.assert_array_equal(value, expected)
        assert getattr(value, "dtype", None) == getattr(expected, "dtype", None)
    assert labels.notna().tolist() == series.notna().tolist()


UNCLEAR = {
    "objects": [object()],
    "vectors": [np.zeros(3)],
    "lists of numbers": [[1, 2, 3]],
    "functions": [print],
    "empty dicts": [{}],
    "complex pixels": [np.zeros((2, 2), complex)],
    "dates in an array": [np.datetime64("2020-01-01") + np.arange(4).reshape(2, 2)],
}


@pytest.mark.parametrize("values", UNCLEAR.values(), ids=UNCLEAR)
def test_no_code_is_advised_where_none_helps(values):
    with pytest.raises(
        jsdf.InvalidInputError, match="pass texts, or images as URLs, paths, bytes, PIL images"
    ) as caught:
        encode(pd.Series(values, dtype=object))
    assert "astype" not in str(caught.value)


def test_a_number_is_no_image():
    with pytest.raises(jsdf.InvalidInputError, match=r"row 0 of column 'n' holds 1 \(int\), which is not an image; p"):
        encode(pd.Series([1], name="n"), "image")


MIXTURES = {
    "a text among images": [photo(), "a remark", None, photo(1)],
    "an image among texts": ["a remark", png(), "b"],
}


@pytest.mark.parametrize("values", MIXTURES.values(), ids=MIXTURES)
def test_a_mixture_is_split_as_the_message_says(values):
    series = pd.Series(values, dtype=object)
    with pytest.raises(jsdf.InvalidInputError, match=r"split the column into series\[is_text\] and series\[~is_text\]"):
        encode(series)
    is_text = series.map(lambda value: isinstance(value, str))
    assert encode(series[is_text]).kind == "text"
    assert encode(series[~is_text]).kind == "image"


@pytest.mark.parametrize("kind", ["text", "image"])
def test_a_mixture_of_texts_takes_either_kind(kind):
    series = pd.Series(["a remark", "cat.jpg"])
    with pytest.raises(jsdf.InvalidInputError, match="split the column, or pass kind='text' or kind='image'"):
        encode(series)
    assert encode(series, kind).kind == kind


def test_images_in_a_column_of_texts_are_told_the_kind():
    series = pd.Series([png(), png(1)], dtype=object)
    with pytest.raises(jsdf.InvalidInputError, match=r"which is not text; pass kind='image'") as caught:
        encode(series, "text")
    _, arguments = follow(series, str(caught.value))
    assert encode(series, **arguments).kind == "image"
