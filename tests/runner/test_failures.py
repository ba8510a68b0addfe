"""What happens to rows when requests fail: retried, split, blamed, stopped, and never lost."""

import asyncio
import contextlib
import math
import subprocess
import sys

import pandas as pd
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.errors import APIError, AuthenticationError, RateLimitError, TransientError
from jsdf.runner import sender
from jsdf.runner.circuit_breaker import ENOUGH
from jsdf.testing import FakeEngine, expected

LABELS = ["a", "b", "c"]


def column(count):
    return pd.Series([f"text {i}" for i in range(count)])


def right(values):
    return [expected(v, LABELS) for v in values]


def refusing(bad, error=None):
    """Refuses every request that holds one of these."""
    error = error or (lambda: APIError("a sample could not be read", status=400))
    return lambda values: error() if bad & set(values) else None


def run(values, engine, **arguments):
    return jsdf.run(values, LABELS, engine=engine, cache=False, progress=False, **arguments)


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
    else:  # nothing but bad samples was met: the labels may be to blame
        assert len(bad) >= ENOUGH


@pytest.mark.parametrize("place", [0, 1, 7, 15, 31])
def test_one_bad_sample_in_32_takes_11_requests(place):
    values = column(32)
    engine = FakeEngine(fail=refusing({values[place]}))
    result = run(values, engine)
    assert len(engine.calls) <= 11
    assert result.counts["failed"] == 1
    assert engine.calls.count((engine.calls[0][0], [values[place]])) == 1  # alone, after it failed in company


def test_a_sample_that_was_always_alone_is_asked_twice_before_it_is_blamed():
    engine = FakeEngine([APIError("not now", status=400)])
    assert run(column(1), engine).counts["answered"] == 1
    assert len(engine.calls) == 2


def test_a_request_that_is_merely_too_large_ends_in_smaller_ones():
    engine = FakeEngine(fail=lambda v: APIError("too large", status=413) if len(v) > 3 else None)
    assert run(column(100), engine).counts == {"answered": 100, "missing": 0, "unknown": 0, "failed": 0, "pending": 0}


def test_an_exception_of_somebody_elses_engine_costs_its_row_alone():
    values = column(40)
    engine = FakeEngine(fail=refusing({"text 7"}, lambda: ZeroDivisionError("division by zero")))
    result = run(values, engine)
    assert result.failures.to_dict("records") == [
        {"row": 7, "value": "text 7", "reason": "ZeroDivisionError: division by zero"}
    ]


@pytest.mark.parametrize("error", [TransientError("busy", status=503), TransientError("broken", maybe_billed=True)])
def test_what_may_pass_is_asked_again_whole(error):
    values = column(32)
    engine = FakeEngine([error, error])
    assert run(values, engine).labels.tolist() == right(values)
    assert [len(v) for _, v in engine.calls] == [32, 32, 32]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_list_of_the_wrong_length_is_never_paired_by_position(length):
    values = column(32)
    engine = FakeEngine([["a"] * length])
    result = run(values, engine)
    assert result.labels.tolist() == right(values)
    assert result.usage.maybe_billed_twice == 1


def test_answers_that_get_lost_are_paid_again_twice_at_most_before_splitting():
    engine = FakeEngine(
        fail=lambda v: TransientError("reset", maybe_billed=True) if len(v) == 8 else None, batch_size=8
    )
    assert run(column(8), engine).counts["answered"] == 8
    assert [len(v) for _, v in engine.calls].count(8) == 1 + sender.LOST_ANSWERS


def test_a_pause_is_no_try_and_every_row_is_answered():
    refusals = [RateLimitError("slow down", retry_after=0.0, status=429)] * 5
    engine = FakeEngine(refusals, concurrency=1)
    result = run(column(32), engine)
    assert result.counts["answered"] == 32
    assert (result.usage.requests, result.usage.refused) == (6, 5)


