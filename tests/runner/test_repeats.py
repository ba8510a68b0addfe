"""Several answers to each value: how they vote, what they cost, and what an early end leaves."""

import time
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.testing import FakeEngine

TEXTS = pd.Series([f"text {i}" for i in range(70)] + ["text 0", None], name="text")
LABELS = ["good", "bad", "neither"]


def in_turn(*answers):
    """Answer a value with these, one after the other."""
    asked = Counter()

    def answer(_, values):
        asked.update(values)
        return [answers[(asked[value] - 1) % len(answers)] for value in values]

    return FakeEngine(answer)


def run(engine, repeats=3, series=TEXTS, **arguments):
    return jsdf.run(series, LABELS, engine=engine, repeats=repeats, progress=False, **arguments)


def test_the_label_with_most_votes_wins_and_its_score_is_their_share():
    found = run(in_turn("good", "bad", "good"))
    assert set(found.labels.dropna()) == {"good"}
    assert found.scores.iloc[0].tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert found.to_frame()["score"].iloc[0] == pytest.approx(2 / 3)
    assert found.scores.iloc[-1].isna().all()


def test_each_row_is_asked_so_many_times_among_other_neighbours():
    engine = FakeEngine()
    found = run(engine)
    assert found.usage.requests == 9
    assert found.usage.rows_sent == 3 * 70
    assert Counter(value for _, values in engine.calls for value in values) == dict.fromkeys(TEXTS.dropna(), 3)
    requests = [frozenset(values) for _, values in engine.calls]
    assert len(set(requests)) == 9
    neighbours = [request - {"text 5"} for request in requests if "text 5" in request]
    assert len(frozenset.union(*neighbours)) > 1.5 * max(map(len, neighbours))


def test_votes_that_do_not_decide_give_no_label():
    found = run(in_turn("good", "bad", "neither"))
    assert found.counts["unknown"] == 71
    assert found.top_reasons(1)[0][0] == "the 3 answers do not decide (good 1, bad 1, neither 1); more repeats may"
    assert run(in_turn("good", "bad"), repeats=2).counts["unknown"] == 71


def test_answers_outside_the_labels_vote_for_none():
    assert set(run(in_turn("good", "ugly", "good")).labels.dropna()) == {"good"}
    found = run(in_turn("good", "ugly", "ugly"))
    assert found.counts["unknown"] == 71
    assert "outside the labels 2, good 1" in found.top_reasons(1)[0][0]


def test_several_labels_each_need_more_than_half():
    found = run(in_turn(["good", "bad"], ["good"], ["bad", "good"]), multiple_labels=True)
    assert found.labels.iloc[0].tolist() == [True, True, False]
    assert found.scores.iloc[0].tolist() == pytest.approx([1, 2 / 3, 0])
    undecided = run(in_turn(["good"], []), 2, multiple_labels=True)
    assert undecided.counts["unknown"] == 71


def test_a_second_call_pays_nothing_and_more_repeats_pay_for_the_new_ones():
    engine = FakeEngine(identity="repeats")
    first, again, more = run(engine), run(engine), run(engine, 4)
    assert again.usage.requests == 0
    assert again.to_frame()["source"].dropna().unique().tolist() == ["store"]
    pd.testing.assert_frame_equal(again.scores, first.scores)
    assert more.usage.requests == 3
    assert run(engine, 1).usage.requests == 0


def test_a_row_that_failed_is_not_asked_again_in_the_next_passes():
    failing = FakeEngine(fail=lambda values: jsdf.APIError("no", status=422) if "text 7" in values else None)
    found = run(failing)
    assert found.counts["failed"] == 1
    assert found.counts["answered"] == 70
    assert sum("text 7" in values for _, values in failing.calls[20:]) == 0


def test_a_retry_asks_for_the_rows_without_a_label_alone():
    calls = []
    failing = FakeEngine(
        fail=lambda values: jsdf.APIError("no", status=422) if "text 7" in values and not calls else None
    )
    found = run(failing)
    calls.append("healed")
    failing.calls.clear()
    retried = found.retry()
    assert retried.counts["answered"] == 71
    assert [values for _, values in failing.calls] == [["text 7"]] * 3
    pd.testing.assert_series_equal(retried.labels.drop(7), found.labels.drop(7))
    assert retried.scores.iloc[7].max() == 1


@pytest.mark.parametrize("limit", range(10))
def test_a_limit_on_requests_is_for_all_passes_and_what_lacks_votes_is_pending(limit):
    engine = FakeEngine()
    found = run(engine, max_requests=limit)
    assert found.usage.requests == limit
    answered = found.counts["answered"]
    assert answered + found.counts["pending"] == 71
    assert answered == 0 if limit <= 6 else 0 < answered < 71 if limit < 9 else answered == 71
    again = run(engine)
    assert again.counts["answered"] == 71
    assert again.usage.requests == 9 - limit


