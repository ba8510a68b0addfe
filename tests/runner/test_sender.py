"""Pauses, outages and `Retry-After` are waited for, up to a limit."""

import asyncio

import pytest
from refusing_engines import column, run

from jsdf.engines.base import Question, Reply
from jsdf.errors import APIError, RateLimitError, TransientError
from jsdf.labels import parse
from jsdf.runner import retry_policy, sender
from jsdf.runner.limits.budget import Budget
from jsdf.runner.limits.prices import request_size
from jsdf.runner.limits.rate_limit import RateLimiter
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
    monkeypatch.setattr(retry_policy, "MAX_RETRY_AFTER", 0.01)
    engine = FakeEngine([TransientError("busy", status=503, retry_after=wait)])
    assert run(column(3), engine).counts["answered"] == 3


class Network:
    """Session whose network is down at some times, with a clock that moves only by its waits and by `slow`."""

    def __init__(self, is_down, slow=0.0):
        self.now, self.tries, self.notes = 0.0, [], []
        self._is_down, self._slow = is_down, slow

    async def classify(self, question, values):
        self.tries.append(self.now)
        if self._is_down(self.now):
            self.now += self._slow
            raise TransientError("no network", splittable=False)
        return Reply(["a"] * len(values))

    async def sleep(self, seconds):
        self.now += seconds

    def clock(self):
        return self.now

    def sender(self):
        return sender.RequestSender(
            self,
            RateLimiter(None, clock=self.clock, sleep=self.sleep),
            Budget(None, None),
            before_send=lambda: None,
            is_stopping=lambda: False,
            on_note=self.notes.append,
            clock=self.clock,
        )


@pytest.fixture
def real_pauses(monkeypatch):
    monkeypatch.setattr(sender, "MIN_OUTAGE_PAUSE", 0.5)
    monkeypatch.setattr(sender, "MAX_OUTAGE_PAUSE", 10.0)
    monkeypatch.setattr(sender, "GIVE_UP_SECONDS_AT_START", 5.0)


def ask(sender_, count=1):
    question = Question(parse(["a", "b"]))

    async def go():
        for _ in range(count):
            await sender_.send(question, ["text"], 5, request_size(question, ["text"]))

    asyncio.run(go())


@pytest.mark.usefixtures("real_pauses")
def test_a_service_that_cannot_be_reached_at_the_start_is_given_up_after_seconds():
    network = Network(lambda now: True)
    sending = network.sender()
    with pytest.raises(TransientError, match="no network"):
        ask(sending)
    assert 5 <= network.now < 7
    assert 5 <= len(network.tries) <= 10
    assert (sending.usage.requests, sending.usage.maybe_billed_twice) == (0, 0)
    assert network.notes[0] == "pausing for 0.5 s: no network"


@pytest.mark.usefixtures("real_pauses")
@pytest.mark.parametrize("starts", [0.3, 1.0, 4.0])
def test_a_service_that_is_starting_is_waited_for(starts):
    network = Network(lambda now: now < starts)
    sending = network.sender()
    ask(sending)
    assert sending.usage.requests == 1
    assert starts <= network.now < 5


@pytest.mark.usefixtures("real_pauses")
def test_a_host_that_is_silent_for_the_whole_timeout_is_tried_once():
    network = Network(lambda now: True, slow=10.0)
    with pytest.raises(TransientError):
        ask(network.sender())
    assert network.tries == [0.0]


@pytest.mark.usefixtures("real_pauses")
@pytest.mark.parametrize("seconds", [1, 30, 100])
def test_an_outage_of_two_minutes_within_a_run_costs_nothing(seconds):
    network = Network(lambda now: 0 < now < seconds)
    sending = network.sender()
    ask(sending)
    network.now = 0.001
    ask(sending)
    assert sending.usage.requests == 2
    assert seconds <= network.now < 120


@pytest.mark.usefixtures("real_pauses")
def test_a_longer_outage_ends_the_run():
    network = Network(lambda now: now > 0)
    sending = network.sender()
    ask(sending)
    network.now = 1.0
    with pytest.raises(TransientError, match="no network"):
        ask(sending)
    assert sender.GIVE_UP_SECONDS <= network.now - 1.0 < sender.GIVE_UP_SECONDS + 11
    assert sending.usage.requests == 1


def test_a_permanent_error_is_not_tried_again():
    engine = FakeEngine(fail=lambda _: APIError("the certificate is not trusted", permanent=True), concurrency=1)
    with pytest.raises(APIError, match=r"^the certificate is not trusted$"):
        run(column(320), engine)
    assert len(engine.calls) == 1
