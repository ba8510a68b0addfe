"""Pauses, outages and `Retry-After` are waited for, up to a limit."""

import pytest
from refusing_engines import column, run

from jsdf.errors import RateLimitError, TransientError
from jsdf.runner import sender
from jsdf.testing import FakeEngine


def test_a_429_is_not_an_attempt_and_every_row_is_answered():
    refusals = [RateLimitError("slow down", retry_after=0.0, status=429)] * 5
    engine = FakeEngine(refusals, concurrency=1)
    result = run(column(32), engine)
    assert result.counts["answered"] == 32
    assert (result.usage.requests, result.usage.refused) == (6, 5)


def test_a_rate_limit_that_never_ends_stops_the_run(monkeypatch):
    monkeypatch.setattr(sender, "GIVE_UP_SECONDS", 0.1)
    engine = FakeEngine(fail=lambda _: RateLimitError("slow down", retry_after=0.01, status=429))
    with pytest.raises(RateLimitError, match="HTTP 429: slow down") as error:
        run(column(100), engine)
    assert error.value.run.counts["pending"] == 100


def test_an_outage_is_waited_out(monkeypatch):
    monkeypatch.setattr(sender, "MIN_OUTAGE_PAUSE", 0.02)
    monkeypatch.setattr(sender, "MAX_OUTAGE_PAUSE", 0.02)
    down = []

    def answers(question, values):
        # At most four failures per batch, so that none uses up its five attempts in any order of the tasks.
        if len(engine.calls) > 20 and len(down) < 30 and down.count(values[0]) < 4:
            down.append(values[0])
            return TransientError("down", status=503)
        return None

    engine = FakeEngine(answers, concurrency=8)
    assert run(column(3200), engine).counts["answered"] == 3200
    assert len(down) == 30


@pytest.mark.parametrize("wait", [1e9, 1e308])
def test_retry_after_is_limited(wait, monkeypatch):
    monkeypatch.setattr(sender, "MAX_RETRY_AFTER", 0.01)
    engine = FakeEngine([TransientError("busy", status=503, retry_after=wait)])
    assert run(column(3), engine).counts["answered"] == 3
