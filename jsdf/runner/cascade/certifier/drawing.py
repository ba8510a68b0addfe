"""Values drawn at random, with the bets that were laid on their answers before these are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.certifier.sampling import draw, rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from jsdf.runner.cascade.certifier.asked_values import AskedValues
    from jsdf.runner.cascade.certifier.projection import PaymentPlan
    from jsdf.runner.cascade.certifier.promises import Promise

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

#: Bets that are tried, relative to the largest, and points of the distribution on which they are.
_BETS = np.geomspace(0.01, 0.99, 40)
_POINTS = 512


@dataclass(frozen=True, eq=False)
class Wager:
    """Bets of one promise on the draws that are about it.

    Args:
        promise: The promise.
        draws: Positions among the draws.
        scales: 1 / q of each: Z is this many times the rows of a value that turns out wrong.
        largest: Largest value that Z could have, for each.
        bets: lambda of each.
    """

    promise: Promise
    draws: Positions
    scales: Floats
    largest: Floats
    bets: Floats


def draw_values(
    random: np.random.Generator,
    asked: AskedValues,
    promises: Sequence[Promise],
    order: Positions,
    error: Floats,
    chosen: PaymentPlan,
    count: int,
) -> tuple[Positions, list[Wager]]:
    """Return values in the order in which they are drawn, and the bets on them.

    Args:
        random: Source of the randomness.
        asked: All values.
        promises: Those that may bet: only those do whose unpaid values can all be drawn.
        order: Values that can be drawn, those first that would be paid outright.
        error: Probability of an error of each value of the column.
        chosen: Numbers of values that are planned.
        count: Number of draws.
    """
    weights = asked.weights[order].astype(np.float64)
    sizes = weights * rates(error[order], max(chosen.growth, 1e-4))
    places = draw(random, sizes, min(count, len(order)))
    later = float(weights[: chosen.pay] @ error[order[: chosen.pay]])
    wagers = []
    for promise in promises:
        group = promise.candidates[order]
        if group.any() and np.count_nonzero(group) == np.count_nonzero(promise.unpaid):
            inside = np.flatnonzero(group[places])
            wagers.append(
                _lay(promise, inside, places[inside], sizes, weights, group, error[order], chosen.draw, later)
            )
    return order[places], wagers


def _lay(
    promise: Promise,
    draws: Positions,
    places: Positions,
    sizes: Floats,
    weights: Floats,
    group: npt.NDArray[np.bool_],
    error: Floats,
    planned: int,
    later: float,
) -> Wager:
    own, wrong, rows = sizes[group], error[group], weights[group]
    # Sum of the sizes that could be drawn, before each draw; no less than the drawn one, whatever is rounded.
    before = own.sum() - np.concatenate([[0.0], np.cumsum(sizes[places])])[:-1]
    before = np.maximum(before, sizes[places])
    largest = before * (rows / own).max()
    # The total to be excluded counts the errors that will be found until then.
    expected = planned * float(own @ (rows * wrong)) / float(own.sum()) + later
    allowed = promise.allowed
    share = _best_share(own, rows / own, wrong, allowed + 1 + expected)
    bets = share / np.maximum(largest - allowed, 1e-9)
    return Wager(promise, draws, before / sizes[places], largest, bets)


def settle(wager: Wager, rows_wrong: Floats) -> None:
    """Add a wager to the bound of its promise.

    Args:
        wager: The bets.
        rows_wrong: Rows of each draw that are wrong, 0 where it is right, of shape (draws of the call,).
    """
    lost = rows_wrong[wager.draws]
    found = wager.promise.found + np.cumsum(lost) - lost
    wager.promise.bound.bet(wager.bets, lost * wager.scales, found, wager.largest)


def _best_share(sizes: Floats, ratio: Floats, error: Floats, mean: float) -> float:
    """Return the share of the largest bet that makes the wealth grow most, if errors are as expected."""
    total = np.cumsum(sizes)
    points = np.searchsorted(total, (np.arange(_POINTS) + 0.5) / _POINTS * total[-1])
    points = np.minimum(points, len(sizes) - 1)
    observed, wrong = ratio[points] * total[-1], error[points]
    largest = observed.max()
    bets = (_BETS / max(largest - mean, 0.01 * largest))[:, None]
    growth = (1 - wrong) * np.log1p(bets * mean) + wrong * np.log(np.maximum(1 + bets * (mean - observed), 1e-9))
    return float(_BETS[growth.mean(axis=1).argmax()])
