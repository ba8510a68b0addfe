"""Every accepted form of labels gives a `LabelSet`, any other one clear message."""

import datetime as dt
import enum
import io
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import jsdf
from jsdf.labels import Label, LabelSet, parse


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Side(enum.Enum):
    LEFT = enum.auto()
    RIGHT = enum.auto()


class Mixed(enum.Enum):
    ONE = "one"
    TWO = 2


class Single(enum.Enum):
    ONE = "one"


FORMS = {
    "list": ["good", "bad"],
    "tuple": ("good", "bad"),
    "generator": lambda: (n for n in ["good", "bad"]),
    "dict keys": lambda: {"good": 1, "bad": 2}.keys(),
    "series": pd.Series(["good", "bad"]),
    "numpy": pd.Series(["good", "bad"], dtype=object).to_numpy(),
    "numpy of str": pd.array(["good", "bad"]).to_numpy(dtype="<U4"),
    "index": pd.Index(["good", "bad"]),
    "categorical dtype": pd.CategoricalDtype(["good", "bad"]),
    "categorical": pd.Categorical(["bad", "bad"], categories=["good", "bad"]),
    "categorical index": pd.CategoricalIndex(["bad"], categories=["good", "bad"]),
    "enum": Mood,
    "labels": [jsdf.Label("good"), jsdf.Label("bad")],
    "keyed labels": [jsdf.Label("it is liked", "good"), jsdf.Label("it is not", key="bad")],
    "mixed": ["good", jsdf.Label("bad")],
    "mapping": {"good": "it is liked", "bad": "it is not"},
    "mapping to lists": {"good": ["it is liked", "praise"], "bad": ("it is not",)},
    "mapping to images": {"good": jsdf.image("https://example.com/up.png", "thumb up"), "bad": "thumb down"},
    "service": [{"type": "text", "value": "good"}, {"value": "bad"}],
    "service with keys": [{"key": "good", "value": "liked"}, {"key": "bad", "type": "image", "value": "x.png"}],
    "merged keys": [
        {"key": "good", "value": "liked"},
        {"key": "bad", "value": "hated"},
        {"key": "good", "value": "praised"},
    ],
}


@pytest.mark.parametrize("given_", FORMS.values(), ids=FORMS)
def test_every_form_is_read_in_its_order(given_):
    found = parse(given_() if callable(given_) and not isinstance(given_, type) else given_)
    assert isinstance(found, LabelSet)
    assert found.names == ("good", "bad")
    assert len(found) == 2
    assert all(type(name) is str for name in found.names)


def test_an_enum_with_other_values_gives_its_member_names():
    assert parse(Side).names == ("LEFT", "RIGHT")
    assert parse(Mixed).names == ("ONE", "TWO")


def test_keys_may_be_numbers():
    found = parse([{"key": 1, "value": "one"}, {"key": 2, "value": "two"}, {"key": 1, "value": "uno"}])
    assert found.names == ("1", "2")
    assert found.find(1) == found.find("1") == found.find("uno") == 0
    assert [m["key"] for m in found.to_json()] == ["1", "1", "2"]


def test_a_mapping_to_lists_merges_texts_and_images():
    found = parse({"dog": ["a hot dog", jsdf.image("https://example.com/h.png", "a bun")], "cat": "a cat"})
    assert found.to_json() == [
        {"type": "text", "value": "a hot dog", "key": "dog"},
        {"type": "image", "value": "https://example.com/h.png", "key": "dog", "text": "a bun"},
        {"type": "text", "value": "a cat", "key": "cat"},
    ]


def test_plain_labels_are_sent_without_a_key():
    assert parse(["a", "b"]).to_json() == [{"type": "text", "value": "a"}, {"type": "text", "value": "b"}]


ODD = [
    'say "hi"',
    "it's",
    "a\\b",
    "a,b;c",
    "[x]",
    "{y}",
    "naïve",
    "日本語",
    "🙂",
    "👩‍👩‍👧",
    "İ",
    "a\nb",
    "%s",
    "{0}",
    " a ",
]


def test_odd_names_are_kept():
    found = parse(ODD)
    assert found.names == tuple(ODD)
    assert [found.find(name) for name in ODD] == list(range(len(ODD)))


