"""Examples are checked before anything is sent; what is wrong is quoted, and the advice helps."""

import enum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.api.example_input.example_checks import MAX_EXAMPLES, apply_examples, parse_examples
from jsdf.column import encode
from jsdf.labels import parse
from jsdf.testing import FakeEngine
from jsdf.utils.characters import is_blank

LABELS = parse(["good", "bad"])
TEXTS = encode(pd.Series(["one", "two"], name="text"))
IMAGES = encode(pd.Series(["a.png", "b.png"], name="photo"))


def checked(examples, column=TEXTS, kind="auto", multiple=False):
    return parse_examples(examples, column, LABELS, kind, multiple=multiple)


def pairs(examples):
    return [(item.value, item.labels) for item in examples.items]


class Mood(enum.Enum):
    GOOD = "good"


def test_values_are_distinct_and_labels_positions():
    assert pairs(checked({"good": ["x", "x", "y"], "bad": ["z"]})) == [("x", (0,)), ("y", (0,)), ("z", (1,))]
    assert pairs(checked({Mood.GOOD: "x", np.str_("bad"): "y"})) == [("x", (0,)), ("y", (1,))]


def test_with_several_labels_a_value_has_those_of_all_its_rows():
    assert pairs(checked({"good": ["x", "y"], "bad": ["x"]}, multiple=True)) == [("x", (0, 1)), ("y", (0,))]
    assert pairs(checked((["x", "y"], [["bad", "good"], []]), multiple=True)) == [("x", (0, 1)), ("y", ())]


WRONG = [
    ({"godo": "x"}, r"'godo' is not among the labels; did you mean 'good'\?"),
    ({"neutral": "x"}, r"'neutral' is not among the labels; the labels are \['good', 'bad'\]"),
    ((["x"], ["Bad"]), r"'Bad' is not among the labels; did you mean 'bad'\?"),
    ({"good": None}, r"an example of 'good' has no value \(None\); leave it out"),
    ({"good": ["x", "  "]}, r"an example of 'good' has no value \('  '\); leave it out"),
    (pd.DataFrame({"text": ["x", None], "label": ["good", "bad"]}, index=[5, 6]), r"row 6 has no value \((nan|None)\)"),
    ({"good": ["x", "y"], "bad": "y"}, "'y' is an example of 'good' and of 'bad', but a row has one label; drop one"),
    ((["x", "x"], ["good", "bad"]), "'x' is an example of 'good' and of 'bad'"),
    ((["x"], [["good", "bad"]]), "row 0 has 2 labels, but a row has one; pass one, or multiple_labels=True"),
    (
        {"good": [f"text {i}" for i in range(MAX_EXAMPLES + 1)]},
        "2,001 values are more than 2,000; pass the most telling",
    ),
    ({"good": 5}, r"an example of 'good' is 5 \(int\), which is neither text nor an image; convert it"),
    ({"good": ["x"], "bad": [b"\x89PNG\r\n\x1a\n"]}, r"'x' is a text and b'.*' an image; pass values of one kind"),
    ({"good": "photo.png"}, "the examples are images, as 'photo.png', but column 'text' holds texts; pass examples of"),
]


