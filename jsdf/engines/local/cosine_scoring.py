"""Turn the similarity of a text to each class into scores and predictions, each row independently of the others.

The similarity of a text to a description is their cosine; to a class of several descriptions, a soft maximum of the
cosines. Then:

- One label per row: the scores are a softmax of the similarities at temperature 0.05, which minimised the negative
  log-likelihood on seven data sets. They sum to 1.
- A complement ("not X", "other", see `label_meaning`) has no similarity of its own. It is given a threshold below
  which a similarity is too low: 0.15 beside one class, 0.03 more with each doubling of the number of ordinary classes
  (the best of many is high by chance), 0.25 at most; lowered by as much as the similarity of what it excludes is
  above that threshold.
- Any number of labels per row: each score is a logistic of the similarity alone, 0.5 at 0.12; of a complement, 1
  minus the highest score of what it excludes. A label is predicted where its score is at least 0.5 and its
  similarity is within 0.08 of the row's best; a complement where its score is above 0.5. A row may have no label.

The constants were chosen by accuracy, likelihood and F1 on five sets of topics; a threshold relative to background
texts was no better than a fixed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.label_meaning import Meaning, read_meanings
from jsdf.engines.local.minilm.batching import plan_batches
from jsdf.engines.local.minilm.description_check import check_descriptions
from jsdf.engines.local.prompt_templates import hypotheses, synonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from jsdf.engines.local.minilm.model import Model
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

_TEMPERATURE = 0.05
_COMPLEMENT_THRESHOLD, _COMPLEMENT_STEP, _MAX_COMPLEMENT_THRESHOLD = 0.15, 0.03, 0.25
_MULTILABEL_THRESHOLD, _MULTILABEL_SCALE, _MULTILABEL_MARGIN = 0.12, 0.07, 0.08


@dataclass(frozen=True)
class Predictions:
    """Predictions, one per row, and float32 scores of shape (rows, classes)."""

    predictions: list[Any]
    scores: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CosineScorer:
    """Scorer for the embedded labels of one question. Make it with `from_labels` or `from_vectors`.

    Args:
        names: The labels' names, in the caller's order.
        meanings: Meaning of each label.
        order: Positions of the labels in canonical order, which no renaming or reordering changes; breaks ties.
        described: Positions of the classes that have descriptions.
        members: float64 of shape (descriptions, size), 384 of the built-in model: the vectors of the descriptions,
            class by class, in the order of `described_texts`.
        starts: Position in `members` at which each class in `described` begins.
    """

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    order: npt.NDArray[np.intp]
    described: npt.NDArray[np.intp]
    members: Floats
    starts: npt.NDArray[np.intp]

    @classmethod
    def from_labels(cls, labels: LabelSet, model: Model, vectors: Mapping[str, Floats] | None = None) -> CosineScorer:
        """Make the scorer of a set of labels; each description is embedded once.

        Args:
            labels: The labels; their members must all be texts.
            model: The model that embeds the descriptions.
            vectors: Vectors of descriptions that stand for images, float64 of shape (384,) and length 1; they are
                used instead of an embedding of the text.

        Raises:
            InvalidLabelsError: A description has no word that the model knows.
        """
        vectors = vectors or {}
        meanings = read_meanings(labels)
        check_descriptions(labels.names, meanings, model)
        members = [vectors[text] if text in vectors else _vector(text, model) for text in described_texts(meanings)]
        return cls.from_vectors(labels, meanings, np.array(members))

    @classmethod
    def from_vectors(cls, labels: LabelSet, meanings: tuple[Meaning, ...], members: Floats) -> CosineScorer:
        """Make the scorer from descriptions that are already embedded.

        Args:
            labels: The labels.
            meanings: Their meanings.
            members: float64 of shape (descriptions, size): the vectors of `described_texts(meanings)`, in that order.
        """
        described = [i for i, meaning in enumerate(meanings) if meaning.descriptions]
        counts = [len(meanings[i].descriptions) for i in described]
        starts = np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.intp)
        return cls(labels.names, meanings, np.array(labels.canonical_order), np.array(described), members, starts)

    def score(self, rows: npt.NDArray[np.float32], multiple: bool) -> Predictions:
        """Return the predictions and scores of all rows.

        Args:
            rows: Embeddings, float32 of shape (rows, size), each of length 1.
            multiple: True if a row may have any number of labels.

        Returns:
            One name per row, or one list of names per row if `multiple`; and the scores.
        """
        scores = np.zeros((len(rows), len(self.names)), dtype=np.float32)
        predictions: list[Any] = []
        for position, row in enumerate(rows):
            similarity = self._similarity(row.astype(np.float64))
            score = self._score_multilabel if multiple else self._score_single_label
            scores[position], prediction = score(similarity)
            predictions.append(prediction)
        return Predictions(predictions, scores)

    def _similarity(self, row: Floats) -> Floats:
        """Return the similarity to each class, float64 of shape (classes,), -inf for classes without descriptions."""
        # Multiply and sum in a fixed shape: BLAS may add in a different order for a different shape.
        cosines = (self.members * row).sum(axis=1)
        summed = np.logaddexp.reduceat(cosines / _TEMPERATURE, self.starts)
        counts = np.diff(np.append(self.starts, len(cosines)))
        similarity = np.full(len(self.names), -np.inf)
        similarity[self.described] = _TEMPERATURE * (summed - np.log(counts))
        return similarity

    def _score_single_label(self, similarity: Floats) -> tuple[Floats, str]:
        ordinary = sum(not meaning.complement_of for meaning in self.meanings)
        threshold = min(_COMPLEMENT_THRESHOLD + _COMPLEMENT_STEP * log2(max(ordinary, 1)), _MAX_COMPLEMENT_THRESHOLD)
        level = similarity.copy()
        for i, meaning in enumerate(self.meanings):
            if meaning.complement_of:
                level[i] = threshold - max(0.0, similarity[list(meaning.complement_of)].max() - threshold)
        weights = np.exp((level - level.max()) / _TEMPERATURE)
        return weights / weights.sum(), self.names[self.order[level[self.order].argmax()]]

    def _score_multilabel(self, similarity: Floats) -> tuple[Floats, list[str]]:
        present = 1 / (1 + np.exp((_MULTILABEL_THRESHOLD - similarity) / _MULTILABEL_SCALE))
        is_ordinary = np.array([not meaning.complement_of for meaning in self.meanings])
        best = similarity[is_ordinary].max(initial=-np.inf)
        is_assigned = is_ordinary & (similarity >= max(_MULTILABEL_THRESHOLD, best - _MULTILABEL_MARGIN))
        scores = present.copy()
        for i, meaning in enumerate(self.meanings):
            if meaning.complement_of:
                scores[i] = 1 - present[list(meaning.complement_of)].max()
                is_assigned[i] = scores[i] > 0.5
        return scores, [name for name, is_in in zip(self.names, is_assigned, strict=True) if is_in]


def described_texts(meanings: Iterable[Meaning]) -> list[str]:
    """Return the descriptions of all meanings, class by class, those of one class in alphabetical order."""
    return [text for meaning in meanings for text in sorted(meaning.descriptions)]


def _vector(description: str, model: Model) -> Floats:
    """Embed one description, to length 1: its hypotheses and, if it has any, its synonyms, with equal weight."""
    vector = _direction(_embed(hypotheses(description), model))
    synonym_texts = synonyms(description)
    return unit(vector + _direction(_embed(synonym_texts, model))) if synonym_texts else vector


def _embed(texts: Sequence[str], model: Model) -> Floats:
    rows = [model.tokens(text) for text in texts]
    vectors = np.empty((len(rows), 384))
    for batch in plan_batches([len(row) for row in rows], shared=model.shared):
        vectors[batch] = model.embed([rows[i] for i in batch])
    return vectors


def _direction(vectors: Floats) -> Floats:
    return unit(vectors.sum(axis=0))


def unit(vectors: Floats) -> Floats:
    """Scale a vector, or each row of a matrix, to length 1; zero vectors stay zero."""
    lengths = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    scaled: Floats = vectors / np.where(lengths == 0, 1, lengths)
    return scaled
