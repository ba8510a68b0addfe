"""A column of texts with labels, and helpers for runs with the fake engine."""

import pandas as pd

import jsdf

LABELS = ["good", "bad", "so so"]
SERIES = pd.Series([f"text {i}" for i in range(40)], name="review")
FRAME = SERIES.to_frame()


def is_missing(value):
    return not isinstance(value, str) or not value.strip()


def sent(engine):
    return [value for _, values in engine.calls for value in values]


def as_list(labels):
    return labels.astype(object).where(labels.notna(), None).values.tolist()


def refuse(*bad, status=422):
    def fail(values):
        found = [v for v in bad if v in values]
        return jsdf.APIError(f"cannot take {found[0]}", status=status) if found else None

    return fail


def distinct(series):
    return list(dict.fromkeys(v for v in series if not is_missing(v)))