@pytest.mark.parametrize(("examples", "message"), WRONG)
def test_mistakes_are_quoted(examples, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        checked(examples)


def test_texts_for_a_column_of_images_are_refused_until_kind_says_that_they_are_names():
    with pytest.raises(jsdf.InvalidInputError, match="are texts, as 'hello', but column 'photo' holds images"):
        checked({"good": "hello"}, IMAGES)
    assert pairs(checked({"good": "hello"}, IMAGES, kind="image")) == [("hello", (0,))]


def test_names_of_images_are_texts_if_kind_says_so():
    assert checked({"good": "photo.png"}, TEXTS, kind="text").kind == "text"


def test_images_in_any_form_become_addresses_that_travel(tmp_path):
    picture = Image.new("RGB", (8, 8), "red")
    picture.save(tmp_path / "red.png")
    forms = [tmp_path / "red.png", (tmp_path / "red.png").read_bytes(), picture, np.asarray(picture),
             "https://example.com/x.png", jsdf.image("https://example.com/y.png")]  # fmt: skip
    found = checked({"good": forms}, IMAGES)
    assert found.kind == "image"
    values = [item.value for item in found.items]
    assert values[0] == str(tmp_path / "red.png")
    assert [value[:11] for value in values[1:4]] == ["data:image;"] * 3
    assert values[4:] == ["https://example.com/x.png", "https://example.com/y.png"]


def test_an_image_in_memory_that_cannot_be_opened_is_refused_with_its_label():
    with pytest.raises(jsdf.InvalidInputError, match=r"an image of 'bad' cannot be opened: .*shape"):
        checked({"bad": np.zeros((4, 4, 9), np.uint8)}, IMAGES)


def test_an_empty_column_takes_the_examples_own_kind():
    empty = encode(pd.Series([], dtype=object))
    assert checked({"good": "a.png"}, empty).kind == "image"
    assert checked({"good": "hello"}, empty).kind == "text"


def applied(engine, labels=LABELS, examples=None):
    return apply_examples(examples or {labels.names[0]: "x"}, TEXTS, labels, engine, "auto", multiple=False)


def test_an_engine_that_takes_no_examples_says_so():
    with pytest.raises(jsdf.InvalidInputError, match="the engine 'fake' takes no examples; leave examples out, or use"):
        applied(FakeEngine())


def teachable(**attributes):
    engine = FakeEngine()
    engine.takes_examples = True
    for name, value in attributes.items():
        setattr(engine, name, value)
    return engine


def test_an_engine_gets_examples_as_descriptions_or_learns_from_them():
    engine, use = applied(teachable(max_labels=24))
    assert engine.max_labels == 24
    assert [m.value for m in use.labels.classes[0].members] == ["good", 'Example: "x"']
    learned = FakeEngine()
    seen = []
    engine, use = applied(teachable(learn_from=lambda examples: seen.append(examples) or learned))
    assert engine is learned
    assert seen == [use.examples]
    assert (use.labels, use.describe()) == (LABELS, "the engine learns from 1")


def test_a_call_whose_examples_do_not_fit_warns():
    labels = parse([f"label {i}" for i in range(30)])
    with pytest.warns(UserWarning, match="none of 1 can be sent: a request holds 24 descriptions .* have 30 already"):
        applied(teachable(max_labels=24), labels)
    described = parse({"good": 'Example: "x"', "bad": "no"})
    with pytest.warns(UserWarning, match="none of 1 can be sent: texts that describe the labels already"):
        applied(teachable(max_labels=24), described)


@given(
    st.dictionaries(
        st.text(min_size=1).filter(lambda text: not is_blank(text)), st.sampled_from(["good", "bad"]), min_size=1
    )
)
def test_every_form_gives_the_same_examples(rows):
    column = encode(pd.Series([], dtype=object, name="text"))
    mapping = {name: [value for value, label in rows.items() if label == name] for name in LABELS.names}
    forms = [(list(rows), list(rows.values())), pd.DataFrame({"text": list(rows), "label": list(rows.values())})]
    wanted = parse_examples(mapping, column, LABELS, "text", multiple=False)
    for form in forms:
        assert parse_examples(form, column, LABELS, "text", multiple=False).digest == wanted.digest


def test_the_advice_of_a_taught_engine_and_of_a_cascade_works():
    pytest.importorskip("scipy")
    texts = pd.Series(["the soup was cold", "what a goal"])
    names = ["food", "sport"]
    known = {"food": ["a tasty soup", "bread and cheese"], "sport": ["they won the match", "a late goal"]}
    values, given = zip(*[(value, name) for name, found in known.items() for value in found], strict=True)
    taught, strong = jsdf.Local.fit(list(values), list(given)), FakeEngine(lambda _, v: ["food"] * len(v))
    refused = {"examples": known, "progress": False}
    with pytest.raises(jsdf.InvalidInputError, match=r"has learned its labels already, .* as in jsdf\.Local\.fit\("):
        jsdf.run(texts, names, engine=taught, **refused)
    again = jsdf.Local.fit([*values, "a penalty"], [*given, "sport"])
    for engine, arguments in ((again, {}), ("local", {"examples": known}), (jsdf.Local(), {"examples": known})):
        assert jsdf.run(texts, names, engine=engine, progress=False, **arguments).counts["answered"] == 2
    for cheap in (taught, "local"):
        with pytest.raises(
            jsdf.InvalidInputError, match=r"a cascade takes no examples, .*jsdf\.Cascade\(jsdf\.Local\.f"
        ):
            jsdf.run(texts, names, engine=jsdf.Cascade(cheap, strong), **refused)
    assert strong.calls == []
    with pytest.warns(UserWarning, match="all of 2 values were paid for"):  # too few rows to save any
        assert jsdf.run(texts, names, engine=jsdf.Cascade(taught, strong), progress=False).counts["answered"] == 2


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ({"good": b"abc"}, r"an example of 'good' is b'abc', a text as bytes; pass value\.decode\('utf-8'\)"),
        ((["x", "grün".encode("latin-1")], ["good", "bad"]), r"row 1 is b'gr\\xfcn', a text as bytes; .*'latin-1'\)"),
        ({"good": ["x"], "bad": [b"one", b"two"]}, r"an example of 'bad' is b'one', a text as bytes"),
    ],
)
@pytest.mark.parametrize("kind", ["auto", "text"])
def test_texts_as_bytes_are_refused_in_words_about_examples(examples, message, kind):
    for column in (TEXTS, IMAGES, encode(pd.Series([], dtype=object))):
        with pytest.raises(jsdf.InvalidInputError, match=f"^examples: {message}"):
            checked(examples, column, kind)
    assert pairs(checked({"good": b"abc".decode("utf-8")})) == [("abc", (0,))]


def test_images_among_examples_that_are_to_be_texts_are_named():
    with pytest.raises(
        jsdf.InvalidInputError, match=r"of 'good' is an image \(ndarray\); pass a text, or kind='image'"
    ):
        checked({"good": np.zeros((4, 4, 3), np.uint8)}, kind="text")
