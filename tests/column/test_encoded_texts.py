"""Texts that were left as bytes are told from images, whatever their encoding."""

import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.column import encode
from jsdf.column.encoded_texts import common_encoding


def saved(form):
    file = io.BytesIO()
    Image.effect_noise((40, 40), 50).convert("RGB").save(file, form)
    return file.getvalue()


TEXTS = {
    "ASCII": (["good film", "bad film"], "ascii", "utf-8"),
    "UTF-8": (["good film", "sch\xf6n \u2014 \U0001f600"], "utf-8", "utf-8"),
    "UTF-8 with a mark": (["good"], "utf-8-sig", "utf-8-sig"),
    "Latin-1": (["good film", "tr\xe8s bon"], "latin-1", "latin-1"),
    "Windows": (["it\u2019s \u201cgood\u201d"], "cp1252", "cp1252"),
    "UTF-16": (["good", "bad"], "utf-16", "utf-16"),
    "cut within a character": (["x" + "\xe9" * 1000], "utf-8", "utf-8"),
    "several lines": (["a\r\n\tb\f"], "ascii", "utf-8"),
}


@pytest.mark.parametrize(("texts", "encoding", "found"), TEXTS.values(), ids=TEXTS)
def test_texts_are_recognised_with_their_encoding(texts, encoding, found):
    contents = [text.encode(encoding) for text in texts]
    assert common_encoding(contents) == found
    series = pd.Series([*contents, None], dtype=object, name="review")
    for kind in ("auto", "text"):
        message = rf"row 0 of column 'review' holds b.*; pass series\.str\.decode\('{found}'\), or"
        with pytest.raises(jsdf.InvalidInputError, match=message):
            encode(series, kind)
    assert encode(series.str.decode(found)).kind == "text"
    assert encode(series, "image").kind == "image"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "PPM"])
def test_images_are_no_texts(form):
    assert encode(pd.Series([saved(form)] * 2, dtype=object)).kind == "image"


OTHERS = {
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "a picture as text": b"P3 1 1 255\n1 2 3\n",
    "binary": b"\x00\x01\x02",
    "a cut image": b"\xff\xd8",
    "letters and controls": b"abc\x00\x01",
    "a mark alone": b"\xff\xfe",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_bytes_are_left_to_the_reading_of_images(content):
    assert encode(pd.Series([content], dtype=object)).kind == "image"


def test_one_image_among_texts_makes_a_column_of_images():
    assert encode(pd.Series([b"good film", saved("PNG")], dtype=object)).kind == "image"


@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z"]), min_size=1), min_size=1))
def test_every_text_in_utf_8_is_recognised(texts):
    assert common_encoding([text.encode() for text in texts]) in ("utf-8", None)
    if not any(text.startswith("P") for text in texts):
        assert common_encoding([text.encode() for text in texts]) == "utf-8"
