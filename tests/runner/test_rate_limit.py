"""The pacer in a time of its own: exact, and without waiting."""

import asyncio

import pytest

from jsdf.engines.base import Pace
from jsdf.errors import RateLimitError
from jsdf.runner.rate_limit import HEADROOM, LATENESS, LONGEST, LONGEST_RETRY_AFTER, SHORTEST, Pacer


def pacer(loop, rate=None):
    return Pacer(rate, clock=loop.time, wall=lambda: 1000.0 + loop.time())


def send(loop, pacer, count, *, workers=8):
    """When each of `count` requests left."""
    left, when = iter(range(count)), []

    async def worker():
        for _ in left:
            await pacer.slot()
            when.append(loop.time())

    async def crowd():
        await asyncio.gather(*(worker() for _ in range(workers)))

    loop.run_until_complete(crowd())
    return when


@pytest.mark.parametrize("rate", [1, 7, 50, 200])
def test_the_rate_is_nearly_reached_and_hardly_ever_passed(warp, rate):
    when = send(warp, pacer(warp, rate), 10 * rate)
    busiest = max(sum(start <= t < start + 1 for t in when) for start in when)
    assert busiest <= rate * (HEADROOM + LATENESS) + 1
    assert when[-1] <= 10 / HEADROOM


def test_without_a_rate_nobody_waits(warp):
    assert send(warp, pacer(warp), 1000)[-1] == 0


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        ({"retry_after": 3.0}, 3.0),
        ({"retry_after": 0.0}, SHORTEST),
        ({"retry_after": 1e6}, LONGEST_RETRY_AFTER),
        ({"reset": 1000.5}, 0.5),
        ({"reset": 900.0}, SHORTEST),
        ({"reset": 2000.0}, LONGEST),
        ({"reset": 2000.0, "retry_after": 0.1}, 0.1),
        ({}, SHORTEST),
    ],
)
def test_one_refusal_holds_everybody_back(warp, refusal, seconds):
    p = pacer(warp)
    assert p.pause(RateLimitError("slow down", **refusal)) == pytest.approx(seconds)
    assert send(warp, p, 20) == pytest.approx([seconds] * 20)


def test_a_second_refusal_never_shortens_the_pause(warp):
    p = pacer(warp)
    p.pause(RateLimitError("slow down", retry_after=5.0))
    p.pause(RateLimitError("slow down", retry_after=1.0))
    assert send(warp, p, 1) == pytest.approx([5.0])


def test_refusals_in_a_row_wait_longer_until_one_is_let_in(warp):
    p = pacer(warp)
    waits = [p.pause(RateLimitError("slow down")) for _ in range(12)]
    assert waits[:4] == pytest.approx([SHORTEST, 2 * SHORTEST, 4 * SHORTEST, 8 * SHORTEST])
    assert waits[-1] == LONGEST
    p.learn(Pace())
    assert p.pause(RateLimitError("slow down")) == SHORTEST


@pytest.mark.parametrize(("limit", "rate"), [(10, 10), (100, 50), (None, 50), (0, 50), (-1, 50)])
def test_the_service_may_lower_the_rate_but_not_raise_it(warp, limit, rate):
    p = pacer(warp, 50)
    p.learn(Pace(limit=limit))
    assert p.rate == rate


@pytest.mark.parametrize(
    ("pace", "wait"),
    [
        (Pace(remaining=0, reset=1000.4), 0.4),
        (Pace(remaining=1, reset=1000.4), 0),
        (Pace(remaining=0, reset=999.0), 0),
        (Pace(remaining=0, reset=1060.0), 0),  # the two clocks disagree
        (Pace(remaining=0), 0),
    ],
)
def test_an_exhausted_window_is_waited_out(warp, pace, wait):
    p = pacer(warp)
    p.learn(pace)
    assert send(warp, p, 1) == pytest.approx([wait])


def test_who_waits_for_a_slot_waits_for_a_pause_that_begins_meanwhile(warp):
    p = pacer(warp, 1)

    async def scenario():
        await p.slot()
        late = asyncio.ensure_future(p.slot())
        await asyncio.sleep(0.5)
        p.pause(RateLimitError("slow down", retry_after=10.0))
        await late
        return warp.time()

    assert warp.run_until_complete(scenario()) >= 10.5