def test_a_rate_limit_that_never_ends_stops_the_run(monkeypatch):
    monkeypatch.setattr(sender, "PATIENCE", 0.1)
    engine = FakeEngine(fail=lambda _: RateLimitError("slow down", retry_after=0.01, status=429))
    with pytest.raises(RateLimitError, match="HTTP 429: slow down") as error:
        run(column(100), engine)
    assert error.value.run.counts["pending"] == 100


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_stops_the_run_at_once_and_keeps_what_was_answered(status):
    def answers(question, values):
        return AuthenticationError("no", status=status) if len(engine.calls) > 10 else None

    engine = FakeEngine(answers, concurrency=4)
    with pytest.raises(AuthenticationError) as error:
        run(column(3200), engine)
    assert error.value.run is jsdf.last_run()
    assert error.value.run.counts["answered"] == 320
    assert error.value.run.counts["pending"] == 2880
    assert len(engine.calls) == 11


@pytest.mark.parametrize("status", [302, 402, 404, 405])
def test_what_every_request_would_meet_stops_the_run(status):
    engine = FakeEngine(fail=lambda _: APIError("no", status=status))
    with pytest.raises(APIError, match=f"HTTP {status}: no"):
        run(column(3200), engine)
    assert len(engine.calls) <= ENOUGH


@pytest.mark.parametrize("status", [400, 422])
def test_labels_that_are_always_refused_stop_the_run_early(status):
    engine = FakeEngine(fail=lambda _: APIError("these labels will not do", status=status), concurrency=32)
    result = run(column(100_000), engine)
    assert len(engine.calls) <= 30
    assert result.counts["answered"] == 0
    assert result.counts["pending"] > 99_900
    assert "these labels will not do" in result.stopped


@pytest.mark.parametrize("share", [2, 4, 20])
def test_many_bad_rows_are_no_reason_to_stop(share):
    values = column(640)
    bad = set(values[share - 1 :: share])
    result = run(values, FakeEngine(fail=refusing(bad), concurrency=32))
    assert result.stopped is None
    assert set(result.failures["value"]) == bad


def test_a_service_that_is_down_stops_the_run_early():
    engine = FakeEngine(fail=lambda _: TransientError("down", status=503), concurrency=32)
    result = run(column(100_000), engine)
    assert len(engine.calls) <= ENOUGH * sender.TRIES * 2
    assert result.counts["failed"] + result.counts["pending"] == 100_000
    assert "HTTP 503: down" in result.stopped


def test_a_service_that_dies_in_the_middle_keeps_what_it_answered(monkeypatch):
    def answers(question, values):
        return TransientError("down", status=503) if len(engine.calls) > 20 else None

    monkeypatch.setattr(sender, "PATIENCE", 0.5)
    monkeypatch.setattr(sender, "SHORTEST_HOLD", 0.05)
    monkeypatch.setattr(sender, "LONGEST_HOLD", 0.05)
    engine = FakeEngine(answers, concurrency=4)
    with pytest.raises(TransientError, match="HTTP 503: down") as error:
        run(column(32_000), engine)
    assert error.value.run.counts["answered"] == 640
    assert error.value.run.counts["failed"] == 0
    assert len(engine.calls) < 200


def test_an_outage_is_waited_out(monkeypatch):
    monkeypatch.setattr(sender, "SHORTEST_HOLD", 0.02)
    monkeypatch.setattr(sender, "LONGEST_HOLD", 0.02)
    down = []

    def answers(question, values):
        # At most four times each, so that however the tasks take turns none uses up its five tries.
        if len(engine.calls) > 20 and len(down) < 30 and down.count(values[0]) < 4:
            down.append(values[0])
            return TransientError("down", status=503)
        return None

    engine = FakeEngine(answers, concurrency=8)
    assert run(column(3200), engine).counts["answered"] == 3200
    assert len(down) == 30


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_bad_rows_fail_alone_whatever_the_status(status, share):
    values = column(1600)
    bad = {v for i, v in enumerate(values) if i % round(1 / share) == 3}
    error = TransientError if status == 500 else APIError
    engine = FakeEngine(concurrency=32, fail=refusing(bad, lambda: error("no", status=status)))
    result = run(values, engine)
    assert result.stopped is None
    assert set(result.failures["value"]) == bad
    assert result.counts["answered"] == 1600 - len(bad)


