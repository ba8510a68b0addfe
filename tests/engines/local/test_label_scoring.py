"""Labels of images that stand for few classes beside labels that stand for many, and the prior of the classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from local_pictures import ask, picture

from jsdf.engines.local.efficientnet import class_prior, wordnet
from jsdf.engines.local.efficientnet.label_scoring import ImageLabelScorer
from jsdf.engines.local.image_classifier import _embed, _predict
from jsdf.errors import ModelError
from jsdf.labels import Label, parse

GROUPS = {
    "bird": "chicken duck owl scarlet_macaw",
    "mammal": "bison cow dog giraffe horse koala lemur panda pig polar_bear sheep",
    "reptile": "chameleon crocodile dragon",
}
ROWS = [(name, group) for group, names in GROUPS.items() for name in names.split()]
BROAD, NARROW = ["bird", "mammal", "vehicle", "food", "tool"], ["dinosaur", "violin", "lighthouse", "umbrella"]


def scorer(labels, examples=None):
    return ImageLabelScorer.from_labels(parse(labels), wordnet.load(), _embed, examples or {})


def narrowness(labels):
    made = scorer(labels)
    return {made.scorer.names[i]: float(made.narrowness[j]) for j, (i, _) in enumerate(made.scorer.members)}


def test_a_narrow_label_beside_broad_ones_needs_more_evidence():
    for narrow in NARROW[:2]:
        found = narrowness(["bird", "mammal", "vehicle", narrow])
        assert found.pop(narrow) < -0.4
        assert set(found.values()) == {0.0}


@pytest.mark.parametrize(
    "labels", [["dinosaur", "not a dinosaur"], ["dinosaur", "violin"], ["hammer", "violin", "zebra"], BROAD]
)
def test_labels_of_one_size_are_compared_as_they_are(labels):
    assert set(narrowness(labels).values()) == {0.0}


@given(st.lists(st.sampled_from(BROAD + NARROW), min_size=2, max_size=8, unique=True), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_labels_changes_nothing(labels, random):
    mixed = random.sample(labels, len(labels))
    assert narrowness(labels) == pytest.approx(narrowness(mixed), abs=1e-12)
    assert all(value <= 0 for value in narrowness(labels).values())


@pytest.mark.parametrize("narrow", [*NARROW, "piano", "jellyfish"])
def test_a_narrow_label_that_no_image_shows_draws_few_of_them(narrow):
    images = [picture(name) for name, _ in ROWS]
    predictions = ask(images, [*GROUPS, narrow]).predictions
    assert list(predictions).count(narrow) <= 1


@pytest.mark.parametrize("name", ["panda", "owl", "koala", "plate"])
def test_a_narrow_label_that_an_image_shows_is_found(name):
    assert ask([picture(name)], ["vehicle", "fruit", "fish", name]).predictions[0] == name


def test_a_label_decided_by_itself_does_not_depend_on_the_others():
    images = [picture(name) for name in ("owl", "cow", "hammer1")]
    alone = ask(images, ["hammer", "dinosaur"], multiple=True).scores[:, 0]
    beside = ask(images, ["hammer", "animal", "vehicle"], multiple=True).scores[:, 0]
    assert alone.tolist() == beside.tolist()


def test_an_example_image_has_no_breadth():
    labels = {"owl": [Label("owl", type="image")], "dinosaur": "dinosaur", "mammal": "mammal"}
    made = scorer(labels, {"owl": _predict(picture("owl"))})
    assert made.narrowness[made.is_example].tolist() == [0.0]


def test_the_prior_has_mean_one_and_no_class_is_nearly_without():
    prior = class_prior.load()
    assert prior.shape == (1000,)
    assert prior.mean() == pytest.approx(1)
    assert prior.min() >= 0.3


@given(st.integers(0, 1000), st.floats(0.1, 20))
@settings(max_examples=20, deadline=None)
def test_corrected_probabilities_are_probabilities_in_the_ratio_of_the_prior(seed, sharpness):
    weights = np.random.default_rng(seed).uniform(0.1, 1, 1000) ** sharpness
    given_ = weights / weights.sum()
    corrected = class_prior.correct(given_)
    assert corrected.sum() == pytest.approx(1)
    ratio = corrected * class_prior.load() / given_
    assert np.ptp(ratio) <= 1e-9 * ratio.mean()


def test_a_missing_or_changed_prior_is_an_error(monkeypatch):
    class_prior.load.cache_clear()
    monkeypatch.setattr(class_prior, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"class_prior\.npy"):
        class_prior.load()
    monkeypatch.undo()
    assert len(class_prior.load()) == 1000
