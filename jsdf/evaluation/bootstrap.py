"""Bootstrap by rows: bias-corrected and accelerated (BCa) intervals.

Resampling rows with replacement is a multinomial draw of the numbers of equal rows, so that no row is copied. BCa
(B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82, 1987) corrects
the percentile interval for the bias and the skewness of figures such as F1 and of shares near 0 and 1.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from jsdf.evaluation.metrics import Groups

#: Number of resamples.
RESAMPLES = 1000
_MAX_CELLS = 4_000_000  # of the numbers drawn at a time: 32 MB
_NORMAL = NormalDist()

Floats = npt.NDArray[np.float64]


def resample(groups: Groups, seed: int) -> Floats:
    """Return the sums of each resample, float64 of shape (resamples, sums)."""
    random = np.random.default_rng(seed)
    at_once = max(1, _MAX_CELLS // len(groups.counts))
    sizes = [min(at_once, RESAMPLES - start) for start in range(0, RESAMPLES, at_once)]
    parts = groups.parts.astype(np.float32)  # sums of whole numbers, exact up to 16.7 million rows
    return np.vstack([_draw(groups.counts, size, random) @ parts for size in sizes]).astype(float)


def _draw(counts: npt.NDArray[np.intp], size: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw how often each group occurs in each of `size` resamples."""
    rows = int(counts.sum())
    if rows > 8 * len(counts):
        return random.multinomial(rows, counts / rows, size).astype(np.float32)
    # Where most rows differ, drawing the rows themselves is faster than a binomial for each group.
    of_row = np.repeat(np.arange(len(counts)), counts)
    drawn = [np.bincount(of_row[random.integers(0, rows, rows)], minlength=len(counts)) for _ in range(size)]
    return np.array(drawn, np.float32)


def bca_interval(
    resampled: Floats, value: float, without_one: Floats, weights: npt.NDArray[np.intp], confidence: float
) -> tuple[float, float]:
    """Return the BCa interval of one figure.

    Args:
        resampled: The figure of each resample, NaN where it is undefined.
        value: The figure of all rows.
        without_one: The figure without one row of each group, NaN where it is undefined.
        weights: Rows of each group.
        confidence: Between 0 and 1.

    Returns:
        The bounds, both equal to the value if no resample differs from it; NaN if the value is NaN.
    """
    resampled = resampled[~np.isnan(resampled)]
    if np.isnan(value) or not len(resampled):
        return float("nan"), float("nan")
    # Resamples that give the same value count half: figures of few rows have few different values.
    is_equal = np.isclose(resampled, value, rtol=1e-12, atol=1e-12)
    below = ((resampled < value) & ~is_equal).mean() + is_equal.mean() / 2
    edge = 1 / (2 * len(resampled))
    bias = _NORMAL.inv_cdf(min(max(float(below), edge), 1 - edge))
    acceleration = _acceleration(without_one, weights)
    tail = (1 - confidence) / 2
    levels = [_adjusted(_NORMAL.inv_cdf(level), bias, acceleration) for level in (tail, 1 - tail)]
    low, high = np.quantile(resampled, levels)
    return min(float(low), value), max(float(high), value)


def _acceleration(without_one: Floats, weights: npt.NDArray[np.intp]) -> float:
    """Return the skewness of the jackknife's values, divided by 6."""
    is_defined = ~np.isnan(without_one)
    values, weights = without_one[is_defined], weights[is_defined]
    if not len(values):
        return 0.0
    differences = np.average(values, weights=weights) - values
    spread = float((weights * differences**2).sum())
    return float((weights * differences**3).sum()) / (6 * spread**1.5) if spread > 1e-24 else 0.0


def _adjusted(z: float, bias: float, acceleration: float) -> float:
    shifted = bias + z
    scale = 1 - acceleration * shifted
    return _NORMAL.cdf(bias + shifted / scale) if scale > 0 else float(shifted > 0)
