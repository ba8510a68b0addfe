"""A sample tells the kind of a column, and what is wrong with it, as the whole column does."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.column import encode
from jsdf.column import sample as samples
from jsdf.column.sample import ColumnSample, without_structs
from jsdf.errors import InvalidInputError

VALUES = ["a text", "cat.jpg", "IMG 1.JPG", "https://example.com/a.png", b"\x89PNG", 7, None, "", " ", np.nan]


def outcome(series, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return encode(series, kind).kind
        except InvalidInputError as error:
            return str(error).split(";")[0]


@given(
    st.lists(st.sampled_from(VALUES), max_size=20),
    st.integers(1, 7),
    st.integers(1, 4),
    st.sampled_from(["auto", "text", "image"]),
)
def test_it_stands_for_the_column(values, size, kept, kind):
    column = pd.Series(values, dtype=object, name="c")
    if not column.map(samples.read_value).notna().any():
        return
    sample = ColumnSample(kind, kept)
    for start in range(0, len(column), size):
        sample.add(column.iloc[start : start + size])
    assert outcome(sample.values(), kind) == outcome(column, kind)


def test_it_is_short(monkeypatch):
    monkeypatch.setattr(samples, "_MAX_SIZE", 100)
    sample = ColumnSample("auto")
    sample.add(pd.Series(["x" * 30] * 1_000))
    assert len(sample.values()) == 4
    sample.add(pd.Series(["y", "cat.jpg", "dog.png"], index=[10, 11, 12]))
    assert sample.values().index.tolist() == [0, 1, 2, 3, 11]


@pytest.mark.parametrize("dtype", ["object", "arrow"])
def test_structs_are_their_bytes_or_paths(dtype):
    structs = [{"bytes": b"x", "path": None}, None, {"bytes": None, "path": None}, {"bytes": None, "path": "a.png"}]
    if dtype == "arrow":
        pa = pytest.importorskip("pyarrow")
        kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        column = pd.Series(structs, dtype=pd.ArrowDtype(kind))
    else:
        column = pd.Series(structs, dtype=object)
    assert list(map(str, without_structs(column))) == ["b'x'", "None", "None", "a.png"]
    texts = pd.Series(["a", None])
    assert without_structs(texts) is texts
