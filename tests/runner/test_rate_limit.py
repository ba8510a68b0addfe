"""The rate limiter with a simulated clock: exact, and without waiting."""

import asyncio

import pytest

from jsdf.engines.base import RateLimitInfo
from jsdf.errors import RateLimitError
from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM, MAX_PAUSE, MAX_RETRY_AFTER, MIN_PAUSE, RateLimiter


def rate_limiter(loop, rate=None):
    return RateLimiter(rate, clock=loop.time, wall=lambda: 1000.0 + loop.time())


def send(loop, limiter, count, *, workers=8):
    """Return the times at which `count` requests were sent."""
    remaining, times = iter(range(count)), []

    async def worker():
        for _ in remaining:
            await limiter.acquire()
            times.append(loop.time())

    async def run_workers():
        await asyncio.gather(*(worker() for _ in range(workers)))

    loop.run_until_complete(run_workers())
    return times


@pytest.mark.parametrize("rate", [1, 7, 50, 200])
def test_the_rate_is_nearly_reached_and_hardly_ever_exceeded(warp, rate):
    times = send(warp, rate_limiter(warp, rate), 10 * rate)
    busiest = max(sum(start <= t < start + 1 for t in times) for start in times)
    assert busiest <= rate * (HEADROOM + BURST_SECONDS) + 1
    assert times[-1] <= 10 / HEADROOM


def test_without_a_rate_no_request_waits(warp):
    assert send(warp, rate_limiter(warp), 1000)[-1] == 0


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
def test_one_refusal_pauses_all_requests(warp, refusal, seconds):
    limiter = rate_limiter(warp)
    assert limiter.back_off(RateLimitError("slow down", **refusal)) == pytest.approx(seconds)
    assert send(warp, limiter, 20) == pytest.approx([seconds] * 20)


def test_a_second_refusal_never_shortens_the_pause(warp):
    limiter = rate_limiter(warp)
    limiter.back_off(RateLimitError("slow down", retry_after=5.0))
    limiter.back_off(RateLimitError("slow down", retry_after=1.0))
    assert send(warp, limiter, 1) == pytest.approx([5.0])


def test_consecutive_refusals_wait_longer_until_a_request_succeeds(warp):
    limiter = rate_limiter(warp)
    waits = [limiter.back_off(RateLimitError("slow down")) for _ in range(12)]
    assert waits[:4] == pytest.approx([MIN_PAUSE, 2 * MIN_PAUSE, 4 * MIN_PAUSE, 8 * MIN_PAUSE])
    assert waits[-1] == MAX_PAUSE
    limiter.update_from_headers(RateLimitInfo())
    assert limiter.back_off(RateLimitError("slow down")) == MIN_PAUSE


#: Limits that no service has, each with the rate that stays.
SENSELESS = [(limit, 50) for limit in (5e-324, 0.0001, 0.5, 1e300, float("inf"), float("nan"))]


@pytest.mark.parametrize(("limit", "rate"), [(10, 10), (100, 50), (None, 50), (0, 50), (-1, 50), *SENSELESS])
def test_the_service_may_lower_the_rate_but_not_raise_it(warp, limit, rate):
    limiter = rate_limiter(warp, 50)
    limiter.update_from_headers(RateLimitInfo(limit=limit))
    assert limiter.rate == rate


@pytest.mark.parametrize(
    ("info", "wait"),
    [
        (RateLimitInfo(remaining=0, reset=1000.4), 0.4),
        (RateLimitInfo(remaining=1, reset=1000.4), 0),
        (RateLimitInfo(remaining=0, reset=999.0), 0),
        (RateLimitInfo(remaining=0, reset=1060.0), 0),  # the clocks differ
        (RateLimitInfo(remaining=0), 0),
    ],
)
def test_requests_wait_for_the_end_of_an_exhausted_window(warp, info, wait):
    limiter = rate_limiter(warp)
    limiter.update_from_headers(info)
    assert send(warp, limiter, 1) == pytest.approx([wait])


def test_a_request_waiting_for_a_slot_also_waits_for_a_later_pause(warp):
    limiter = rate_limiter(warp, 1)

    async def scenario():
        await limiter.acquire()
        late = asyncio.ensure_future(limiter.acquire())
        await asyncio.sleep(0.5)
        limiter.back_off(RateLimitError("slow down", retry_after=10.0))
        await late
        return warp.time()

    assert warp.run_until_complete(scenario()) >= 10.5
