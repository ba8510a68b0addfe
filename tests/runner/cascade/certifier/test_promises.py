"""Rows that may be wrong are counted exactly, for the column and for one label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.cascade.certifier.asked_values import FAILED, UNPAID, AskedValues
from jsdf.runner.cascade.certifier.promises import Promise


def promise(weights, predicted, answers, label=None, target=0.9, multiple=False):
    arrays = (np.array(part, np.int64) for part in (weights, predicted, answers))
    return Promise(AskedValues(*arrays, multiple), label, target, 0.05)


@given(st.integers(1, 10_000), st.sampled_from([0.5, 0.7, 0.85, 0.9, 0.95, 0.99, 1.0]))
def test_the_allowed_rows_keep_the_target_and_one_more_would_not(rows, target):
    allowed = promise([rows], [0], [UNPAID], target=target).allowed
    assert (rows - allowed) / rows >= target - 1e-12
    assert (rows - allowed - 1) / rows < target


@pytest.mark.parametrize(("target", "allowed"), [(0.9, 100), (0.7, 300), (0.95, 50), (1.0, 0)])
def test_rounding_of_a_product_takes_no_row_away(target, allowed):
    assert promise([1000], [0], [UNPAID], target=target).allowed == allowed


def test_at_first_all_that_is_unpaid_may_be_wrong():
    found = promise([60, 40], [0, 0], [UNPAID, 0])
    assert (found.left, found.agreement_low, found.is_met) == (60, 0.4, False)


def test_rows_without_an_answer_never_agree():
    found = promise([6, 90, 4], [0, 0, 0], [FAILED, 0, UNPAID])
    assert found.allowed == 4
    assert found.agreement_low == pytest.approx(0.9)
    assert found.is_met


def test_more_failures_than_may_be_wrong_leave_no_rows():
    found = promise([60, 40], [0, 0], [FAILED, UNPAID])
    assert found.allowed == 0
    assert found.agreement_low == 0
    assert not found.is_met


def test_a_label_counts_the_rows_that_are_given_it():
    # Kept by the cheap engine: 50; given by the strong one: 100, of which the cheap one had 30.
    found = promise([50, 30, 70, 20, 500], [1, 1, 0, 1, 0], [UNPAID, 1, 1, 0, UNPAID], label=1)
    assert found.rows == 150
    assert found.allowed == 15
    assert found.left == 50


def test_a_failed_row_is_given_no_label():
    assert promise([10, 30], [1, 1], [FAILED, 1], label=1).rows == 30


def test_of_sets_a_label_counts_those_that_contain_it():
    found = promise([10, 20, 40], [0b10, 0b11, 0b01], [UNPAID, UNPAID, 0b110], label=1, multiple=True)
    assert found.rows == 70
    assert found.unpaid.tolist() == [True, True, False]


def test_expected_errors_count_rows():
    found = promise([1, 30, 5], [0, 0, 0], [UNPAID] * 3)
    assert found.by_expected_errors(np.array([0.9, 0.1, 0.3])).tolist() == [1, 2, 0]
