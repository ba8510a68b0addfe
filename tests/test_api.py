"""The doors: accessors and plain functions, over every frame, with an engine that remembers what it was asked."""

import asyncio
import importlib
import inspect
import json
import pickle
import re
import subprocess
import sys
from enum import Enum

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import jsdf
from jsdf.api import validation
from jsdf.engines import Reply
from jsdf.testing import FakeEngine, expected

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


# Every frame, through every door.

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


def test_the_frame_can_take_its_labels():
    frame = pd.DataFrame({"review": ["a", None, "b"]}, index=[1, 1, 1])
    frame["mood"] = frame.jigsaw.classify("review", LABELS, engine=FakeEngine())
    tags = frame.jigsaw.classify("review", LABELS, engine=FakeEngine(), multiple_labels=True)
    frame[tags.columns] = tags
    assert list(frame.columns) == ["review", "mood", *LABELS]


def test_the_input_is_left_alone(sample_frames):
    before = sample_frames.copy(deep=True)
    sample_frames.jigsaw.run(sample_frames.columns[0], LABELS, engine=FakeEngine())
    pd.testing.assert_frame_equal(sample_frames, before)


# What is sent.


def test_distinct_values_are_sent_once_in_stable_chunks():
    series = pd.Series([f"text {i % 10}" for i in range(100)] + [None, ""])
    for _ in range(2):
        engine = FakeEngine(batch_size=4, concurrency=1)
        jsdf.run(series, LABELS, engine=engine)
        assert [values for _, values in engine.calls] == [
            [f"text {i}" for i in part] for part in ([0, 1, 2, 3], [4, 5, 6, 7], [8, 9])
        ]


def test_the_question_carries_every_argument():
    engine = FakeEngine()
    jsdf.run(SERIES, {"a": "x", "b": "y"}, engine=engine, multiple_labels=True, task="be strict", kind="image")
    question = engine.calls[0][0]
    assert (question.multiple, question.task, question.kind) == (True, "be strict", "image")
    assert question.labels.wire() == [
        {"type": "text", "value": "x", "key": "a"},
        {"type": "text", "value": "y", "key": "b"},
    ]


