"""The offline image engine: what it says of pictures, in words, by examples and by both."""

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
SORTS = {"bird": "animal", "mammal": "animal", "reptile": "animal"}


def share(found, truth):
    return np.mean([a == b for a, b in zip(found, truth, strict=True)])


def named(sorts):
    return [(name, sort) for sort, names in sorts.items() for name in names.split()]


def test_it_tells_animals_apart():
    rows = [(name, sort) for name, sort in named(TRUTH) if sort in SORTS]
    reply = ask([picture(name) for name, _ in rows], ["bird", "mammal", "reptile"])
    assert share(reply.predictions, [sort for _, sort in rows]) >= 0.8


def test_it_tells_things_from_animals():
    rows = [(name, SORTS.get(sort, "thing")) for name, sort in named(TRUTH)]
    reply = ask([picture(name) for name, _ in rows], {"animal": "animal", "thing": ["tool", "dish", "furniture"]})
    assert share(reply.predictions, [sort for _, sort in rows]) >= 0.85


def test_one_label_against_the_rest():
    rows = named(TRUTH)
    reply = ask([picture(name) for name, _ in rows], ["bird", "not a bird"])
    assert share(reply.predictions, ["bird" if sort == "bird" else "not a bird" for _, sort in rows]) >= 0.85


def test_hotdog_or_not():
    drawn = Image.open(PICTURES / "hotdog_drawn.png").convert("RGB")
    others = [picture(name) for name, _ in named(TRUTH)]
    reply = ask([drawn, *others], ["hotdog", "not a hotdog"])
    assert list(reply.predictions) == ["hotdog"] + ["not a hotdog"] * len(others)


def test_scores_of_one_label_sum_to_one():
    reply = ask([picture("cow"), picture("cup")], ["animal", "dish", "other"])
    assert reply.scores.dtype == np.float32
    assert np.allclose(reply.scores.sum(axis=1), 1, atol=1e-6)


def test_of_any_number_of_labels_a_picture_may_have_several_or_none():
    labels = ["animal", "bird", "hammer"]
    owl, plate = ask([picture("owl"), picture("plate")], labels, multiple=True).predictions
    assert owl == ["animal", "bird"]
    assert plate == []


def test_a_caption_is_what_it_is_of():
    pictures = [picture(name) for name in ("owl", "cow", "cup")]
    plain = ask(pictures, ["bird", "mammal", "dish"])
    captions = ask(pictures, ["a photo of a bird", "A picture of a mammal.", "the dish"])
    assert np.array_equal(plain.scores, captions.scores)
    assert label_scoring.thing("bird photo") == "bird photo"


def test_examples_alone():
    examples = {"a": picture("hammer1"), "b": picture("panda"), "c": picture("crocodile")}
    labels = {
        "tool": [Label("a", type="image")],
        "bear": [Label("b", type="image")],
        "reptile": [Label("c", type="image")],
    }
    asked = {"hammer8": "tool", "hammer5": "tool", "polar_bear": "bear", "chameleon": "reptile", "dragon": "reptile"}
    reply = ask([picture(name) for name in asked], labels, examples=examples)
    assert share(reply.predictions, list(asked.values())) >= 0.8


def test_examples_beside_words_and_with_them():
    labels = {
        "tool": [Label("a", type="image", text="hammer")],
        "mammal": "mammal",
        "bird": ["bird", Label("b", type="image")],
    }
    examples = {"a": picture("hammer1"), "b": picture("duck")}
    asked = {"hammer8": "tool", "cow": "mammal", "giraffe": "mammal", "owl": "bird", "scarlet_macaw": "bird"}
    reply = ask([picture(name) for name in asked], labels, examples=examples)
    assert list(reply.predictions) == list(asked.values())


def test_the_example_itself_is_recognised():
    examples = {"a": picture("cup"), "b": picture("plate")}
    labels = {"x": [Label("a", type="image")], "y": [Label("b", type="image")]}
    assert ask([picture("plate"), picture("cup")], labels, examples=examples).predictions == ["y", "x"]


def test_a_picture_in_words_is_near_what_it_shows():
    vector = describe(picture("owl"))
    loaded = model.load()
    words = ["an owl sat in the tree", "the carpenter's hammer", "a plate of soup"]
    cosines = [float(loaded.embed([loaded.tokens(text)])[0] @ vector) for text in words]
    assert abs(float(vector @ vector) - 1) < 1e-9
    assert cosines[0] > max(cosines[1:]) + 0.1


def test_a_description_that_is_a_concepts_own_name_means_the_classes_below():
    known = wordnet.load()
    weights = known.of_words(model.load().embed([model.load().tokens("bird")])[0].astype(np.float64))
    birds = np.r_[7:25, 80:101, 127:147]  # ImageNet's order: cock to great grey owl, grouse to swan, stork to albatross
    best = set(np.argsort(weights)[-59:].tolist())
    assert len(best & set(birds.tolist())) == 59
    assert abs(weights.mean() - 1) < 1e-9


def test_weights_of_a_picture_go_to_kin():
    known = wordnet.load()
    tabby = np.eye(1000)[281]
    weights = known.of_picture(tabby)
    assert weights[281] == weights.max()
    assert weights[282] > weights[207] > weights[817]  # tiger cat, golden retriever, sports car
    assert abs(known.kinship.mean(axis=1) - 1).max() < 1e-5


def test_the_concepts_were_embedded_by_the_text_model_that_reads_the_labels():
    with np.load(Path(wordnet.__file__).with_name("concepts.npz")) as stored:
        assert stored["text_model"].item().decode() == model.SHA256


def test_the_identity_names_the_network():
    assert network.SHA256[:12] in ImageClassifier.identity


@pytest.mark.parametrize(("name", "sha256"), [("network.onnx", network.SHA256), ("concepts.npz", wordnet.SHA256)])
def test_a_file_that_is_missing_or_another_is_refused(tmp_path, name, sha256):
    with pytest.raises(ModelError, match=r"cannot be read \(No such file or directory\); run pip install"):
        network.read_file(name, sha256, tmp_path)
    (tmp_path / name).write_bytes(b"another")
    with pytest.raises(ModelError, match=hashlib.sha256(b"another").hexdigest()):
        network.read_file(name, sha256, tmp_path)


def test_the_network_is_loaded_once():
    assert network.load() is network.load()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_loads_its_own():
    network.load()
    context = multiprocessing.get_context("fork")
    before, after = context.Pipe(duplex=False)
    child = context.Process(target=lambda: after.send(not network._cache._items))
    child.start()
    assert before.recv()
    child.join()
