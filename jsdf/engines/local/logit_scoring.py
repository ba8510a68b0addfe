"""Evidence of a model that speaks in logits -> scores and predictions; every row is judged by itself.

A description has two logits: its level beside the other labels, and its margin over "this is not so". A
class of several descriptions has the soft maximum of each, `log(mean(exp))`. From there:

- One label: the scores are a softmax of the levels. A complement ("not X", "other", see `wording`) has the
  level of what it excludes less its margin: against X alone, the scores are the logistic of X's margin;
  against many, "other" wins where none of them has a positive one.
- Any number of labels: each score is the logistic of its margin, and of a complement 1 less the highest
  score of what it excludes. A label is given where its score is at least 0.5, a complement above that.
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
    """The labels of one question, as descriptions to weigh. Make it with `LogitScorer.of`.

    Args:
        names: The labels' names, in the caller's order.
        meanings: What each asks for.
        order: Positions in the order that no renaming and no reordering changes. Everything is computed in
            it, so that sums and ties come out alike.
        members: (position of the class, description) in that order: what is to be given logits.
    """

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    order: tuple[int, ...]
    members: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, labels: LabelSet) -> LogitScorer:
        """Read the labels."""
        meanings = read_meanings(labels)
        members = tuple((i, text) for i in labels.canonical_order for text in sorted(meanings[i].descriptions))
        return cls(labels.names, meanings, labels.canonical_order, members)

    def score(self, logits: Floats, margins: Floats, multiple: bool) -> tuple[list[Any], npt.NDArray[np.float32]]:
        """Predictions and scores.

        Args:
            logits: Logits of shape (rows, members).
            margins: Logits of shape (rows, members).
            multiple: True where a row may have any number of labels.

        Returns:
            A name a row, or a list of names, with float32 scores of shape (rows, classes).
        """
        level, margin = self._by_class(logits), self._by_class(margins)
        if multiple:
            return self._any(margin)
        for i in self._complements():
            excluded = list(self.meanings[i].complement_of)
            level[:, i] = level[:, excluded].max(axis=1) - margin[:, excluded].max(axis=1)
        order = list(self.order)
        weights = np.exp(level[:, order] - level.max(axis=1, keepdims=True))
        scores = np.empty_like(level)
        scores[:, order] = weights / weights.sum(axis=1, keepdims=True)
        best = level[:, order].argmax(axis=1)
        return [self.names[order[i]] for i in best], scores.astype(np.float32)

    def _any(self, margin: Floats) -> tuple[list[Any], npt.NDArray[np.float32]]:
        scores = logistic(margin)
        given = scores >= 0.5
        for i in self._complements():
            scores[:, i] = 1 - scores[:, list(self.meanings[i].complement_of)].max(axis=1)
            given[:, i] = scores[:, i] > 0.5
        predictions = [[name for name, chosen in zip(self.names, row, strict=True) if chosen] for row in given]
        return predictions, scores.astype(np.float32)

    def _by_class(self, logits: Floats) -> Floats:
        """Shape (rows, classes), -inf where a class has no descriptions."""
        found = np.full((len(logits), len(self.names)), -np.inf)
        owners = np.array([i for i, _ in self.members])
        for i in set(owners.tolist()):
            of_class = logits[:, owners == i]
            found[:, i] = np.logaddexp.reduce(of_class, axis=1) - np.log(of_class.shape[1])
        return found

    def _complements(self) -> list[int]:
        # What is hidden has itself to exclude: it must be read by others before it is overwritten, and is.
        return [i for i, meaning in enumerate(self.meanings) if meaning.complement_of]


def logistic(logits: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    half: Floats = 0.5 * (1 + np.tanh(logits / 2))
    return half
