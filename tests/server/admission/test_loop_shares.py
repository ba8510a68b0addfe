"""Shares of the event loop: who takes more than a part is read more slowly while others are active."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_client import Clock

from jsdf.server.admission.clients import Client
from jsdf.server.admission.loop_shares import _BURST_SECONDS, _SHARE, LoopShares, PausableFlow

GREEDY, POLITE = Client("127.0.0.1", b"greedy"), Client("127.0.0.1", b"polite")


@given(st.lists(st.floats(0.0001, 0.5), min_size=1, max_size=100))
def test_a_client_that_waits_as_it_is_told_gets_its_share(costs):
    clock = Clock()
    shares, start = LoopShares(clock), clock.now
    for cost in costs:
        shares.charge(POLITE, 0.0)
        clock.now += shares.charge(GREEDY, cost)
    assert sum(costs) <= _BURST_SECONDS + _SHARE * (clock.now - start) + 1e-6


@given(st.lists(st.floats(0.0001, 0.5), max_size=100))
def test_a_client_that_is_alone_does_not_wait(costs):
    shares = LoopShares(Clock())
    assert [shares.charge(GREEDY, cost) for cost in costs] == [0.0] * len(costs)


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.05])
def test_a_client_within_its_share_does_not_wait(seconds):
    clock = Clock()
    shares = LoopShares(clock)
    for _ in range(50):
        shares.charge(GREEDY, 0.3)
        assert shares.charge(POLITE, seconds) == 0
        clock.now += seconds / _SHARE


def test_a_client_does_not_wait_for_one_that_has_gone():
    clock = Clock()
    shares = LoopShares(clock)
    shares.charge(POLITE, 0.001)
    assert shares.charge(GREEDY, 1.0) > 0
    clock.now += 10
    assert shares.charge(GREEDY, 1.0) == 0
    assert len(shares._seen_at) == len(shares._paid_at) == 1


class Transport:
    def __init__(self):
        self.is_reading = True

    def pause_reading(self):
        assert self.is_reading
        self.is_reading = False

    def resume_reading(self):
        assert not self.is_reading
        self.is_reading = True


@given(st.lists(st.sampled_from(["pause_reading", "resume_reading", "hold", "release"]), max_size=20))
def test_a_connection_is_read_if_it_is_wanted_and_not_held(steps):
    async def go():
        transport, held, wanted = Transport(), False, True
        flow = PausableFlow(transport)
        for step in steps:
            if step == "hold":
                flow.hold(asyncio.get_running_loop(), 1_000)
                held = True
            elif step == "release":
                flow._release()
                held = False
            else:
                getattr(flow, step)()
                wanted = step == "resume_reading"
            assert transport.is_reading == (wanted and not held)

    asyncio.run(go())


def test_a_hold_ends():
    async def go():
        transport = Transport()
        PausableFlow(transport).hold(asyncio.get_running_loop(), 0)
        assert not transport.is_reading
        await asyncio.sleep(0.01)
        return transport.is_reading

    assert asyncio.run(go())