REFUSED = {
    "str": ("good", "labels='good': pass a list of at least two labels"),
    "bytes": (b"good", "labels=b'good': pass a list"),
    "int": (3, "labels=3: pass a list"),
    "none": (None, "labels=None: pass a list"),
    "bool": (True, "labels=True: pass a list"),
    "set": ({"a"}, "labels={'a'}: a set has no order; pass a list"),
    "frozenset": (frozenset(["a"]), "a set has no order"),
    "empty list": ([], "labels=[]: pass at least two distinct labels, as in ['positive', 'negative']"),
    "one": (["yes"], "labels=['yes']: pass at least two distinct labels, as in ['positive', 'negative']"),
    "empty mapping": ({}, "labels={}: pass"),
    "one in a mapping": ({"a": "x"}, "labels={'a': 'x'}: pass at least two distinct labels"),
    "merged into one": ([{"key": "a", "value": "x"}, {"key": "a", "value": "y"}], "pass at least two distinct labels"),
    "one label of the service": ({"type": "text", "value": "a"}, "pass a list of at least two labels"),
    "a small enum": (Single, "pass at least two distinct labels"),
    "an enum with an alias": (enum.Enum("Twins", [("A", "a"), ("B", "a")]), "pass at least two distinct labels"),
    "no categories": (pd.CategoricalDtype(), "pass at least two distinct labels"),
    "one category": (pd.CategoricalDtype(["a"]), "pass at least two distinct labels"),
    "duplicate": (["a", "b", "a"], "'a' is given twice"),
    "duplicate in an index": (pd.Index(["a", "b", "b"]), "'b' is given twice"),
    "duplicate of a key": (["a", jsdf.Label("x", key="a"), "b"], "'a' is given twice"),
    "duplicate description": ({"a": ["x", "x"], "b": "y"}, "'a' is given twice"),
    "empty": (["a", ""], "labels=['a', '']: a label's value is empty ('')"),
    "white space": (["a", " \t"], "a label's value is empty (' \\t')"),
    "empty description": ({"a": "", "b": "y"}, "a label's value is empty ('')"),
    "empty name": ({"": "x", "b": "y"}, "a label's key is empty ('')"),
    "empty list of descriptions": ({"a": [], "b": "y"}, "'a' has no description"),
    "integer": (["a", 1], "1 (int) is not a string; write it as '1'"),
    "null": (["a", None], "the label at position 1 is None; drop the missing label"),
    "nan": (["a", "b", float("nan")], "the label at position 2 is nan; drop the missing label"),
    "pandas' null": ([pd.NA, "b"], "the label at position 0 is <NA>; drop the missing label"),
    "no date": ([pd.NaT, "b"], "the label at position 0 is NaT; drop the missing label"),
    "nan in an index": (pd.Index(["a", float("nan"), "b"], dtype=object), "the label at position 1 is nan; drop the"),
    "null in a Series": (pd.Series(["a", None, "b"]), "the label at position 1 is"),
    "null in Arrow": (pa.array(["a", None]), "the label at position 1 is None; drop the missing label"),
    "a null name": ({None: "x", "b": "y"}, "a name is None; drop the missing label"),
    "nothing": (None, "labels=None: pass a list of at least two labels, as in ['positive', 'negative']"),
    "a member": (Mood.GOOD, "pass a list of at least two labels"),
    "a scalar": (5, "labels=5: pass a list of at least two labels"),
    "invisible": (["a", "\u200b"], "a label's value is empty ('\\u200b')"),
    "filler": (["a", "\u3164"], "a label's value is empty"),
    "integers": (pd.CategoricalDtype([1, 2]), "1 (int) is not a string"),
    "nested": ([["a", "b"]], "['a', 'b'] (list) is not a string; pass one list of strings, without lists in it"),
    "a tuple in a list": ([("a", "b"), "c"], "(tuple) is not a string; pass one list of strings"),
    "bytes in a list": ([b"good", "bad"], "b'good' (bytes) is not a string; write it as 'good'"),
    "a date": ([dt.date(2020, 1, 2), "b"], "(date) is not a string; write it as '2020-01-02'"),
    "NumPy's integer": (np.array([1, 2]), "1 (int) is not a string; write it as '1'"),
    "objects": ([object(), "b"], "(object) is not a string; pass its name as a string"),
    "members that are no strings": ([Mixed.ONE, 2], "2 (int) is not a string"),
    "a frame": (
        pd.DataFrame({"label": ["a"], "n": [1]}),
        "is a DataFrame with the columns ['label', 'n']; pass",
    ),
    "a frame with more": (
        pd.DataFrame({"name": ["a"], "description": ["x"], "n": [1]}),
        "['name', 'description', 'n']; pass labels[['name', 'description']]",
    ),
    "a frame of names": (pd.DataFrame({"name": ["a", "b"]}), "or one column as a list: list(labels['name'])"),
    "a frame without columns": (pd.DataFrame(), "with the columns []; pass a list of labels"),
    "a table": (
        pa.table({"label": ["a", "b"]}),
        "labels is a Table with the columns ['label']; pass",
    ),
    "counts": (
        pd.Series(["a", "b", "a"]).value_counts(),
        "is no description; pass list(labels.index) to use",
    ),
    "integer name": ({1: "x", "b": "y"}, "the name 1 is not a string; write it as '1'"),
    "integer description": ({"a": 1, "b": "y"}, "'a' is described by 1; use a string, jsdf.image(...)"),
    "null description": ({"a": None, "b": "y"}, "'a' is described by None"),
    "integer value": ([jsdf.Label(1), jsdf.Label("b")], "the value 1 is not a string"),
    "integer key": ([jsdf.Label("a", key=1), jsdf.Label("b")], "the key 1 is not a string"),
    "boolean key": ([{"key": True, "value": "a"}, "b"], "the key True is not a string"),
    "integer text": ([jsdf.Label("a", text=1), "b"], "the text 1 is not a string"),
    "no value": ([{"key": "a"}, "b"], "{'key': 'a'} is not a label; it takes 'value'"),
    "a typo": ([{"value": "a", "txt": "x"}, "b"], "is not a label; it takes 'value' and may have 'key', 'type' and"),
    "a strange type": ([jsdf.Label("a", type="audio"), "b"], "'a' has the type 'audio'; use 'text' or 'image'"),
    "lone surrogate": (["a\ud800", "b"], "holds a lone surrogate"),
    "escaped byte": (["a\udce9", "b"], "holds a lone surrogate"),
    "lone surrogate in an image's name": ({"a": jsdf.image("x\ud800.jpg"), "b": "y"}, "holds a lone surrogate"),
    "lone surrogate in a description": ({"a": "x\udfff", "b": "y"}, "holds a lone surrogate"),
    "lone surrogate in a name": ({"a\udc00": "x", "b": "y"}, "holds a lone surrogate"),
    "same description": ({"a": "x", "b": "x"}, "'a' and 'b' have the same description"),
    "crossed": ({"a": "b", "b": "a"}, "'a' is described by 'b', which is another label's name"),
}


