"""Random rows with labels, scores and other columns, random filters of them, and a plain reading of those filters."""

import math

import pandas as pd
from hypothesis import strategies as st

from jsdf.api.viewers import gallery

NAMES, OTHERS, SHOPS = ["cat", "dog", "bird"], ["cat", "dog", "fish"], ["web", "shop", "fair"]
DAYS = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=day) for day in range(5)]

_cells = {
    "text": st.sampled_from(["a", "B", "ab", "bc", None]),
    "label": st.sampled_from([*NAMES, None]),
    "other": st.sampled_from([*OTHERS, None]),
    "score": st.sampled_from([0.0, 0.05, 0.35, 0.5, 0.7, 0.9, 1.0, math.nan]),
    "price": st.sampled_from([-1.5, 0.0, 0.25, 3.0, math.nan, math.inf]),
    "shop": st.sampled_from([*SHOPS, None]),
    "is_new": st.booleans(),
    "day": st.sampled_from([*DAYS, None]),
}
rows = st.lists(st.fixed_dictionaries(_cells), min_size=1, max_size=40)


def _range(values):
    return st.lists(st.sampled_from(values), min_size=2, max_size=2).map(sorted).map(tuple)


filters = st.fixed_dictionaries(
    {},
    optional={
        "label": st.lists(st.sampled_from([*NAMES, pd.NA]), max_size=3),
        "text": st.sampled_from(["", "A", "b"]),
        "score": _range([0.0, 0.05, 0.35, 0.5, 0.9, 1.0]),
        "cell": st.tuples(st.sampled_from(NAMES), st.sampled_from(OTHERS)),
        "price": _range([-1.5, 0.0, 0.2, 3.0, 5.0]),
        "shop": st.lists(st.sampled_from([*SHOPS, None]), max_size=3),
        "is_new": st.lists(st.booleans(), max_size=2),
        "day": _range(DAYS),
    },
)
COLUMNS = "price", "shop", "is_new", "day"


def build(rows, make=gallery, **more):
    """Return the gallery of these rows, and their columns."""
    columns = {name: [row[name] for row in rows] for name in _cells}
    frame = pd.DataFrame(
        {
            "text": pd.Series(columns["text"], dtype=object),
            "label": pd.Categorical(columns["label"], NAMES),
            "other": pd.Categorical(columns["other"], OTHERS),
            "score": pd.Series(columns["score"], dtype=float),
            "price": pd.Series(columns["price"], dtype=float),
            "shop": pd.Categorical(columns["shop"], SHOPS),
            "is_new": columns["is_new"],
            "day": pd.Series(columns["day"], dtype="datetime64[ns]"),
        }
    )
    frame["shop"] = frame["shop"].cat.set_categories([s for s in SHOPS if s in columns["shop"]])
    opened = make(
        frame["text"], frame["label"], scores=frame["score"], against=frame["other"],
        columns=frame[list(COLUMNS)], kind="text", **more,
    )  # fmt: skip
    return opened, frame


def allowed(frame, wanted):
    """Return the filters without the values that this frame does not have, which are errors."""
    return wanted | {name: _known(frame, name, wanted[name]) for name in ("shop", "is_new") if name in wanted}


def _known(frame, name, values):
    return [value for value in values if value is None or (frame[name] == value).any()]


def arguments(wanted):
    """Return the filters as arguments of `GalleryModel.filter`."""
    columns = {name: wanted[name] for name in COLUMNS if name in wanted}
    return {name: value for name, value in wanted.items() if name not in COLUMNS} | {"columns": columns}


def matching(frame, wanted, leave_out=()):
    """Return the positions of the rows that match all filters but those to leave out."""
    tests = {name: value for name, value in wanted.items() if name not in leave_out}
    return [i for i, row in enumerate(frame.to_dict("records")) if all(_matches(row, *pair) for pair in tests.items())]


def _matches(row, name, value):
    if name == "cell":
        return (row["label"], row["other"]) == value
    if name in ("label", "shop", "is_new"):
        return not value or any(_is_null(row[name]) if _is_null(v) else row[name] == v for v in value)
    if name == "text":
        return not value or (not _is_null(row["text"]) and value.casefold() in row["text"].casefold())
    return not _is_null(row[name]) and value[0] <= row[name] <= value[1]


def _is_null(value):
    return bool(pd.isna(value))
