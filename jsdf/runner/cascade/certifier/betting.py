"""Upper bound of a total over a finite population, from a weighted sample without replacement, by betting.

Each of the values of a column has a weight w (rows) and an unknown e, 1 where two engines disagree and 0 elsewhere. The
total W = sum of w e is bounded from answers that come one by one. Before each draw, the value is chosen among those
that are not yet answered, with probability q(v), and Z = w e / q of the drawn value has the mean W - E, the total less
the errors E that were found so far. So for the true total

    M = product over the draws of 1 + lambda (W - E - Z)

is a nonnegative martingale that starts at 1, as long as lambda (at least 0, small enough that no factor is negative)
and q depend on earlier answers alone. Ville's inequality: with probability at least 1 - level it never reaches
1 / level. All totals for which it has reached 1 / level at some time are therefore excluded, at every time at once
(I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024, section 5;
weights: S. Shekhar, Z. Xu, Z. Lipton, P. Liang and A. Ramdas, "Risk-limiting financial audits via weighted sampling
without replacement", UAI 2023).

Values may also be answered without being drawn, for whatever reason that depends on earlier answers alone: no bet is
made on them, and their errors are added to E.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Share of the largest bet that keeps every factor positive.
_LARGEST_BET = 0.99


class TotalBound:
    """Anytime-valid upper bound of a total, see the docstring of this module.

    Args:
        most: Upper limit of the total that is certain, such as the sum of the weights.
        level: Probability with which the bound may be wrong.
    """

    def __init__(self, most: int, level: float) -> None:
        self.level = level
        self._bound = most
        # Rows are the arguments of `bet`, columns the draws.
        self._draws: Floats = np.zeros((4, 0))

    def bet(self, bets: Floats, observed: Floats, found: Floats, largest: Floats) -> None:
        """Add draws, each an entry of arrays of one shape (draws,).

        Args:
            bets: lambda of each draw, fixed before its answer is known.
            observed: Z of each draw.
            found: E before each draw.
            largest: Largest value that Z could have had.
        """
        self._draws = np.concatenate([self._draws, [bets, observed, found, largest]], axis=1)

    def log_wealth(self, total: float) -> Floats:
        """Return the logarithm of M after each draw, if the total were this one, float64 of shape (draws,)."""
        bets, observed, found, largest = self._draws
        mean = total - found
        # A smaller bet where this one could make a factor negative; it grows with the total, and so does M.
        room = np.maximum(largest - mean, 1e-12)
        bets = np.minimum(bets, _LARGEST_BET / room)
        factors: Floats = np.cumsum(np.log1p(bets * (mean - observed)))
        return factors

    def excludes(self, total: float) -> bool:
        """Return True if this total, and with it every larger one, was excluded at some time."""
        wealth = self.log_wealth(total)
        return bool(len(wealth)) and bool(wealth.max() >= -np.log(self.level))

    def bound(self, least: int = 0) -> int:
        """Return the largest total that is not excluded.

        Args:
            least: Errors that were found: no total below it is possible.
        """
        low, high = least, self._bound
        # All totals above `high` are excluded; the search is for the largest that is not.
        while low < high:
            middle = (low + high + 1) // 2
            if self.excludes(middle):
                high = middle - 1
            else:
                low = middle
        self._bound = max(low, least)
        return self._bound
