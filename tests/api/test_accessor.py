"""The accessors and the plain functions give the same labels and take the same arguments."""

import asyncio
import re

import pandas as pd
import pytest
from sample_column import FRAME, LABELS, as_list, distinct, is_missing, sent

import jsdf
from jsdf.testing import FakeEngine, expected

ENTRY_POINTS = {
    "frame": lambda frame, column, **kwargs: frame.jigsaw.classify(column, LABELS, **kwargs),
    "series": lambda frame, column, **kwargs: frame[column].jigsaw.classify(LABELS, **kwargs),
    "plain": lambda frame, column, **kwargs: jsdf.classify(frame[column], LABELS, **kwargs),
    "frame, async": lambda frame, column, **kwargs: asyncio.run(frame.jigsaw.aclassify(column, LABELS, **kwargs)),
    "series, async": lambda frame, column, **kwargs: asyncio.run(frame[column].jigsaw.aclassify(LABELS, **kwargs)),
    "plain, async": lambda frame, column, **kwargs: asyncio.run(jsdf.aclassify(frame[column], LABELS, **kwargs)),
    "frame, run": lambda frame, column, **kwargs: frame.jigsaw.run(column, LABELS, **kwargs).labels,
    "series, run": lambda frame, column, **kwargs: frame[column].jigsaw.run(LABELS, **kwargs).labels,
    "plain, run": lambda frame, column, **kwargs: jsdf.run(frame[column], LABELS, **kwargs).labels,
}


@pytest.mark.parametrize("multiple", [False, True], ids=["single", "multiple"])
def test_every_entry_point_gives_the_same(sample_frames, multiple):
    column = sample_frames.columns[0]
    series = sample_frames[column]
    labels = [None if is_missing(v) else expected(v, LABELS, multiple) for v in series]
    for name, call in ENTRY_POINTS.items():
        engine = FakeEngine()
        found = call(sample_frames, column, engine=engine, multiple_labels=multiple, cache=False)
        assert found.index is series.index or found.index.equals(series.index), name
        assert found.index.names == series.index.names
        assert sent(engine) == distinct(series)
        if multiple:
            rows = [[None] * 3 if r is None else [label in r for label in LABELS] for r in labels]
            assert as_list(found) == rows
            assert list(found.columns) == LABELS
            assert (found.dtypes == ("boolean" if None in labels else "bool")).all()
        else:
            assert as_list(found) == labels
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
