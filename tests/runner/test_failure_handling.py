"""Rows of failed requests are retried, split or marked as failed, and never lost."""

import asyncio

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from refusing_engines import LABELS, column, refusing, right, run

import jsdf
from jsdf.errors import APIError, TransientError
from jsdf.runner import retry_policy, sender
from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD
from jsdf.testing import FakeEngine


@given(count=st.integers(1, 200), bad=st.sets(st.integers(0, 199), max_size=5), size=st.integers(1, 32))
def test_exactly_the_bad_rows_fail_and_the_others_are_answered(count, bad, size):
    values = column(count)
    bad = {f"text {i}" for i in bad if i < count}
    engine = FakeEngine(batch_size=size, fail=refusing(bad))
    with stamina.set_testing(True, attempts=99, cap=True):
        result = run(values, engine)
    if result.stopped is None:
        assert list(result.failures["value"]) == [v for v in values if v in bad]
        assert result.labels[result.status == "answered"].tolist() == right(v for v in values if v not in bad)
    else:  # every request failed, so the labels may be the cause
        assert len(bad) >= FAILURE_THRESHOLD


@pytest.mark.parametrize("position", [0, 1, 7, 15, 31])
def test_one_bad_sample_in_32_takes_11_requests(position):
    values = column(32)
    engine = FakeEngine(fail=refusing({values[position]}))
    result = run(values, engine)
    assert len(engine.calls) <= 11
    assert result.counts["failed"] == 1
    assert engine.calls.count((engine.calls[0][0], [values[position]])) == 1  # alone only once


def test_a_single_sample_is_sent_twice_before_it_is_marked_as_failed():
    engine = FakeEngine([APIError("not now", status=400)])
    assert run(column(1), engine).counts["answered"] == 1
    assert len(engine.calls) == 2


def test_a_request_that_is_too_large_is_split():
    engine = FakeEngine(fail=lambda v: APIError("too large", status=413) if len(v) > 3 else None)
    assert run(column(100), engine).counts == {"answered": 100, "missing": 0, "unknown": 0, "failed": 0, "pending": 0}


def test_an_exception_of_a_third_party_engine_fails_only_its_row():
    values = column(40)
    engine = FakeEngine(fail=refusing({"text 7"}, lambda: ZeroDivisionError("division by zero")))
    result = run(values, engine)
    assert result.failures.to_dict("records") == [
        {"row": 7, "value": "text 7", "reason": "ZeroDivisionError: division by zero"}
    ]


@pytest.mark.parametrize("error", [TransientError("busy", status=503), TransientError("broken", maybe_billed=True)])
def test_a_transient_failure_is_retried_with_the_whole_batch(error):
    values = column(32)
    engine = FakeEngine([error, error])
    assert run(values, engine).labels.tolist() == right(values)
    assert [len(v) for _, v in engine.calls] == [32, 32, 32]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_reply_of_the_wrong_length_is_rejected(length):
    values = column(32)
    engine = FakeEngine([["a"] * length])
    result = run(values, engine)
    assert result.labels.tolist() == right(values)
    assert result.usage.maybe_billed_twice == 1


def test_lost_answers_are_asked_again_twice_at_most_before_splitting():
    engine = FakeEngine(
        fail=lambda v: TransientError("reset", maybe_billed=True) if len(v) == 8 else None, batch_size=8
    )
    assert run(column(8), engine).counts["answered"] == 8
    assert [len(v) for _, v in engine.calls].count(8) == 1 + retry_policy.MAX_LOST_REPLIES


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_bad_rows_fail_alone_for_every_status(status, share):
    values = column(1600)
    bad = {v for i, v in enumerate(values) if i % round(1 / share) == 3}
    error = TransientError if status == 500 else APIError
    engine = FakeEngine(concurrency=32, fail=refusing(bad, lambda: error("no", status=status)))
    result = run(values, engine)
    assert result.stopped is None
    assert set(result.failures["value"]) == bad
    assert result.counts["answered"] == 1600 - len(bad)


def test_an_engine_that_exits_fails_its_row_and_not_the_process():
    engine = FakeEngine(fail=lambda values: SystemExit(3) if "text 3" in values else None)
    result = run(column(40), engine)
    assert result.failures["reason"].tolist() == ["RuntimeError: the engine raised SystemExit(3)"]
    assert run(column(40), FakeEngine()).counts["answered"] == 40


def test_an_engine_that_cancels_itself_fails_its_row():
    engine = FakeEngine(fail=lambda values: asyncio.CancelledError() if "text 3" in values else None)
    result = run(column(40), engine)
    assert result.failures["row"].tolist() == [3]
    assert result.counts["answered"] == 39


def test_a_refusal_found_in_a_round_is_remembered_for_the_question():
    values, labels = column(32), [f"label {i}" for i in range(60)]
    engine = FakeEngine(max_labels=24, fail=refusing({"text 5"}))
    first = jsdf.run(values, labels, engine=engine, progress=False)
    sent = len(engine.calls)
    assert first.counts["failed"] == 1
    assert jsdf.plan(values, labels, engine=engine).refused == 1
    assert jsdf.run(values, labels, engine=engine, progress=False).counts["failed"] == 1
    assert len(engine.calls) == sent


UNSENT = [TransientError("could not reach it", splittable=False), APIError("not trusted", permanent=True)]


@pytest.mark.parametrize("error", UNSENT, ids=["unreachable", "permanent"])
@pytest.mark.parametrize("rows", [1, 3, 32, 200, 2000])
def test_an_outage_is_one_error_and_its_rows_stay_pending_whatever_their_number(rows, error):
    engine = FakeEngine(fail=lambda _: error, concurrency=32)
    with pytest.raises(type(error), match=f"^{error}$") as caught:
        run(column(rows), engine)
    stopped = caught.value.run
    assert stopped.counts["pending"] == rows
    assert (stopped.usage.requests, stopped.usage.maybe_billed_twice) == (0, 0)
    assert len(engine.calls) <= FAILURE_THRESHOLD
    assert all(len(values) == min(32, rows) or len(values) == rows % 32 for _, values in engine.calls)  # never split


def test_a_run_that_an_outage_stopped_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(sender, "GIVE_UP_SECONDS", 0.1)
    failing = [True]
    engine = FakeEngine(lambda *_: UNSENT[0] if failing and len(engine.calls) > 3 else None, concurrency=1)
    values = column(320)
    with pytest.raises(TransientError) as caught:
        jsdf.run(values, LABELS, engine=engine, progress=False)
    assert (caught.value.run.counts["answered"], caught.value.run.counts["pending"]) == (96, 224)
    failing.clear()
    assert caught.value.run.retry().counts["answered"] == 320
    again = jsdf.run(values, LABELS, engine=engine, progress=False)
    assert (again.counts["answered"], again.usage.requests) == (320, 0)


def test_a_refused_sample_is_sent_again_only_by_retry():
    values = column(64)
    bad = {"text 5"}
    engine = FakeEngine(fail=refusing(bad))
    first = jsdf.run(values, LABELS, engine=engine, progress=False)
    sent = len(engine.calls)
    second = jsdf.run(values, LABELS, engine=engine, progress=False)
    assert len(engine.calls) == sent
    assert second.counts["failed"] == 1
    assert "HTTP 400" in second.failures["reason"][0]
    bad.clear()
    assert first.retry().counts["answered"] == 64
    assert jsdf.run(values, LABELS, engine=engine, progress=False).counts["answered"] == 64
