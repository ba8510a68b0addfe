"""Plans of payments are cheapest where they can be compared by hand, and never more than all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.cascade.certifier.projection import plan


def test_rows_that_may_all_be_wrong_cost_nothing():
    assert plan(np.ones(10), np.full(10, 0.9), 10, 3.0).total == 0
    assert plan(np.zeros(0), np.zeros(0), 0, 3.0).total == 0


def test_right_labels_cost_what_a_sample_without_errors_needs():
    # (1 - 0.1) ** n = exp(-3) at n = 28.4.
    found = plan(np.ones(10_000), np.full(10_000, 1e-4), 1000, 3.0)
    assert found.pay == 0
    assert found.draw == pytest.approx(30, abs=5)


def test_labels_that_are_too_bad_are_paid():
    found = plan(np.ones(1000), np.full(1000, 0.9), 50, 3.0)
    assert found.total == pytest.approx(950, abs=25)


def test_the_bad_part_is_paid_and_the_good_part_sampled():
    error = np.r_[np.full(300, 0.6), np.full(2700, 0.01)]
    found = plan(np.ones(3000), error, 150, 3.0)
    assert 200 <= found.pay <= 330
    assert found.draw < 150


def test_a_heavy_doubtful_value_is_paid_first():
    weights = np.r_[500.0, np.ones(2000)]
    assert 1 <= plan(weights, np.r_[0.5, np.full(2000, 0.02)], 200, 3.0).pay <= 10


@given(st.integers(1, 3000), st.floats(1e-4, 0.95), st.floats(0, 0.5), st.floats(0.1, 6))
def test_a_plan_fits_the_column_and_less_evidence_costs_no_more(values, error, allowed, evidence):
    arguments = np.ones(values), np.full(values, error), allowed * values
    more, less = plan(*arguments, evidence), plan(*arguments, evidence / 2)
    assert 0 <= less.total <= more.total + 1 <= values + 2
