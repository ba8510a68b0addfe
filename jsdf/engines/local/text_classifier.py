"""The built-in classifier of texts: cosine similarity of all-MiniLM-L6-v2 embeddings to each label."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.classifier import BuiltInClassifier
from jsdf.engines.local.readability import embeddings_with_remarks, reply_with_remarks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question, Reply
    from jsdf.engines.embedding import Embeddings
    from jsdf.engines.local.cosine_scoring import CosineScorer
    from jsdf.engines.local.minilm.batching import DynamicBatcher
    from jsdf.engines.local.minilm.model import Model
    from jsdf.engines.local.minilm.windows import WindowedText
    from jsdf.labels import LabelSet

_MODEL = "all-MiniLM-L6-v2-int8:8199be6f699a"
#: Raise whenever a rule, a template or a constant changes an answer: it is part of the key of stored answers.
_RULES = 2
#: Windows of 256 tokens that are read of a text by default. Six were better on most sets of long texts, and worse on
#: Reuters R8: see docs/benchmarks.md.
DEFAULT_WINDOWS = 1


def text_identity(windows: int) -> str:
    """Return the identity of the classifier that reads this number of windows of a text."""
    return f"{_MODEL}:windows-{windows}:rules-{_RULES}"


class TextClassifier(BuiltInClassifier):
    """Classifier of texts by their embeddings; implements `Classifier`.

    Args:
        pool: Threads to run on.
        windows: Maximum number of windows of 256 tokens that are read of a text, at least 1.
    """

    min_side = 0

    def __init__(self, pool: Executor, windows: int = DEFAULT_WINDOWS) -> None:
        super().__init__(pool)
        self.identity = text_identity(windows)
        self._windows = windows
        self._model: Model | None = None
        self._batcher: DynamicBatcher | None = None

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """Answer one request; see `Classifier.classify`."""
        model = await self._load_model()
        scorer = await self._prepare_once(question.labels, lambda: _prepare(model, question.labels, examples))
        texts = await self._run_first(_read, model, values, self._windows)
        vectors = await self._embed_windows(model, texts)
        return await self._run_first(_score, scorer, texts, vectors, question.multiple)

    async def embed(self, values: Sequence[Any]) -> Embeddings:
        """Embed texts; see `Classifier.embed`."""
        model = await self._load_model()
        texts = await self._run_first(_read, model, values, self._windows)
        return await self._run_first(_pool, texts, await self._embed_windows(model, texts))

    async def _load_model(self) -> Model:
        if self._model is None:
            self._model = await self._run_in_pool(_load)
        return self._model

    async def _embed_windows(self, model: Model, texts: Sequence[WindowedText]) -> npt.NDArray[np.float32]:
        from jsdf.engines.local.minilm.batching import DynamicBatcher

        if self._batcher is None:
            self._batcher = DynamicBatcher(self._pool, model)
        return await asyncio.wrap_future(self._batcher.embed([window for text in texts for window in text.windows]))


def _read(model: Model, values: Sequence[Any], windows: int) -> list[WindowedText]:
    from jsdf.engines.local.minilm.windows import read

    return [read(str(value), model, windows) for value in values]


def _score(
    scorer: CosineScorer, texts: Sequence[WindowedText], vectors: npt.NDArray[np.float32], multiple: bool
) -> Reply:
    from jsdf.engines.local.minilm.windows import pool

    pooled = pool(texts, vectors)
    predicted = scorer.score(pooled, multiple)
    return reply_with_remarks(predicted.predictions, predicted.scores, [text.remarks for text in texts], pooled)


def _pool(texts: Sequence[WindowedText], vectors: npt.NDArray[np.float32]) -> Embeddings:
    from jsdf.engines.local.minilm.windows import pool

    return embeddings_with_remarks(pool(texts, vectors), [text.remarks for text in texts])


def _load() -> Model:
    from jsdf.engines.local.minilm.model import load

    return load()


def _prepare(model: Model, labels: LabelSet, examples: Mapping[str, Any]) -> CosineScorer:
    """Embed the labels; an example image is embedded as the mean of the concepts that it shows."""
    from jsdf.engines.local.cosine_scoring import CosineScorer

    if not examples:
        return CosineScorer.from_labels(labels, model)
    from jsdf.engines.local.image_classifier import describe
    from jsdf.engines.local.label_meaning import IMAGE_PREFIX, with_image_placeholders

    return CosineScorer.from_labels(
        with_image_placeholders(labels),
        model,
        {IMAGE_PREFIX + value: describe(image) for value, image in examples.items()},
    )
