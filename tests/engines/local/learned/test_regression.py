"""Penalised regression: the minimum that it finds is one, and equals that of scikit-learn where both are defined."""

import numpy as np
import pytest

from jsdf.engines.local.learned.regression import TrainingData

linear_model = pytest.importorskip("sklearn.linear_model")


def data(multiple, seed=0):
    rng = np.random.default_rng(seed)
    inputs, logs = rng.normal(size=(60, 5)), rng.normal(size=(60, 3))
    codes = (inputs[:, :3] + logs + rng.normal(size=(60, 3))).argmax(axis=1)
    targets = (inputs[:, :3] + rng.normal(size=(60, 3)) > 0) if multiple else np.eye(3)[codes]
    return TrainingData(inputs, logs, targets.astype(float), multiple), codes


@pytest.mark.parametrize("multiple", [False, True])
def test_no_small_step_lowers_the_penalised_loss(multiple):
    given, _ = data(multiple)
    penalties = 0.3, 2.0
    solution = given.fit(penalties, precision=1e-14)

    def loss(slope, bias, weights):
        logits = slope * given.logs + given.inputs @ weights.T + bias
        penalty = (0.3 * (weights**2).sum() + 2.0 * (bias**2).sum() + 10.0 * (slope - 1) ** 2) / 2
        return given.loss(logits)[0] + penalty

    least = loss(solution.slope, solution.bias, solution.weights)
    rng = np.random.default_rng(1)
    for _ in range(50):
        steps = 1e-3 * rng.normal(), 1e-3 * rng.normal(size=3), 1e-3 * rng.normal(size=(3, 5))
        assert loss(solution.slope + steps[0], solution.bias + steps[1], solution.weights + steps[2]) >= least


def test_without_offset_it_is_the_regression_of_scikit_learn():
    given, codes = data(multiple=False)
    plain = TrainingData(given.inputs, np.zeros_like(given.logs), given.targets, multiple=False)
    solution = plain.fit((0.5, 1e-9), precision=1e-15)
    other = linear_model.LogisticRegression(C=2.0, tol=1e-10, max_iter=1_000).fit(given.inputs, codes)
    assert np.allclose(solution.weights, other.coef_, atol=1e-3)
    assert np.allclose(solution.bias - solution.bias.mean(), other.intercept_ - other.intercept_.mean(), atol=1e-3)


def test_a_start_changes_no_result():
    given, _ = data(multiple=False)
    start = given.fit((3.0, 10.0))
    first, second = given.fit((0.1, 1.0), precision=1e-13), given.fit((0.1, 1.0), start, 1e-13)
    assert np.allclose(first.weights, second.weights, atol=1e-4)
