"""Labels that a cheap engine, or a classifier fitted on its embeddings, gives to all values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.results.answers import ANSWERED, Answers

if TYPE_CHECKING:
    import numpy.typing as npt

#: Scores of labels that a row may have together are at least this high.
_PRESENT = 0.5
#: Score of labels of an engine without scores, for a classifier to learn from.
_UNSCORED = 0.9


@dataclass(frozen=True, eq=False)
class CheapLabels:
    """Labels of all values, and how sure they are.

    Attributes:
        chosen: int32 of shape (values,), positions of labels; bool of shape (values, labels) if several are allowed.
        scores: float32 of shape (values, labels); None if the engine gives none.
        confidence: float64 of shape (values,), higher where the label is surer; -inf for values without a label.
        labels: Number of labels to choose from.
    """

    chosen: npt.NDArray[np.int32] | npt.NDArray[np.bool_]
    scores: npt.NDArray[np.float32] | None
    confidence: npt.NDArray[np.float64]
    labels: int

    @classmethod
    def of_answers(cls, answers: Answers, labels: int) -> CheapLabels:
        """Return the labels that an engine gave; without scores, all are equally sure."""
        has_label = answers.status == ANSWERED
        chosen, scores = answers.chosen, answers.scores
        confidence = np.ones(len(has_label)) if scores is None else _confidence(scores, chosen)
        return cls(chosen, scores, np.where(has_label, confidence, -np.inf), labels)

    @classmethod
    def of_scores(
        cls, scores: npt.NDArray[np.float32], has_label: npt.NDArray[np.bool_], *, multiple: bool
    ) -> CheapLabels:
        """Return the labels with the highest scores, or with those of at least 0.5 if several are allowed."""
        chosen = scores >= _PRESENT if multiple else scores.argmax(axis=1).astype(np.int32)
        return cls(chosen, scores, np.where(has_label, _confidence(scores, chosen), -np.inf), scores.shape[1])

    def answers(self, items: npt.NDArray[np.intp], source: str) -> Answers:
        """Return the labels of these values as answers of `source`."""
        scores = None if self.scores is None else self.scores[items]
        answers = Answers(np.full(len(items), ANSWERED, np.int8), self.chosen[items], scores)
        answers.set_source(np.arange(len(items)), source)
        return answers

    @property
    def features(self) -> npt.NDArray[np.float32]:
        """Scores for a classifier to learn from, float32 of shape (values, labels); made up for an engine without."""
        if self.scores is not None:
            return self.scores
        labels = self.labels
        hot = self.chosen if self.chosen.ndim == 2 else self.chosen[:, None] == np.arange(labels)
        others = 1 - _UNSCORED if self.chosen.ndim == 2 else (1 - _UNSCORED) / max(labels - 1, 1)
        return np.where(hot, _UNSCORED, others).astype(np.float32)

    @property
    def can_be_kept(self) -> npt.NDArray[np.bool_]:
        """The values that have a label."""
        return np.isfinite(self.confidence)

    def has_label(self, label: int) -> npt.NDArray[np.bool_]:
        """Return which values have this label, bool of shape (values,)."""
        return self.chosen[:, label].astype(bool) if self.chosen.ndim == 2 else np.equal(self.chosen, label)


def _confidence(scores: npt.NDArray[np.float32], chosen: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """Return the score of the label; with several labels, the product of the scores of all decisions."""
    rows = np.nan_to_num(scores.astype(np.float64), nan=0.5)
    if chosen.ndim == 2:
        product: npt.NDArray[np.float64] = np.where(chosen, rows, 1 - rows).clip(0, 1).prod(axis=1)
        return product
    score: npt.NDArray[np.float64] = np.take_along_axis(rows, chosen[:, None].astype(np.intp), axis=1)[:, 0]
    return score
