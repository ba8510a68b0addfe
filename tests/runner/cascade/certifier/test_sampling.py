"""Draws have the probabilities that the bets assume, and doubtful values are drawn more often."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.cascade.certifier.sampling import draw, inverse_stakes, rates


def test_each_order_comes_as_often_as_successive_draws_give_it():
    sizes, runs = np.array([1.0, 2.0, 5.0]), 20_000
    random = np.random.default_rng(0)
    counts = Counter(tuple(draw(random, sizes, 2).tolist()) for _ in range(runs))
    for first, second in permutations(range(3), 2):
        chance = sizes[first] / 8 * sizes[second] / (8 - sizes[first])
        assert abs(counts[first, second] / runs - chance) < 4 * np.sqrt(chance / runs)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_draws_are_distinct_and_repeatable(values, seed):
    sizes = np.random.default_rng(seed).random(values) + 0.01
    order = draw(np.random.default_rng(seed), sizes, min(values, 32))
    assert len(set(order.tolist())) == min(values, 32)
    np.testing.assert_array_equal(order, draw(np.random.default_rng(seed), sizes, min(values, 32)))


@given(st.floats(1e-4, 1), st.floats(1e-5, 1))
def test_the_stakes_solve_their_equation(error, growth):
    stake = 1 - 1 / inverse_stakes(np.array([error]), growth)[0]
    assert stake / (1 - stake) + np.log1p(-stake) == pytest.approx(growth / error, rel=1e-3, abs=1e-8)


def test_sure_values_are_drawn_by_their_weight_and_doubtful_ones_more_often():
    found = rates(np.array([1e-5, 1e-3, 0.01, 0.1, 0.5]), 0.01)
    assert found[0] == pytest.approx(1, abs=0.01)
    assert (np.diff(found) > 0).all()
    assert found[-1] == pytest.approx(np.sqrt(0.5 / 0.02), rel=0.2)
