"""Penalised logistic regression with an offset, multinomial or binary for each class, by L-BFGS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.local.logit_scoring import logistic

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SLOPE_PENALTY = 10.0
#: Relative change of the loss at which the optimizer stops: of a fit that is used, and of those that are only compared.
PRECISION, ROUGH_PRECISION = 1e-9, 1e-5


@dataclass(frozen=True, eq=False)
class Solution:
    """Fitted parameters: the slope of the offset, bias of shape (classes,), weights of shape (classes, width)."""

    slope: float
    bias: Floats
    weights: Floats

    def logits(self, inputs: Floats, logs: Floats) -> Floats:
        """Return the logits, of shape (samples, classes)."""
        logits: Floats = self.slope * logs + inputs @ self.weights.T + self.bias
        return logits


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Inputs, float64 of shape (samples, width); logarithms of scores, and targets 0 and 1, (samples, classes)."""

    inputs: Floats
    logs: Floats
    targets: Floats
    multiple: bool

    def select(self, rows: npt.NDArray[np.bool_]) -> TrainingData:
        """Return the data of some samples."""
        return TrainingData(self.inputs[rows], self.logs[rows], self.targets[rows], self.multiple)

    def loss(self, logits: Floats) -> tuple[float, Floats]:
        """Return the negative log-likelihood of the targets, and its gradient by the logits."""
        if self.multiple:
            loss = float((np.logaddexp(0, logits) - self.targets * logits).sum())
            return loss, logistic(logits) - self.targets
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_likelihoods = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return -float((self.targets * log_likelihoods).sum()), np.exp(log_likelihoods) - self.targets

    def fit(
        self, penalties: tuple[float, float], start: Solution | None = None, precision: float = PRECISION
    ) -> Solution:
        """Minimise the penalised loss, from the zero-shot scores or from `start`.

        Args:
            penalties: Penalties of the squares of the weights and of the bias.
            start: A solution to start from, of the same shape.
            precision: Relative change of the loss at which to stop.
        """
        from scipy.optimize import minimize

        classes, width = self.targets.shape[1], self.inputs.shape[1]
        is_learned = np.logical_or(self.targets.any(axis=0), self.multiple)
        penalty, bias_penalty = penalties

        def unpack(parameters: Floats) -> Solution:
            rest = parameters[1:].reshape(classes, 1 + width)
            return Solution(float(parameters[0]), rest[:, 0], rest[:, 1:])

        def objective(parameters: Floats) -> tuple[float, Floats]:
            at = unpack(parameters)
            loss, gradient = self.loss(at.logits(self.inputs, self.logs))
            loss += (penalty * (at.weights**2).sum() + bias_penalty * (at.bias**2).sum()) / 2
            loss += _SLOPE_PENALTY * (at.slope - 1) ** 2 / 2
            by_slope = (gradient * self.logs).sum() + _SLOPE_PENALTY * (at.slope - 1)
            by_class = np.empty((classes, 1 + width))
            by_class[:, 0] = gradient.sum(axis=0) + bias_penalty * at.bias
            by_class[:, 1:] = gradient.T @ self.inputs + penalty * at.weights
            return loss, np.concatenate([[by_slope], (by_class * is_learned[:, None]).ravel()])

        before = np.zeros(1 + classes * (1 + width))
        before[0] = 1.0
        if start is not None:
            before = np.concatenate([[start.slope], np.column_stack([start.bias, start.weights]).ravel()])
        settings = {"maxiter": 300, "ftol": precision}
        return unpack(minimize(objective, before, jac=True, method="L-BFGS-B", options=settings).x)
