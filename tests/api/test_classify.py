"""`classify` and `run` over every sample frame: the values sent, and the results."""

import re
from enum import Enum
from pathlib import Path

import pandas as pd
import pytest
from sample_column import LABELS, SERIES, distinct, is_missing

import jsdf
from jsdf.testing import FakeEngine


def test_run_status_and_plan_on_every_frame(sample_frames):
    column = sample_frames.columns[0]
    series = sample_frames[column]
    plan = sample_frames.jigsaw.plan(column, LABELS, engine=FakeEngine())
    run = sample_frames.jigsaw.run(column, LABELS, engine=FakeEngine())
    assert run.status.tolist() == ["missing" if is_missing(v) else "answered" for v in series]
    assert run.status.index.equals(series.index)
    assert run.failures.empty
    assert (plan.rows, plan.missing) == (len(series), run.counts["missing"])
    assert plan.distinct == plan.to_send == run.usage.rows_sent == len(distinct(series))
    assert plan.requests == run.usage.requests
    assert repr(plan)
    assert run._repr_html_()


def test_labels_can_be_assigned_to_the_frame():
    frame = pd.DataFrame({"review": ["a", None, "b"]}, index=[1, 1, 1])
    frame["mood"] = frame.jigsaw.classify("review", LABELS, engine=FakeEngine())
    tags = frame.jigsaw.classify("review", LABELS, engine=FakeEngine(), multiple_labels=True)
    frame[tags.add_prefix("tag_").columns] = tags
    assert list(frame.columns) == ["review", "mood", *[f"tag_{label}" for label in LABELS]]


def test_a_label_named_as_a_column_overwrites_nothing():
    frame = pd.DataFrame({"review": ["too dear", "late"], "price": [9.5, 3.0]})
    tags = frame.jigsaw.classify("review", ["price", "delivery"], engine=FakeEngine(), multiple_labels=True)
    joined = frame.join(tags.add_prefix("tag_"))
    assert joined["price"].tolist() == [9.5, 3.0]
    assert list(joined.columns) == ["review", "price", "tag_price", "tag_delivery"]
    with pytest.raises(ValueError, match="columns overlap"):
        frame.join(tags)


def test_no_page_assigns_labels_over_columns():
    root = Path(__file__).parents[2]
    pages = [
        root / "README.md",
        *root.glob("docs/**/*.md"),
        *root.glob("notebooks/*.ipynb"),
        *root.glob("jsdf/**/*.py"),
    ]
    assert len(pages) > 100
    assert [page.name for page in pages if re.search(r"\w+\[\w+\.columns\] = ", page.read_text("utf-8"))] == []


def test_the_input_is_not_modified(sample_frames):
    before = sample_frames.copy(deep=True)
    sample_frames.jigsaw.run(sample_frames.columns[0], LABELS, engine=FakeEngine())
    pd.testing.assert_frame_equal(sample_frames, before)


def test_the_question_carries_every_argument():
    engine = FakeEngine()
    jsdf.run(SERIES, {"a": "x", "b": "y"}, engine=engine, multiple_labels=True, task="be strict", kind="image")
    question = engine.calls[0][0]
    assert (question.multiple, question.task, question.kind) == (True, "be strict", "image")
    assert question.labels.to_json() == [
        {"type": "text", "value": "x", "key": "a"},
        {"type": "text", "value": "y", "key": "b"},
    ]


def test_last_run_is_the_latest():
    jsdf.run(SERIES, LABELS, engine=FakeEngine())
    assert jsdf.last_run().usage.rows_sent == 40
    jsdf.classify(SERIES[:3], LABELS, engine=FakeEngine())
    assert len(jsdf.last_run()) == 3
    jsdf.plan(SERIES, LABELS, engine=FakeEngine())
    assert len(jsdf.last_run()) == 3


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


@pytest.mark.parametrize("labels", [Mood, pd.Index(["good", "bad"]), pd.CategoricalDtype(["good", "bad"])])
def test_labels_in_other_forms_are_accepted(labels):
    found = SERIES.jigsaw.classify(labels, engine=FakeEngine())
    assert list(found.cat.categories) == ["good", "bad"]
