"""`Local.fit`: forms of values and labels, rows that are left out, and mistakes explained in one sentence."""

import asyncio
import warnings

import numpy as np
import pandas as pd
import pytest

import jsdf

pytest.importorskip("scipy")

TEXTS = ["the striker scored", "rain and wind", "shares fell", "the team won the cup", "sunny and warm", "a bank loan"]
NAMES = ["sport", "weather", "money"] * 2
FRAME = pd.DataFrame({"text": TEXTS, "label": NAMES}, index=list("abcdef"))

FORMS = {
    "series": (FRAME["text"], FRAME["label"]),
    "lists": (TEXTS, NAMES),
    "category": (FRAME["text"], FRAME["label"].astype(pd.CategoricalDtype(["sport", "weather", "money"]))),
    "array": (np.array(TEXTS), np.array(NAMES)),
    "series and list": (FRAME["text"], NAMES),
    "repeated": (TEXTS * 2, NAMES * 2),
}


@pytest.mark.parametrize("form", FORMS)
def test_values_and_labels_may_have_any_form(form):
    engine = jsdf.Local.fit(*FORMS[form])
    assert engine.labels.names == ("sport", "weather", "money")
    assert engine.kinds == {"text"}
    if form != "repeated":
        assert engine == jsdf.Local.fit(TEXTS, NAMES)


def test_any_number_of_labels_as_frame_or_lists():
    lists = [["sport"], ["weather"], ["money"], ["sport", "good"], ["weather", "good"], []]
    hot = pd.DataFrame({name: [name in row for row in lists] for name in ("sport", "weather", "money", "good")})
    engines = [jsdf.Local.fit(TEXTS, labels) for labels in (lists, hot, hot.astype("boolean"))]
    assert engines[0].head.multiple
    assert engines[0] == engines[1] == engines[2]


def test_rows_without_value_or_label_are_left_out_and_counted():
    values, names = [*TEXTS, None, "  ", "an unlabelled one", "🜁🜂"], [*NAMES, "sport", "money", None, "sport"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        engine = jsdf.Local.fit(values, names)
    assert [str(w.message) for w in caught] == [
        "3 of 10 rows left out: 2 without a value and 1 without a label",
        "1 of 7 rows left out: the model can read no word of the text",
    ]
    assert all(w.filename == __file__ for w in caught)
    assert np.array_equal(engine.head.weights, jsdf.Local.fit(TEXTS, NAMES).head.weights)


def test_descriptions_may_add_labels_that_no_value_has():
    described = {"sport": "about games", "food": "about cooking", "money": "about banks", "weather": "rain or sun"}
    engine = jsdf.Local.fit(TEXTS, NAMES, descriptions=described)
    run = jsdf.run(["a recipe for onion soup"], described, engine=engine, progress=False, cache=False)
    assert list(run.labels) == ["food"]


MISTAKES = {
    "lengths": ((TEXTS, NAMES[:5]), {}, r"there are 6 values and 5 labels; pass a label for each value"),
    "indexes": (
        (FRAME["text"], FRAME["label"].reset_index(drop=True)),
        {},
        r"different indexes; take both from one fr",
    ),
    "one label": ((TEXTS, ["sport"] * 6), {}, r"every value has the label 'sport'; pass values of two labels or more"),
    "one label left": ((TEXTS, ["sport", *[None] * 5]), {}, r"every value has the label 'sport'"),
    "no label": ((TEXTS, [None] * 6), {}, r"none of 6 rows has both a value and a label"),
    "no row": (([], []), {}, r"none of 0 rows has both"),
    "numbers": ((TEXTS, [1, 2, 3] * 2), {}, r"labels: 1 is not a name; write it as '1'"),
    "mixed": (
        (TEXTS, [["sport"], "weather", ["money"]] * 2),
        {},
        r"'weather' is beside lists of names; write it as \[",
    ),
    "scores": ((TEXTS, pd.DataFrame({"sport": [0.1] * 6})), {}, r"its column 'sport' is float64; pass one column"),
    "text": ((TEXTS, "sport"), {}, r"labels is of type str, not a column"),
    "other names": ((TEXTS, NAMES), {"descriptions": ["sport", "money"]}, r"'weather' is not among the labels of desc"),
    "seed": ((TEXTS, NAMES), {"seed": -1}, r"seed=-1: pass a whole number, 0 or more"),
    "kind": ((TEXTS, NAMES), {"kind": "sound"}, r"kind='sound': use 'text', 'image' or 'auto'"),
    "frame of values": ((FRAME, NAMES), {}, r"values is of type"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_explained_in_one_sentence(mistake):
    arguments, more, message = MISTAKES[mistake]
    with pytest.raises(jsdf.InvalidInputError, match=message) as caught:
        jsdf.Local.fit(*arguments, **more)
    assert "\n" not in str(caught.value)


def test_a_call_that_does_not_fit_is_explained():
    with pytest.raises(TypeError, match=r"Local.fit\(\) needs labels=\.\.\."):
        jsdf.Local.fit(TEXTS)
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'sed'; did you mean 'seed'\?"):
        jsdf.Local().fit(TEXTS, NAMES, sed=1)


def test_it_works_inside_a_running_event_loop():
    async def inside():
        return jsdf.Local.fit(TEXTS, NAMES)

    assert asyncio.run(inside()) == jsdf.Local.fit(TEXTS, NAMES)


def test_more_values_than_one_request_holds():
    texts = [f"{text} {number}" for number in range(60) for text in TEXTS]
    engine = jsdf.Local.fit(texts, NAMES * 60)
    run = jsdf.run(TEXTS, engine.labels.names, engine=engine, progress=False, cache=False)
    assert list(run.labels) == NAMES


def test_images(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    colours = {"lemon": (240, 220, 40), "sky": (80, 150, 240)}
    values = []
    for _number in range(4):
        for colour in colours.values():
            noise = np.clip(np.array(colour) + rng.integers(-20, 20, (64, 64, 3)), 0, 255).astype(np.uint8)
            values.append(Image.fromarray(noise))
    path = tmp_path / "no.png"
    path.write_bytes(b"no image")
    with pytest.warns(UserWarning, match="1 of 9 rows left out: .*no.png"):
        engine = jsdf.Local.fit([*values, path], ["lemon", "sky"] * 4 + ["sky"], kind="image")
    assert engine.kinds == {"image"}
    run = jsdf.run(values, ["sky", "lemon"], engine=engine, progress=False, cache=False)
    assert list(run.labels) == ["lemon", "sky"] * 4
