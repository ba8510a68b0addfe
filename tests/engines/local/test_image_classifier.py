"""The built-in image classifier: labels by description, by example image, and by both."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest
from local_pictures import PICTURES, ask, picture
from PIL import Image

from jsdf.engines.local.efficientnet import label_scoring, network, wordnet
from jsdf.engines.local.image_classifier import ImageClassifier, describe
from jsdf.engines.local.minilm import model
from jsdf.errors import ModelError
from jsdf.labels import Label

TRUTH = {
    "bird": "chicken duck owl scarlet_macaw",
    "mammal": "bison cow dog giraffe horse koala lemur panda pig polar_bear sheep",
    "reptile": "chameleon crocodile dragon",
    "tool": "hammer1 hammer5 hammer8 measuringTape1",
    "furniture": "chair",
    "dish": "cup pan plate",
}
ANIMALS = {"bird": "animal", "mammal": "animal", "reptile": "animal"}


def accuracy(predictions, truth):
    return np.mean([a == b for a, b in zip(predictions, truth, strict=True)])


def rows_of(groups):
    return [(name, group) for group, names in groups.items() for name in names.split()]


def test_distinguishes_groups_of_animals():
    rows = [(name, group) for name, group in rows_of(TRUTH) if group in ANIMALS]
    reply = ask([picture(name) for name, _ in rows], ["bird", "mammal", "reptile"])
    assert accuracy(reply.predictions, [group for _, group in rows]) >= 0.8


def test_distinguishes_things_from_animals():
    rows = [(name, ANIMALS.get(group, "thing")) for name, group in rows_of(TRUTH)]
    reply = ask([picture(name) for name, _ in rows], {"animal": "animal", "thing": ["tool", "dish", "furniture"]})
    assert accuracy(reply.predictions, [group for _, group in rows]) >= 0.85


def test_one_label_against_the_rest():
    rows = rows_of(TRUTH)
    reply = ask([picture(name) for name, _ in rows], ["bird", "not a bird"])
    assert accuracy(reply.predictions, ["bird" if group == "bird" else "not a bird" for _, group in rows]) >= 0.85


def test_hotdog_or_not():
    drawn = Image.open(PICTURES / "hotdog_drawn.png").convert("RGB")
    others = [picture(name) for name, _ in rows_of(TRUTH)]
    reply = ask([drawn, *others], ["hotdog", "not a hotdog"])
    assert list(reply.predictions) == ["hotdog"] + ["not a hotdog"] * len(others)


def test_scores_of_one_label_sum_to_one():
    reply = ask([picture("cow"), picture("cup")], ["animal", "dish", "other"])
    assert reply.scores.dtype == np.float32
    assert np.allclose(reply.scores.sum(axis=1), 1, atol=1e-6)


def test_an_image_may_have_several_labels_or_none():
    labels = ["animal", "bird", "hammer"]
    owl, plate = ask([picture("owl"), picture("plate")], labels, multiple=True).predictions
    assert owl == ["animal", "bird"]
    assert plate == []


def test_a_caption_means_its_subject():
    images = [picture(name) for name in ("owl", "cow", "cup")]
    plain = ask(images, ["bird", "mammal", "dish"])
    captions = ask(images, ["a photo of a bird", "A picture of a mammal.", "the dish"])
    assert np.array_equal(plain.scores, captions.scores)
    assert label_scoring.caption_subject("bird photo") == "bird photo"


def test_examples_alone():
    examples = {"a": picture("hammer1"), "b": picture("panda"), "c": picture("crocodile")}
    labels = {
        "tool": [Label("a", type="image")],
        "bear": [Label("b", type="image")],
        "reptile": [Label("c", type="image")],
    }
    expected = {"hammer8": "tool", "hammer5": "tool", "polar_bear": "bear", "chameleon": "reptile", "dragon": "reptile"}
    reply = ask([picture(name) for name in expected], labels, examples=examples)
    assert accuracy(reply.predictions, list(expected.values())) >= 0.8


def test_examples_beside_descriptions_and_with_them():
    labels = {
        "tool": [Label("a", type="image", text="hammer")],
        "mammal": "mammal",
        "bird": ["bird", Label("b", type="image")],
    }
    examples = {"a": picture("hammer1"), "b": picture("duck")}
    expected = {"hammer8": "tool", "cow": "mammal", "giraffe": "mammal", "owl": "bird", "scarlet_macaw": "bird"}
    reply = ask([picture(name) for name in expected], labels, examples=examples)
    assert list(reply.predictions) == list(expected.values())


def test_the_example_itself_is_recognised():
    examples = {"a": picture("cup"), "b": picture("plate")}
    labels = {"x": [Label("a", type="image")], "y": [Label("b", type="image")]}
    assert ask([picture("plate"), picture("cup")], labels, examples=examples).predictions == ["y", "x"]


def test_an_image_in_text_space_is_close_to_what_it_shows():
    vector = describe(picture("owl"))
    loaded = model.load()
    texts = ["an owl sat in the tree", "the carpenter's hammer", "a plate of soup"]
    cosines = [float(loaded.embed([loaded.tokens(text)])[0] @ vector) for text in texts]
    assert abs(float(vector @ vector) - 1) < 1e-9
    assert cosines[0] > max(cosines[1:]) + 0.1


def test_the_name_of_a_concept_means_the_classes_below_it():
    concepts = wordnet.load()
    weights = concepts.text_weights(model.load().embed([model.load().tokens("bird")])[0].astype(np.float64))
    birds = np.r_[7:25, 80:101, 127:147]  # ImageNet order: cock to great grey owl, grouse to swan, stork to albatross
    best = set(np.argsort(weights)[-59:].tolist())
    assert len(best & set(birds.tolist())) == 59
    assert abs(weights.mean() - 1) < 1e-9


def test_weights_of_an_image_go_to_related_classes():
    concepts = wordnet.load()
    tabby = np.eye(1000)[281]
    weights = concepts.image_weights(tabby)
    assert weights[281] == weights.max()
    assert weights[282] > weights[207] > weights[817]  # tiger cat, golden retriever, sports car
    assert abs(concepts.kinship.mean(axis=1) - 1).max() < 1e-5


def test_concepts_were_embedded_by_the_current_text_model():
    with np.load(Path(wordnet.__file__).with_name("concepts.npz")) as stored:
        assert stored["text_model"].item().decode() == model.SHA256


def test_the_identity_names_the_network():
    assert network.SHA256[:12] in ImageClassifier.identity


@pytest.mark.parametrize(("name", "sha256"), [("network.onnx", network.SHA256), ("concepts.npz", wordnet.SHA256)])
def test_a_missing_or_changed_file_is_an_error(tmp_path, name, sha256):
    with pytest.raises(ModelError, match=r"cannot be read \(No such file or directory\); run pip install"):
        network.read_file(name, sha256, tmp_path)
    (tmp_path / name).write_bytes(b"another")
    with pytest.raises(ModelError, match=hashlib.sha256(b"another").hexdigest()):
        network.read_file(name, sha256, tmp_path)


def test_the_network_is_loaded_once():
    assert network.load() is network.load()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_loads_its_own_network():
    network.load()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(not network._cache._items))
    child.start()
    assert receiver.recv()
    child.join()
