"""Bets are laid before the answers, by the promises whose values can all be drawn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.cascade.certifier.asked_values import UNPAID, AskedValues
from jsdf.runner.cascade.certifier.drawing import draw_values, settle
from jsdf.runner.cascade.certifier.promises import Promise


def drawn(asked, promises, error, count=8, seed=0):
    order = promises[0].by_expected_errors(error)
    plan = promises[0].plan(order, error)
    return draw_values(np.random.default_rng(seed), asked, promises, order, error, plan, count)


def column(values, seed=0):
    random = np.random.default_rng(seed)
    weights = random.integers(1, 50, values)
    asked = AskedValues(weights, random.integers(0, 2, values), np.full(values, UNPAID))
    return asked, random.uniform(0.01, 0.6, values)


@given(st.integers(1, 60), st.integers(0, 100))
def test_no_answer_can_take_all_wealth_away(values, seed):
    asked, error = column(values, seed)
    promise = Promise(asked, None, 0.9, 0.05)
    positions, [wager] = drawn(asked, [promise], error)
    assert (asked.weights[positions] * wager.scales <= wager.largest * (1 + 1e-9)).all()
    settle(wager, asked.weights[positions].astype(float))
    total = int(asked.weights[positions].sum()) + promise.allowed + 1
    assert np.isfinite(promise.bound.log_wealth(total)).all()


def test_a_label_bets_on_draws_from_all_and_not_the_other_way_round():
    asked, error = column(100)
    everything, label = Promise(asked, None, 0.9, 0.05), Promise(asked, 1, 0.9, 0.05)
    positions, wagers = drawn(asked, [everything, label], error)
    assert [wager.promise for wager in wagers] == [everything, label]
    assert (asked.predicted[positions[wagers[1].draws]] == 1).all()
    positions, wagers = drawn(asked, [label, everything], error)
    assert [wager.promise for wager in wagers] == [label]
    assert (asked.predicted[positions] == 1).all()


def test_the_scale_is_the_inverse_chance_of_the_draw():
    asked = AskedValues(np.array([3, 1]), np.zeros(2, int), np.full(2, UNPAID))
    promise = Promise(asked, None, 0.5, 0.05)
    # Of equal errors, values are drawn in proportion to their rows; the last is certain.
    positions, [wager] = drawn(asked, [promise], np.full(2, 0.1))
    np.testing.assert_allclose(wager.scales, [4 / asked.weights[positions[0]], 1])
    np.testing.assert_allclose(wager.largest, [4, asked.weights[positions[1]]])
