"""An image's label and scores never depend on the other images, their order, threads, or names of labels."""

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
def images():
    return {name: picture(name) for name in NAMES}


@pytest.fixture(scope="module")
def alone(images):
    """Prediction and scores of each image classified alone."""
    answers = {}
    for name, content in images.items():
        for multiple in (False, True):
            reply = ask([content], LABELS, threads=1, multiple=multiple)
            answers[name, multiple] = (reply.predictions[0], reply.scores[0])
    return answers


@settings(max_examples=8, deadline=None)
@given(
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), threads=st.integers(1, 3), multiple=st.booleans()
)
def test_an_image_is_classified_as_if_it_were_alone(images, alone, names, threads, multiple):
    reply = ask([images[name] for name in names], LABELS, threads=threads, multiple=multiple)
    for name, prediction, scores in zip(names, reply.predictions, reply.scores, strict=True):
        assert prediction == alone[name, multiple][0]
        assert scores.tobytes() == alone[name, multiple][1].tobytes()


@settings(max_examples=6, deadline=None)
@given(order=st.permutations(range(len(LABELS))), multiple=st.booleans())
def test_the_order_of_labels_changes_nothing(images, alone, order, multiple):
    reply = ask(list(images.values()), [LABELS[i] for i in order], multiple=multiple)
    for name, prediction, scores in zip(NAMES, reply.predictions, reply.scores, strict=True):
        expected, expected_scores = alone[name, multiple]
        assert (set(prediction) == set(expected)) if multiple else (prediction == expected)
        assert scores.tobytes() == expected_scores[list(order)].tobytes()


@pytest.mark.parametrize("multiple", [False, True])
def test_the_names_of_described_labels_change_nothing(images, multiple):
    example = [Label("e", type="image")]
    labels = {"a": "bird", "b": ["mammal", "reptile"], "c": "not a bird", "d": example}
    renamed = dict(zip(("z", "y", "x", "w"), labels.values(), strict=True))
    values, examples = list(images.values()), {"e": images["hammer1"]}
    before = ask(values, labels, multiple=multiple, examples=examples)
    after = ask(values, renamed, multiple=multiple, examples=examples)
    assert np.array_equal(before.scores, after.scores)
    original = dict(zip(renamed, labels, strict=True))
    names = [[original[name] for name in answer] if multiple else original[answer] for answer in after.predictions]
    assert names == list(before.predictions)


def test_an_image_may_have_any_shape():
    wide, one_pixel = picture("cow").resize((900, 30)), picture("cow").resize((1, 1))
    reply = ask([wide, one_pixel], ["animal", "dish"])
    assert np.isfinite(reply.scores).all()


def test_an_empty_request_has_an_empty_reply():
    reply = ask([], ["animal", "dish"])
    assert list(reply.predictions) == []
    assert reply.scores.shape == (0, 2)
