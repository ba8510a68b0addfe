"""What a cascade has learned from one column, to be used on others like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jsdf.errors import InvalidInputError
from jsdf.runner.cascade.cheap_labels import CheapLabels

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.local.learned.head import Head
    from jsdf.labels import LabelSet


@dataclass(frozen=True, eq=False)
class FittedModel:
    """Classifier and threshold of a cascade.

    Attributes:
        labels: The labels that it was fitted on.
        multiple: True if a row may have several.
        head: The classifier; None to use the labels of the cheap engine.
        threshold: Labels at least as sure as this one are kept.
    """

    labels: LabelSet
    multiple: bool
    head: Head | None
    threshold: float

    def with_threshold(self, threshold: float) -> FittedModel:
        """Return a copy that keeps labels that are at least so sure."""
        return replace(self, threshold=threshold)

    def check(self, labels: LabelSet, *, multiple: bool) -> None:
        """Check that a job asks the question that this was fitted on.

        Raises:
            InvalidInputError: It asks another one.
        """
        if labels != self.labels or multiple != self.multiple:
            names = ", ".join(self.labels.names)
            raise InvalidInputError(
                f"this cascade was fitted on the labels {names}{' (several a row)' if self.multiple else ''}; use the "
                "same labels, or jsdf.Cascade() to fit another one"
            )

    def predict(self, cheap: CheapLabels, vectors: npt.NDArray[np.float32] | None) -> CheapLabels:
        """Return the labels of the classifier."""
        return cheap if self.head is None else apply_head(self.head, cheap, vectors, multiple=self.multiple)

    def kept(self, predictions: CheapLabels) -> npt.NDArray[np.bool_]:
        """Return which labels are kept, bool of shape (values,)."""
        return predictions.can_be_kept & (predictions.confidence >= self.threshold)


def apply_head(
    head: Head, cheap: CheapLabels, vectors: npt.NDArray[np.float32] | None, *, multiple: bool
) -> CheapLabels:
    """Return the labels of a classifier, for the values that have a label of the cheap engine."""
    scores = cheap.features
    has_label = cheap.can_be_kept if vectors is None else cheap.can_be_kept & np.isfinite(vectors).all(axis=1)
    items = np.flatnonzero(has_label)
    found = np.zeros(scores.shape, np.float32)
    found[items] = head.scores(None if vectors is None else vectors[items], scores[items])
    return CheapLabels.of_scores(found, has_label, multiple=multiple)
