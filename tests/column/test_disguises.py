"""Texts that stand for images give one warning that names their form, and a cure that works; other texts give none."""

import base64
import csv
import io
import re
import time
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from obeying import follow
from PIL import Image

from jsdf.column import encode
from jsdf.images import open_picture
from jsdf.images.files import read_data
from jsdf.images.sources import DEFAULT_LIMITS

URL = "https://example.com/photos/cat.jpg"


def saved(form, pixel=0):
    file = io.BytesIO()
    Image.effect_noise((40, 40), 50 + pixel).convert("RGB").save(file, form)
    return file.getvalue()


CONTENTS = {form: [saved(form, i) for i in (0, 1)] for form in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")}
JPEGS = CONTENTS["JPEG"]


def in_base64(content):
    return base64.b64encode(content).decode()


def texts(write, contents=JPEGS):
    return [write(content) for content in contents]


BASE64 = "the bytes of an image in base64"
HEX = "the bytes of an image in hexadecimal"
DATA = "an image in a data: URI"
LITERAL = "the bytes of an image as Python writes them"
LISTED = "a list of images written as text"
STRUCT = "an image's bytes and path, or its address, in a dict written as text"
TAG = "an image's tag in HTML"
MARKDOWN = "an image in Markdown"
NAME = "an image's file name or address"
WRAPPED = "an image in quotes or brackets"
BLANKS = "an image's address with blanks in it"
#: Texts, the name of their form, and the values that the advice leads to.
CURED = {
    **{f"base64 of {form}": (texts(in_base64, c), BASE64, c) for form, c in CONTENTS.items()},
    "base64 with line breaks": (texts(lambda c: base64.encodebytes(c).decode()), BASE64, JPEGS),
    "base64 for addresses": (texts(lambda c: base64.urlsafe_b64encode(c).decode().rstrip("=")), BASE64, JPEGS),
    "data without a type": (texts(lambda c: f"data:;base64,{in_base64(c)}"), DATA, JPEGS),
    "data of any type": (texts(lambda c: f"data:application/octet-stream;base64,{in_base64(c)}"), DATA, JPEGS),
    "data of a wrong type": (texts(lambda c: f"DATA:text/plain;charset=utf-8;base64,{in_base64(c)}"), DATA, JPEGS),
    "data with a blank after the comma": (texts(lambda c: f"data:;base64, {in_base64(c)}"), DATA, JPEGS),
    "hexadecimal": (texts(bytes.hex), HEX, JPEGS),
    "hexadecimal in capitals": (texts(lambda c: c.hex().upper()), HEX, JPEGS),
    "hexadecimal of PostgreSQL": (texts(lambda c: f"\\x{c.hex()}"), HEX, JPEGS),
    "hexadecimal of SQL Server": (texts(lambda c: f"0x{c.hex().upper()}"), HEX, JPEGS),
    "hexadecimal of 0X": (texts(lambda c: f"0X{c.hex().upper()}"), HEX, JPEGS),
    "hexadecimal in pairs": (texts(lambda c: c.hex(" ")), HEX, JPEGS),
    "hexadecimal with colons": (texts(lambda c: c.hex(":")), HEX, JPEGS),
    "hexadecimal of PNG": (texts(bytes.hex, CONTENTS["PNG"]), HEX, CONTENTS["PNG"]),
    "repr": (texts(repr), LITERAL, JPEGS),
    "repr of PNG": (texts(repr, CONTENTS["PNG"]), LITERAL, CONTENTS["PNG"]),
    "repr of GIF": (texts(repr, CONTENTS["GIF"]), LITERAL, CONTENTS["GIF"]),
    "repr without its quotes": ([repr(JPEGS[0][:40])[2:-1]], LITERAL, [JPEGS[0][:40]]),
    "Latin-1": (texts(lambda c: c.decode("latin-1")), "the bytes of an image decoded as Latin-1", JPEGS),
    "a tag": ([f'<img src="{URL}">', f'<img src="{URL}?2">'], TAG, [URL, f"{URL}?2"]),
    "a tag with more": ([f"<IMG alt='a cat' class=x src='{URL}' width=20 />"], TAG, [URL]),
    "a tag without quotes": ([f"<img src={URL} alt=cat>"], TAG, [URL]),
    "a tag in tags": ([f'<a href="/x"><figure>\n<img src="{URL}"></figure></a>'], TAG, [URL]),
    "a tag with entities": ([f'<img src="{URL}?a=1&amp;b=2">'], TAG, [f"{URL}?a=1&b=2"]),
    "a tag of a path with blanks": (['<img src="photos/my cat.jpg">'], TAG, ["photos/my cat.jpg"]),
    "Markdown": ([f"![]({URL})", f"![a cat]({URL}?2)"], MARKDOWN, [URL, f"{URL}?2"]),
    "Markdown with a title": ([f'![a cat]({URL} "Cat")'], MARKDOWN, [URL]),
    "Markdown in a link": ([f"[![a cat]({URL})](https://example.com)"], MARKDOWN, [URL]),
    "a list": (["['a.jpg', 'b.jpg']", "['c.jpg']"], LISTED, ["a.jpg", "b.jpg", "c.jpg"]),
    "a JSON list": ([f'["{URL}", "b.jpg"]'], LISTED, [URL, "b.jpg"]),
    "a tuple": (["('a.jpg', 'b.jpg')"], LISTED, ["a.jpg", "b.jpg"]),
    "a dict": (texts(lambda c: repr({"bytes": c, "path": None})), STRUCT, JPEGS),
    "a dict with the path first": (["{'path': 'a.jpg', 'bytes': None}"], STRUCT, [Path("a.jpg")]),
    "a JSON object": (['{"bytes": null, "path": "a.jpg"}'], STRUCT, [Path("a.jpg")]),
    "a JSON object with an address": ([f'{{"id": 3, "url": "{URL}"}}'], STRUCT, [URL]),
    "a dict with an address": ([f"{{'url': '{URL}', 'width': 3}}"], STRUCT, [URL]),
    "a list of objects": ([f'[{{"id": 3, "url": "{URL}"}}, {{"url": "b.jpg"}}]'], STRUCT, [URL, "b.jpg"]),
    "an object in an object": ([f'{{"type": "image_url", "image_url": {{"url": "{URL}"}}}}'], STRUCT, [URL]),
    "a dict of lists": (["{'path': ['a.jpg'], 'url': 'b.jpg'}"], STRUCT, ["a.jpg"]),
    "lines": ([f"{URL}\n{URL}?2"], "several images, one in each line", [URL, f"{URL}?2"]),
    "names in lines": (["a.jpg\r\nmy b.jpg"], "several images, one in each line", ["a.jpg", "my b.jpg"]),
    "an address in quotes": ([f'"{URL}"'], WRAPPED, [URL]),
    "an address in brackets": ([f"<{URL}>"], WRAPPED, [URL]),
    "a blank in the query": ([f"{URL}?title=my cat"], BLANKS, [f"{URL}?title=my%20cat"]),
    "blanks in the query": ([f"{URL}?w=3&t=a b c"], BLANKS, [f"{URL}?w=3&t=a%20b%20c"]),
    "addresses": (["https://example.com/photos/12", "https://example.com/photos/13"], NAME, None),
    "an extension within": (["https://example.com/a.jpg/info"], NAME, None),
    "names, most of them": (["IMG 1.JPG", "IMG 2.JPG", "none"], NAME, None),
    "file addresses": (["file:///photos/1"], "an address in a file store", None),
}  # fmt: skip


def content_of(value):
    return read_data(value, DEFAULT_LIMITS) if isinstance(value, str) and value.lower().startswith("data:") else value


@pytest.mark.parametrize(("given", "form", "meant"), CURED.values(), ids=CURED)
def test_the_warning_names_the_form_and_a_cure_that_works(given, form, meant):
    series = pd.Series([given[0], None, *given[1:]], dtype=object, name="photo")
    with pytest.warns(UserWarning, match=f"looks? like {re.escape(form)}, for example ") as caught:
        assert encode(series).kind == "text"
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert len(message) < 400
    assert "and all are classified as text" in message
    assert message.endswith(" if they are images, or kind='text' if they are not")
    assert encode(series, "text").kind == "text"  # without a warning, since warnings are errors here
    cured = encode(*follow(series, message)[:1], **follow(series, message)[1])
    assert cured.kind == "image"
    assert cured.codes.tolist()[1 if meant is None or len(cured.codes) == len(given) + 1 else -1] in (-1, 1, 2)
    assert [content_of(value) for value in cured.values] == (meant or [content_of(text) for text in given])
    for content in cured.values if form in (BASE64, HEX, DATA, LITERAL) and len(given[0]) > 1000 else []:
        np.testing.assert_array_equal(open_picture(content_of(content)).size, (40, 40))


LOST = [
    "<PIL.JpegImagePlugin.JpegImageFile image mode=RGB size=640x480 at 0x7F3C>",
    "<PIL.Image.Image image mode=L size=2x2 at 0x7F3C>",
    "<memory at 0x7f00>",
    "<_io.BytesIO object at 0x7f00>",
    "array([[[255, 255, 255],\n        [0, 0, 0]]], dtype=uint8)",
    "[[[255 255 255]\n  [  0   0   0]\n  [  1   2   3]]]",
    "tensor([[[0.1, 0.2]]])",
    JPEGS[0].decode("utf-8", "replace"),
    CONTENTS["PNG"][0].decode("utf-8", "replace"),
]


@pytest.mark.parametrize("text", LOST, ids=lambda text: ascii(text[:20]))
def test_images_that_are_lost_are_called_so(text):
    with pytest.warns(
        UserWarning, match="looks like the text of an image in memory, .*; the images themselves are lost"
    ):
        encode(pd.Series([text]))


IN_TWO_STEPS = {
    "the repr of base64": lambda content: repr(base64.b64encode(content)),
    "base64 in quotes": lambda content: f'"{in_base64(content)}"',
    "the repr of a bytearray": lambda content: repr(bytearray(content)),
    "SQL's hexadecimal": lambda content: f"X'{content.hex().upper()}'",
}


@pytest.mark.parametrize("write", IN_TWO_STEPS.values(), ids=IN_TWO_STEPS)
def test_bytes_in_quotes_are_cured_in_two_steps(write):
    series = pd.Series([None, *texts(write)], dtype=object)
    for form in (WRAPPED, "the bytes of an image"):
        with pytest.warns(UserWarning, match=f"looks? like {form}") as caught:
            encode(series)
        series, _ = follow(series, str(caught[0].message))
    assert list(map(content_of, encode(series, "image").values)) == JPEGS


def test_a_list_that_was_cut_leads_to_its_source():
    with pytest.warns(UserWarning, match="take the column from its source"):
        encode(pd.Series(["{'bytes': b'\\xff\\xd8\\xff..."]))


OTHERS = {
    "s3": (["s3://bucket/photo-1", "s3://bucket/photo-2"], "an address in a file store, .*; pass signed https:// URLs"),
    "gs": (["gs://bucket/photo-1"], "an address in a file store, .*; pass signed https:// URLs, or the bytes of each"),
    "azure": (["abfs://box@account/photo"], "an address in a file store"),
    "drawings": (['<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'], "the source of a drawing .*PNG"),
    "drawings with a head": (["<?xml version='1.0'?>\n<svg width='3'></svg>"], "the source of a drawing"),
}


@pytest.mark.parametrize(("given", "message"), OTHERS.values(), ids=OTHERS)
def test_what_needs_more_than_code_is_told_in_words(given, message):
    with pytest.warns(UserWarning, match=message):
        encode(pd.Series(given))


def test_the_most_frequent_form_is_named():
    texts = ['<img src="a.jpg">', "![](b.jpg)", "![](c.jpg)", "a remark"]
    with pytest.warns(UserWarning, match=r"most values look like an image in Markdown, for example '!\[\]\(b.jpg\)'"):
        encode(pd.Series(texts))


ORDINARY = {
    "with an address": ["see https://example.com/a.jpg for more", "https://example.com/a.jpg is my favourite"],
    "an address and a remark": [
        "https://example.com/a.jpg?w=1 is it, what do you think?",
        "https://example.com/a.html",
    ],
    "with HTML": ['<p>Great <img src="smile.gif"> product</p>', "<b>Bad</b>", "<div>5 stars</div>"],
    "with Markdown": ["![cat](a.jpg) is how it came", "**bold** and [a link](https://example.com/a.jpg)"],
    "lists of words": ["['good', 'bad']", '["late", "broken"]', "[1, 2, 3]", "[[wiki link]] and more"],
    "coordinates": ["[[[12.25, 3.5], [12.5, 3.25]]]", "[[1, 2], [3, 4]]"],
    "wiki links": ["[[1984 (novel)]] is by Orwell", "[[2001: A Space Odyssey]]"],
    "dicts": ["{'stars': 5, 'text': 'good'}", '{"url": "https://example.com/page.html", "id": 1}', "{}"],
    "records of visits": ['{"path": "/index.html", "status": 200}', '{"bytes": 512, "path": "/a"}'],
    "hashes": ["d41d8cd98f00b204e9800998ecf8427e", "0xdeadbeefdeadbeefdeadbeef", "ffd8" * 4],
    "tokens": ["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" * 3, "QmFzZTY0IG9mIGEgdGV4dA==" * 4],
    "words without punctuation": ["iVBORw0KGgo", "R0lGOD is the start of a file " * 3, "Qk " * 40],
    "priorities": ["P1 - outage", "P2 3 servers are down", "BM sounds good", "GIF89a is a format", "8BPS"],
    "sizes": ["I 1 b", "MM* is a shop", "RIFF is a container"],
    "code": ["b'good'", "array(3)", "tensor of shape 3", "\\x41 is A", "<memory>", "0x10"],
    "times": ["10:20:30", "ff:ff:ff:ff:ff:ff"],
    "data": ["data: none, sorry", "data:text/plain,hello", "data:text/plain;base64," + "aGVsbG8=" * 20],
    "files": ["s3 is where it lies", "file: a.txt", "gs"],
    "XML": ["<?xml version='1.0'?><review>good</review>"],
    "foreign": ["\xff\xd8 is how it begins", "\ufffd\ufffd broken \ufffd", "\u4f60\u597d"],
}


@pytest.mark.parametrize("given", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_texts_give_no_warning(given):
    assert encode(pd.Series(given)).kind == "text"  # warnings are errors here


def test_real_texts_give_no_warning():
    folder = Path(str(files("jsdf"))) / "cli" / "data"
    tables = [path for path in folder.iterdir() if path.suffix in (".csv", ".tsv", ".txt", ".md")]
    lines = [line for path in tables for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) > 200
    for texts in (lines, [",".join(row) for row in csv.reader(lines)], *([line] for line in lines)):
        assert encode(pd.Series(texts)).kind == "text"


LONG = [
    "<img " * 20_000,
    "<a " * 20_000,
    "!" + "[" * 50_000,
    "['" * 50_000,
    "{" * 50_000,
    "<img " + "src " * 20_000,
    "\\x" * 50_000,
    "0x" + "f" * 100_000,
    " " * 50_000 + "x",
    "data:" * 20_000,
    "https://" + "a.jpg?" * 20_000 + " x",
    "https://" + "a.jpg?" * 20_000 + "= x",
    "https://" + "a.html" * 20_000 + "/",
    "https://a/" + ".pdf" * 20_000 + " ",
    "![" * 20_000 + "](",
    "<img src=" * 20_000,
    "[[1 1" * 20_000,
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: text.strip()[:10])
def test_long_texts_are_checked_in_no_time(text):
    start = time.process_time()
    encode(pd.Series([f"{text}{i}" for i in range(3)] + ["a", "b", "c", "d"]))
    assert time.process_time() - start < 2