@pytest.mark.parametrize(("given_", "message"), REFUSED.values(), ids=REFUSED)
def test_refusals_quote_the_labels(given_, message):
    with pytest.raises(jsdf.InvalidLabelsError, match=re.escape(message)) as caught:
        parse(given_)
    assert isinstance(caught.value, (ValueError, jsdf.JSDFError))
    str(caught.value).encode()


IMAGE_LIKE = {
    "path": ({"a": "img/red.png", "b": "y"}, "'img/red.png' is read as words; pass jsdf.image('img/red.png') if"),
    "one of several": ({"a": ["x", "red.JPG"], "b": "y"}, "'red.JPG' is read as words; pass jsdf.image('red.JPG') if"),
    "address": ({"a": "https://example.com/a.webp?w=1", "b": "y"}, "'https://example.com/a.webp?w=1' is read as words"),
    "plain labels": (["red.png", "blue.svg"], "'red.png' (and 1 more) is read as words; pass jsdf.image('red.png') if"),
    "data": (["data:image/png;base64," + "A" * 1000, "b"], "'data:image/png;base64,AAA"),
    "of the service": ([{"key": "a", "value": "red.png"}, "b"], "'red.png' is read as words"),
    "a file with blanks": (["my red.png", "b"], "'my red.png' is read as words; pass jsdf.image('my red.png') if it"),
}


@pytest.mark.parametrize(("given_", "message"), IMAGE_LIKE.values(), ids=IMAGE_LIKE)
def test_image_like_texts_give_one_warning(tmp_path, monkeypatch, given_, message):
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("my red.png").touch()
    with pytest.warns(UserWarning, match=re.escape(message)) as caught:
        parse(given_)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert len(str(caught[0].message)) < 300


@pytest.mark.parametrize(
    "words", ["my red.png", "a picture saved as x.png", ".png", "PNG", "see https://example.com/a.png", "3.5", "e.g."]
)
def test_other_texts_give_no_warning(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert parse([words, "b"]).names == (words, "b")  # warnings are errors here
    assert parse({"a": words, "b": jsdf.image("red.png")}).names == ("a", "b")


@pytest.mark.parametrize("given_", ["", " ", b"", bytearray()])
def test_an_empty_example_is_refused(given_):
    with pytest.raises(jsdf.InvalidLabelsError, match=r"jsdf\.image\(.*\) is empty; pass a URL, a path, bytes or a"):
        jsdf.image(given_)


def test_an_open_file_is_refused_as_an_example():
    with pytest.raises(jsdf.InvalidLabelsError, match=r"of type BytesIO; pass .*, such as what its \.read\(\) returns"):
        jsdf.image(io.BytesIO(b"x"))


def test_the_repr_of_an_image_in_memory_is_short():
    shown = repr(jsdf.image(b"x" * 100_000, "a thing"))
    assert len(shown) < 250
    assert shown.startswith("Label(value='data:image;base64,eHh4")
    assert shown.endswith(", key=None, type='image', text='a thing')")
    label = jsdf.Label("x" * 1000, "k")
    assert eval(repr(label), {"Label": jsdf.Label}) == label


def test_a_long_list_is_shortened_in_the_message():
    with pytest.raises(jsdf.InvalidLabelsError) as caught:
        parse(["x" * 10_000, ""])
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["so \ud83d\ude00", "b"], Label("so \U0001f600")),
        ({"\ud83d\ude00": "x", "b": "y"}, Label("x", "\U0001f600")),
        ([{"value": "x", "text": "\ud83d\ude00"}, "b"], Label("x", text="\U0001f600")),
        ({"a": jsdf.image("caf\udce9.jpg"), "b": "y"}, Label("caf\udce9.jpg", "a", "image")),
        ({"a": jsdf.image("\ud83d\ude00.jpg"), "b": "y"}, Label("\U0001f600.jpg", "a", "image")),
    ],
)
def test_pairs_of_surrogates_are_joined_and_names_of_files_kept(labels, expected):
    assert parse(labels).classes[0].members == (expected,)
