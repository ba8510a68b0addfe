"""Text and HTML of `Run`, `Plan` and `Usage`; the HTML is checked with a parser."""

import pickle
import time

import numpy as np
import pandas as pd
import pytest
from html_checking import HOSTILE, checked
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf import Usage
from jsdf.column import Column, encode
from jsdf.formatting.text import one_line
from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, FAILED, PENDING, UNKNOWN, Answers
from jsdf.results.run import Run
from jsdf.testing import FakeEngine

LABELS = ["price", "delivery", "quality"]


def make_run(status, chosen=None, *, names=LABELS, reasons=(), notes=(), engine="fake", stopped=None, rows=None):
    """Return a run with one row per value, or with these rows."""
    rows = [f"text {i}" for i in range(len(status))] if rows is None else rows
    column = encode(pd.Series(rows, dtype=object))
    chosen = np.where(np.array(status) == ANSWERED, 0, -1) if chosen is None else chosen
    answers = Answers(np.array(status, np.int8), np.array(chosen), reasons=dict(reasons), notes=dict(notes))
    return Run(column, parse(list(names)), answers, Usage(requests=3, rows_sent=len(status)), engine, stopped)


def mixed_run(**more):
    status = [ANSWERED] * 6 + [FAILED, UNKNOWN, PENDING, PENDING]
    reasons = {6: "the host is down", 7: "answered 'blue', which is not one of the labels"}
    return make_run(status, [0, 0, 0, 1, 1, 2, -1, -1, -1, -1], reasons=reasons, **more)


def test_a_run_shows_its_numbers_reasons_and_next_steps():
    run = mixed_run(stopped="max_requests=3 is reached")
    for shown in (checked(run._repr_html_()).text, " ".join(repr(run).split())):
        for words in (
            "10 rows: 6 answered",
            "1 failed",
            "1 unknown",
            "2 pending",
            "1 row: the host is down",
            "stopped: max_requests=3 is reached",
            "3 requests, 10 sent",
            "run.failures lists",
            "run.retry() asks again for 4 rows",
        ):
            assert words in shown
    assert "labels: price 3 (50%), delivery 2 (33%), quality 1 (17%)" in repr(run)
    found = checked(run._repr_html_())
    assert "price 3 50% delivery 2 33% quality 1 17%" in found.text
    assert found.values("style") == [
        f"width: {width}%; background: var(--jsdf-label-{i})" for i, width in enumerate(["100.0", "66.7", "33.3"])
    ]


def test_notes_of_the_engine_are_counted_by_row_the_most_frequent_first():
    run = make_run(
        [ANSWERED] * 3, notes={0: "it was cut", 1: "it is deep", 2: "it is deep"}, rows=["a", "a", "a", "b", "c"]
    )
    assert list(run.notes.items()) == [("it was cut", 3), ("it is deep", 2)]
    assert "  3 rows: it was cut\n  2 rows: it is deep" in repr(run)
    assert "3 rows: it was cut 2 rows: it is deep" in checked(run._repr_html_()).text
    assert pickle.loads(pickle.dumps(run)).notes == run.notes


def test_a_label_without_rows_has_a_number_and_no_bar():
    found = checked(make_run([ANSWERED] * 4, [0, 0, 2, 2])._repr_html_())
    assert "delivery 0 0%" in found.text
    assert found.values("style") == [f"width: 100.0%; background: var(--jsdf-label-{i})" for i in (0, 2)]


def test_a_complete_run_suggests_no_next_steps():
    run = make_run([ANSWERED] * 3)
    assert "retry" not in repr(run) + run._repr_html_()


def test_counts_are_of_rows_and_not_of_values():
    run = make_run([ANSWERED, FAILED], rows=["x", "x", "y", None, "x", "y"], reasons={1: "no"})
    assert run.counts == {"answered": 3, "missing": 1, "unknown": 0, "failed": 2, "pending": 0}
    assert run.counts == run.status.value_counts().to_dict()
    assert run.label_counts == {"price": 3, "delivery": 0, "quality": 0}
    assert run.top_reasons() == [("no", 2)]


