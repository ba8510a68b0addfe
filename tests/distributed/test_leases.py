"""Processes that lease their slots keep one rate together, and a pause of one is a pause of all."""

import asyncio
import logging

import pytest

from jsdf.distributed.leases import BLOCK_SECONDS, Lease, LeasedRateLimiter
from jsdf.distributed.slot_clock import SlotClock
from jsdf.engines.base import RateLimitInfo
from jsdf.errors import RateLimitError
from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM


class SimulatedClock:
    """Clock of a cluster on a simulated loop, that takes some time to answer."""

    def __init__(self, loop, latency=0.005):
        self._loop, self._latency, self._state = loop, latency, SlotClock()
        self.blocks = []

    async def lease(self, slots, rate):
        self.blocks.append(slots)
        await asyncio.sleep(self._latency)
        self._state, delay, interval = self._state.lease(slots, rate, self._loop.time())
        return Lease(delay, interval)

    async def pause(self, seconds):
        self._state = self._state.pause(seconds, self._loop.time())


def limiters(loop, lessor, count, rate=50):
    return [LeasedRateLimiter(rate, lessor, clock=loop.time, wall=lambda: 1000.0 + loop.time()) for _ in range(count)]


def send(loop, group, requests, *, tasks=16):
    """Return the times at which the requests of several processes were sent, in order."""
    remaining, times = iter(range(requests)), []

    async def worker(limiter):
        for _ in remaining:
            await limiter.acquire()
            times.append(loop.time())

    async def run_workers():
        await asyncio.gather(*(worker(limiter) for limiter in group for _ in range(tasks)))

    loop.run_until_complete(run_workers())
    return times


@pytest.mark.parametrize("processes", [1, 4, 9])
@pytest.mark.parametrize("rate", [7, 50])
def test_processes_keep_one_rate_together(warp, processes, rate):
    times = send(warp, limiters(warp, SimulatedClock(warp), processes, rate), 10 * rate)
    busiest = max(sum(start <= t < start + 1 for t in times) for start in times)
    assert busiest <= rate * (HEADROOM + BURST_SECONDS) + 2
    assert times[-1] <= 10 / HEADROOM + 5 / rate


def test_no_more_slots_are_leased_than_requests_wait(warp):
    lessor = SimulatedClock(warp)
    send(warp, limiters(warp, lessor, 1), 3, tasks=3)
    assert sum(lessor.blocks) == 3
    send(warp, limiters(warp, lessor, 1, rate=400), 400, tasks=30)
    assert max(lessor.blocks) == 400 * BLOCK_SECONDS


def test_a_refusal_in_one_process_pauses_all(warp):
    first, second = limiters(warp, SimulatedClock(warp), 2)

    async def scenario():
        await asyncio.gather(first.acquire(), second.acquire())
        first.back_off(RateLimitError("slow down", retry_after=5.0))
        await asyncio.gather(first.acquire(), second.acquire())
        return warp.time()

    assert warp.run_until_complete(scenario()) >= 5.0


def test_a_lower_limit_of_the_service_holds_for_the_leases(warp):
    (limiter,) = limiters(warp, SimulatedClock(warp), 1)
    limiter.update_from_headers(RateLimitInfo(limit=10))
    assert send(warp, [limiter], 30)[-1] >= 2.5


class NoClock:
    async def lease(self, slots, rate):
        raise OSError("the scheduler is gone")

    async def pause(self, seconds):
        raise OSError("the scheduler is gone")


def test_without_the_clock_a_process_keeps_the_rate_by_itself(warp, caplog):
    (limiter,) = limiters(warp, NoClock(), 1)

    async def back_off():
        limiter.back_off(RateLimitError("slow down", retry_after=3.0))
        await asyncio.sleep(0)

    with caplog.at_level(logging.WARNING, "jsdf"):
        assert 1.8 <= send(warp, [limiter], 100)[-1] <= 2.2
        warp.run_until_complete(back_off())
        assert send(warp, [limiter], 1)[0] >= 4.8
    assert "the scheduler is gone" in caplog.text


def test_a_cancelled_request_does_not_hold_up_the_others(warp):
    (limiter,) = limiters(warp, SimulatedClock(warp), 1)

    async def scenario():
        tasks = [asyncio.ensure_future(limiter.acquire()) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in tasks[:10]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return warp.time()

    assert warp.run_until_complete(scenario()) < 1.0


def test_slots_that_a_busy_process_missed_are_not_made_up_for_at_once(warp):
    (limiter,) = limiters(warp, SimulatedClock(warp), 1)
    send(warp, [limiter], 2, tasks=6)  # leases a block of which three slots are left
    limiter._slots.extend([warp.time() + i / 50 for i in range(5)])
    warp.run_until_complete(asyncio.sleep(10.0))
    times = send(warp, [limiter], 10)
    assert times[-1] - times[0] >= (10 - 1) / 50 - BURST_SECONDS - 0.001
