"""Other columns of the frame are read by their values, whatever their dtypes."""

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import example, given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import gallery, review
from jsdf.display.gallery.fields import read_fields, select_fields

DAYS = pd.to_datetime(["2024-01-01", "2024-03-01"])
KINDS = {
    "number": [
        pd.Series([1, 2]),
        pd.Series([1.5, None]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, 2], dtype="int32[pyarrow]"),
        pd.Series([1, 2.5, None], dtype=object),
        pd.Series([decimal.Decimal("1.5"), None], dtype=object),
        pd.Series([np.inf, 1.0]),
        pd.Series([], dtype=float),
    ],
    "date": [
        pd.Series(DAYS),
        pd.Series(DAYS.tz_localize("Asia/Tokyo")),
        pd.Series([dt.date(2024, 1, 1), None], dtype=object),
        pd.Series([dt.datetime(2024, 1, 1, 5), pd.NaT], dtype=object),
        pd.Series(DAYS, dtype="timestamp[ns][pyarrow]"),
    ],
    "bool": [
        pd.Series([True, False]),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([True, None], dtype=object),
    ],
    "category": [
        pd.Series(["a", None]),
        pd.Series(["a", "b"], dtype="category"),
        pd.Series(["a", "b"], dtype="string"),
        pd.Series([1, "1"], dtype=object),
        pd.Series([["a"], ["b"]]),
        pd.Series([None, None], dtype=object),
        pd.Series(pd.to_timedelta([1, 2], unit="s")),
        pd.Series([1 + 2j]),
        pd.Series(range(99)).astype("category"),
    ],
    "text": [pd.Series([f"text {i}" for i in range(51)])],
}
CASES = [pytest.param(kind, series, id=f"{kind}-{i}") for kind, all_ in KINDS.items() for i, series in enumerate(all_)]


@pytest.mark.parametrize(("kind", "series"), CASES)
def test_the_kind_of_a_column_is_that_of_its_values(kind, series):
    (field,) = read_fields(series.rename("x"), series.index)
    assert (field.name, field.kind) == ("x", kind)
    summary = field.summary(None, None)
    assert summary["missing"] == series.isna().sum()
    if kind != "text":
        hidden = sum(field.counts(None)[12:]) if field.edges is None else 0
        assert sum(summary["counts"]) + hidden + summary["missing"] == len(series)
    assert [field.text(row) == "" for row in range(len(series))] == series.isna().tolist()


def test_a_text_column_tells_how_many_distinct_values_it_has():
    values = pd.Series([f"text {i % 60}" for i in range(100)] + [None])
    assert read_fields(values, values.index)[0].summary(None, None) == {
        "name": "column",
        "kind": "text",
        "missing": 1,
        "distinct": 60,
    }


def test_the_twelve_most_frequent_values_are_listed_and_the_other_values_counted():
    values = pd.Series([name for i, name in enumerate("abcdefghijklmno") for _ in range(i + 1)])
    summary = read_fields({"letter": values}, values.index)[0].summary(None, None)
    assert summary["values"] == list("onmlkjihgfed")
    assert summary["counts"] == list(range(15, 3, -1))
    assert summary["others"] == 3


def test_whole_numbers_have_a_bin_each_and_dates_their_limits_as_texts():
    stars = read_fields(pd.Series([1, 5, 5, 3]), pd.RangeIndex(4))[0].summary(None, None)
    assert (stars["edges"], stars["counts"]) == ([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], [1, 0, 1, 0, 2])
    assert (stars["low"], stars["high"]) == ("1", "5")
    day = read_fields(pd.Series(DAYS), pd.RangeIndex(2))[0].summary(None, None)
    assert (day["low"], day["high"], len(day["edges"])) == ("2024-01-01", "2024-03-01", 21)
    assert day["edges"][0] == 1000 * dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc).timestamp()
    one = read_fields(pd.Series([2.5, 2.5]), pd.RangeIndex(2))[0].summary(None, None)
    assert (one["edges"], one["counts"]) == ([2.5, 2.5], [2])


@given(st.lists(st.floats() | st.just(None), max_size=30) | st.lists(st.integers(-(2**60), 2**60), max_size=30))
@example([-(2**59), 65])
def test_every_number_has_a_bin(values):
    series = pd.Series(values, dtype=float if None in values or not values else None)
    summary = read_fields(series, series.index)[0].summary(None, None)
    assert sum(summary["counts"]) == series.notna().sum()
    assert summary["edges"] == sorted(summary["edges"])
    assert len(summary["counts"]) == max(len(summary["edges"]) - 1, 0) <= 20


