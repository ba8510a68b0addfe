"""The pacer in a time of its own: exact, and without waiting."""

import asyncio

import pytest

from jsdf.engines.base import RateLimitInfo
from jsdf.errors import RateLimitError
from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM, MAX_PAUSE, MAX_RETRY_AFTER, MIN_PAUSE, RateLimiter


def pacer(loop, rate=None):
    return RateLimiter(rate, clock=loop.time, wall=lambda: 1000.0 + loop.time())


def send(loop, pacer, count, *, workers=8):
    """When each of `count` requests left."""
    left, when = iter(range(count)), []

    async def worker():
        for _ in left:
            await pacer.acquire()
            when.append(loop.time())

    async def crowd():
        await asyncio.gather(*(worker() for _ in range(workers)))

    loop.run_until_complete(crowd())
    return when


@pytest.mark.parametrize("rate", [1, 7, 50, 200])
def test_the_rate_is_nearly_reached_and_hardly_ever_passed(warp, rate):
    when = send(warp, pacer(warp, rate), 10 * rate)
    busiest = max(sum(start <= t < start + 1 for t in when) for start in when)
    assert busiest <= rate * (HEADROOM + BURST_SECONDS) + 1
    assert when[-1] <= 10 / HEADROOM


def test_without_a_rate_nobody_waits(warp):
    assert send(warp, pacer(warp), 1000)[-1] == 0


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        ({"retry_after": 3.0}, 3.0),
        ({"retry_after": 0.0}, MIN_PAUSE),
        ({"retry_after": 1e6}, MAX_RETRY_AFTER),
        ({"reset": 1000.5}, 0.5),
        ({"reset": 900.0}, MIN_PAUSE),
        ({"reset": 2000.0}, MAX_PAUSE),
        ({"reset": 2000.0, "retry_after": 0.1}, 0.1),
        ({}, MIN_PAUSE),
    ],
)
def test_one_refusal_holds_everybody_back(warp, refusal, seconds):
    p = pacer(warp)
    assert p.back_off(RateLimitError("slow down", **refusal)) == pytest.approx(seconds)
    assert send(warp, p, 20) == pytest.approx([seconds] * 20)


def test_a_second_refusal_never_shortens_the_pause(warp):
    p = pacer(warp)
    p.back_off(RateLimitError("slow down", retry_after=5.0))
    p.back_off(RateLimitError("slow down", retry_after=1.0))
    assert send(warp, p, 1) == pytest.approx([5.0])


def test_refusals_in_a_row_wait_longer_until_one_is_let_in(warp):
    p = pacer(warp)
    waits = [p.back_off(RateLimitError("slow down")) for _ in range(12)]
    assert waits[:4] == pytest.approx([MIN_PAUSE, 2 * MIN_PAUSE, 4 * MIN_PAUSE, 8 * MIN_PAUSE])
    assert waits[-1] == MAX_PAUSE
    p.update_from_headers(RateLimitInfo())
    assert p.back_off(RateLimitError("slow down")) == MIN_PAUSE


@pytest.mark.parametrize(("limit", "rate"), [(10, 10), (100, 50), (None, 50), (0, 50), (-1, 50)])
def test_the_service_may_lower_the_rate_but_not_raise_it(warp, limit, rate):
    p = pacer(warp, 50)
    p.update_from_headers(RateLimitInfo(limit=limit))
    assert p.rate == rate


@pytest.mark.parametrize(
    ("pace", "wait"),
    [
        (RateLimitInfo(remaining=0, reset=1000.4), 0.4),
        (RateLimitInfo(remaining=1, reset=1000.4), 0),
        (RateLimitInfo(remaining=0, reset=999.0), 0),
        (RateLimitInfo(remaining=0, reset=1060.0), 0),  # the two clocks disagree
        (RateLimitInfo(remaining=0), 0),
    ],
)
def test_an_exhausted_window_is_waited_out(warp, pace, wait):
    p = pacer(warp)
    p.update_from_headers(pace)
    assert send(warp, p, 1) == pytest.approx([wait])


def test_who_waits_for_a_slot_waits_for_a_pause_that_begins_meanwhile(warp):
    p = pacer(warp, 1)

    async def scenario():
        await p.acquire()
        late = asyncio.ensure_future(p.acquire())
        await asyncio.sleep(0.5)
        p.back_off(RateLimitError("slow down", retry_after=10.0))
        await late
        return warp.time()

    assert warp.run_until_complete(scenario()) >= 10.5
