"""The curve of errors follows the confidence at first, and the answers later."""

import numpy as np
import pytest

from jsdf.runner.cascade.certifier.calibration import ErrorCurve


def test_without_answers_the_confidence_is_believed():
    np.testing.assert_allclose(ErrorCurve(np.array([0.6, 0.9, 0.99]))(), [0.4, 0.1, 0.01], rtol=1e-6)


def test_a_confidence_that_is_no_number_is_one_half():
    assert ErrorCurve(np.array([np.nan]))()[0] == pytest.approx(0.5)


@pytest.mark.parametrize("stated", [0.0, 1.0, 2.0, -1.0, np.inf, -np.inf])
def test_no_confidence_is_taken_for_certain(stated):
    assert 0 < ErrorCurve(np.array([stated]))()[0] < 1


def test_answers_correct_it_in_both_directions():
    confidence = np.full(1000, 0.9)
    for wrong in (0.4, 0.02):
        curve = ErrorCurve(confidence)
        curve.fit(np.arange(1000), np.arange(1000) < 1000 * wrong)
        assert curve()[0] == pytest.approx(wrong, rel=0.2)


def test_a_confidence_without_meaning_becomes_flat():
    random = np.random.default_rng(0)
    confidence = random.random(3000)
    curve = ErrorCurve(confidence)
    curve.fit(np.arange(3000), random.random(3000) < 0.2)
    np.testing.assert_allclose(curve(), 0.2, atol=0.13)


def test_no_answers_change_nothing():
    curve = ErrorCurve(np.array([0.7]))
    curve.fit(np.zeros(0, np.intp), np.zeros(0, bool))
    assert curve()[0] == pytest.approx(0.3)