@pytest.mark.parametrize("concurrency", [1, 32])
def test_bad_rows_at_the_top_do_not_hide_the_good_ones(concurrency):
    values = column(3200)
    bad = set(values[:200])
    result = run(values, FakeEngine(concurrency=concurrency, fail=refusing(bad)))
    assert result.stopped is None
    assert set(result.failures["value"]) == bad


def test_tokens_of_answers_that_were_thrown_away_count():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        spent = Tokens(total_tokens=10 * len(values), reported=True)
        return Reply(right(values)[: -1 if len(engine.calls) % 2 else None], tokens=spent)

    engine = FakeEngine(answers, concurrency=4)
    result = run(column(3200), engine, max_tokens=5000)
    billed = sum(10 * len(values) for _, values in engine.calls)
    assert result.usage.total_tokens == billed <= 5000
    assert result.counts["pending"] > 0


def test_labels_that_cost_each_time_do_not_end_a_budget_early():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        spent = Tokens(total_tokens=1000 + 10 * len(values), reported=True)
        return Reply(right(values), tokens=spent)

    engine = FakeEngine(answers, fail=refusing({"text 3"}), concurrency=4)
    result = run(column(3200), engine, max_tokens=40_000)
    assert 35_000 < result.usage.total_tokens <= 40_000


def test_the_price_of_another_question_is_no_price():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        each = 1 if "cheap" in question.labels.names else 100
        return Reply(
            [question.labels.names[0]] * len(values), tokens=Tokens(total_tokens=each * len(values), reported=True)
        )

    engine = FakeEngine(answers, concurrency=8)
    jsdf.run(column(320), ["cheap", "b"], engine=engine, progress=False)
    dear = jsdf.run(column(3200), LABELS, engine=engine, progress=False, max_tokens=3200)
    assert dear.usage.total_tokens == 3200


def test_an_engine_that_exits_costs_its_row_and_not_the_process():
    engine = FakeEngine(fail=lambda values: SystemExit(3) if "text 3" in values else None)
    result = run(column(40), engine)
    assert result.failures["reason"].tolist() == ["RuntimeError: the engine raised SystemExit(3)"]
    assert run(column(40), FakeEngine()).counts["answered"] == 40


def test_an_engine_that_cancels_itself_costs_its_row():
    engine = FakeEngine(fail=lambda values: asyncio.CancelledError() if "text 3" in values else None)
    result = run(column(40), engine)
    assert result.failures["row"].tolist() == [3]
    assert result.counts["answered"] == 39


@pytest.mark.parametrize("wait", [1e9, 1e308])
def test_no_retry_after_is_waited_for_for_ever(wait, monkeypatch):
    monkeypatch.setattr(sender, "LONGEST_RETRY_AFTER", 0.01)
    engine = FakeEngine([TransientError("busy", status=503, retry_after=wait)])
    assert run(column(3), engine).counts["answered"] == 3


def test_a_refusal_found_in_a_round_is_remembered_for_the_question():
    values, labels = column(32), [f"label {i}" for i in range(60)]
    engine = FakeEngine(max_labels=24, fail=refusing({"text 5"}))
    first = jsdf.run(values, labels, engine=engine, progress=False)
    asked = len(engine.calls)
    assert first.counts["failed"] == 1
    assert jsdf.plan(values, labels, engine=engine).refused == 1
    assert jsdf.run(values, labels, engine=engine, progress=False).counts["failed"] == 1
    assert len(engine.calls) == asked


@pytest.mark.parametrize("count", [30, 60, 100, 200])
def test_a_plan_never_promises_fewer_requests_than_a_run_takes(count):
    values, labels = column(320), [f"label {i}" for i in range(count)]
    engine = FakeEngine(max_labels=24)
    planned = jsdf.plan(values, labels, engine=engine).requests
    assert jsdf.run(values, labels, engine=engine, progress=False).usage.requests <= planned


