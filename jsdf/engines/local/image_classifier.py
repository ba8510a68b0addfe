"""The built-in classifier of images: compare the classes and features of EfficientNet-Lite0 with each label."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.embedding import Embeddings
from jsdf.engines.local.classifier import BuiltInClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.base import Question
    from jsdf.engines.local.efficientnet.label_scoring import ImageLabelScorer
    from jsdf.engines.local.efficientnet.network import ImageFeatures
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

_MODEL = "efficientnet-lite0-int8:460642fa3cbe"
#: Raise whenever a rule, a constant, `concepts.npz` or `class_prior.npy` changes an answer: it is part of the key of
#: stored answers.
_RULES = 3
#: Number of features of an image.
WIDTH = 1280
#: Each task of the thread pool has a fixed cost, so requests of at least `_MIN_IMAGES_TO_GROUP` images are cut into
#: tasks of several images; smaller ones are not, so that every thread has work.
_IMAGES_PER_TASK, _MIN_IMAGES_TO_GROUP = 4, 64


class ImageClassifier(BuiltInClassifier):
    """Classifier of images by EfficientNet-Lite0; implements `Classifier`.

    Args:
        pool: Threads to run on.
    """

    identity = f"{_MODEL}:rules-{_RULES}"
    #: Side of the network's input: an image shrunk to this size needs only its longer side resized.
    min_side = 224

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """Answer one request; see `Classifier.classify`."""
        scorer = await self._prepare_once(question.labels, lambda: _prepare(question.labels, examples))
        parts = [self._run_in_pool(_score, scorer, part, question.multiple) for part in _parts(values)]
        return _join_replies(await asyncio.gather(*parts))

    async def embed(self, values: Sequence[Any]) -> Embeddings:
        """Embed images; see `Classifier.embed`."""
        import numpy as np

        parts = await asyncio.gather(*[self._run_in_pool(_features, part) for part in _parts(values)])
        return Embeddings(np.concatenate(parts))


def _parts(images: Sequence[Image]) -> Sequence[Sequence[Image]]:
    """Cut images into the parts that are a task of the pool each, at least one."""
    step = _IMAGES_PER_TASK if len(images) >= _MIN_IMAGES_TO_GROUP else 1
    return [images[start : start + step] for start in range(0, len(images), step)] or [()]


def _score(scorer: ImageLabelScorer, images: Sequence[Image], multiple: bool) -> Reply:
    outputs = [_predict(image) for image in images]
    return replace(scorer.score(outputs, multiple), vectors=_to_vectors(outputs))


def _features(images: Sequence[Image]) -> npt.NDArray[np.float32]:
    return _to_vectors([_predict(image) for image in images])


def _to_vectors(outputs: Sequence[ImageFeatures]) -> npt.NDArray[np.float32]:
    import numpy as np

    vectors = [output.features for output in outputs]
    return np.array(vectors, dtype=np.float32) if vectors else np.empty((0, WIDTH), dtype=np.float32)


def _join_replies(parts: Sequence[Reply]) -> Reply:
    import numpy as np

    scores = [part.scores for part in parts if part.scores is not None]
    vectors = [part.vectors for part in parts if part.vectors is not None]
    predictions = [prediction for part in parts for prediction in part.predictions]
    return Reply(predictions, np.concatenate(scores), vectors=np.concatenate(vectors))


def describe(image: Image) -> Floats:
    """Embed an image in the text model's space, so that texts can be compared with a label that is an image.

    Args:
        image: An upright RGB image.

    Returns:
        float64 of shape (384,), of length 1.

    Raises:
        ModelError: The model's file is missing or differs from the pinned one.
    """
    from jsdf.engines.local.efficientnet.wordnet import load

    return load().to_text_space(_predict(image).probabilities)


def _predict(image: Image) -> ImageFeatures:
    from jsdf.engines.local.efficientnet.network import load

    return load().predict(image)


def _prepare(labels: LabelSet, examples: Mapping[str, Image]) -> ImageLabelScorer:
    from jsdf.engines.local.efficientnet.label_scoring import ImageLabelScorer
    from jsdf.engines.local.efficientnet.wordnet import load

    example_features = {value: _predict(image) for value, image in examples.items()}
    return ImageLabelScorer.from_labels(labels, load(), _embed, example_features)


def _embed(text: str) -> Floats:
    import numpy as np

    from jsdf.engines.local.minilm.model import load

    model = load()
    vector: Floats = model.embed([model.tokens(text)])[0].astype(np.float64)
    return vector
