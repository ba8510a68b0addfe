"""CLIP and SigLIP answer with their own logits; example pictures and complements stand beside them."""

import numpy as np
import pandas as pd
import pytest

import jsdf

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hub_models import asked, asked_often, picture, save_clip, save_siglip  # noqa: E402

from jsdf.engines.local.huggingface import find_model  # noqa: E402
from jsdf.engines.local.huggingface.clip import reference_images  # noqa: E402
from jsdf.engines.local.huggingface.dual_encoder import DualEncoder  # noqa: E402

PICTURES = [picture(seed) for seed in range(6)]
LABELS = ["cat", "dog", "a drawing of the sun"]
CAPTIONS = {
    "clip": ["a photo of cat.", "a photo of dog.", "a drawing of the sun."],
    "siglip": ["this is a photo of cat.", "this is a photo of dog.", "a drawing of the sun"],
}
CAPTIONS["siglip2"] = CAPTIONS["siglip"]
SAVE = {"clip": save_clip, "siglip": save_siglip, "siglip2": lambda folder: save_siglip(folder, 2)}


@pytest.fixture(scope="module", params=SAVE)
def sort(request):
    return request.param


@pytest.fixture(scope="module")
def model(sort, tmp_path_factory):
    return SAVE[sort](tmp_path_factory.mktemp("models") / sort)


def logits(folder, captions, pictures):
    """`logits_per_image` of the model itself, float64 of shape (pictures, captions)."""
    made = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    processor = DualEncoder.of(find_model(str(folder), "image")).processor
    length = (
        {"padding": "max_length", "max_length": 16, "truncation": True}
        if "sig" in made.config.model_type
        else {"padding": True}
    )
    with torch.inference_mode():
        words = tokenizer(captions, return_tensors="pt", **length)
        return made(**words, **processor(images=pictures, return_tensors="pt")).logits_per_image.double().numpy()


def softmax(x):
    return np.exp(x - x.max(1, keepdims=True)) / np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def test_scores_are_a_softmax_of_the_logits(model, sort):
    reply = asked(model, PICTURES, LABELS, kind="image")
    expected = softmax(logits(model, CAPTIONS[sort], PICTURES))
    np.testing.assert_allclose(reply.scores, expected, atol=1e-5)
    assert reply.scores.dtype == np.float32
    assert reply.predictions == [LABELS[i] for i in expected.argmax(1)]
    assert np.ptp(expected, axis=0).max() > 1e-3


def test_any_number_of_labels(model, sort):
    reply = asked(model, PICTURES, LABELS, kind="image", multiple=True)
    own = logits(model, CAPTIONS[sort], PICTURES)
    if sort == "clip":
        own = own - nothing(model)
    np.testing.assert_allclose(reply.scores, logistic(own), atol=1e-5)
    assert reply.predictions == [[LABELS[i] for i in np.flatnonzero(row >= 0)] for row in own]


def nothing(folder):
    """The logit of the caption that says nothing, of shape (pictures, 1)."""
    captions = ["a photo of something.", "a photo.", "an image.", "a picture of a thing."]
    towers = DualEncoder.of(find_model(str(folder), "image"))
    mean = towers.texts(captions).astype(np.float64).mean(0)
    rows = towers.pictures([towers.pixels(p) for p in PICTURES]).astype(np.float64)
    return towers.scale * rows @ (mean / np.linalg.norm(mean))[:, None]


def test_a_complement_is_answered_by_the_margin(model, sort):
    alone = asked(model, PICTURES, LABELS, kind="image", multiple=True).scores[:, 0]
    for labels in (["cat", "not a cat"], ["cat", "other"]):
        scores = asked(model, PICTURES, labels, kind="image").scores
        np.testing.assert_allclose(scores[:, 0], alone, atol=1e-5)
        np.testing.assert_allclose(scores.sum(1), 1, atol=1e-6)


