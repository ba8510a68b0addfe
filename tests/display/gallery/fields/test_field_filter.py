"""Filters of other columns, as a person passes them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from gallery_samples import texts

import jsdf
from jsdf.api.viewers import gallery

STAMPS = pd.to_datetime(["2024-05-01 00:00", "2024-05-31 23:30", "2024-06-01 00:00", None])
COLUMNS = {
    "price": [1.0, 2.5, 4.0, None],
    "when": STAMPS,
    "zoned": STAMPS.tz_localize("UTC").tz_convert("Asia/Tokyo"),
    "shop": ["web", "fair", None, "web"],
    "is_new": pd.array([True, False, None, True], dtype="boolean"),
    "size": pd.Categorical([1, 2, 2, None]),
}
MANY = {"serial": [f"no {i}" for i in range(60)]}

SHOWN = {
    "a range": ({"price": (1, 2.5)}, [0, 1]),
    "a list for a range": ({"price": [2, 9]}, [1, 2]),
    "NumPy numbers": ({"price": (np.float32(2), np.int64(4))}, [1, 2]),
    "no lower limit": ({"price": (None, 2)}, [0]),
    "no upper limit": ({"price": (2, None)}, [1, 2]),
    "no limits": ({"price": (None, None)}, [0, 1, 2]),
    "infinite limits": ({"price": (-np.inf, np.inf)}, [0, 1, 2]),
    "below all": ({"price": (None, -5)}, []),
    "above all": ({"price": (5, None)}, []),
    "a day is whole": ({"when": ("2024-05-01", "2024-05-31")}, [0, 1]),
    "a date is whole": ({"when": (dt.date(2024, 5, 31), dt.date(2024, 5, 31))}, [1]),
    "a time is exact": ({"when": ("2024-05-01", "2024-05-31 23:29")}, [0]),
    "a datetime is exact": ({"when": (None, dt.datetime(2024, 5, 31, 23, 30))}, [0, 1]),
    "a zone": ({"zoned": ("2024-05-31T23:00Z", "2024-06-01T09:00+09:00")}, [1, 2]),
    "one value": ({"shop": "web"}, [0, 3]),
    "several values": ({"shop": ["web", "fair"]}, [0, 1, 3]),
    "a set": ({"shop": {"fair"}}, [1]),
    "missing ones": ({"shop": [None]}, [2]),
    "a value and missing ones": ({"shop": ["fair", np.nan]}, [1, 2]),
    "a boolean": ({"is_new": True}, [0, 3]),
    "missing booleans": ({"is_new": pd.NA}, [2]),
    "a number among categories": ({"size": 2}, [1, 2]),
    "two columns": ({"shop": "web", "price": (0, 9)}, [0]),
    "nothing": ({"shop": [], "price": None}, [0, 1, 2, 3]),
}


@pytest.mark.parametrize(("columns", "shown"), SHOWN.values(), ids=SHOWN)
def test_rows_are_filtered_by_values_and_ranges(columns, shown):
    g = gallery(texts(4), columns=COLUMNS)
    g.filter(columns=columns)
    assert g.order.tolist() == shown


def test_texts_that_are_not_listed_are_found_too():
    g = gallery(texts(60), columns=MANY)
    g.filter(columns={"serial": ["no 7", "no 59"]})
    assert g.order.tolist() == [7, 59]


WRONG = {
    "unknown column": (
        {"prize": (0, 1)},
        "'prize' is not among the columns of this gallery; there are 'price', 'when'",
    ),
    "no range": ({"price": 5}, "'price'=5: pass a pair (low, high) of numbers; None for no limit"),
    "three numbers": ({"price": (1, 2, 3)}, "'price'=(1, 2, 3): pass a pair"),
    "the wrong way round": ({"price": (2, 1)}, "'price'=(2, 1): pass a pair"),
    "texts for numbers": ({"price": ("1", "2")}, "'price'=('1', '2'): pass a pair"),
    "not a number": ({"price": (np.nan, 2)}, "pass a pair"),
    "numbers for dates": ({"when": (1, 2)}, "'when'=(1, 2): pass a pair (low, high) of dates"),
    "no date": ({"when": ("soon", None)}, "'when'=('soon', None): pass a pair (low, high) of dates"),
    "unknown value": ({"shop": "wbe"}, "'shop' has no value 'wbe'; it has 'web', 'fair'"),
    "unknown value in a list": ({"shop": ["web", "wbe"]}, "'shop' has no value 'wbe'"),
    "no mapping": ([("price", (0, 1))], "pass a mapping of names to values or (low, high)"),
}


@pytest.mark.parametrize(("columns", "message"), WRONG.values(), ids=WRONG)
def test_unusable_filters_are_errors_and_change_nothing(columns, message):
    g = gallery(texts(4), columns=COLUMNS)
    g.filter(columns={"price": (0, 2)})
    with pytest.raises(jsdf.InvalidInputError) as raised:
        g.filter(columns=columns)
    assert message in str(raised.value)
    assert g.order.tolist() == [0]


def test_a_gallery_without_columns_says_how_to_pass_some():
    with pytest.raises(jsdf.InvalidInputError, match="pass columns= when you open the gallery"):
        gallery(texts(4)).filter(columns={"price": (0, 1)})
    with pytest.raises(jsdf.InvalidInputError, match="'serial' has no value 'no 99'; it has 60 others"):
        gallery(texts(60), columns=MANY).filter(columns={"serial": "no 99"})
