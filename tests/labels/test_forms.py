"""Labels in the forms of other libraries are read as lists, or as names with descriptions."""

import enum

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import jsdf
from jsdf.labels import parse
from jsdf.testing import FakeEngine


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Text(str, enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Stars(enum.IntEnum):
    good = 5
    bad = 1


class Topic(enum.Flag):
    good = enum.auto()
    bad = enum.auto()


class Mixed(enum.Enum):
    good = 5
    bad = "b"


NAMES = {
    "an enum": Mood,
    "members": list(Mood),
    "a tuple of members": (Mood.GOOD, Mood.BAD),
    "a member and a string": [Mood.GOOD, "bad"],
    "members that are strings": list(Text),
    "an enum of strings": Text,
    "integers' members": list(Stars),
    "an enum of integers": Stars,
    "flags": list(Topic),
    "an enum of flags": Topic,
    "mixed members": list(Mixed),
    "keys that are members": {Mood.GOOD: "it is liked", Mood.BAD: "it is not"},
    "an array of members": np.array(list(Mood), dtype=object),
    "a Series of members": pd.Series(list(Mood)),
    "NumPy's scalars": [np.str_("good"), np.str_("bad")],
    "NumPy's arrays without an axis": [np.array("good"), np.array("bad")],
    "NumPy's array": np.array(["good", "bad"]),
    "Arrow's scalars": [pa.scalar("good"), pa.scalar("bad", pa.large_string())],
    "Arrow's array": pa.array(["good", "bad"]),
    "Arrow's chunks": pa.chunked_array([["good"], ["bad"]]),
    "Arrow's dictionary": pa.array(["good", "bad"]).dictionary_encode(),
    "pandas' Arrow array": pd.array(["good", "bad"], dtype=pd.ArrowDtype(pa.string())),
    "a Series": pd.Series(["good", "bad"]),
    "a filtered Series": pd.Series(["x", "good", "bad"])[1:],
    "a Series with dates": pd.Series(["good", "bad"], index=pd.to_datetime(["2020-01-01", "2020-01-02"])),
    "a column": pd.DataFrame({"label": ["good", "bad"]})["label"],
    "distinct values": pd.Series(["good", "bad", "good"]).unique(),
}


@pytest.mark.parametrize("labels", NAMES.values(), ids=NAMES)
def test_every_form_gives_names(labels):
    found = parse(labels)
    assert found.names == ("good", "bad")
    assert all(type(name) is str for name in found.names)


def test_members_and_their_class_are_the_same_labels():
    for members in (Mood, Text, Stars, Topic, Mixed):
        assert parse(members).digest == parse(list(members)).digest
    mood = jsdf.classify(["a"], list(Mood), engine=FakeEngine(lambda question, values: ["good"] * len(values)))
    assert mood.tolist() == ["good"]


def test_a_combination_of_flags_is_named_by_its_parts():
    assert parse([Topic.good | Topic.bad, Topic.good]).names == ("good|bad", "good")


DESCRIBED = {
    "a frame": pd.DataFrame({"name": ["good", "bad"], "description": ["it is liked", "it is not"]}),
    "a frame in another order": pd.DataFrame({"description": ["it is liked", "it is not"], "name": ["good", "bad"]}),
    "a frame of Arrow": pd.DataFrame(
        {"name": ["good", "bad"], "description": ["it is liked", "it is not"]}, dtype=pd.ArrowDtype(pa.string())
    ),
    "a table": pa.table({"name": ["good", "bad"], "description": ["it is liked", "it is not"]}),
    "a Series": pd.Series({"good": "it is liked", "bad": "it is not"}),
    "a Series of a frame": pd.DataFrame({"n": ["good", "bad"], "d": ["it is liked", "it is not"]}).set_index("n")["d"],
}


@pytest.mark.parametrize("labels", DESCRIBED.values(), ids=DESCRIBED)
def test_names_with_descriptions(labels):
    assert parse(labels) == parse({"good": "it is liked", "bad": "it is not"})


def test_a_name_may_have_several_rows():
    frame = pd.DataFrame({"name": ["good", "bad", "good"], "description": ["liked", "hated", "praised"]})
    assert parse(frame) == parse({"good": ["liked", "praised"], "bad": "hated"})


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_a_missing_description_is_the_name(missing):
    frame = pd.DataFrame({"name": ["good", "bad"], "description": ["liked", missing]}, dtype=object)
    assert parse(frame) == parse({"good": "liked", "bad": "bad"})
    assert parse(frame.set_index("name")["description"]) == parse(frame)


def test_labels_of_polars():
    polars = pytest.importorskip("polars")
    assert parse(polars.Series(["good", "bad"])).names == ("good", "bad")
    assert parse(polars.Enum(["good", "bad"])).names == ("good", "bad")
    assert parse(polars.Series(["good", "bad"], dtype=polars.Categorical)).names == ("good", "bad")
    frame = polars.DataFrame({"name": ["good", "bad"], "description": ["liked", None]})
    assert parse(frame) == parse({"good": "liked", "bad": "bad"})
    with pytest.raises(jsdf.InvalidLabelsError, match=r"a DataFrame with the columns \['label'\]; pass columns"):
        parse(polars.DataFrame({"label": ["good", "bad"]}))


#: Labels, and a function that does what the message says.
FOLLOWED = {
    "a missing label": (["a", None, "b"], lambda labels: [label for label in labels if label is not None]),
    "a missing label in a Series": (pd.Series(["a", None, "b"]), lambda labels: labels.dropna()),
    "a number": (["a", 1], lambda labels: ["a", "1"]),
    "bytes": (["a", b"b"], lambda labels: ["a", "b"]),
    "nested": ([["a", "b"]], lambda labels: labels[0]),
    "a column of a frame": (pd.DataFrame({"label": ["a", "b"]}), lambda labels: list(labels["label"])),
    "two columns of a frame": (
        pd.DataFrame({"name": ["a", "b"], "description": ["x", "y"], "n": [1, 2]}),
        lambda labels: labels[["name", "description"]],
    ),
    "counts": (pd.Series(["a", "b", "a"]).value_counts(), lambda labels: list(labels.index)),
    "a set": ({"a", "b"}, list),
    "a repeated label": (["a", "b", "a"], lambda labels: list(dict.fromkeys(labels))),
    "one label": (["a"], lambda labels: ["a", "b"]),
    "no description": ({"a": [], "b": []}, list),
}


@pytest.mark.parametrize(("labels", "follow"), FOLLOWED.values(), ids=FOLLOWED)
def test_the_advice_of_every_refusal_works(labels, follow):
    with pytest.raises(jsdf.InvalidLabelsError):
        parse(labels)
    assert set(parse(follow(labels)).names) in ({"a", "b"}, {"a", "1"})


def test_example_images_take_bytes_and_paths_in_every_form(tmp_path):
    class Location:
        def __fspath__(self):
            return "photos/a.jpg"

    assert jsdf.image(memoryview(b"abc")) == jsdf.image(bytearray(b"abc")) == jsdf.image(b"abc")
    assert jsdf.image(Location()).value == "photos/a.jpg"
    array = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(jsdf.InvalidLabelsError, match=r"type ndarray; .*, such as PIL\.Image\.fromarray\(array\)"):
        jsdf.image(array)
    from PIL import Image

    assert jsdf.image(Image.fromarray(array)).value.startswith("data:image;base64,")
