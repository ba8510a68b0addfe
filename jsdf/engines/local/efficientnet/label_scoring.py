"""A picture beside the labels of a question: how likely it is to show each, and what follows.

A label has a logit, in nats: the logarithm of how much likelier the picture is if it shows the label's thing
than if it shows just anything (`concepts`). Of an example picture there is more to go by: 8 x (c - 0.35) is
added, where c is the cosine of the network's features, and 0.35 what an example of something else has.

Those logits are what a softmax wants as they are: in words temperature 1 had the least negative log-likelihood
(of 0.7, 1, 1.5, 2 and 3) on GCompris' pictures. Slopes of 6 and 10 did alike there, among examples alone and among
labels of which half were words; 0.35 was best for 6, and best or next to it for 10. Nothing is taken to be there
below 0.5: of thresholds from -1.5 to 3, "X" against "not X" was most often right there. What becomes of logits is in
`deciding`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.base import Reply
from jsdf.engines.local.label_meaning import IMAGE_PREFIX, normalize, with_image_placeholders
from jsdf.engines.local.logit_scoring import LogitScorer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from jsdf.engines.local.efficientnet.network import ImageFeatures
    from jsdf.engines.local.efficientnet.wordnet import WordNetConcepts
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

#: Keeps the logarithm of nothing within bounds.
_LEAST = 0.01
_SLOPE, _STRANGE = 8.0, 0.35
_ABSENT = 0.5
_CAPTION = re.compile(r"(?:photo|photograph|picture|image|drawing)s? (?:of|showing|with) (?P<rest>.+)")


@dataclass(frozen=True, eq=False)
class ImageLabelScorer:
    """The labels of one question. Make it with `Prepared.of`.

    Args:
        scorer: Whose members are in the order of the rest.
        weights: float64 of shape (members, 1000).
        features: float64 of shape (members, 1280): of an example; zeros for words.
        shown: bool of shape (members,): True for an example.
    """

    scorer: LogitScorer
    weights: Floats
    features: Floats
    shown: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        labels: LabelSet,
        concepts: WordNetConcepts,
        embed: Callable[[str], Floats],
        examples: Mapping[str, ImageFeatures],
    ) -> ImageLabelScorer:
        """Read the labels.

        Args:
            labels: The labels.
            concepts: Where weights come from.
            embed: A description -> its vector of shape (384,), of length 1.
            examples: The value of each label that is an image -> what the network makes of it.
        """
        ballot = LogitScorer.of(with_image_placeholders(labels))
        seen = [
            examples.get(text.removeprefix(IMAGE_PREFIX)) if text.startswith(IMAGE_PREFIX) else None
            for _, text in ballot.members
        ]
        weights = [
            concepts.of_words(embed(thing(text))) if sight is None else concepts.of_picture(sight.classes)
            for (_, text), sight in zip(ballot.members, seen, strict=True)
        ]
        features = [np.zeros(1280) if sight is None else sight.features for sight in seen]
        return cls(ballot, np.array(weights), np.array(features), np.array([sight is not None for sight in seen]))

    def score(self, sights: Sequence[ImageFeatures], multiple: bool) -> Reply:
        """Judge pictures, each by itself: a row's sums must not be ordered by how many rows there are."""
        scores = np.zeros((len(sights), len(self.scorer.names)), dtype=np.float32)
        predictions = []
        for position, sight in enumerate(sights):
            logits = self.logits(sight)[None]
            (prediction,), (scores[position],) = self.scorer.score(logits, logits - _ABSENT, multiple)
            predictions.append(prediction)
        return Reply(predictions, scores)

    def logits(self, sight: ImageFeatures) -> Floats:
        """Of each member, float64 of shape (members,)."""
        # Products and sums of fixed shape: BLAS might add in another order for another shape.
        logits: Floats = np.log((self.weights * sight.classes).sum(axis=1) + _LEAST)
        alike = (self.features * sight.features).sum(axis=1)
        return logits + np.where(self.shown, _SLOPE * (alike - _STRANGE), 0.0)


def thing(description: str) -> str:
    """What a description is of: "A photo of a red panda." -> "red panda"."""
    words = normalize(description)
    caption = _CAPTION.fullmatch(words)
    return normalize(caption["rest"]) if caption else words