@given(st.lists(st.sampled_from([*"abcdefghijkl", None, " "]), max_size=30), st.integers(1, 40), st.booleans())
def test_chunking_is_invisible(values, batch_size, multiple):
    series = pd.Series(values, dtype=object)
    engine = FakeEngine(batch_size=batch_size)
    run = jsdf.run(series, LABELS, engine=engine, cache=False, multiple_labels=multiple)
    whole = jsdf.run(series, LABELS, engine=FakeEngine(batch_size=100), cache=False, multiple_labels=multiple)
    assert run.labels.equals(whole.labels)
    assert sorted(sent(engine)) == sorted(distinct(series))
    assert all(len(batch) <= batch_size for _, batch in engine.calls)
    assert len(engine.calls) == -(-len(distinct(series)) // batch_size)


def test_a_second_call_is_answered_from_the_store():
    engine = FakeEngine()
    series = pd.concat([SERIES, SERIES, pd.Series([None])])
    first, second = (jsdf.run(series, LABELS, engine=engine) for _ in range(2))
    assert first.labels.equals(second.labels)
    assert len(engine.calls) == 2
    assert (first.usage.rows_sent, first.usage.rows_cached) == (40, 0)
    assert (second.usage.rows_sent, second.usage.rows_cached, second.usage.requests) == (0, 80, 0)


def test_cache_false_asks_again():
    engine = FakeEngine()
    jsdf.classify(SERIES, LABELS, engine=engine)
    run = jsdf.run(SERIES, LABELS, engine=engine, cache=False)
    assert len(engine.calls) == 4
    assert run.usage.rows_cached == 0


def test_lone_surrogates_fail_alone():
    engine = FakeEngine()
    series = pd.Series(["fine", "broken \ud800", "fine too"], dtype=object)
    run = jsdf.run(series, LABELS, engine=engine)
    assert sent(engine) == ["fine", "fine too"]
    assert run.status.tolist() == ["answered", "failed", "answered"]
    assert "lone surrogate" in run.failures["reason"][0]
    assert run.retry().status.tolist() == ["answered", "failed", "answered"]
    assert len(engine.calls) == 1
    assert jsdf.plan(series, LABELS, engine=engine).to_send == 0


def test_images_with_different_pixels_are_different_questions():
    first = np.zeros((100, 100, 3), np.uint8)
    second = first.copy()
    second[50, 50] = 255
    engine = FakeEngine(lambda question, values: ["good" if v[50, 50, 0] else "bad" for v in values])
    assert jsdf.classify(pd.Series([first, second], dtype=object), LABELS, engine=engine).tolist() == ["bad", "good"]
    assert jsdf.classify(pd.Series([second], dtype=object), LABELS, engine=engine).tolist() == ["good"]


def test_an_image_is_the_same_in_the_next_session():
    engine = FakeEngine()
    for _ in range(2):
        run = jsdf.run(
            pd.Series([Image.new("RGB", (4, 4)), np.ones((2, 2), np.uint8)], dtype=object), LABELS, engine=engine
        )
    assert run.usage.rows_cached == 2
    assert len(engine.calls) == 1


# Rows that fail.


def test_refused_rows_fail_alone():
    engine = FakeEngine(fail=refuse("text 7", "text 30"), batch_size=8)
    run = jsdf.run(SERIES, LABELS, engine=engine)
    assert run.counts == {"answered": 38, "missing": 0, "unknown": 0, "failed": 2, "pending": 0}
    assert run.failures["row"].tolist() == [7, 30]
    assert run.failures["value"].tolist() == ["text 7", "text 30"]
    assert run.failures["reason"].tolist() == ["HTTP 422: cannot take text 7", "HTTP 422: cannot take text 30"]
    assert run.labels.isna().sum() == 2


def test_errors_raise_says_how_many_and_why_after_all_else_is_done():
    engine = FakeEngine(fail=refuse("text 7"), batch_size=8)
    series = pd.concat([SERIES, SERIES[7:8]])
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(series, LABELS, engine=engine)
    message = str(caught.value)
    assert "2 of 41 rows" in message
    assert "HTTP 422: cannot take text 7 (2 rows)" in message
    assert re.search(r"retry\(\) pays for those rows alone; a re-run pays for no others", message)
    assert caught.value.run is jsdf.last_run()
    assert caught.value.run.counts["answered"] == 39


def test_at_most_five_reasons_are_told():
    engine = FakeEngine(lambda question, values: [f"weird {v}" for v in values])
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(SERIES[:7], LABELS, engine=engine)
    message = str(caught.value)
    assert message.count("answered 'weird text") == 5
    assert "2 more reasons" in message


def test_the_most_frequent_reasons_come_first():
    engine = FakeEngine(lambda question, values: ["rare" if v == "text 0" else "frequent" for v in values])
    with pytest.raises(jsdf.ClassificationError, match=r"'frequent', .*\(39 rows\); answered 'rare', .*\(1 row\)"):
        jsdf.classify(SERIES, LABELS, engine=engine)


def test_errors_coerce_warns_once_with_the_same_words():
    with pytest.raises(jsdf.ClassificationError) as raised:
        jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")))
    with pytest.warns(UserWarning, match="1 of 40 rows") as caught:
        found = jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce")
    assert len(caught) == 1
    assert str(caught[0].message) == str(raised.value)
    assert caught[0].filename == __file__
    assert found.isna().tolist() == [i == 7 for i in range(40)]


def test_errors_coerce_makes_the_frame_nullable():
    with pytest.warns(UserWarning, match="1 of 40 rows"):
        found = FRAME.jigsaw.classify(
            "review", LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce", multiple_labels=True
        )
    assert (found.dtypes == "boolean").all()
    assert found.isna().all(axis=1).tolist() == [i == 7 for i in range(40)]


def test_the_async_twin_raises_and_warns_alike():
    with pytest.raises(jsdf.ClassificationError, match="1 of 40 rows"):
        asyncio.run(jsdf.aclassify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7"))))
    with pytest.warns(UserWarning, match="1 of 40 rows"):
        asyncio.run(jsdf.aclassify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce"))


def test_a_wrong_key_stops_and_keeps_what_was_answered():
    engine = FakeEngine([None, jsdf.AuthenticationError("no such key", status=401)], batch_size=8, concurrency=1)
    with pytest.raises(jsdf.AuthenticationError, match="HTTP 401: no such key") as caught:
        jsdf.classify(SERIES, LABELS, engine=engine)
    assert caught.value.run.counts["answered"] == 8
    assert caught.value.run.counts["pending"] == 32
    assert len(engine.calls) == 2
    assert jsdf.run(SERIES, LABELS, engine=engine).usage.rows_cached == 8


def test_odd_reasons_do_not_break_the_report():
    engine = FakeEngine(fail=lambda values: jsdf.APIError("bad \ud83d\x00", status=422) if "text 1" in values else None)
    run = jsdf.run(SERIES[:3], LABELS, engine=engine)
    assert run.failures["row"].tolist() == [1]
    assert "bad" in run._repr_html_()


WRONG = [
    None,
    3,
    True,
    "",
    "other",
    "goodbad",
    "good, bad",
    [],
    ["good", "bad"],
    ["other"],
    {"good": 1},
    b"good",
    np.nan,
]
WRONG_MULTIPLE = [None, 3, "other", ["other"], ["good", "other"], ["good", None], [["good"]], {"good": 1}, {"good"}]


@pytest.mark.parametrize(
    ("answer", "multiple"),
    [(a, False) for a in WRONG] + [(a, True) for a in WRONG_MULTIPLE],
    ids=repr,
)
def test_an_answer_outside_the_labels_is_never_coerced(answer, multiple):
    engine = FakeEngine(lambda question, values: [answer if v == "text 1" else "good" for v in values])
    run = jsdf.run(SERIES[:3], LABELS, engine=engine, multiple_labels=multiple)
    assert run.status.tolist() == ["answered", "unknown", "answered"]
    assert pd.isna(run.labels.iloc[1] if not multiple else run.labels.iloc[1, 0])
    assert run.failures["reason"].str.startswith("answered ").all()
    with pytest.raises(jsdf.ClassificationError, match="1 of 3 rows"):
        jsdf.classify(SERIES[:3], LABELS, engine=engine, multiple_labels=multiple)
    assert [values for _, values in engine.calls][1] == ["text 1"]


def test_answers_may_differ_in_case_and_space():
    engine = FakeEngine([[" GOOD ", "Bad", "so so"]])
    assert jsdf.classify(SERIES[:3], LABELS, engine=engine).tolist() == LABELS


def test_answers_may_name_the_key_or_the_description():
    engine = FakeEngine([["liked", "good", "hated"]])
    found = jsdf.classify(SERIES[:3], {"good": "liked", "bad": "hated"}, engine=engine)
    assert found.tolist() == ["good", "good", "bad"]


def test_several_answers_may_be_none_or_repeat():
    engine = FakeEngine([[[], ["bad", "good"], ["bad", "bad"]]])
    found = jsdf.classify(SERIES[:3], LABELS, engine=engine, multiple_labels=True)
    assert found.values.tolist() == [[False] * 3, [True, True, False], [False, True, False]]


# Again.


def test_retry_asks_for_failed_and_unknown_rows_alone():
    told = {"text 1": "weird", "text 2": None}
    engine = FakeEngine(
        lambda question, values: [told.get(v, "good") for v in values],
        fail=lambda values: refuse("text 3")(values) if told else None,
        batch_size=4,
    )
    first = jsdf.run(SERIES[:8], LABELS, engine=engine)
    assert first.status.tolist() == ["answered", "unknown", "unknown", "failed"] + ["answered"] * 4
    told.clear()
    engine.calls.clear()
    second = first.retry()
    assert sent(engine) == ["text 1", "text 2", "text 3"]
    assert second.status.tolist() == ["answered"] * 8
    assert second is jsdf.last_run()
    assert second.usage.rows_sent == 3
    assert first.counts["failed"] == 1
    assert second.retry().usage.requests == 0


@pytest.mark.parametrize("cache", [True, False])
def test_retry_goes_on_with_pending_rows(cache):
    engine = FakeEngine(batch_size=8, concurrency=1)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_requests=2, cache=cache)
    assert run.counts["pending"] == 24
    run = run.retry()
    assert run.counts["pending"] == 8
    run = run.retry()
    assert run.labels.tolist() == [expected(v, LABELS) for v in SERIES]
    assert sent(engine) == SERIES.tolist()


def test_a_re_run_asks_for_unknown_rows_alone():
    engine = FakeEngine([["good", "weird", "bad"], ["bad"]])
    jsdf.run(SERIES[:3], LABELS, engine=engine)
    assert jsdf.classify(SERIES[:3], LABELS, engine=engine).tolist() == ["good", "bad", "bad"]
    assert [values for _, values in engine.calls] == [["text 0", "text 1", "text 2"], ["text 1"]]


def test_a_refused_row_is_not_searched_for_again_but_by_retry():
    engine = FakeEngine(fail=refuse("text 7"), batch_size=8)
    jsdf.run(SERIES, LABELS, engine=engine)
    engine.calls.clear()
    assert jsdf.plan(SERIES, LABELS, engine=engine).refused == 1
    again = jsdf.run(SERIES, LABELS, engine=engine)
    assert engine.calls == []
    assert again.status[7] == "failed"
    assert "422" in again.failures["reason"][0]
    again.retry()
    assert set(sent(engine)) == {"text 7"}


def test_last_run_is_the_latest():
    jsdf.run(SERIES, LABELS, engine=FakeEngine())
    assert jsdf.last_run().usage.rows_sent == 40
    jsdf.classify(SERIES[:3], LABELS, engine=FakeEngine())
    assert len(jsdf.last_run()) == 3
    jsdf.plan(SERIES, LABELS, engine=FakeEngine())
    assert len(jsdf.last_run()) == 3


@pytest.mark.parametrize("multiple", [False, True])
def test_a_run_pickles(multiple):
    engine = FakeEngine(scores=True, fail=refuse("text 7"))
    run = jsdf.run(SERIES, LABELS, engine=engine, multiple_labels=multiple)
    copy = pickle.loads(pickle.dumps(run))
    assert copy.labels.equals(run.labels)
    assert copy.status.equals(run.status)
    assert copy.failures.equals(run.failures)
    assert copy.scores.equals(run.scores)
    assert (copy.usage, copy.engine, repr(copy)) == (run.usage, run.engine, repr(run))
    with pytest.raises(Exception, match=r"pickle.* call run\(\) again"):
        copy.retry()


def test_a_classification_error_pickles_with_its_run():
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert copy.run.labels.equals(caught.value.run.labels)


def test_scores():
    run = jsdf.run(pd.Series(["a", None, "a"]), LABELS, engine=FakeEngine([["bad"]], scores=True))
    assert run.scores.to_numpy().tolist()[0] == [0, 1, 0]
    assert run.scores.iloc[1].isna().all()
    assert jsdf.run(SERIES, LABELS, engine=FakeEngine()).scores is None


def test_runs_can_be_compared():
    first, second = (jsdf.run(SERIES, LABELS, engine=FakeEngine()) for _ in range(2))
    assert first == first
    assert first != second


def test_usage_adds_up():
    run = jsdf.run(pd.concat([SERIES, SERIES]), LABELS, engine=FakeEngine(batch_size=8))
    usage = run.usage
    assert (usage.requests, usage.rows_sent, usage.rows_cached) == (5, 40, 0)
    assert (usage.input_tokens, usage.output_tokens, usage.inference_time_tokens, usage.total_tokens) == (40, 40, 0, 80)
    assert usage.seconds > 0
    assert "5 requests" in str(usage)


# Plans and limits.


@given(st.lists(st.sampled_from([*"abcdefghij", None, " "]), max_size=20), st.integers(0, 20), st.integers(1, 8))
def test_run_does_what_plan_said(values, head, batch_size):
    series = pd.Series(values, dtype=object)
    engine = FakeEngine(batch_size=batch_size)
    jsdf.run(series[:head], LABELS, engine=engine)
    engine.calls.clear()
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert engine.calls == []
    run = jsdf.run(series, LABELS, engine=engine)
    assert plan.rows == len(run) == len(series)
    assert plan.missing == run.counts["missing"]
    assert plan.distinct == len(distinct(series)) == plan.cached + plan.to_send
    assert plan.to_send == run.usage.rows_sent
    assert plan.requests == run.usage.requests == len(engine.calls)
    if plan.cached:
        assert plan.tokens == run.usage.total_tokens


def test_plan_figures_and_words():
    engine = FakeEngine(batch_size=8, rate=2)
    series = pd.concat([SERIES, SERIES, pd.Series([None, " "])])
    plan = jsdf.plan(series, LABELS, engine=engine)
    assert (plan.rows, plan.missing, plan.distinct, plan.cached, plan.to_send) == (82, 2, 40, 0, 40)
    assert (plan.requests, plan.seconds, plan.tokens, plan.engine) == (5, 2.5, None, "fake")
    for words in ("82 rows", "2 missing", "40 distinct", "40 to send in 5 requests", "2.5 s"):
        assert words in repr(plan)
    assert "at least 2.5 s" in plan._repr_html_()


def test_plan_without_a_rate_knows_no_seconds():
    assert jsdf.plan(SERIES, LABELS, engine=FakeEngine()).seconds is None


def test_plan_estimates_tokens_from_what_the_store_saw():
    engine = FakeEngine()
    jsdf.run(SERIES[:10], LABELS, engine=engine)
    plan = jsdf.plan(SERIES, LABELS, engine=engine)
    assert (plan.cached, plan.to_send, plan.tokens) == (10, 30, 60)
    assert jsdf.plan(SERIES, ["other", "labels"], engine=engine).tokens == 80
    assert jsdf.plan(SERIES, LABELS, engine=engine, cache=False).tokens is None


@pytest.mark.parametrize("limit", range(6))
def test_max_requests(limit):
    engine = FakeEngine(batch_size=8)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_requests=limit)
    assert len(engine.calls) == run.usage.requests == limit
    assert run.counts["answered"] == 8 * limit
    assert run.counts["pending"] == 40 - 8 * limit
    assert (run.stopped is None) == (limit == 5)
    assert limit == 5 or f"max_requests={limit}" in repr(run)


def test_max_requests_counts_no_answer_from_the_store():
    engine = FakeEngine(batch_size=8)
    jsdf.run(SERIES[:32], LABELS, engine=engine)
    assert jsdf.run(SERIES, LABELS, engine=engine, max_requests=1).counts["answered"] == 40


@pytest.mark.parametrize("limit", [0, 1, 15, 16, 17, 40, 79, 80, 1000])
@pytest.mark.parametrize("seen", [False, True])
def test_max_tokens(limit, seen):
    engine = FakeEngine(batch_size=8)
    if seen:
        jsdf.run(pd.Series(["another"]), LABELS, engine=engine)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_tokens=limit)
    price = 16  # tokens a request of 8
    within = min(5, limit // price)
    # What a sample costs is not known before the first answer, so that one request is a try.
    requests = within if seen else max(within, min(1, limit))
    assert run.usage.requests == requests
    assert run.counts["pending"] == 40 - 8 * requests
    assert requests == 5 or f"max_tokens={limit:,}" in run.stopped


def test_stopping_at_a_limit_warns_that_rows_are_pending():
    for errors in ("raise", "coerce"):
        with pytest.warns(UserWarning, match="32 of 40 rows are pending: max_requests=1 was reached") as caught:
            found = jsdf.classify(SERIES, LABELS, engine=FakeEngine(batch_size=8), max_requests=1, errors=errors)
        assert len(caught) == 1
        assert found.notna().sum() == 8


@pytest.mark.parametrize(("cache", "how"), [(True, "call again"), (False, r"call jsdf.last_run\(\).retry\(\)")])
def test_the_warning_says_how_to_go_on(cache, how):
    engine = FakeEngine(batch_size=8, identity="same")
    with pytest.warns(UserWarning, match=f"{how} to go on"):
        jsdf.classify(SERIES, LABELS, engine=engine, max_requests=1, cache=cache)


# More labels than the engine takes.

MANY = [f"label {i}" for i in range(25)]


@given(st.integers(4, 25), st.integers(5, 8), st.booleans(), st.integers(1, 50))
def test_rounds_give_every_row_what_one_question_gives(count, most, multiple, batch_size):
    engine = FakeEngine(max_labels=most, batch_size=batch_size)
    run = jsdf.run(SERIES[:12], MANY[:count], engine=engine, multiple_labels=multiple, cache=False)
    whole = jsdf.run(SERIES[:12], MANY[:count], engine=FakeEngine(), multiple_labels=multiple, cache=False)
    assert run.counts["answered"] == 12
    assert run.labels.equals(whole.labels)  # the fake's best label wins every round that it is in
    assert all(len(question.labels.wire()) <= most for question, _ in engine.calls)
    assert all(len(values) <= batch_size for _, values in engine.calls)


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("count", [25, 48, 49, 100])
def test_more_than_24_labels(count, multiple):
    labels = [f"label {i}" for i in range(count)]
    engine = FakeEngine(max_labels=24)
    found = jsdf.classify(SERIES, labels, engine=engine, multiple_labels=multiple)
    assert found.equals(jsdf.classify(SERIES, labels, engine=FakeEngine(), multiple_labels=multiple))
    assert all(len(question.labels) <= 24 for question, _ in engine.calls)
    engine.calls.clear()
    jsdf.classify(SERIES, labels[::-1], engine=engine, multiple_labels=multiple)
    assert engine.calls == []


def test_rounds_with_several_descriptions():
    labels = {f"label {i}": [f"this {i}", f"that {i}"] for i in range(9)}
    engine = FakeEngine(max_labels=8)
    assert jsdf.classify(SERIES, labels, engine=engine).notna().all()
    assert all(len(question.labels.wire()) <= 8 for question, _ in engine.calls)


def test_labels_that_multiple_rounds_can_hold_need_no_last_round():
    labels = [f"label {i}" for i in range(40)]
    found = jsdf.classify(SERIES, labels, engine=FakeEngine(max_labels=5), multiple_labels=True)
    assert found.equals(jsdf.classify(SERIES, labels, engine=FakeEngine(), multiple_labels=True))


def test_plan_counts_the_rounds():
    engine = FakeEngine(max_labels=5)
    plan = jsdf.plan(SERIES, MANY[:12], engine=engine, multiple_labels=True)
    run = jsdf.run(SERIES, MANY[:12], engine=engine, multiple_labels=True)
    assert plan.requests == run.usage.requests == 6


def test_stopped_rounds_go_on_where_they_were():
    engine = FakeEngine(max_labels=5, batch_size=8)
    run = jsdf.run(SERIES, MANY[:12], engine=engine, max_requests=7)
    assert run.counts["pending"] > 0
    while run.counts["pending"]:
        run = run.retry()
    asked = [(question.labels.digest, value) for question, values in engine.calls for value in values]
    assert run.labels.tolist() == [expected(v, MANY[:12]) for v in SERIES]
    assert len(asked) == len(set(asked))


def test_too_many_labels_are_refused_before_anything_is_sent():
    engine = FakeEngine(max_labels=4)
    with pytest.raises(jsdf.InvalidLabelsError, match="25 are too many"):
        jsdf.classify(SERIES, MANY, engine=engine)
    assert engine.calls == []


@pytest.mark.parametrize(
    ("most", "labels"),
    [(2, LABELS), (8, {"big": [f"as {i}" for i in range(7)]} | {f"label {i}": f"this {i}" for i in range(5)})],
    ids=["three for an engine of two", "many descriptions"],
)
def test_a_label_that_fills_a_group_alone_meets_the_winners(most, labels):
    found = jsdf.classify(SERIES, labels, engine=FakeEngine(max_labels=most))
    assert found.tolist() == [expected(v, labels) for v in SERIES]


# What is refused at the door.


class NoEngine:
    pass


class HalfAnEngine:
    def classify(self, question, values):
        return Reply(["good"] * len(values))


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


ARGUMENTS = [
    ("errors", "ignore", "errors='ignore': use 'raise' or 'coerce'"),
    ("errors", None, "errors=None: use"),
    ("task", "", "task='': pass an instruction"),
    ("task", " ", "task=' ': pass"),
    ("task", 3, "task=3: pass"),
    ("multiple_labels", "yes", "multiple_labels='yes': pass True or False"),
    ("multiple_labels", None, "multiple_labels=None: pass"),
    ("cache", 1, "cache=1: pass True or False"),
    ("kind", "video", "kind='video': use 'text', 'image' or 'auto'"),
    ("max_requests", -1, "max_requests=-1: pass a whole number"),
    ("max_requests", 1.5, "max_requests=1.5: pass"),
    ("max_requests", True, "max_requests=True: pass"),
    ("max_tokens", "10", "max_tokens='10': pass"),
    ("engine", "hsoted", "engine='hsoted': use 'hosted', 'local', 'auto' or an engine"),
    ("engine", 3, "engine=3: use"),
    ("engine", "", "engine='': use"),
    ("engine", FakeEngine, "engine=FakeEngine: pass an engine rather than its class: FakeEngine()"),
    ("engine", NoEngine(), "use 'hosted', 'local', 'auto' or an engine"),
    ("engine", HalfAnEngine(), "HalfAnEngine"),
    ("engine", FRAME, "use 'hosted', 'local', 'auto' or an engine"),
    ("engine", np.arange(3), "use 'hosted', 'local', 'auto' or an engine"),
]


@pytest.mark.parametrize(("name", "value", "message"), ARGUMENTS, ids=[a[-1][:30] for a in ARGUMENTS])
@pytest.mark.parametrize("method", ["classify", "run", "plan"])
def test_arguments_are_refused_with_what_was_given(name, value, message, method):
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)):
        getattr(SERIES.jigsaw, method)(LABELS, **({"engine": engine} | {name: value}))
    assert engine.calls == []


