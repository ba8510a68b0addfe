"""The sample to learn from grows in whole requests, from doubtful values, as long as it pays."""

import numpy as np
import pytest

from jsdf.runner.cascade.certifier.asked_values import UNPAID
from jsdf.runner.cascade.certifier.certification import Projection
from jsdf.runner.cascade.certifier.fit_sampling import fit_sample, is_worth_fitting


@pytest.mark.parametrize(("values", "first"), [(1, 1), (20, 20), (60, 32), (1000, 64), (4000, 128), (1_000_000, 128)])
def test_the_first_sample_has_at_most_four_requests(values, first):
    assert len(fit_sample(np.ones(values), np.full(values, UNPAID))) == first


def test_the_same_seed_asks_the_same_and_another_one_others():
    arguments = np.ones(5000), np.full(5000, UNPAID)
    np.testing.assert_array_equal(fit_sample(*arguments, seed=3), fit_sample(*arguments, seed=3))
    assert set(fit_sample(*arguments, seed=3)) != set(fit_sample(*arguments, seed=4))


def test_it_grows_by_half_and_ends_at_a_third():
    answers, sizes = np.full(3000, UNPAID), []
    while len(asked := fit_sample(np.ones(3000), answers)):
        assert (answers[asked] == UNPAID).all()
        answers[asked] = 0
        sizes.append(len(asked))
    assert sizes == [128, 64, 96, 128, 192, 320]
    assert sum(sizes) <= 1000


def test_later_values_are_the_doubtful_and_the_heavy():
    answers = np.full(2000, UNPAID)
    answers[1900:] = 0
    confidence = np.full(2000, 0.99)
    confidence[:200] = 0.3
    weights = np.ones(2000)
    weights[500] = 1000
    confidence[600] = np.nan
    asked = fit_sample(weights, answers, confidence)
    assert set(asked) <= {*range(200), 500, 600}
    assert len(set(asked)) == len(asked) == 64


def test_heavy_values_are_more_often_in_the_first_sample():
    weights = np.ones(2000)
    weights[7] = 2000
    hits = sum(7 in fit_sample(weights, np.full(2000, UNPAID), seed=seed) for seed in range(20))
    assert hits == 20


@pytest.mark.parametrize(("paid", "expected", "is_worth"), [(128, 300, False), (128, 3000, True), (1000, 1500, False)])
def test_it_pays_while_much_is_left_to_be_paid(paid, expected, is_worth):
    answers = np.full(7500, UNPAID)
    answers[:paid] = 0
    assert is_worth_fitting(Projection(expected, 7500, expected, 7500), answers) is is_worth
