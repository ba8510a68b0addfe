"""Classifier and thresholds that a cascade learned from one column, to be used on others like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jsdf.errors import InvalidInputError
from jsdf.runner.cascade.cheap_labels import CheapLabels

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.local.learned.head import Head
    from jsdf.labels import LabelSet

#: Part of the errors that a target allows which other columns are planned with.
_MARGIN = 0.8
#: Values that a classifier labels at a time.
_BLOCK = 8192


@dataclass(frozen=True, eq=False)
class FittedModel:
    """Classifier and threshold of a cascade.

    Attributes:
        labels: The labels that it was fitted on.
        multiple: True if a row may have several.
        head: The classifier; None to use the labels of the cheap engine.
        thresholds: float64 of shape (labels,): a label is kept where it is at least so sure, a set of labels where each
            of them is.
    """

    labels: LabelSet
    multiple: bool
    head: Head | None
    thresholds: npt.NDArray[np.float64]

    def with_thresholds(
        self, cheap: CheapLabels, expected_errors: npt.NDArray[np.float64], target: float | Mapping[str, float]
    ) -> FittedModel:
        """Return a copy with the lowest thresholds that are expected to meet the target on other rows like these.

        Values count once here, since others have other numbers of rows; the expected errors are those that the answers
        of this column show, and a fifth is left of what the target allows.
        """
        names, error = self.labels.names, np.where(cheap.can_be_kept, expected_errors, 1.0)
        if not isinstance(target, Mapping):
            limit = _threshold(cheap.confidence, error, _MARGIN * (1 - target) * len(error))
            return replace(self, thresholds=np.full(len(names), limit))
        thresholds = np.full(len(names), -np.inf)
        for name, share in target.items():
            label = names.index(name)
            given = cheap.can_be_kept & cheap.has_label(label)
            thresholds[label] = _threshold(cheap.confidence[given], error[given], None, _MARGIN * (1 - share))
        return replace(self, thresholds=thresholds)

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
        chosen = predictions.chosen
        if chosen.ndim == 1:
            needed = self.thresholds[chosen]
        else:  # a set without a label is as sure as all must be
            lowest = self.thresholds.min()
            needed = np.where(chosen, self.thresholds, lowest).max(axis=1)
        kept: npt.NDArray[np.bool_] = predictions.can_be_kept & (predictions.confidence >= needed)
        return kept


def _threshold(
    confidence: npt.NDArray[np.float64],
    error: npt.NDArray[np.float64],
    errors: float | None,
    share: float = 1.0,
) -> float:
    """Return the lowest confidence down to which no more errors, and no greater share of errors, are expected."""
    order = np.argsort(-confidence, kind="stable")
    total = np.cumsum(error[order])
    is_met = total <= (share * np.arange(1, len(order) + 1) if errors is None else errors)
    return float(confidence[order][is_met].min()) if is_met.any() else np.inf


def apply_head(
    head: Head, cheap: CheapLabels, vectors: npt.NDArray[np.float32] | None, *, multiple: bool
) -> CheapLabels:
    """Return the labels of a classifier, for the values that have a label of the cheap engine."""
    scores = cheap.features
    found = np.zeros(scores.shape, np.float32)
    has_label = np.zeros(len(scores), bool)
    for start in range(0, len(scores), _BLOCK):  # the vectors of many values are in a file
        block = slice(start, start + _BLOCK)
        rows = None if vectors is None else vectors[block].astype(np.float32)
        usable = cheap.can_be_kept[block] & np.isfinite(scores[block]).all(axis=1)
        # Without vectors no value of this column could be read.
        usable &= not head.has_vectors if rows is None else np.isfinite(rows).all(axis=1)
        has_label[block] = usable
        if usable.any():
            found[block][usable] = head.scores(None if rows is None else rows[usable], scores[block][usable])
    return CheapLabels.of_scores(found, has_label, multiple=multiple)