def test_an_unknown_argument_is_named_with_the_function():
    with pytest.raises(TypeError, match=r"classify\(\) got an unexpected keyword argument 'multiple'"):
        SERIES.jigsaw.classify(LABELS, engine=FakeEngine(), multiple=True)


def test_an_engine_of_texts_refuses_images():
    engine = FakeEngine(kinds={"text"})
    with pytest.raises(jsdf.InvalidInputError, match="'fake' answers text columns, and 'photo' holds images"):
        jsdf.classify(pd.Series(["cat.jpg"], name="photo"), LABELS, engine=engine)


def test_labels_are_refused_before_anything_is_sent():
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidLabelsError, match=re.escape("labels=['yes']: pass at least two distinct labels")):
        SERIES.jigsaw.classify(["yes"], engine=engine)
    assert engine.calls == []


# Who answers.


def test_no_key_and_no_local_engine(monkeypatch):
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    with pytest.raises(jsdf.MissingKeyError) as caught:
        SERIES.jigsaw.classify(LABELS)
    assert "JIGSAWSTACK_API_KEY" in str(caught.value)
    assert "jsdf[local]" in str(caught.value)


def test_no_key_for_the_hosted_engine():
    with pytest.raises(jsdf.MissingKeyError, match="JIGSAWSTACK_API_KEY") as caught:
        SERIES.jigsaw.classify(LABELS, engine="hosted")
    assert "jigsawstack.com" in str(caught.value)
    with pytest.raises(jsdf.MissingKeyError, match="JIGSAWSTACK_API_KEY"):
        jsdf.Hosted()


