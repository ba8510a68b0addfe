"""A run stops early if the service cannot be reached or refuses everything, and keeps its answers."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusing_engines import column, refusing, run

import jsdf
from jsdf.errors import APIError, AuthenticationError, TransientError
from jsdf.runner import sender
from jsdf.runner.circuit_breaker import FAILURE_THRESHOLD, CircuitBreaker
from jsdf.testing import FakeEngine


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
def test_a_permanent_error_stops_the_run(status):
    engine = FakeEngine(fail=lambda _: APIError("no", status=status))
    with pytest.raises(APIError, match=f"HTTP {status}: no"):
        run(column(3200), engine)
    assert len(engine.calls) <= FAILURE_THRESHOLD


@pytest.mark.parametrize("status", [400, 422])
def test_labels_that_are_always_refused_stop_the_run_early(status):
    engine = FakeEngine(fail=lambda _: APIError("these labels will not do", status=status), concurrency=32)
    result = run(column(100_000), engine)
    assert len(engine.calls) <= 30
    assert result.counts["answered"] == 0
    assert result.counts["pending"] > 99_900
    assert "these labels will not do" in result.stopped


@pytest.mark.parametrize("share", [2, 4, 20])
def test_many_bad_rows_do_not_stop_the_run(share):
    values = column(640)
    bad = set(values[share - 1 :: share])
    result = run(values, FakeEngine(fail=refusing(bad), concurrency=32))
    assert result.stopped is None
    assert set(result.failures["value"]) == bad


def test_a_service_that_is_down_stops_the_run_early():
    engine = FakeEngine(fail=lambda _: TransientError("down", status=503), concurrency=32)
    result = run(column(100_000), engine)
    assert len(engine.calls) <= FAILURE_THRESHOLD * sender.MAX_ATTEMPTS * 2
    assert result.counts["failed"] + result.counts["pending"] == 100_000
    assert "HTTP 503: down" in result.stopped


def test_an_outage_in_the_middle_of_a_run_keeps_the_answers(monkeypatch):
    def answers(question, values):
        return TransientError("down", status=503) if len(engine.calls) > 20 else None

    monkeypatch.setattr(sender, "GIVE_UP_SECONDS", 0.5)
    monkeypatch.setattr(sender, "MIN_OUTAGE_PAUSE", 0.05)
    monkeypatch.setattr(sender, "MAX_OUTAGE_PAUSE", 0.05)
    engine = FakeEngine(answers, concurrency=4)
    with pytest.raises(TransientError, match="HTTP 503: down") as error:
        run(column(32_000), engine)
    assert error.value.run.counts["answered"] == 640
    assert error.value.run.counts["failed"] == 0
    assert len(engine.calls) < 200


def test_few_requests_are_in_flight_until_the_first_success():
    breaker = CircuitBreaker()
    assert breaker.max_in_flight(32) == FAILURE_THRESHOLD
    assert breaker.max_in_flight(2) == 2
    breaker.record_success()
    assert breaker.max_in_flight(32) == 32


def test_one_request_is_in_flight_once_enough_batches_were_refused_in_the_same_way():
    breaker = CircuitBreaker()
    for kind in [400, 422] * (FAILURE_THRESHOLD - 1):
        breaker.record_refusal(kind, is_isolated=False)
    assert breaker.max_in_flight(32) == FAILURE_THRESHOLD
    breaker.record_refusal(422, is_isolated=False)
    assert breaker.max_in_flight(32) == 1
    breaker.record_success()
    assert breaker.max_in_flight(32) == 32


@given(st.lists(st.tuples(st.sampled_from([400, 422, "success"]), st.booleans()), max_size=40))
def test_it_stops_once_enough_requests_failed_in_the_same_way_and_none_succeeded(events):
    breaker, counts = CircuitBreaker(), Counter()
    for kind, is_isolated in events:
        if kind == "success":
            breaker.record_success()
            counts["success"] += 1
            continue
        stop = breaker.record_refusal(kind, is_isolated=is_isolated)
        counts[kind] += is_isolated
        assert stop == (counts[kind] >= FAILURE_THRESHOLD and not counts["success"])


def test_only_isolated_samples_stop_the_run():
    breaker = CircuitBreaker()
    assert not any(breaker.record_refusal(400, is_isolated=False) for _ in range(10 * FAILURE_THRESHOLD))
    assert [breaker.record_refusal(400, is_isolated=True) for _ in range(FAILURE_THRESHOLD)] == [False] * (
        FAILURE_THRESHOLD - 1
    ) + [True]
