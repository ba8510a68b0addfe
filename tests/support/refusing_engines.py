"""Columns, and runs with engines that refuse some of their rows."""

import pandas as pd

import jsdf
from jsdf.errors import APIError
from jsdf.testing import expected

LABELS = ["a", "b", "c"]


def column(count):
    return pd.Series([f"text {i}" for i in range(count)])


def right(values):
    return [expected(v, LABELS) for v in values]


def refusing(bad, error=None):
    """Refuses every request that holds one of these."""
    error = error or (lambda: APIError("a sample could not be read", status=400))
    return lambda values: error() if bad & set(values) else None


def run(values, engine, **arguments):
    return jsdf.run(values, LABELS, engine=engine, cache=False, progress=False, **arguments)
