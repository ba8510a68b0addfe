"""What is above what in WordNet: words and pictures -> weights over the thousand classes.

A weight is how much more often a class is right than any class would be, on average: the mean of a thousand is 1.
So the sum of a picture's class probabilities times weights is the ratio of two likelihoods: that the picture
shows the thing, and that it shows anything at all. Its logarithm, in nats, is what the rest reckons with.

- Words. A description is as near to a class as to the nearest concept at or above it: "bird" is WordNet's own
  word for 59 classes. Weights are part of a sharp softmax of the nearness over the classes (0.03), part of a broad
  one (0.15) of a soft maximum over what is above (0.05): the sharp one has 0.3 where nothing is nearer than 0.6, and
  0.9 from 0.9 on, so that "hotdog" is not a little of every dog. The vectors are averages of length below 1: a
  concept whose names and gloss disagree is a little farther away.
- A picture. Its probabilities go to related classes: the kinship of two classes is exp(s / 0.15), where s is the
  information content of the most specific concept above both (Resnik 1995), over the largest there is.

The numbers were chosen on GCompris' pictures, with an eye on Tux Paint's; see `tests/benchmarks/image_accuracy.py`.
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
#: Nearness and the sharp softmax's share, from a description that fits no concept to one that is a concept's name.
_NEARNESS, _SHARES = (0.6, 0.9), (0.3, 0.9)
_KINSHIP = 0.15
#: What a level higher is worth in the words of a picture.
_HIGHER = 0.7


@dataclass(frozen=True, eq=False)
class WordNetConcepts:
    """ImageNet's classes and what WordNet puts above them. Make it with `load`.

    Args:
        vectors: float64 of shape (concepts, 384): each in the text model's space, of length 1 at most.
        chains: Concepts at and above each class, those of one class together, the class first.
        levels: int of the shape of `chains`: steps up from the class, by the shortest way.
        starts: Where in `chains` each of the classes begins.
        kinship: float32 of shape (classes, classes), the mean of each row 1.
    """

    vectors: Floats
    chains: Positions
    levels: Positions
    starts: Positions
    kinship: npt.NDArray[np.float32]

    def of_words(self, vector: Floats) -> Floats:
        """The weights of a description, float64 of shape (1000,), from its embedding of shape (384,)."""
        near = (self.vectors * vector).sum(axis=1)[self.chains]
        nearest = np.maximum.reduceat(near, self.starts)
        soft = _SOFT_TEMPERATURE * np.log(np.add.reduceat(np.exp(near / _SOFT_TEMPERATURE), self.starts))
        sharp = np.interp(nearest.max(), _NEARNESS, _SHARES)
        weights: Floats = sharp * _softmax(nearest / _SHARP_TEMPERATURE) + (1 - sharp) * _softmax(
            soft / _BROAD_TEMPERATURE
        )
        return weights * len(nearest)

    def of_picture(self, classes: Floats) -> Floats:
        """The weights of what an example shows, float64 of shape (1000,), from its class probabilities."""
        weights: Floats = (self.kinship * classes).sum(axis=1)
        return weights

    def in_words(self, classes: Floats) -> Floats:
        """A picture in the text model's space: float64 of shape (384,), of length 1."""
        share = np.repeat(classes, np.diff(np.append(self.starts, len(self.chains)))) * _HIGHER**self.levels
        weights = np.bincount(self.chains, share, len(self.vectors))
        return unit((self.vectors * weights[:, None]).sum(axis=0))


#: Of `concepts.npz`, made by `tests/model_build/make_concepts.py`.
SHA256 = "b0e0454f03b07fb01f00267a6718d53b2dbd9409eec0a1b9ea428439fc3f78c7"


@cache
def load() -> WordNetConcepts:
    """The concepts, read and checked at the first call.

    Raises:
        ModelError: The file is missing or has another digest.
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
    """Concept -> steps up from the start, nearest first."""
    found = {start: 0}
    waiting = [start]
    for lower in waiting:
        for higher in above[lower]:
            if higher not in found:
                found[higher] = found[lower] + 1
                waiting.append(higher)
    return found


def _kinship(chains: list[dict[int, int]], concepts: int) -> npt.NDArray[np.float32]:
    below: list[list[int]] = [[] for _ in range(concepts)]
    for position, chain in enumerate(chains):
        for concept in chain:
            below[concept].append(position)
    content = -np.log(np.array([len(classes) for classes in below]) / len(chains))
    shared = np.zeros((len(chains), len(chains)), dtype=np.float32)
    for concept in np.argsort(content, kind="stable"):  # the most specific concept has the last word
        shared[np.ix_(below[concept], below[concept])] = content[concept]
    kinship = np.exp(shared / np.float32(content.max() * _KINSHIP))
    rows: npt.NDArray[np.float32] = kinship / kinship.mean(axis=1, keepdims=True)
    return rows


def _softmax(levels: Floats) -> Floats:
    weights = np.exp(levels - levels.max())
    shares: Floats = weights / weights.sum()
    return shares