def test_a_retry_without_the_store_keeps_the_votes_that_were_paid_for():
    engine = FakeEngine()
    found = run(engine, cache=False, max_requests=4)
    for _ in range(9):
        if found.counts["answered"] < 71:
            found = found.retry()
    assert found.counts["answered"] == 71
    assert len(engine.calls) == 9
    assert Counter(value for _, values in engine.calls for value in values) == dict.fromkeys(TEXTS.dropna(), 3)


def test_more_repeats_decide_what_fewer_did_not_and_a_retry_pays_nothing():
    engine = in_turn("good", "bad", "bad")
    found = run(engine, 2)
    assert found.counts["unknown"] == 71
    assert found.retry().usage.requests == 0
    assert set(run(engine, 3).labels.dropna()) == {"bad"}
    assert len(engine.calls) == 9


def test_a_value_that_is_refused_in_a_later_pass_is_known_for_it():
    def fail(values):
        return jsdf.APIError("no", status=422) if "text 7" in values and len(engine.calls) > 3 else None

    engine = FakeEngine(fail=fail)
    assert run(engine).counts["failed"] == 1
    engine.calls.clear()
    plan = jsdf.plan(TEXTS, LABELS, engine=engine, repeats=3)
    again = run(engine)
    assert again.counts["failed"] == 1
    assert engine.calls == []
    assert (plan.requests, plan.refused) == (0, 1)
    assert again.retry().counts["answered"] == 71  # nothing fails any more
    assert engine.calls != []


def test_figures_of_all_passes_are_those_of_rows_and_of_the_clock():
    engine = FakeEngine(identity="clock")
    first, again = run(engine, 2), run(engine, 2)
    assert again.usage.rows_cached == 71
    assert first.usage.rows_cached == 0
    started = time.monotonic()
    slow = run(engine, 5)
    assert slow.usage.seconds <= time.monotonic() - started


def test_live_counts_by_label_are_those_of_answers_only():
    events = []
    engine = in_turn("bad")
    found = jsdf.run(TEXTS, LABELS, engine=engine, repeats=3, cache=False, max_requests=4, progress=events.append)
    found.retry()
    assert {name: max(e.label_counts.get(name, 0) for e in events) for name in LABELS}["good"] == 0


def test_progress_counts_rows_once_and_ends_with_all():
    events = []
    found = jsdf.run(TEXTS, LABELS, engine=FakeEngine(), repeats=3, progress=events.append)
    done = [event.done for event in events]
    assert done == sorted(done)
    assert {event.rows for event in events} == {72}
    assert [event.finished for event in events].index(True) == len(events) - 1
    assert events[-1].done == 72
    assert events[-1].label_counts == found.label_counts
    assert {"repeat 1 of 3", "repeat 3 of 3"} <= {event.note for event in events}


@pytest.mark.parametrize("repeats", [0, -1, 2.5, True, None, "3", 100])
def test_a_number_that_is_none_is_refused(repeats):
    with pytest.raises(jsdf.InvalidInputError, match=r"repeats=.*: pass a whole number from 1 to 99"):
        run(FakeEngine(), repeats)


def test_an_engine_with_scores_needs_no_repeats():
    with pytest.raises(jsdf.InvalidInputError, match="repeats=3: the fake engine gives scores"):
        run(FakeEngine(scores=True))


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 6)), max_size=3))
def test_a_plan_counts_the_requests_that_are_then_sent(calls):
    engine = FakeEngine()
    for repeats, limit in calls:
        run(engine, repeats, max_requests=limit)
    engine.calls.clear()
    plan = jsdf.plan(TEXTS, LABELS, engine=engine, repeats=3)
    found = run(engine)
    assert plan.requests == found.usage.requests == len(engine.calls)
    assert plan.cached + plan.to_send == 70
    assert plan.cached == 70 - len({value for _, values in engine.calls for value in values})


def test_a_plan_says_how_often_each_row_is_asked():
    engine = FakeEngine()
    assert "70 to send in 9 requests (fake), each up to 3 times" in repr(
        jsdf.plan(TEXTS, LABELS, engine=engine, repeats=3)
    )
    assert "times" not in repr(jsdf.plan(TEXTS, LABELS, engine=engine))


def test_a_removed_label_costs_its_rows_alone_in_every_pass():
    engine = in_turn("good", "good", "neither")
    run(engine)
    engine.calls.clear()
    fewer = jsdf.plan(TEXTS, LABELS[:2], engine=engine, repeats=3)
    found = jsdf.run(TEXTS, LABELS[:2], engine=engine, repeats=3, progress=False)
    assert (fewer.requests, fewer.cached) == (3, 0)
    assert found.usage.requests == 3


def test_streams_repeat_too():
    frames = [TEXTS.to_frame(), TEXTS.to_frame()]
    engine = in_turn("good", "bad", "bad")
    labelled = list(jsdf.classify_batches(frames, "text", LABELS, engine=engine, repeats=3, progress=False))
    assert [set(frame["label"].dropna()) for frame in labelled] == [{"bad"}] * 2
    assert len(engine.calls) == 9
