"""The wealth of the bets is a martingale, and the bound from it holds as often as it says."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsdf.runner.cascade.certifier.betting import TotalBound

weights = st.lists(st.integers(1, 50), min_size=4, max_size=4)
sizes = st.lists(st.floats(0.1, 10), min_size=4, max_size=4)
flags = st.lists(st.booleans(), min_size=4, max_size=4)


def sample(order, rows, size, wrong, bet, bound):
    """Add draws in this order to a bound, and return the probability of the order."""
    rows, size, wrong = (np.array(part, float)[list(order)] for part in (rows, size, wrong))
    left = size[::-1].cumsum()[::-1]
    # All that is left could have been drawn, also what the order has later.
    largest = np.array([(rows[i:] * left[i] / size[i:]).max() for i in range(len(rows))])
    lost = rows * wrong
    bound.bet(bet / largest, lost * left / size, lost.cumsum() - lost, largest)
    return float(np.prod(size / left))


@given(weights, sizes, flags, st.floats(0, 0.99))
def test_the_mean_wealth_stays_at_one_for_the_true_total(rows, size, wrong, bet):
    total = float(np.dot(rows, wrong))
    mean = np.zeros(4)
    for order in permutations(range(4)):
        bound = TotalBound(sum(rows), 0.05)
        chance = sample(order, rows, size, wrong, bet, bound)
        mean += chance * np.exp(bound.log_wealth(total))
    np.testing.assert_allclose(mean, 1, rtol=1e-9)


@given(weights, sizes, flags, st.floats(0, 0.99), st.permutations(range(4)))
def test_larger_totals_have_more_wealth(rows, size, wrong, bet, order):
    bound = TotalBound(sum(rows), 0.05)
    sample(order, rows, size, wrong, bet, bound)
    found = int(np.dot(rows, wrong))
    wealth = np.array([bound.log_wealth(total) for total in range(found, sum(rows) + 1)])
    assert (np.diff(wealth, axis=0) >= -1e-9).all()


def test_without_draws_the_bound_is_all():
    bound = TotalBound(70, 0.05)
    assert bound.bound() == 70
    assert not bound.excludes(1)
    assert len(bound.log_wealth(3)) == 0


@pytest.mark.parametrize("errors", [0, 3, 40])
def test_the_bound_never_rises_and_never_falls_below_what_was_found(errors):
    random = np.random.default_rng(errors)
    wrong = np.zeros(200)
    wrong[:errors] = 1
    wrong = random.permutation(wrong)
    bound, bounds = TotalBound(200, 0.05), []
    for i in range(0, 200, 10):
        left = 200.0 - np.arange(i, i + 10)
        found = wrong.cumsum()[i : i + 10] - wrong[i : i + 10]
        bound.bet(np.full(10, 0.7) / left, wrong[i : i + 10] * left, found, left)
        bounds.append(bound.bound(int(wrong[: i + 10].sum())))
    assert bounds == sorted(bounds, reverse=True)
    assert errors <= bounds[-1] < bounds[0] <= 200


@settings(deadline=None)
@given(st.sampled_from([(100, 5), (100, 60), (30, 1)]))
def test_the_true_total_is_seldom_excluded_at_any_time(case):
    values, errors = case
    excluded = 0
    for seed in range(400):
        wrong = np.zeros(values)
        wrong[:errors] = 1
        wrong = np.random.default_rng(seed).permutation(wrong)
        left = values - np.arange(values, dtype=float)
        bound = TotalBound(values, 0.1)
        # Nearly the largest bet, which comes closest to the level.
        bound.bet(0.9 / np.maximum(left - errors / 2, 1), wrong * left, wrong.cumsum() - wrong, left)
        excluded += bound.excludes(errors)
    assert excluded <= 40 + 3 * np.sqrt(400 * 0.1 * 0.9)