@pytest.mark.parametrize("engine", [None, "auto", "hosted"])
def test_a_key_means_the_hosted_engine(monkeypatch, engine):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "secret-key")
    plan = SERIES.jigsaw.plan(LABELS, engine=engine)
    assert (plan.engine, plan.requests, plan.seconds) == ("hosted", 2, 0.04)


def test_a_blank_key_is_no_key(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "  ")
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    with pytest.raises(jsdf.MissingKeyError):
        SERIES.jigsaw.plan(LABELS)


def test_the_option_names_the_engine():
    engine = jsdf.options.engine = FakeEngine()
    assert SERIES.jigsaw.run(LABELS).engine == "fake"
    assert len(engine.calls) == 2
    other = FakeEngine()
    SERIES.jigsaw.run(LABELS, engine=other)
    assert (len(engine.calls), len(other.calls)) == (2, 2)
    jsdf.options.engine = "hsoted"
    with pytest.raises(jsdf.InvalidInputError, match="engine='hsoted': use 'hosted', 'local', 'auto'"):
        SERIES.jigsaw.run(LABELS)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("engin", "local", "jsdf.options has no 'engin'; did you mean 'engine'?"),
        ("zzz", 1, "jsdf.options has no 'zzz'; there are engine, event_loop, progress, cache_dir"),
        ("event_loop", "main", "jsdf.options.event_loop = 'main': use one of 'thread', 'nested'"),
        ("progress", "yes", "jsdf.options.progress = 'yes': use one of None, True, False"),
        ("cache_dir", 3, "jsdf.options.cache_dir = 3"),
    ],
)
def test_options_refuse(name, value, message):
    before = getattr(jsdf.options, name, None)
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)):
        setattr(jsdf.options, name, value)
    assert getattr(jsdf.options, name, None) == before