@given(
    st.lists(st.tuples(st.sampled_from([ANSWERED, FAILED, UNKNOWN, PENDING]), st.integers(0, 2)), min_size=1), st.data()
)
def test_counts_agree_with_the_columns(values, data):
    rows = data.draw(st.lists(st.sampled_from([None, *map(str, range(len(values)))]), min_size=1))
    found = encode(pd.Series([*map(str, range(len(values))), *rows], dtype=object))
    status = np.array([s for s, _ in values], np.int8)
    chosen = np.array([label if s == ANSWERED else -1 for s, label in values], np.int32)
    run = Run(found, parse(LABELS), Answers(status, chosen), Usage(), "fake")
    assert run.counts == {name: int((run.status == name).sum()) for name in run.counts}
    assert run.label_counts == {name: int((run.labels == name).sum()) for name in LABELS}
    hot = np.eye(3, dtype=bool)[chosen] & (status == ANSWERED)[:, None]
    many = Run(found, parse(LABELS), Answers(status, hot), Usage(), "fake")
    assert many.label_counts == run.label_counts
    assert sum(n for _, n in run.top_reasons(99)) == run.counts["failed"] + run.counts["unknown"]


def test_many_labels_are_cut_and_counted():
    names = [f"label {i}" for i in range(40)]
    chosen = [i for i in range(40) for _ in range(i)]
    run = make_run([ANSWERED] * len(chosen), chosen, names=names)
    found = checked(run._repr_html_())
    assert found.tags.count("tr") == 13
    assert found.texts[found.texts.index("28 more") + 1] == f"{sum(range(28)):,}"
    assert "label 39 39 (5%)" in repr(run)
    assert "32 more 496" in repr(run)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_in_a_run_are_escaped(name):
    reasons = {1: f"ValueError: {name}"}
    run = make_run([ANSWERED, FAILED], names=[name, "b"], reasons=reasons, engine=name, stopped=name)
    found = checked(run._repr_html_())
    assert one_line(name) in found.texts
    assert f"1 row: ValueError: {one_line(name)}" in found.texts
    assert "\x1b" not in repr(run)
    assert len(repr(run).splitlines()) == 7


def test_a_run_without_rows():
    run = make_run([])
    assert "0 rows: none" in repr(run)
    assert "0 rows: none" in checked(run._repr_html_()).text


def test_an_unpickled_run_looks_the_same():
    run = mixed_run()
    before = (repr(run), run._repr_html_())
    copy = pickle.loads(pickle.dumps(run))
    assert (repr(copy), copy._repr_html_()) == before
    assert "_weights" not in run.__getstate__()


def test_displaying_a_large_run_again_is_fast():
    rows = 3_000_000
    column = Column(pd.RangeIndex(rows), "x", np.arange(rows) % 100, list(range(100)), "text")
    answers = Answers(np.zeros(100, np.int8), np.arange(100) % 3)
    run = Run(column, parse(LABELS), answers, Usage(), "fake")
    run._repr_html_()
    started = time.perf_counter()
    for _ in range(10):
        run._repr_html_(), repr(run)
    assert time.perf_counter() - started < 0.5


def test_a_plan_shows_the_numbers_of_a_run():
    plan = jsdf.plan(
        pd.Series([f"text {i}" for i in range(40)] + [None]), LABELS, engine=FakeEngine(batch_size=8, rate=2)
    )
    found = checked(plan._repr_html_())
    for words in ("Plan (fake) nothing was sent", "rows 41", "missing 1", "to send 40", "requests 5", "at least 2.5 s"):
        assert words in found.text
    assert "unusable" not in found.text


def test_a_plan_shows_the_first_findings():
    values = [b"<script>alert(1)</script>" + bytes([i]) for i in range(9)]
    plan = jsdf.plan(pd.Series(values, dtype=object), LABELS, engine=FakeEngine(), check=True, progress=False)
    found = checked(plan._repr_html_())
    assert "unusable 9" in found.text
    assert found.text.count("<bytes>") == 5
    assert "and 4 more in plan.findings" in found.text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_in_a_plan_are_escaped(name):
    plan = jsdf.plan(pd.Series(["text"]), LABELS, engine=FakeEngine())
    findings = pd.DataFrame({"row": [name], "value": [name], "code": ["dead"], "reason": [name]})
    shown = type(plan)(**{**vars(plan), "engine": name, "findings": findings})
    assert checked(shown._repr_html_()).text.count("alert") == 4 * name.count("alert")


def test_usage_omits_fields_that_are_zero():
    found = checked(Usage(requests=1234, rows_sent=5, total_tokens=99, refused=2, seconds=75)._repr_html_())
    assert "requests 1,234" in found.text
    assert "refused 2" in found.text
    assert "total tokens 99" in found.text
    assert "time 1 min 15 s" in found.text
    assert "billed twice" not in found.text


def test_the_colours_follow_the_theme():
    style = make_run([ANSWERED])._repr_html_()
    for theme in ("prefers-color-scheme: dark", "data-jp-theme-light", "vscode-dark"):
        assert theme in style
    assert "http" not in style
