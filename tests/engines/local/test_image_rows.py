"""The laws of the offline image engine: what must never change a picture's answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_pictures import ask, picture

from jsdf.labels import Label

NAMES = ("cow", "owl", "dragon", "hammer1", "cup")
LABELS = ["bird", "mammal", "reptile", "tool", "not a tool", "dish", "furniture", "food", "vehicle", "other"]


@pytest.fixture(scope="module")
def pool_of_pictures():
    return {name: picture(name) for name in NAMES}


@pytest.fixture(scope="module")
def alone(pool_of_pictures):
    """Each picture by itself: prediction and scores."""
    found = {}
    for name, one in pool_of_pictures.items():
        for multiple in (False, True):
            reply = ask([one], LABELS, threads=1, multiple=multiple)
            found[name, multiple] = (reply.predictions[0], reply.scores[0])
    return found


@settings(max_examples=8, deadline=None)
@given(
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), threads=st.integers(1, 3), multiple=st.booleans()
)
def test_a_picture_is_answered_as_if_it_were_alone(pool_of_pictures, alone, names, threads, multiple):
    reply = ask([pool_of_pictures[name] for name in names], LABELS, threads=threads, multiple=multiple)
    for name, prediction, scores in zip(names, reply.predictions, reply.scores, strict=True):
        assert prediction == alone[name, multiple][0]
        assert scores.tobytes() == alone[name, multiple][1].tobytes()


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(len(LABELS))), multiple=st.booleans())
def test_the_order_of_labels_changes_nothing(pool_of_pictures, alone, order, multiple):
    reply = ask(list(pool_of_pictures.values()), [LABELS[i] for i in order], multiple=multiple)
    for name, prediction, scores in zip(NAMES, reply.predictions, reply.scores, strict=True):
        wanted, known = alone[name, multiple]
        assert (set(prediction) == set(wanted)) if multiple else (prediction == wanted)
        assert scores.tobytes() == known[list(order)].tobytes()


@pytest.mark.parametrize("multiple", [False, True])
def test_the_names_of_described_labels_change_nothing(pool_of_pictures, multiple):
    shown = [Label("e", type="image")]
    said = {"a": "bird", "b": ["mammal", "reptile"], "c": "not a bird", "d": shown}
    renamed = dict(zip(("z", "y", "x", "w"), said.values(), strict=True))
    pictures, examples = list(pool_of_pictures.values()), {"e": pool_of_pictures["hammer1"]}
    before = ask(pictures, said, multiple=multiple, examples=examples)
    after = ask(pictures, renamed, multiple=multiple, examples=examples)
    assert np.array_equal(before.scores, after.scores)
    back = dict(zip(renamed, said, strict=True))
    names = [[back[name] for name in given] if multiple else back[given] for given in after.predictions]
    assert names == list(before.predictions)


def test_a_picture_may_have_any_shape():
    wide, one = picture("cow").resize((900, 30)), picture("cow").resize((1, 1))
    reply = ask([wide, one], ["animal", "dish"])
    assert np.isfinite(reply.scores).all()


def test_no_pictures_are_no_answers():
    reply = ask([], ["animal", "dish"])
    assert list(reply.predictions) == []
    assert reply.scores.shape == (0, 2)