def test_progress_is_told_of_every_request():
    events = []
    jsdf.run(SERIES, LABELS, engine=FakeEngine(batch_size=8), progress=events.append)
    assert [e.finished for e in events].count(True) == 1
    last = events[-1]
    assert (last.rows, last.done, last.failed, last.engine, last.finished) == (40, 40, 0, "fake", True)
    assert last.usage.requests == 5
    assert {e.done for e in events} >= {0, 8, 16, 24, 32, 40}


# The package itself.


def run_python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light_and_silent_even_twice():
    code = """
import json, sys
import jsdf
heavy = {"ipywidgets", "IPython", "PIL", "onnxruntime", "tokenizers", "httpx", "tqdm", "dask", "pyspark", "anywidget"}
print(json.dumps(sorted(heavy & set(sys.modules))))
for name in [n for n in sys.modules if n.split(".")[0] == "jsdf"]:
    del sys.modules[name]
import jsdf, pandas
assert pandas.Series(["a"]).jigsaw and callable(jsdf.run)
"""
    assert json.loads(run_python(code)) == []


@pytest.mark.parametrize("name", jsdf.__all__)
def test_all_is_what_can_be_imported(name):
    assert getattr(importlib.import_module("jsdf"), name) is not None
    assert list(jsdf.__all__) == sorted(jsdf.__all__)


