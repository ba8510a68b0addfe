"""Probability that a cheap label is wrong, from its confidence and the answers so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Variances of the intercept and of the slope around 0 and 1, before there are answers.
_PRIOR = np.array([0.5, 0.25])
_LEAST = 1e-4


class ErrorCurve:
    """Logistic curve from confidence to the probability of an error, at first `1 - confidence`.

    Args:
        confidence: Probability that the label is right, as the engine sees it, float64 of shape (values,).
    """

    def __init__(self, confidence: Floats) -> None:
        # Rounded, so that a process that computes it again, a little differently, asks for the same values.
        clipped = np.round(np.clip(np.nan_to_num(confidence, nan=0.5), _LEAST, 1 - _LEAST), 5)
        self._odds = np.log((1 - clipped) / clipped)
        self._coefficients = np.array([0.0, 1.0])

    def fit(self, values: npt.NDArray[np.intp], wrong: npt.NDArray[np.bool_]) -> None:
        """Fit the curve to all answers so far: the largest posterior probability, by Newton's method."""
        design = np.column_stack([np.ones(len(values)), self._odds[values]])
        prior = np.array([0.0, 1.0])
        at = prior.copy()
        for _ in range(12):
            error = 1 / (1 + np.exp(-design @ at))
            gradient = design.T @ (wrong - error) - (at - prior) / _PRIOR
            curvature = (design * (error * (1 - error))[:, None]).T @ design + np.diag(1 / _PRIOR)
            step = np.linalg.solve(curvature, gradient)
            at = at + np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-6:
                break
        self._coefficients = at

    def __call__(self) -> Floats:
        """Return the probability of an error of each value, float64 of shape (values,)."""
        intercept, slope = self._coefficients
        error: Floats = np.clip(1 / (1 + np.exp(-(intercept + slope * self._odds))), _LEAST, 0.95)
        return error
