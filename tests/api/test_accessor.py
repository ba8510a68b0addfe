"""The accessors and the plain functions give the same labels and take the same arguments."""

import asyncio
import re

import numpy as np
import pandas as pd
import pytest
from sample_column import FRAME, LABELS, SERIES, as_list, distinct, is_missing, sent

import jsdf
from jsdf.testing import FakeEngine, expected

DOORS = {
    "frame": lambda frame, column, **more: frame.jigsaw.classify(column, LABELS, **more),
    "series": lambda frame, column, **more: frame[column].jigsaw.classify(LABELS, **more),
    "plain": lambda frame, column, **more: jsdf.classify(frame[column], LABELS, **more),
    "frame, async": lambda frame, column, **more: asyncio.run(frame.jigsaw.aclassify(column, LABELS, **more)),
    "series, async": lambda frame, column, **more: asyncio.run(frame[column].jigsaw.aclassify(LABELS, **more)),
    "plain, async": lambda frame, column, **more: asyncio.run(jsdf.aclassify(frame[column], LABELS, **more)),
    "frame, run": lambda frame, column, **more: frame.jigsaw.run(column, LABELS, **more).labels,
    "series, run": lambda frame, column, **more: frame[column].jigsaw.run(LABELS, **more).labels,
    "plain, run": lambda frame, column, **more: jsdf.run(frame[column], LABELS, **more).labels,
}


@pytest.mark.parametrize("multiple", [False, True], ids=["single", "multiple"])
def test_every_door_gives_the_same(sample_frames, multiple):
    column = sample_frames.columns[0]
    series = sample_frames[column]
    right = [None if is_missing(v) else expected(v, LABELS, multiple) for v in series]
    for name, door in DOORS.items():
        engine = FakeEngine()
        found = door(sample_frames, column, engine=engine, multiple_labels=multiple, cache=False)
        assert found.index is series.index or found.index.equals(series.index), name
        assert found.index.names == series.index.names
        assert sent(engine) == distinct(series)
        if multiple:
            rows = [[None] * 3 if r is None else [label in r for label in LABELS] for r in right]
            assert as_list(found) == rows
            assert list(found.columns) == LABELS
            assert (found.dtypes == ("boolean" if None in right else "bool")).all()
        else:
            assert as_list(found) == right
            assert found.name == column
            assert found.dtype == pd.CategoricalDtype(LABELS)


@pytest.mark.parametrize("column", ["Review", 0, None, ["review"], ("review", "x")])
@pytest.mark.parametrize("method", ["classify", "run", "plan"])
def test_a_missing_column_is_quoted(column, method):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(f"column={column!r} is not in the frame; it has 'revi")):
        getattr(FRAME.jigsaw, method)(column, LABELS, engine=FakeEngine())


def test_an_ambiguous_column_is_refused():
    frame = pd.DataFrame([["a", "b"]], columns=["x", "x"])
    with pytest.raises(jsdf.InvalidInputError, match="column='x' names 2 columns"):
        frame.jigsaw.classify("x", LABELS, engine=FakeEngine())


@pytest.mark.parametrize(
    "given_", [["a"], FRAME, "a", None, np.array(["a"]), pd.Index(["a"])], ids=lambda g: type(g).__name__
)
def test_the_plain_functions_want_a_series(given_):
    with pytest.raises(jsdf.InvalidInputError, match=f"pass a pandas Series, not a {type(given_).__name__}"):
        jsdf.classify(given_, LABELS, engine=FakeEngine())


def test_an_unknown_argument_is_named_with_the_function():
    with pytest.raises(TypeError, match=r"classify\(\) got an unexpected keyword argument 'multiple'"):
        SERIES.jigsaw.classify(LABELS, engine=FakeEngine(), multiple=True)
