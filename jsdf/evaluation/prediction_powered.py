"""Shares of a column from the labels of all rows and the truth of a random sample of them.

The estimate is that of PPI++ (A. N. Angelopoulos, J. C. Duchi and T. Zrnic, "PPI++: Efficient Prediction-Powered
Inference", 2023, arXiv:2311.01453). For one label, let f be 1 in rows labelled so and y be 1 in rows that truly are.
The estimate is mean(y - lambda f) over the n reviewed rows plus lambda mean(f) over the others, with the lambda that
gives the smallest variance. The column's N rows are a finite population: the reviewed rows are drawn from it without
replacement, and the mean of f over it is known exactly. With lambda of the reviewed rows, the estimate then equals

    share = W1 p1 + W0 p0,    lambda = p1 - p0,

where W1 is the known share of rows labelled so and W0 = 1 - W1, and p1 and p0 are the shares of y among the reviewed
rows that are labelled so and those that are not: post-stratification (C.-E. Särndal, B. Swensson and J. Wretman, "Model
Assisted Survey Sampling", 1992, chapter 7).

The normal interval of the paper has no width where the sample has no error, and covers a rare label in about 7 of 10
cases. Given how many rows of each stratum are in the sample, the numbers of y in them are independent and
hypergeometric. Their exact intervals (Clopper-Pearson for a finite population; J. P. Buonaccorsi, The American
Statistician 41, 1987) are joined by MOVER (R. G. Newcombe, Statistics in Medicine 17, 1998; G. Y. Zou and A. Donner,
Statistics in Medicine 27, 2008): the distances of the bounds from p1 and p0 are added in quadrature. With many errors
this is the normal interval with the correction for a finite population, and if all rows are reviewed its width is 0.
`tests/benchmarks/shares_coverage.py` measures how often it covers the truth.

The package ppi-python is not used: for means it would add numba and statsmodels, and it is about samples from an
infinite population.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from jsdf.errors import MissingExtraError

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stratum:
    """Rows that are labelled alike, for each of several labels.

    Attributes:
        rows: Number of rows, of shape (labels,).
        reviewed: Number of reviewed rows.
        true: Number of reviewed rows that truly have the label.
        assumed: Share of rows that have the label, from 0 to 1, where none is reviewed.
    """

    rows: Counts
    reviewed: Counts
    true: Counts
    assumed: float

    @property
    def share(self) -> Floats:
        """Share of the reviewed rows that truly have the label."""
        return np.where(self.reviewed > 0, self.true / np.maximum(self.reviewed, 1), self.assumed)


class Estimate(NamedTuple):
    """Shares from 0 to 1, with the bounds of their intervals; each of shape (labels,)."""

    share: Floats
    low: Floats
    high: Floats


def make_strata(predicted: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_], in_column: Counts, rows: int) -> (
    tuple[Stratum, Stratum]):  # fmt: skip
    """Return the rows labelled so and the others, for each label.

    Args:
        predicted: Labels of the reviewed rows, of shape (reviewed, labels).
        truth: True labels of the same rows.
        in_column: Number of rows of the column that have each label.
        rows: Number of rows of the column.
    """
    reviewed, true = predicted.sum(axis=0), (predicted & truth).sum(axis=0)
    others = len(predicted) - reviewed, truth.sum(axis=0) - true
    # Where no reviewed row is labelled so, the labels are taken as they are: lambda = 1, PPI without tuning.
    return Stratum(in_column, reviewed, true, 1.0), Stratum(rows - in_column, *others, 0.0)


def estimate_shares(labelled: Stratum, others: Stratum, confidence: float) -> Estimate:
    """Return the share of each label in the whole column.

    Args:
        labelled: Rows that have the label, by the labeller.
        others: All other rows.
        confidence: Between 0 and 1.
    """
    total = labelled.rows + others.rows
    share = np.zeros(len(total))
    below, above, unknown_below, unknown_above = (np.zeros(len(total)) for _ in range(4))
    for stratum in (labelled, others):
        weight, p = stratum.rows / total, stratum.share
        low, high = proportion_interval(stratum.true, stratum.reviewed, stratum.rows, confidence)
        share += weight * p
        # A stratum without a reviewed row has no sampling error, but anything from 0 to 1, which adds up in full.
        is_known = stratum.reviewed > 0
        below += np.where(is_known, weight * (p - low), 0) ** 2
        above += np.where(is_known, weight * (high - p), 0) ** 2
        unknown_below += np.where(is_known, 0, weight * p)
        unknown_above += np.where(is_known, 0, weight * (1 - p))
    low, high = share - np.sqrt(below) - unknown_below, share + np.sqrt(above) + unknown_above
    # The column has a whole number of rows with the label. This matters where few are not reviewed.
    low, high = np.floor(low * total + 1e-9) / total, np.ceil(high * total - 1e-9) / total
    return Estimate(share, np.clip(low, 0, 1) + 0.0, np.clip(high, 0, 1) + 0.0)  # + 0.0 makes 0.0 of -0.0


def proportion_interval(true: Counts, reviewed: Counts, rows: Counts, confidence: float) -> tuple[Floats, Floats]:
    """Return the Clopper-Pearson interval of shares in finite populations; from 0 to 1 where no row is reviewed.

    Args:
        true: Number of reviewed rows with the property, of shape (populations,).
        reviewed: Number of rows that were drawn without replacement.
        rows: Number of rows of the population.
        confidence: Between 0 and 1.
    """
    tail = (1 - confidence) / 2
    size = np.maximum(rows, 1)
    high = _most(true, reviewed, rows, tail) / size
    low = (rows - _most(reviewed - true, reviewed, rows, tail)) / size
    return np.where(rows > 0, low, 0.0), np.where(rows > 0, high, 1.0)


def _most(true: Counts, reviewed: Counts, rows: Counts, tail: float) -> Counts:
    """Return the largest number of rows with the property of which a sample has so few with a probability above `tail`.

    Found by bisection, since that probability falls as the number grows.
    """
    low, high = true.copy(), rows - reviewed + true
    while (low < high).any():
        middle = (low + high + 1) // 2
        is_possible = _probability_of_at_most(true, reviewed, middle, rows) > tail
        low, high = np.where(is_possible, middle, low), np.where(is_possible, high, middle - 1)
    return low


def _probability_of_at_most(true: Counts, reviewed: Counts, successes: Counts, rows: Counts) -> Floats:
    """Return the hypergeometric distribution function, which SciPy has, but not for many populations at a time."""
    from scipy.special import gammaln

    share = successes / np.maximum(rows, 1)
    spread = np.sqrt(reviewed * share * (1 - share)) + 1
    # Terms farther than 12 standard deviations from the mean add nothing.
    top = np.minimum(true, np.ceil(reviewed * share + 12 * spread)).astype(np.int64)
    terms = int(min(np.ceil(24 * spread.max()), true.max(initial=0))) + 1
    k = top[:, None] - np.arange(terms)
    is_possible = (k >= np.maximum(0, reviewed - rows + successes)[:, None]) & (k <= successes[:, None])
    k = np.where(is_possible, k, np.maximum(0, reviewed - rows + successes)[:, None])

    def log_choose(n: Any, k: Any) -> Any:
        return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)

    successes, failures, reviewed = successes[:, None], (rows - successes)[:, None], reviewed[:, None]
    logs = log_choose(successes, k) + log_choose(failures, reviewed - k) - log_choose(rows[:, None], reviewed)
    total: Floats = np.where(is_possible, np.exp(logs), 0.0).sum(axis=1)
    return total


def rows_to_review(labelled: Stratum, others: Stratum, confidence: float, width: float) -> Counts:
    """Return the number of rows to review, those already reviewed included, for intervals of this width.

    It assumes that the shares among the rows to come are those among the reviewed rows. Without any reviewed row it
    assumes the worst: that half of the rows of each stratum have the label.
    """
    total = labelled.rows + others.rows
    low, high = labelled.reviewed + others.reviewed, total.copy()
    while (low < high).any():
        middle = (low + high) // 2
        grown = [_grow(stratum, middle / np.maximum(total, 1)) for stratum in (labelled, others)]
        estimate = estimate_shares(grown[0], grown[1], confidence)
        is_enough = estimate.high - estimate.low <= width
        low, high = np.where(is_enough, low, np.minimum(middle + 1, high)), np.where(is_enough, middle, high)
    return high


def _grow(stratum: Stratum, part: Floats) -> Stratum:
    """Return a stratum of which this part of the rows is reviewed."""
    reviewed = np.round(stratum.rows * part).astype(np.int64)
    share = np.where(stratum.reviewed > 0, stratum.share, 0.5)
    return Stratum(stratum.rows, reviewed, np.round(share * reviewed).astype(np.int64), 0.5)


def require_scipy() -> None:
    """Raise `MissingExtraError` if SciPy is not installed."""
    try:
        import scipy.special  # noqa: F401 - tests that it is installed
    except ImportError as error:
        raise MissingExtraError('shares() with truth= or width= needs SciPy: pip install "jsdf[judge]"') from error
