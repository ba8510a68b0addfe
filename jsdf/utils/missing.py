"""Recognise missing values."""

from __future__ import annotations

from typing import Any

import pandas as pd


def is_missing(value: Any) -> bool:
    """Return True for None, NaN, `pandas.NA`, `NaT` and other nulls; False for lists and arrays of them."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
