"""Likeness of a text to each class -> scores and predictions; every row is judged by itself.

The likeness of a text to a description is their cosine; to a class of several descriptions, a soft maximum
of those. From there:

- One label: the scores are a softmax of the likenesses at temperature 0.05, which minimised the negative
  log-likelihood on seven sets. They sum to 1.
- A complement ("not X", "other", see `wording`) has no likeness of its own. It stands where a likeness
  would just be too low: at 0.15 beside one class, 0.03 more with each doubling of the number of ordinary
  classes (the best of many is high by chance), 0.25 at most; and as far below that as what it excludes
  is above.
- Any number of labels: each score is a logistic of the likeness alone, 0.5 at 0.12, and of a complement 1
  less the highest score of what it excludes. A label is given where its score is at least 0.5 and its
  likeness is within 0.08 of the row's best; a complement where its score is above 0.5. A row may have none.

The constants were chosen by accuracy, likelihood and F1 on five sets of topics; a threshold relative to
background texts did no better than one that is fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.label_meaning import Meaning, read_meanings
from jsdf.engines.local.minilm.batching import plan_batches
from jsdf.engines.local.prompt_templates import hypotheses, synonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from jsdf.engines.local.minilm.model import Model
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

_TEMPERATURE = 0.05
_COMPLEMENT_THRESHOLD, _COMPLEMENT_STEP, _COMPLEMENT_MAX = 0.15, 0.03, 0.25
_MULTILABEL_THRESHOLD, _MULTILABEL_SCALE, _MULTILABEL_MARGIN = 0.12, 0.07, 0.08


@dataclass(frozen=True)
class Predictions:
    """Predictions, one a row, and float32 scores of shape (rows, classes)."""

    predictions: list[Any]
    scores: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CosineScorer:
    """The labels of one question, embedded. Make it with `FailureHandler.from_labels`.

    Args:
        names: The labels' names, in the caller's order.
        meanings: What each asks for.
        order: Positions in the order that no renaming and no reordering changes; it decides between equals.
        described: Positions of the classes that have descriptions to be like.
        members: float64 of shape (descriptions, 384), those of one class together, in the order of `described_texts`.
        starts: Where in `members` each of the speaking classes begins.
    """

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    order: npt.NDArray[np.intp]
    described: npt.NDArray[np.intp]
    members: Floats
    starts: npt.NDArray[np.intp]

    @classmethod
    def from_labels(cls, labels: LabelSet, model: Model, known: Mapping[str, Floats] | None = None) -> CosineScorer:
        """Read the labels and embed each description once.

        Args:
            labels: The labels, whose members are all in words.
            model: Embeds them.
            known: Descriptions that are no words -> their vectors, of shape (384,) and length 1.
        """
        known = known or {}
        meanings = read_meanings(labels)
        vectors = [_vector(text, model) if text not in known else known[text] for text in described_texts(meanings)]
        return cls.from_vectors(labels, meanings, np.array(vectors))

    @classmethod
    def from_vectors(cls, labels: LabelSet, meanings: tuple[Meaning, ...], members: Floats) -> CosineScorer:
        """Make it of descriptions that are embedded already.

        Args:
            labels: The labels.
            meanings: Their meanings.
            members: Shape (descriptions, size): the vectors of `described(meanings)`, in that order.
        """
        speaking = [i for i, meaning in enumerate(meanings) if meaning.descriptions]
        counts = [len(meanings[i].descriptions) for i in speaking]
        starts = np.concatenate([[0], np.cumsum(counts[:-1])]).astype(np.intp)
        return cls(labels.names, meanings, np.array(labels.canonical_order), np.array(speaking), members, starts)

    def score(self, rows: npt.NDArray[np.float32], multiple: bool) -> Predictions:
        """Judge rows.

        Args:
            rows: float32 of shape (rows, 384), each of length 1.
            multiple: True where a row may have any number of labels.

        Returns:
            A name a row, or a list of names, with the scores.
        """
        scores = np.zeros((len(rows), len(self.names)), dtype=np.float32)
        predictions: list[Any] = []
        for position, row in enumerate(rows):
            likeness = self._likeness(row.astype(np.float64))
            scores[position], prediction = self._any(likeness) if multiple else self._one(likeness)
            predictions.append(prediction)
        return Predictions(predictions, scores)

    def _likeness(self, row: Floats) -> Floats:
        """To each class, -inf where it has nothing to be like."""
        # A product and a sum of fixed shape: BLAS might add in another order for another shape.
        cosines = (self.members * row).sum(axis=1)
        summed = np.logaddexp.reduceat(cosines / _TEMPERATURE, self.starts)
        counts = np.diff(np.append(self.starts, len(cosines)))
        likeness = np.full(len(self.names), -np.inf)
        likeness[self.described] = _TEMPERATURE * (summed - np.log(counts))
        return likeness

    def _one(self, likeness: Floats) -> tuple[Floats, str]:
        ordinary = sum(not meaning.complement_of for meaning in self.meanings)
        absent = min(_COMPLEMENT_THRESHOLD + _COMPLEMENT_STEP * log2(max(ordinary, 1)), _COMPLEMENT_MAX)
        level = likeness.copy()
        for i, meaning in enumerate(self.meanings):
            if meaning.complement_of:
                level[i] = absent - max(0.0, likeness[list(meaning.complement_of)].max() - absent)
        weights = np.exp((level - level.max()) / _TEMPERATURE)
        return weights / weights.sum(), self.names[self.order[level[self.order].argmax()]]

    def _any(self, likeness: Floats) -> tuple[Floats, list[str]]:
        present = 1 / (1 + np.exp((_MULTILABEL_THRESHOLD - likeness) / _MULTILABEL_SCALE))
        ordinary = np.array([not meaning.complement_of for meaning in self.meanings])
        best = likeness[ordinary].max(initial=-np.inf)
        given = ordinary & (likeness >= max(_MULTILABEL_THRESHOLD, best - _MULTILABEL_MARGIN))
        scores = present.copy()
        for i, meaning in enumerate(self.meanings):
            if meaning.complement_of:
                scores[i] = 1 - present[list(meaning.complement_of)].max()
                given[i] = scores[i] > 0.5
        return scores, [name for name, chosen in zip(self.names, given, strict=True) if chosen]


def described_texts(meanings: Iterable[Meaning]) -> list[str]:
    """The descriptions of all meanings, class by class, those of a class in alphabetical order."""
    return [text for meaning in meanings for text in sorted(meaning.descriptions)]


def _vector(description: str, model: Model) -> Floats:
    """One description, of length 1: the mean of its hypotheses, and as much of its glosses if it has any."""
    vector = _direction(_embed(hypotheses(description), model))
    more = synonyms(description)
    return unit(vector + _direction(_embed(more, model))) if more else vector


def _embed(texts: Sequence[str], model: Model) -> Floats:
    rows = [model.tokens(text) for text in texts]
    vectors = np.empty((len(rows), 384))
    for run in plan_batches([len(row) for row in rows], shared=model.shared):
        vectors[run] = model.embed([rows[i] for i in run])
    return vectors


def _direction(vectors: Floats) -> Floats:
    return unit(vectors.sum(axis=0))


def unit(vectors: Floats) -> Floats:
    """One vector, or each row of a matrix, scaled to length 1; zeros stay zeros."""
    lengths = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    scaled: Floats = vectors / np.where(lengths == 0, 1, lengths)
    return scaled
