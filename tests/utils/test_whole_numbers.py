"""What is a whole number, and what only looks like one."""

import numpy as np
import pytest

from jsdf.utils.whole_numbers import to_whole_number


@pytest.mark.parametrize("value", [0, -1, 10**30, np.int8(3), np.uint64(2**63)])
def test_integers_of_any_kind_are_python_s(value):
    found = to_whole_number(value)
    assert type(found) is int
    assert found == value


@pytest.mark.parametrize("value", [True, np.True_, 1.0, np.float64(2), "3", None, [1], float("nan")])
def test_everything_else_is_none(value):
    assert to_whole_number(value) is None
