"""One of several labels is chosen by the model's own cosines; thresholds are applied to calibrated ones."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from hub_models import save_bert

from jsdf.engines.base import Question
from jsdf.engines.local.huggingface import find_model, make_classifier
from jsdf.engines.local.huggingface.sentence_embedder import SentenceModel
from jsdf.labels import parse

TEXTS = ["goal!", "the striker of a team", "rain and wind, a cloud; sun", "law", "minister, tax: vote", "team vote sun"]
CHOICES = [["sport", "politics", "weather"], ["law", "rain"], ["goal", "minister", "cloud", "team"]]
THRESHOLDS = [["sport", "not sport"], ["politics", "weather", "other"], ["rain", "law", "none of these"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_bert(tmp_path_factory.mktemp("embedder") / "model")


def run(folder, work):
    """Run a coroutine with a classifier and its loaded model."""

    async def call():
        with ThreadPoolExecutor(1) as pool:
            classifier = make_classifier(find_model(str(folder), "text"), pool)
            return await work(classifier, await classifier._load(SentenceModel.load))

    return asyncio.run(call())


def reply(folder, labels, multiple=False):
    async def classify(classifier, _):
        return await classifier.classify(Question(parse(labels), multiple=multiple), TEXTS, {})

    return run(folder, classify)


def scales(folder, labels):
    return run(folder, lambda classifier, model: classifier._make_scales(model, parse(labels)))


def cosines(folder, labels):
    async def compare(classifier, model):
        described = await classifier._embed_labels(model, labels)
        return (await classifier._embed_texts(model, TEXTS))[1].astype(float) @ described.T

    return run(folder, compare)


@pytest.mark.parametrize("labels", CHOICES)
def test_the_best_raw_cosine_is_chosen(folder, labels):
    expected = cosines(folder, labels)
    given = reply(folder, labels)
    assert list(given.predictions) == [labels[i] for i in expected.argmax(axis=1)]
    order = np.argsort(expected, axis=1)
    assert np.argsort(given.scores, axis=1).tolist() == order.tolist()
    assert given.scores.sum(axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-6)


@pytest.mark.parametrize("labels", CHOICES)
def test_scores_are_cosines_on_the_scale_of_the_built_in_model(folder, labels):
    expected = cosines(folder, labels)
    calibration = scales(folder, labels).choice.calibration
    logits = (calibration.slope * expected + calibration.offset) / 0.05
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected_scores = weights / weights.sum(axis=1, keepdims=True)
    assert reply(folder, labels).scores == pytest.approx(expected_scores, abs=1e-4)


@pytest.mark.parametrize("labels", THRESHOLDS)
def test_complements_are_decided_on_calibrated_cosines(folder, labels):
    made = scales(folder, labels)
    assert made.choice is made.thresholds
    assert np.abs(made.choice.calibration.text_component).max() > 0
    given = reply(folder, labels)
    assert [labels[i] for i in given.scores.argmax(axis=1)] == list(given.predictions)


@pytest.mark.parametrize("labels", CHOICES)
def test_several_labels_a_row_are_decided_on_calibrated_cosines(folder, labels):
    async def classify(classifier, model):
        _, vectors = await classifier._embed_texts(model, TEXTS)
        scale = (await classifier._make_scales(model, parse(labels))).thresholds
        return scale.scorer.score(scale.calibration.texts(vectors.astype(np.float64)), True)

    expected, given = run(folder, classify), reply(folder, labels, multiple=True)
    assert list(given.predictions) == expected.predictions
    assert given.scores == pytest.approx(expected.scores, abs=1e-5)
