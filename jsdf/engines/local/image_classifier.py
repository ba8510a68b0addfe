"""The built-in reader of pictures: EfficientNet-Lite0's classes and features, compared with each label."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.local.classifier import PooledClassifier

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
#: Raise it whenever a rule, a constant or `concepts.npz` changes an answer: the store keeps answers by it.
_RULES = 1
#: Pictures of one turn of a thread, of a request with so many that no thread is left without: each turn has its cost.
_PICTURES_PER_TASK, _MIN_PICTURES_TO_GROUP = 4, 64


class ImageClassifier(PooledClassifier):
    """Classifier of images; see `NLIModel`.

    Args:
        pool: Threads to work on.
    """

    identity = f"{_MODEL}:rules-{_RULES}"
    #: The side of what the network looks at: of a picture of this size only the longer side is left to shrink.
    min_side = 224

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """See `NLIModel.classify`."""
        scorer = await self._prepare_once(question.labels, lambda: _prepare(question.labels, examples))
        step = _PICTURES_PER_TASK if len(values) >= _MIN_PICTURES_TO_GROUP else 1
        parts = [values[start : start + step] for start in range(0, len(values), step)] or [()]
        return _joined(await asyncio.gather(*[self._answer(scorer, part, question.multiple) for part in parts]))

    async def _answer(self, scorer: ImageLabelScorer, pictures: Sequence[Image], multiple: bool) -> Reply:
        return await self._run(lambda: scorer.score([_look(picture) for picture in pictures], multiple))


def _joined(parts: Sequence[Reply]) -> Reply:
    import numpy as np

    scores = [part.scores for part in parts if part.scores is not None]
    return Reply([prediction for part in parts for prediction in part.predictions], np.concatenate(scores))


def describe(picture: Image) -> Floats:
    """What a picture shows, as the text model would put it; for texts beside a label that is a picture.

    Args:
        picture: An RGB picture that stands upright.

    Returns:
        float64 of shape (384,), of length 1.

    Raises:
        ModelError: The model's file is missing, or not the one that was pinned.
    """
    from jsdf.engines.local.efficientnet.wordnet import load

    return load().in_words(_look(picture).classes)


def _look(picture: Image) -> ImageFeatures:
    from jsdf.engines.local.efficientnet.network import load

    return load().predict(picture)


def _prepare(labels: LabelSet, examples: Mapping[str, Image]) -> ImageLabelScorer:
    from jsdf.engines.local.efficientnet.label_scoring import ImageLabelScorer
    from jsdf.engines.local.efficientnet.wordnet import load

    return ImageLabelScorer.of(labels, load(), _embed, {value: _look(picture) for value, picture in examples.items()})


def _embed(text: str) -> Floats:
    import numpy as np

    from jsdf.engines.local.minilm.model import load

    model = load()
    vector: Floats = model.embed([model.tokens(text)])[0].astype(np.float64)
    return vector
