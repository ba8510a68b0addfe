"""CLIP and SigLIP: scores from the models' own logits, complements, and example images."""

import numpy as np
import pandas as pd
import pytest

import jsdf

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from hub_models import asked, asked_often, picture, save_clip, save_siglip  # noqa: E402

from jsdf.engines.local.huggingface import find_model, make_classifier  # noqa: E402
from jsdf.engines.local.huggingface.clip import reference_images  # noqa: E402
from jsdf.engines.local.huggingface.dual_encoder import DualEncoder  # noqa: E402

IMAGES = [picture(seed) for seed in range(6)]
LABELS = ["cat", "dog", "a drawing of the sun"]
CAPTIONS = {
    "clip": ["a photo of cat.", "a photo of dog.", "a drawing of the sun."],
    "siglip": ["this is a photo of cat.", "this is a photo of dog.", "a drawing of the sun"],
}
CAPTIONS["siglip2"] = CAPTIONS["siglip"]
SAVE = {"clip": save_clip, "siglip": save_siglip, "siglip2": lambda folder: save_siglip(folder, 2)}


@pytest.fixture(scope="module", params=SAVE)
def model_type(request):
    return request.param


@pytest.fixture(scope="module")
def model(model_type, tmp_path_factory):
    return SAVE[model_type](tmp_path_factory.mktemp("models") / model_type)


