"""Turn a model's logits into scores and predictions, each row independently of the others.

A description has two logits: one that is compared between labels, and its margin over "this is not the case". For
a class of several descriptions, each of the two is the soft maximum over the descriptions, `log(mean(exp))`. Then:

- One label per row: the scores are a softmax of the logits. A complement ("not X", "other", see `label_meaning`) has
  the logit of what it excludes minus its margin: against X alone, the score of X is the logistic of X's margin;
  against several classes, "other" wins where none of them has a positive margin.
- Any number of labels per row: each score is the logistic of the margin; of a complement, 1 minus the highest score
  of what it excludes. A label is predicted where its score is at least 0.5, a complement where it is above 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.label_meaning import Meaning, read_meanings

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LogitScorer:
    """Scorer for the labels of one question, as descriptions that need logits. Make it with `from_labels`.

    Args:
        names: The labels' names, in the caller's order.
        meanings: Meaning of each label.
        order: Positions of the labels in canonical order, which no renaming or reordering changes. Everything is
            computed in it, so that sums and ties do not depend on the caller's order.
        members: (position of the class, description) in canonical order: the descriptions that need logits.
    """

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    order: tuple[int, ...]
    members: tuple[tuple[int, str], ...]

    @classmethod
    def from_labels(cls, labels: LabelSet) -> LogitScorer:
        """Make the scorer of a set of labels."""
        meanings = read_meanings(labels)
        members = tuple((i, text) for i in labels.canonical_order for text in sorted(meanings[i].descriptions))
        return cls(labels.names, meanings, labels.canonical_order, members)

    def score(self, logits: Floats, margins: Floats, multiple: bool) -> tuple[list[Any], npt.NDArray[np.float32]]:
        """Return the predictions and scores of all rows.

        Args:
            logits: Logits that are compared between labels, float64 of shape (rows, members).
            margins: Logits against "this is not the case", float64 of shape (rows, members).
            multiple: True if a row may have any number of labels.

        Returns:
            One name per row, or one list of names per row if `multiple`; and float32 scores of shape (rows, classes).
        """
        level, margin = self._by_class(logits), self._by_class(margins)
        if multiple:
            return self._score_multilabel(margin)
        for i in self._complements():
            excluded = list(self.meanings[i].complement_of)
            level[:, i] = level[:, excluded].max(axis=1) - margin[:, excluded].max(axis=1)
        order = list(self.order)
        weights = np.exp(level[:, order] - level.max(axis=1, keepdims=True))
        scores = np.empty_like(level)
        scores[:, order] = weights / weights.sum(axis=1, keepdims=True)
        best = level[:, order].argmax(axis=1)
        return [self.names[order[i]] for i in best], scores.astype(np.float32)

    def _score_multilabel(self, margin: Floats) -> tuple[list[Any], npt.NDArray[np.float32]]:
        scores = logistic(margin)
        is_assigned = scores >= 0.5
        for i in self._complements():
            scores[:, i] = 1 - scores[:, list(self.meanings[i].complement_of)].max(axis=1)
            is_assigned[:, i] = scores[:, i] > 0.5
        predictions = [[name for name, is_in in zip(self.names, row, strict=True) if is_in] for row in is_assigned]
        return predictions, scores.astype(np.float32)

    def _by_class(self, logits: Floats) -> Floats:
        """Reduce members to classes: float64 of shape (rows, classes), -inf for classes without descriptions."""
        by_class = np.full((len(logits), len(self.names)), -np.inf)
        owners = np.array([i for i, _ in self.members])
        for i in set(owners.tolist()):
            of_class = logits[:, owners == i]
            by_class[:, i] = np.logaddexp.reduce(of_class, axis=1) - np.log(of_class.shape[1])
        return by_class

    def _complements(self) -> list[int]:
        # The complement of an implicit class excludes its own position: `score` reads that column, then overwrites it.
        return [i for i, meaning in enumerate(self.meanings) if meaning.complement_of]


def logistic(logits: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)), without overflow."""
    half: Floats = 0.5 * (1 + np.tanh(logits / 2))
    return half
