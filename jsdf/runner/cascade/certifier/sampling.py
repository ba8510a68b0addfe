"""Weighted sampling without replacement, at the rates that need the fewest draws.

A bet of lambda on draws with probabilities q grows, for small error probabilities p, by about

    (r + sum w p log(1 - a) / a) / sum(w / a),    a = lambda w / q,

a draw, where r is the total that is to be excluded. At the largest growth g, each value has a / (1 - a) + log(1 - a) =
g / p: sure values are drawn in proportion to their weight (a = 1), doubtful ones up to sqrt(p / 2 g) times as often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

#: Probabilities of an error between whose rates others are interpolated.
_ERRORS = np.geomspace(1e-5, 1.0, 257)


def inverse_stakes(error: Floats, growth: float | Floats) -> Floats:
    """Return u = 1 / (1 - a) of each error probability, at this growth; 1 / a = u / (u - 1)."""
    ratio = growth / np.clip(error, 1e-9, 1.0)
    # Newton's method for u - 1 - log(u) = ratio, from above.
    u = 1 + ratio + np.sqrt(2 * ratio)
    for _ in range(5):
        u = u - (u - 1 - np.log(u) - ratio) * u / (u - 1)
    return np.maximum(u, 1 + 1e-9)


def rates(error: Floats, growth: float) -> Floats:
    """Return how often values are drawn, relative to their weights: 1 for sure ones, more for doubtful ones."""
    u = inverse_stakes(_ERRORS, growth)
    relative: Floats = np.interp(np.log(error), np.log(_ERRORS), u / (u - 1))
    return relative


def draw(random: np.random.Generator, sizes: Floats, count: int) -> Positions:
    """Return positions in the order of draws without replacement, each in proportion to the sizes that are left.

    Args:
        random: Source of the randomness.
        sizes: Relative probabilities, float64 of shape (values,), all above 0.
        count: Number of draws, at most the number of values.
    """
    # The first of exponential clocks with these rates rings in the order of such draws.
    clocks = random.standard_exponential(len(sizes)) / sizes
    first = np.argpartition(clocks, count - 1)[:count] if count < len(sizes) else np.arange(len(sizes))
    order: Positions = first[np.argsort(clocks[first], kind="stable")]
    return order
