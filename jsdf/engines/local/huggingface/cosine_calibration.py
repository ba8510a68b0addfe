"""Calibrate the cosines of a sentence embedder, so that the built-in model's thresholds apply to them.

Unrelated texts have a cosine of about 0 with one model and of 0.7 with another. Each model therefore embeds a dozen
short texts and their subjects:

1. The component that all labels share is subtracted from every label, and the one that all texts share from every
   text: their mean, shrunk by the part of its length that is due to chance.
2. Every text is compared with every subject. The mean cosines of matching and of other pairs are two points on the
   model's scale; a straight line maps them to the same two points of the built-in model, for which temperature and
   thresholds were chosen.

Where one of several ordinary labels is chosen, no threshold is needed, and the subtraction may only move labels against
each other: there the first step is left out (`CosineCalibration.fit_line`). The best cosine wins, and the line alone
makes the scores comparable with those of other models.

all-mpnet-base-v2 chose as well with either on Reuters R8, product reviews, chat topics, BBC news and three sets of
sentiments (0.848 in the mean); multilingual-e5-small, with weights of 4 bits, in 0.820 of the rows of six of these sets
by the line alone, and in 0.833 with both steps. On text messages, "spam" or "not spam", the first was right in 0.87
with both steps and in 0.85 with the second alone, the other one in 0.84 and 0.50.

With the built-in model's own weights, accuracy on the sets of `tests/support/data` was at least that of the built-in
engine, within 0.01. When nine tenths of each embedding were replaced by a constant, accuracy was 0.59 on the text
messages without calibration, and 0.89 with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.local.cosine_scoring import unit

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Subject -> a text about it that does not name it.
PAIRS = {
    "cooking": "Simmer the onions until they are soft, then stir in the tomatoes and a pinch of salt.",
    "football": "The striker scored twice in the second half and the visitors went home with three points.",
    "politics": "The minister resigned after parliament rejected her budget for the second time.",
    "the weather": "Expect showers in the morning, clearing by noon, with a mild wind from the west.",
    "medicine": "The doctor prescribed antibiotics and asked the patient to come back in a week.",
    "computers": "The laptop froze during the update and had to be restarted twice.",
    "music": "She tuned her violin and waited for the conductor to raise his baton.",
    "travel": "We took the night train to Lisbon and found a small hotel near the harbour.",
    "money": "The bank raised its interest rates and the shares fell by four percent.",
    "school": "The pupils handed in their homework before the bell rang.",
    "gardening": "Plant the bulbs in autumn and water the roses early in the day.",
    "cars": "The engine rattles above eighty, and the brakes were replaced last spring.",
}
#: Mean cosines of the built-in model: of texts with other texts' subjects, and with their own.
BUILT_IN = (0.02555, 0.29647)


@dataclass(frozen=True, eq=False)
class CosineCalibration:
    """Calibration of a model's cosines to the built-in model's scale. Make it with `fit` or `fit_line`.

    Args:
        label_component: Component that all labels share, float64 of shape (size,).
        text_component: Component that all texts share, float64 of shape (size,).
        slope: Factor by which a cosine is multiplied.
        offset: Number that is added to the product.
    """

    label_component: Floats
    text_component: Floats
    slope: float
    offset: float

    @classmethod
    def fit(cls, subjects: Floats, texts: Floats) -> CosineCalibration:
        """Fit the calibration to a model's embeddings of `PAIRS`.

        Args:
            subjects: The subjects, embedded as labels: float64 of shape (pairs, size), each of length 1.
            texts: The texts, of the same shape and order.
        """
        label_component, text_component = shared_component(subjects), shared_component(texts)
        line = fit_line(unit(subjects - label_component), unit(texts - text_component))
        return cls(label_component, text_component, *line)

    @classmethod
    def fit_line(cls, subjects: Floats, texts: Floats) -> CosineCalibration:
        """Fit the line alone, to the arguments of `fit`: it changes no order of cosines."""
        nothing = np.zeros(subjects.shape[1])
        return cls(nothing, nothing, *fit_line(subjects, texts))

    def labels(self, vectors: Floats) -> Floats:
        """Transform labels, float64 of shape (labels, size): to length `slope`, with the offset as one more column."""
        return np.hstack([self.slope * unit(vectors - self.label_component), np.full((len(vectors), 1), self.offset)])

    def texts(self, vectors: Floats) -> Floats:
        """Transform texts, so that the dot product with a label from `labels` is the calibrated cosine."""
        return np.hstack([unit(vectors - self.text_component), np.ones((len(vectors), 1))])


def shared_component(vectors: Floats) -> Floats:
    """Return the component that vectors of length 1 share: along their mean, with their mean cosine as squared length.

    The mean itself is longer by chance: of n vectors that share nothing, its squared length is 1/n.
    """
    cosines = vectors @ vectors.T
    shared = max(0.0, float(cosines[~np.eye(len(cosines), dtype=bool)].mean()))
    mean: Floats = vectors.mean(axis=0)
    length = float(mean @ mean)
    return mean * (shared / length) if length else mean


def fit_line(subjects: Floats, texts: Floats) -> tuple[float, float]:
    """Return slope and offset of the line that maps a model's cosines to the built-in model's scale.

    The gap between matching and other pairs is taken to be at least one standard deviation of the other pairs, so that
    the noise of a useless model is not magnified to high scores.
    """
    cosines = subjects @ texts.T
    own = np.eye(len(cosines), dtype=bool)
    apart = float(cosines[~own].mean())
    gap = max(float(cosines[own].mean()) - apart, float(cosines[~own].std()), 1e-4)
    slope = (BUILT_IN[1] - BUILT_IN[0]) / gap
    return slope, BUILT_IN[0] - slope * apart