def test_the_functions_are_functions():
    importlib.import_module("jsdf.results.run")
    for name in ("classify", "aclassify", "run", "plan", "last_run", "image"):
        assert inspect.isfunction(getattr(jsdf, name)), name


SPEC = {
    "multiple_labels": False,
    "task": None,
    "kind": "auto",
    "engine": None,
    "errors": "raise",
    "cache": True,
    "progress": None,
    "max_requests": None,
    "max_tokens": None,
}


def test_the_arguments_are_those_of_the_design():
    parameters = inspect.signature(validation.prepare).parameters
    assert {n: p.default for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY} == SPEC


@pytest.mark.parametrize("name", [*inspect.signature(validation.prepare).parameters])
def test_every_parameter_of_classify_is_documented(name):
    assert re.search(rf"^\s*(- )?{name}\b.*:", jsdf.classify.__doc__, re.MULTILINE)


@pytest.mark.parametrize(
    "door",
    [jsdf.classify, jsdf.aclassify, jsdf.run, jsdf.plan]
    + [
        getattr(owner.jigsaw, m)
        for owner in (pd.Series, pd.DataFrame)
        for m in ("classify", "aclassify", "run", "plan")
    ],
    ids=lambda d: d.__qualname__,
)
def test_an_editor_sees_every_argument(door):
    parameters = inspect.signature(door).parameters
    spec = SPEC | ({"check": False} if door.__name__ == "plan" else {})
    assert {n: p.default for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY} == spec


@pytest.mark.parametrize("name", jsdf.__all__)
def test_everything_public_has_a_docstring(name):
    found = getattr(jsdf, name)
    assert (found if inspect.isclass(found) or inspect.isfunction(found) else type(found)).__doc__


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


@pytest.mark.parametrize("labels", [Mood, pd.Index(["good", "bad"]), pd.CategoricalDtype(["good", "bad"])])
def test_labels_in_other_forms_come_through(labels):
    found = SERIES.jigsaw.classify(labels, engine=FakeEngine())
    assert list(found.cat.categories) == ["good", "bad"]
