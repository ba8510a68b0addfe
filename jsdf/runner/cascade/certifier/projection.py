"""Cheapest plan to certify a column: values to pay outright, and values to draw at random from the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.certifier.sampling import inverse_stakes

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Growths of the logarithm of the wealth a draw that are tried.
_GROWTHS = np.geomspace(1e-5, 1.0, 26)
#: Groups of values of similar expected errors that are planned together.
_MAX_GROUPS = 1000
#: Draws that are planned, relative to those that suffice on average.
_SAFETY = 1.0


@dataclass(frozen=True)
class PaymentPlan:
    """Numbers of values to pay next.

    Args:
        pay: Values that are expected to err most, which are paid outright.
        draw: Values drawn at random from the rest.
        growth: Expected growth of the logarithm of the wealth a draw.
    """

    pay: int
    draw: int
    growth: float

    @property
    def total(self) -> int:
        """Number of values to pay in all."""
        return self.pay + self.draw


def plan(weights: Floats, error: Floats, allowed: float, evidence: float) -> PaymentPlan:
    """Return the plan with the fewest values.

    Args:
        weights: Rows of each value that is left, sorted by `weights * error`, largest first.
        error: Probability that the cheap label is wrong.
        allowed: Rows that may be left wrong.
        evidence: Logarithm of the wealth that is still needed.
    """
    values = len(weights)
    if values == 0:
        return PaymentPlan(0, 0, 0.0)
    starts = np.unique(np.linspace(0, values, min(values, _MAX_GROUPS) + 1).astype(np.int64))[:-1]
    counts = np.diff(np.append(starts, values))
    rows = np.add.reduceat(weights, starts)
    wrong = np.add.reduceat(weights * error, starts)
    # Sums over this group and all after it.
    left = np.cumsum(rows[::-1])[::-1]
    u = inverse_stakes((wrong / np.maximum(rows, 1e-12))[:, None], _GROWTHS)
    sizes = rows[:, None] * u / (u - 1)
    size = np.cumsum(sizes[::-1], axis=0)[::-1]
    loss = np.cumsum((wrong[:, None] * u / (u - 1) * np.log(u))[::-1], axis=0)[::-1] / size
    # Rows that are found wrong at a draw.
    met = np.cumsum((sizes * (wrong / counts)[:, None])[::-1], axis=0)[::-1] / size
    number = values - starts
    draws = np.zeros_like(size)
    growth = np.zeros_like(size)
    for _ in range(3):
        # Errors that are found among the draws are paid for, too: half of them on average before a draw.
        growth = np.log1p((allowed + 1 + draws * met / 2) / size) - loss
        draws = np.where(growth > 0, _SAFETY * evidence / np.maximum(growth, 1e-12), np.inf)
        draws = np.minimum(draws, number[:, None])
    best = draws.argmin(axis=1)
    chosen = draws[np.arange(len(starts)), best]
    # Where the rows that are left are no more than may be wrong, no draw is needed.
    chosen = np.where(left <= allowed, 0, np.where(growth[np.arange(len(starts)), best] > 0, chosen, number))
    totals = starts + chosen
    at = int(totals.argmin())
    if evidence <= 0:
        return PaymentPlan(0, 0, 0.0)
    return PaymentPlan(int(starts[at]), int(np.ceil(chosen[at])), float(growth[at, best[at]]))
