"""Nulls of every library are missing, and containers are not."""

import numpy as np
import pandas as pd
import pytest

from jsdf.utils.missing import is_missing


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.datetime64("NaT")], ids=repr)
def test_nulls(value):
    assert is_missing(value) is True


@pytest.mark.parametrize("value", ["", "nan", 0, False, [], [None], np.array([np.nan]), {"a": None}, b""], ids=repr)
def test_other_values(value):
    assert is_missing(value) is False
