"""Map texts and images to weights over the thousand ImageNet classes, by the WordNet hierarchy above the classes.

A weight says how much more often than average a class is right: the mean of the thousand weights is 1. The sum of an
image's class probabilities times the weights is therefore a likelihood ratio: that the image shows what was described,
over that it shows any class. `label_scoring` uses its logarithm, in nats.

- Texts. The similarity of a description to a class is its cosine with the nearest concept at or above the class:
  "bird" is WordNet's own word above 59 classes. The weights are a mixture of two softmaxes over the classes: a sharp
  one (temperature 0.03) of the nearest concept, and a broad one (0.15) of a soft maximum over all concepts at or above
  the class (0.05). The share of the sharp one rises from 0.3 to 0.9 as the highest similarity rises from 0.6 to 0.9,
  so that "hotdog" does not stand for a little of every dog. The concept vectors are means, shorter than 1: a concept
  whose names and gloss disagree is a little less similar.
- Images. The probabilities of an example are spread to related classes: the kinship of two classes is exp(s / 0.15),
  where s is the information content of the most specific concept above both (Resnik 1995), divided by the largest
  information content of all concepts.

The constants were chosen on GCompris' images, with Tux Paint's in view; see `tests/benchmarks/image_accuracy.py`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.local.cosine_scoring import unit
from jsdf.engines.local.efficientnet.network import read_file

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

_SHARP_TEMPERATURE, _BROAD_TEMPERATURE, _SOFT_TEMPERATURE = 0.03, 0.15, 0.05
#: Highest similarity and share of the sharp softmax, for a description that matches no concept and for one that is a
#: concept's name; interpolated in between.
_SIMILARITIES, _SHARP_SHARES = (0.6, 0.9), (0.3, 0.9)
_KINSHIP_TEMPERATURE = 0.15
#: Factor by which the weight of a concept falls with each level above the class, in `to_text_space`.
_LEVEL_DECAY = 0.7


@dataclass(frozen=True, eq=False)
class WordNetConcepts:
    """The ImageNet classes and the WordNet concepts above them. Make it with `load`.

    Args:
        vectors: Concepts in the text model's space, float64 of shape (concepts, 384), each of length 1 at most.
        chains: Positions of the concepts at and above each class, class by class, each beginning with the class.
        levels: int of the shape of `chains`: number of steps up from the class, by the shortest path.
        starts: Position in `chains` at which each class begins.
        kinship: float32 of shape (classes, classes); the mean of each row is 1.
    """

    vectors: Floats
    chains: Positions
    levels: Positions
    starts: Positions
    kinship: npt.NDArray[np.float32]

    def text_weights(self, vector: Floats) -> Floats:
        """Return the weights of a description, float64 of shape (1000,), from its embedding of shape (384,)."""
        cosines = (self.vectors * vector).sum(axis=1)[self.chains]
        nearest = np.maximum.reduceat(cosines, self.starts)
        soft = _SOFT_TEMPERATURE * np.log(np.add.reduceat(np.exp(cosines / _SOFT_TEMPERATURE), self.starts))
        sharp_share = np.interp(nearest.max(), _SIMILARITIES, _SHARP_SHARES)
        weights: Floats = sharp_share * _softmax(nearest / _SHARP_TEMPERATURE) + (1 - sharp_share) * _softmax(
            soft / _BROAD_TEMPERATURE
        )
        return weights * len(nearest)

    def image_weights(self, probabilities: Floats) -> Floats:
        """Return the weights of an example image, float64 of shape (1000,), from its class probabilities."""
        weights: Floats = (self.kinship * probabilities).sum(axis=1)
        return weights

    def to_text_space(self, probabilities: Floats) -> Floats:
        """Embed an image in the text model's space, from its class probabilities: float64 of shape (384,), length 1."""
        share = np.repeat(probabilities, np.diff(np.append(self.starts, len(self.chains)))) * _LEVEL_DECAY**self.levels
        weights = np.bincount(self.chains, share, len(self.vectors))
        return unit((self.vectors * weights[:, None]).sum(axis=0))


#: Digest of `concepts.npz`, which is made by `tests/model_build/make_concepts.py`.
SHA256 = "b0e0454f03b07fb01f00267a6718d53b2dbd9409eec0a1b9ea428439fc3f78c7"


@cache
def load() -> WordNetConcepts:
    """Return the process-wide concepts; the first call reads and verifies their file.

    Raises:
        ModelError: The file is missing or its digest differs.
    """
    with np.load(io.BytesIO(read_file("concepts.npz", SHA256)), allow_pickle=False) as stored:
        vectors = stored["vectors"].astype(np.float64) * stored["scale"][:, None].astype(np.float64)
        above: list[list[int]] = [[] for _ in vectors]
        for lower, higher in stored["above"].tolist():
            above[lower].append(higher)
        chains = [_chain(start, above) for start in stored["classes"].tolist()]
    starts = np.cumsum([0, *(len(chain) for chain in chains[:-1])]).astype(np.intp)
    flat = np.array([concept for chain in chains for concept in chain], dtype=np.intp)
    levels = np.array([level for chain in chains for level in chain.values()], dtype=np.intp)
    return WordNetConcepts(vectors, flat, levels, starts, _kinship(chains, len(vectors)))


def _chain(start: int, above: list[list[int]]) -> dict[int, int]:
    """Return the concepts at and above `start`, nearest first, with the number of steps up to each."""
    levels = {start: 0}
    queue = [start]
    for lower in queue:
        for higher in above[lower]:
            if higher not in levels:
                levels[higher] = levels[lower] + 1
                queue.append(higher)
    return levels


def _kinship(chains: list[dict[int, int]], concepts: int) -> npt.NDArray[np.float32]:
    below: list[list[int]] = [[] for _ in range(concepts)]
    for position, chain in enumerate(chains):
        for concept in chain:
            below[concept].append(position)
    content = -np.log(np.array([len(classes) for classes in below]) / len(chains))
    shared = np.zeros((len(chains), len(chains)), dtype=np.float32)
    for concept in np.argsort(content, kind="stable"):  # the most specific concept is written last
        shared[np.ix_(below[concept], below[concept])] = content[concept]
    kinship = np.exp(shared / np.float32(content.max() * _KINSHIP_TEMPERATURE))
    rows: npt.NDArray[np.float32] = kinship / kinship.mean(axis=1, keepdims=True)
    return rows


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max())
    shares: Floats = weights / weights.sum()
    return shares
