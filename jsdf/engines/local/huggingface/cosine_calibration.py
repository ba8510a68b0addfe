"""The scale of a sentence embedder's cosines, so that the built-in model's rules can judge them.

Two texts that have nothing to do with each other have a cosine of about 0 with one model and 0.7 with
another. So each model reads a dozen short texts and their subjects:

1. What all labels have in common is taken off every label, and what all texts have off every text: their
   mean, shrunk by how much of its length chance alone would give it.
2. Every text is compared with every subject. The mean cosines of those that belong together and of those
   that do not are two points of the model's scale; a straight line takes them to the same two points of the
   built-in model, for which temperature and thresholds were chosen.

With the built-in model's own weights this was right at least as often as the built-in engine, within a
point, on the sets of `tests/support/data`. With nine tenths of each embedding made a constant, cosines as they
are got 0.59 of the text messages and 0.61 of the chat topics, and these rules 0.89 and 0.70.
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
#: Mean cosines of the built-in model: texts with others' subjects, and with their own.
BUILT_IN = (0.02555, 0.29647)


@dataclass(frozen=True, eq=False)
class CosineCalibration:
    """How a model's embeddings are to be compared. Make it with `Scale.of`.

    Args:
        of_labels: float64 of shape (size,): what all labels have in common.
        of_texts: Likewise what all texts have.
        slope: What a cosine is multiplied by.
        offset: What is added then.
    """

    of_labels: Floats
    of_texts: Floats
    slope: float
    offset: float

    @classmethod
    def of(cls, subjects: Floats, texts: Floats) -> CosineCalibration:
        """Measure it.

        Args:
            subjects: Shape (pairs, size), each of length 1: the subjects as labels, in the order of `PAIRS`.
            texts: Shape (pairs, size) likewise: the texts.
        """
        of_labels, of_texts = shared_component(subjects), shared_component(texts)
        return cls(of_labels, of_texts, *fit_line(unit(subjects - of_labels), unit(texts - of_texts)))

    def labels(self, vectors: Floats) -> Floats:
        """Labels, of length `slope`, with the offset as one more number."""
        return np.hstack([self.slope * unit(vectors - self.of_labels), np.full((len(vectors), 1), self.offset)])

    def texts(self, vectors: Floats) -> Floats:
        """Texts, so that the product with one of `labels` is the cosine on the built-in model's scale."""
        return np.hstack([unit(vectors - self.of_texts), np.ones((len(vectors), 1))])


def shared_component(vectors: Floats) -> Floats:
    """What vectors of length 1 have in common: along their mean, of a squared length of their mean cosine.

    The mean itself is longer by chance: of n vectors that share nothing, its squared length is 1/n.
    """
    cosines = vectors @ vectors.T
    shared = max(0.0, float(cosines[~np.eye(len(cosines), dtype=bool)].mean()))
    mean: Floats = vectors.mean(axis=0)
    length = float(mean @ mean)
    return mean * (shared / length) if length else mean


def fit_line(subjects: Floats, texts: Floats) -> tuple[float, float]:
    """Slope and offset that take a model's cosine to the built-in model's scale.

    What belongs together is taken to be at least one standard deviation nearer than what does not, so that
    a model that knows nothing is not taken to be sure.
    """
    cosines = subjects @ texts.T
    own = np.eye(len(cosines), dtype=bool)
    apart = float(cosines[~own].mean())
    gap = max(float(cosines[own].mean()) - apart, float(cosines[~own].std()), 1e-4)
    slope = (BUILT_IN[1] - BUILT_IN[0]) / gap
    return slope, BUILT_IN[0] - slope * apart