def test_a_network_that_is_not_there_is_not_asked_in_smaller_requests():
    engine = FakeEngine(fail=lambda _: TransientError("could not reach it", splittable=False))
    result = run(column(32), engine)
    assert [len(v) for _, v in engine.calls] == [32] * sender.TRIES
    assert result.counts["failed"] == 32


@pytest.mark.parametrize("most", [0, 1, 7, 10, 100])
def test_max_requests_is_kept_exactly_whatever_happens(most):
    values = column(320)
    engine = FakeEngine(fail=refusing({"text 3", "text 100"}), concurrency=8)
    result = run(values, engine, max_requests=most)
    assert len(engine.calls) == result.usage.requests <= most
    assert sum(result.counts.values()) == 320
    if most < 10:
        assert result.counts["pending"] > 0
        assert result.stopped == f"max_requests={most} was reached"


@given(most=st.integers(0, 2000), concurrency=st.integers(1, 32))
def test_max_tokens_is_passed_by_the_first_request_at_most(most, concurrency):
    engine = FakeEngine(concurrency=concurrency)  # 2 tokens a sample
    result = run(column(320), engine, max_tokens=most)
    assert result.usage.total_tokens <= max(most, 64 * (most > 0))
    assert result.counts["answered"] == min(320, 32 * math.ceil(result.usage.total_tokens / 64))
    if most >= 640:
        assert result.counts["answered"] == 320


@given(most=st.integers(64, 1000), concurrency=st.integers(1, 8))
def test_answers_that_got_lost_count_for_max_tokens_before_they_are_asked_for_again(most, concurrency):
    from jsdf.engines import Reply, Tokens

    def answer(_, values):
        if len(engine.calls) == 1:
            return Reply(right(values), tokens=Tokens(total_tokens=2 * len(values)))
        return TransientError("lost", maybe_billed=True)

    engine = FakeEngine(answer, concurrency=concurrency)
    with contextlib.suppress(TransientError):
        run(column(320), engine, max_tokens=most)
    assert 2 * sum(len(values) for _, values in engine.calls) <= most


def test_a_price_that_nobody_tells_stops_a_run_with_a_token_limit():
    engine = FakeEngine(lambda _, values: jsdf.engines.Reply(right(values)))
    result = run(column(320), engine, max_tokens=10_000)
    assert len(engine.calls) == 1
    assert result.counts["answered"] == 32
    assert "reported no usage" in result.stopped


def test_a_refused_sample_is_not_searched_for_again_until_retry_asks():
    values = column(64)
    bad = {"text 5"}
    engine = FakeEngine(fail=refusing(bad))
    first = jsdf.run(values, LABELS, engine=engine, progress=False)
    asked = len(engine.calls)
    second = jsdf.run(values, LABELS, engine=engine, progress=False)
    assert len(engine.calls) == asked
    assert second.counts["failed"] == 1
    assert "HTTP 400" in second.failures["reason"][0]
    bad.clear()
    assert first.retry().counts["answered"] == 64
    assert jsdf.run(values, LABELS, engine=engine, progress=False).counts["answered"] == 64


def test_what_another_process_answered_meanwhile_is_not_paid_again():
    code = """
import jsdf, pandas
from jsdf.testing import FakeEngine
values = pandas.Series([f"text {i}" for i in range(64)])
jsdf.run(values, ["a", "b", "c"], engine=FakeEngine(identity="one"), progress=False)
"""

    def answers(question, values):
        if len(engine.calls) == 1:  # while the first request is on its way
            subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    engine = FakeEngine(answers, identity="one", concurrency=1)
    result = jsdf.run(column(64), LABELS, engine=engine, progress=False)
    assert [len(v) for _, v in engine.calls] == [32]
    assert result.counts["answered"] == 64
    assert result.usage.rows_sent == 32


def test_a_call_from_inside_an_engine_says_so_instead_of_blocking_for_ever():
    def answers(question, values):
        jsdf.run(column(1), LABELS, engine=FakeEngine(), progress=False)

    result = run(column(1), FakeEngine(answers))
    assert "from inside an engine" in result.failures["reason"][0]