def test_an_example_is_like_itself(model):
    shown = {"one": jsdf.image("a.png"), "two": jsdf.image("b.png"), "other": "none of these"}
    examples = {"a.png": PICTURES[0], "b.png": PICTURES[1]}
    for multiple in (False, True):
        reply = asked(model, PICTURES[:2], shown, kind="image", examples=examples, multiple=multiple)
        # The same picture has a cosine of 1, whatever the patterns' is.
        scale = DualEncoder.of(find_model(str(model), "image")).scale
        expected = logistic(scale / 4)
        if multiple:
            np.testing.assert_allclose(np.diag(reply.scores), expected, atol=1e-4)
            assert [("one" in reply.predictions[0]), ("two" in reply.predictions[1])] == [True, True]
        else:
            assert reply.predictions == ["one", "two"]


def test_captions_and_examples_share_a_class(model, sort):
    mixed = {"x": ["cat", jsdf.image("a.png")], "y": "dog"}
    found = asked(model, PICTURES, mixed, kind="image", examples={"a.png": PICTURES[0]}).scores.astype(np.float64)
    towers = DualEncoder.of(find_model(str(model), "image"))
    rows = towers.pictures([towers.pixels(p) for p in PICTURES]).astype(np.float64)
    drawn = towers.pictures([towers.pixels(p) for p in reference_images()]).astype(np.float64)
    reference = (drawn @ rows[0]).mean()
    neutral = nothing(model)[:, 0] if sort == "clip" else 0
    shown = neutral + towers.scale / 3 * ((rows @ rows[0] - reference) / (1 - reference) - 0.25)
    own = logits(model, CAPTIONS[sort][:2], PICTURES)
    soft = np.log((np.exp(own[:, 0]) + np.exp(shown)) / 2)
    np.testing.assert_allclose(found[:, 0], logistic(soft - own[:, 1]), atol=1e-4)


def test_words_of_an_example_are_a_caption(model):
    both = {"x": jsdf.image("a.png", text="cat"), "y": "dog"}
    apart = {"x": ["cat", jsdf.image("a.png")], "y": "dog"}
    examples = {"a.png": PICTURES[0]}
    first, second = (asked(model, PICTURES, given, kind="image", examples=examples).scores for given in (both, apart))
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_order_names_and_batches_change_nothing(model):
    labels = {"x": ["cat", jsdf.image("a.png")], "y": "dog", "z": "other"}
    turned = {"c": "other", "b": "dog", "a": [jsdf.image("a.png"), "cat"]}
    examples = {"a.png": PICTURES[0]}
    for multiple in (False, True):
        replies = asked_often(
            model, [(PICTURES * 9, labels), (PICTURES, turned)] * 2, kind="image", examples=examples, multiple=multiple
        )
        alone = asked(model, PICTURES[3:4], labels, kind="image", examples=examples, multiple=multiple)
        many, other = replies[0].scores, replies[1].scores
        np.testing.assert_allclose(many[:6], other[:, ::-1], atol=1e-5)
        np.testing.assert_allclose(many[3::6], np.tile(alone.scores, (9, 1)), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 60_000), (60_000, 1), (3, 500)])
def test_pictures_of_any_shape(model, size):
    scores = asked(model, [picture(0, size)], LABELS, kind="image").scores
    assert np.isfinite(scores).all()


def test_pictures_may_come_at_twice_the_models_side(model, sort):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert find_model(str(model), "image")(pool).shortest == (2 * 224 if sort == "siglip2" else 32)


def test_a_column_from_end_to_end(model, tmp_path, recwarn, capfd):
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, content in zip(paths, PICTURES, strict=False):
        content.save(path)
    labels = {"one": jsdf.image(paths[0]), "two": jsdf.image(paths[1]), "three": "dog"}
    engine = jsdf.Local(image_model=model)
    found = pd.Series([*paths, tmp_path / "dead.png"]).jigsaw.classify(
        labels, kind="image", engine=engine, progress=False, errors="coerce"
    )
    assert found[:2].tolist() == ["one", "two"]
    assert found.isna().tolist() == [False, False, False, True]
    assert capfd.readouterr().err == ""