FORMS = {
    "a Series": lambda frame: frame["price"],
    "a frame": lambda frame: frame[["price"]],
    "a mapping of lists": lambda frame: {"price": frame["price"].tolist()},
    "a mapping of Series": lambda frame: {"price": frame["price"]},
    "a mapping of arrays": lambda frame: {"price": frame["price"].to_numpy()},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_columns_come_in_several_forms(form):
    frame = pd.DataFrame({"text": ["a", "b", "c"], "price": [1, 2, 3]}, index=[7, 7, 9])
    for opened in (gallery(frame["text"], columns=form(frame)), frame["text"].jigsaw.gallery(columns=form(frame))):
        assert [field.name for field in opened.table.fields] == ["price"]
        opened.filter(columns={"price": (2, None)})
        assert opened.order.tolist() == [1, 2]


@pytest.mark.parametrize("names", ["price", ["price"], ["price", "text"], pd.Index(["price"]), None])
def test_a_method_of_the_frame_takes_names(names):
    frame = pd.DataFrame({"text": ["a", "b"], "price": [1, 2], "label": ["x", "y"]})
    wanted = [names] if isinstance(names, str) else list(names if names is not None else [])
    shown = frame.jigsaw.gallery("text", columns=names)
    assert [field.name for field in shown.table.fields] == wanted
    corrected = frame.jigsaw.review("text", "label", columns=names, resume=False)
    assert [field.name for field in corrected.table.fields] == wanted


def test_names_of_columns_may_be_numbers_and_tuples():
    frame = pd.DataFrame({("a", 1): ["x"], ("b", 2): [5]})
    assert [f.name for f in frame.jigsaw.gallery(("a", 1), columns=("b", 2)).table.fields] == ["b, 2"]
    numbered = pd.DataFrame({0: ["x"], 1: [5]})
    assert [f.name for f in numbered.jigsaw.gallery(0, columns=1).table.fields] == ["1"]


FRAME = pd.DataFrame({"text": ["a", "b"], "price": [1, 2]})
WRONG = {
    "tiles in a line": (6, "columns=6: the tiles fill the width"),
    "more tiles": (12, "columns=12: the tiles fill the width"),
    "a name": ("price", "columns='price': pass a frame or a Series of the same rows"),
    "other length": (FRAME[:1], "'text' has 1 rows where the column has 2"),
    "other order": (FRAME["price"][::-1], "'price' has another index"),
    "other rows in a mapping": ({"price": [1]}, "'price' has 1 rows where the column has 2"),
    "no column in a mapping": ({"price": 5}, r"columns['price'] is of type int, not a column"),
    "twice": (pd.concat([FRAME["price"], FRAME["price"]], axis=1), "'price' more than once"),
    "a list": ([1, 2], "columns=[1, 2]: pass a frame or a Series of the same rows"),
}


@pytest.mark.parametrize(("columns", "message"), WRONG.values(), ids=WRONG)
def test_unusable_columns_are_errors(columns, message):
    for open_it in (gallery, lambda *args, **more: review(*args, ["x", "y"], resume=False, **more)):
        with pytest.raises(jsdf.InvalidInputError) as raised:
            open_it(FRAME["text"], columns=columns)
        assert message in str(raised.value)


def test_unusable_names_of_columns_are_errors():
    with pytest.raises(jsdf.InvalidInputError, match=r"columns=6: the tiles fill the width.*columns="):
        FRAME.jigsaw.gallery("text", columns=6)
    with pytest.raises(jsdf.InvalidInputError, match="'prize' is not in the frame; it has 'text', 'price'"):
        FRAME.jigsaw.gallery("text", columns=["prize"])
    assert select_fields(FRAME, "price")["price"].tolist() == [1, 2]


def test_later_writes_to_the_frame_do_not_change_the_columns():
    frame = FRAME.copy()
    g = frame.jigsaw.gallery("text", columns="price")
    frame.loc[0, "price"] = 99
    assert g.table.fields[0].text(0) == "1"


def test_the_names_and_values_of_columns_hold_no_control_characters():
    g = gallery(texts(2), labelled(2), columns={"a\x1b": ["x\x00", "y" * 300]})
    field = g.facets()["columns"][0]
    assert field["name"] == "a\ufffd"
    assert set(field["values"]) == {"x\ufffd", "y" * 200 + "…"}
    g.filter(columns={"a\x1b": "x\x00"})
    assert g.order.tolist() == [0]