def logits(folder, captions, images):
    """`logits_per_image` of the model itself, float64 of shape (images, captions)."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    processor = DualEncoder.load(find_model(str(folder), "image")).processor
    length = (
        {"padding": "max_length", "max_length": 16, "truncation": True}
        if "sig" in model.config.model_type
        else {"padding": True}
    )
    with torch.inference_mode():
        words = tokenizer(captions, return_tensors="pt", **length)
        return model(**words, **processor(images=images, return_tensors="pt")).logits_per_image.double().numpy()


def softmax(x):
    return np.exp(x - x.max(1, keepdims=True)) / np.exp(x - x.max(1, keepdims=True)).sum(1, keepdims=True)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def test_scores_are_a_softmax_of_the_logits(model, model_type):
    reply = asked(model, IMAGES, LABELS, kind="image")
    expected = softmax(logits(model, CAPTIONS[model_type], IMAGES))
    np.testing.assert_allclose(reply.scores, expected, atol=1e-5)
    assert reply.scores.dtype == np.float32
    assert reply.predictions == [LABELS[i] for i in expected.argmax(1)]
    assert np.ptp(expected, axis=0).max() > 1e-3


def test_multilabel_scores_are_the_logistic_of_the_margins(model, model_type):
    reply = asked(model, IMAGES, LABELS, kind="image", multiple=True)
    own = logits(model, CAPTIONS[model_type], IMAGES)
    if model_type == "clip":
        own = own - neutral_logits(model)
    np.testing.assert_allclose(reply.scores, logistic(own), atol=1e-5)
    assert reply.predictions == [[LABELS[i] for i in np.flatnonzero(row >= 0)] for row in own]


def neutral_logits(folder):
    """Logits of the neutral caption, of shape (images, 1)."""
    captions = ["a photo of something.", "a photo.", "an image.", "a picture of a thing."]
    encoder = DualEncoder.load(find_model(str(folder), "image"))
    mean = encoder.embed_captions(captions).astype(np.float64).mean(0)
    rows = encoder.embed_images([encoder.pixels(p) for p in IMAGES]).astype(np.float64)
    return encoder.scale * rows @ (mean / np.linalg.norm(mean))[:, None]


def test_a_complement_depends_on_the_margin(model, model_type):
    alone = asked(model, IMAGES, LABELS, kind="image", multiple=True).scores[:, 0]
    for labels in (["cat", "not a cat"], ["cat", "other"]):
        scores = asked(model, IMAGES, labels, kind="image").scores
        np.testing.assert_allclose(scores[:, 0], alone, atol=1e-5)
        np.testing.assert_allclose(scores.sum(1), 1, atol=1e-6)


def test_an_example_is_most_similar_to_itself(model):
    labels = {"one": jsdf.image("a.png"), "two": jsdf.image("b.png"), "other": "none of these"}
    examples = {"a.png": IMAGES[0], "b.png": IMAGES[1]}
    for multiple in (False, True):
        reply = asked(model, IMAGES[:2], labels, kind="image", examples=examples, multiple=multiple)
        # An image has a cosine of 1 with itself, regardless of its cosine with the reference images.
        scale = DualEncoder.load(find_model(str(model), "image")).scale
        expected = logistic(scale / 4)
        if multiple:
            np.testing.assert_allclose(np.diag(reply.scores), expected, atol=1e-4)
            assert [("one" in reply.predictions[0]), ("two" in reply.predictions[1])] == [True, True]
        else:
            assert reply.predictions == ["one", "two"]


def test_captions_and_examples_share_a_class(model, model_type):
    mixed = {"x": ["cat", jsdf.image("a.png")], "y": "dog"}
    scores = asked(model, IMAGES, mixed, kind="image", examples={"a.png": IMAGES[0]}).scores.astype(np.float64)
    encoder = DualEncoder.load(find_model(str(model), "image"))
    rows = encoder.embed_images([encoder.pixels(p) for p in IMAGES]).astype(np.float64)
    drawn = encoder.embed_images([encoder.pixels(p) for p in reference_images()]).astype(np.float64)
    reference = (drawn @ rows[0]).mean()
    neutral = neutral_logits(model)[:, 0] if model_type == "clip" else 0
    example = neutral + encoder.scale / 3 * ((rows @ rows[0] - reference) / (1 - reference) - 0.25)
    own = logits(model, CAPTIONS[model_type][:2], IMAGES)
    soft = np.log((np.exp(own[:, 0]) + np.exp(example)) / 2)
    np.testing.assert_allclose(scores[:, 0], logistic(soft - own[:, 1]), atol=1e-4)


def test_the_text_of_an_example_is_a_caption(model):
    both = {"x": jsdf.image("a.png", text="cat"), "y": "dog"}
    apart = {"x": ["cat", jsdf.image("a.png")], "y": "dog"}
    examples = {"a.png": IMAGES[0]}
    first, second = (asked(model, IMAGES, labels, kind="image", examples=examples).scores for labels in (both, apart))
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_order_names_and_batches_change_nothing(model):
    labels = {"x": ["cat", jsdf.image("a.png")], "y": "dog", "z": "other"}
    reordered = {"c": "other", "b": "dog", "a": [jsdf.image("a.png"), "cat"]}
    examples = {"a.png": IMAGES[0]}
    for multiple in (False, True):
        replies = asked_often(
            model, [(IMAGES * 9, labels), (IMAGES, reordered)] * 2, kind="image", examples=examples, multiple=multiple
        )
        alone = asked(model, IMAGES[3:4], labels, kind="image", examples=examples, multiple=multiple)
        many, other = replies[0].scores, replies[1].scores
        np.testing.assert_allclose(many[:6], other[:, ::-1], atol=1e-5)
        np.testing.assert_allclose(many[3::6], np.tile(alone.scores, (9, 1)), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 60_000), (60_000, 1), (3, 500)])
def test_images_of_any_shape(model, size):
    scores = asked(model, [picture(0, size)], LABELS, kind="image").scores
    assert np.isfinite(scores).all()


def test_images_are_opened_at_twice_the_models_side(model, model_type):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        classifier = make_classifier(find_model(str(model), "image"), pool)
        assert classifier.min_side == (2 * 224 if model_type == "siglip2" else 32)


def test_a_column_from_end_to_end(model, tmp_path, recwarn, capfd):
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, content in zip(paths, IMAGES, strict=False):
        content.save(path)
    labels = {"one": jsdf.image(paths[0]), "two": jsdf.image(paths[1]), "three": "dog"}
    engine = jsdf.Local(image_model=model)
    labelled = pd.Series([*paths, tmp_path / "dead.png"]).jigsaw.classify(
        labels, kind="image", engine=engine, progress=False, errors="coerce"
    )
    assert labelled[:2].tolist() == ["one", "two"]
    assert labelled.isna().tolist() == [False, False, False, True]
    assert capfd.readouterr().err == ""
