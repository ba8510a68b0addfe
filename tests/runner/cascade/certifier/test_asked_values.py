"""Codes are labels or sets of labels, and an answer that failed is never right."""

import numpy as np
import pytest

from jsdf.runner.cascade.certifier.asked_values import FAILED, UNLABELLED, UNPAID, AskedValues


def asked(predicted, answers, multiple=False):
    return AskedValues(np.array([1, 10, 100])[: len(answers)], np.array(predicted), np.array(answers), multiple)


def test_what_is_unpaid_and_what_failed_is_counted_in_rows():
    values = asked([0, 1, 1], [UNPAID, FAILED, 1])
    assert values.rows == 111
    assert values.failed_rows == 10
    assert values.unpaid.tolist() == [True, False, False]


@pytest.mark.parametrize(("label", "wrong"), [(None, [False, True, True]), (1, [False, True, False]), (0, [False] * 3)])
def test_one_label_is_wrong_where_another_is_given_or_none(label, wrong):
    assert asked([0, 1, 2], [0, 2, FAILED]).is_wrong(np.arange(3), label).tolist() == wrong


def test_a_failed_answer_is_wrong_for_its_label():
    assert asked([2, 2], [FAILED, 2]).is_wrong(np.arange(2), 2).tolist() == [True, False]


@pytest.mark.parametrize(("label", "wrong"), [(None, [True, True, True]), (0, [False, True, True]), (1, [False] * 3)])
def test_of_sets_one_label_may_be_right_and_the_set_wrong(label, wrong):
    assert asked([0b01, 0b11, 0b01], [0b11, 0b10, FAILED], True).is_wrong(np.arange(3), label).tolist() == wrong


def test_codes_that_are_no_label_carry_none():
    codes = np.array([UNPAID, FAILED, UNLABELLED])
    assert not asked([0], [0], True).carries(codes, 0).any()
    assert not asked([0], [0]).carries(codes, 0).any()
