"""`Run.retry` and a second call ask for unanswered rows only."""

import pytest
from sample_column import LABELS, SERIES, refuse, sent

import jsdf
from jsdf.testing import FakeEngine, expected


def test_retry_asks_for_failed_and_unknown_rows_only():
    wrong_answers = {"text 1": "weird", "text 2": None}
    engine = FakeEngine(
        lambda question, values: [wrong_answers.get(v, "good") for v in values],
        fail=lambda values: refuse("text 3")(values) if wrong_answers else None,
        batch_size=4,
    )
    first = jsdf.run(SERIES[:8], LABELS, engine=engine)
    assert first.status.tolist() == ["answered", "unknown", "unknown", "failed"] + ["answered"] * 4
    wrong_answers.clear()
    engine.calls.clear()
    second = first.retry()
    assert sent(engine) == ["text 1", "text 2", "text 3"]
    assert second.status.tolist() == ["answered"] * 8
    assert second is jsdf.last_run()
    assert second.usage.rows_sent == 3
    assert first.counts["failed"] == 1
    assert second.retry().usage.requests == 0


@pytest.mark.parametrize("cache", [True, False])
def test_retry_continues_with_pending_rows(cache):
    engine = FakeEngine(batch_size=8, concurrency=1)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_requests=2, cache=cache)
    assert run.counts["pending"] == 24
    run = run.retry()
    assert run.counts["pending"] == 8
    run = run.retry()
    assert run.labels.tolist() == [expected(v, LABELS) for v in SERIES]
    assert sent(engine) == SERIES.tolist()


def test_a_repeated_call_asks_for_unknown_rows_only():
    engine = FakeEngine([["good", "weird", "bad"], ["bad"]])
    jsdf.run(SERIES[:3], LABELS, engine=engine)
    assert jsdf.classify(SERIES[:3], LABELS, engine=engine).tolist() == ["good", "bad", "bad"]
    assert [values for _, values in engine.calls] == [["text 0", "text 1", "text 2"], ["text 1"]]


def test_a_refused_row_is_sent_again_only_by_retry():
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
