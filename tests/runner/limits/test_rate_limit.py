"""The rate limiter with a simulated clock: exact, and without waiting."""

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warp_loop import WarpLoop

from jsdf.engines.base import RateLimitInfo
from jsdf.errors import RateLimitError
from jsdf.runner.limits.rate_limit import BURST_SECONDS, HEADROOM, MAX_PAUSE, MAX_RETRY_AFTER, MIN_PAUSE, RateLimiter


def rate_limiter(loop, rate=None, *, ahead=0.0):
    return RateLimiter(rate, clock=loop.time, wall=lambda: 1000.0 + ahead + loop.time())


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
    wait, is_for_all = limiter.back_off(RateLimitError("slow down", **refusal))
    assert (wait, is_for_all) == (pytest.approx(seconds), True)
    assert send(warp, limiter, 20) == pytest.approx([seconds] * 20)


def test_a_second_refusal_never_shortens_the_pause(warp):
    limiter = rate_limiter(warp)
    limiter.back_off(RateLimitError("slow down", retry_after=5.0))
    limiter.back_off(RateLimitError("slow down", retry_after=1.0))
    assert send(warp, limiter, 1) == pytest.approx([5.0])


def test_consecutive_refusals_wait_longer_until_a_request_succeeds(warp):
    limiter = rate_limiter(warp)
    waits = [limiter.back_off(RateLimitError("slow down"))[0] for _ in range(12)]
    assert waits[:4] == pytest.approx([MIN_PAUSE, 2 * MIN_PAUSE, 4 * MIN_PAUSE, 8 * MIN_PAUSE])
    assert waits[-1] == MAX_PAUSE
    limiter.update_from_headers(RateLimitInfo())
    assert limiter.back_off(RateLimitError("slow down")) == (MIN_PAUSE, True)


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


class Service:
    """A service with a fixed or sliding window, and how often it refused."""

    def __init__(self, loop, limit, latency, *, sliding=False, headers=True, jitter=0.0, seed=0):
        self._loop, self._limit, self._latency = loop, limit, latency
        self._jitter, self._random = jitter, Random(seed)  # seconds that a request takes on its way
        self._sliding, self._headers = sliding, headers
        self.accepted, self.refused = [], 0

    def _used(self, now):
        return sum(at > now - 1 if self._sliding else at >= int(now) for at in self.accepted)

    def _window_end(self, now):
        return 1 + (min(at for at in [*self.accepted, now] if at > now - 1) if self._sliding else int(now))

    async def answer(self):
        await asyncio.sleep(self._jitter * self._random.random())
        now = self._loop.time()
        is_accepted = self._used(now) < self._limit
        (self.accepted.append(now) if is_accepted else setattr(self, "refused", self.refused + 1))
        left, reset = self._limit - self._used(now), 1000.0 + self._window_end(now)
        info = RateLimitInfo(self._limit, left, reset) if self._headers else RateLimitInfo()
        if not is_accepted:
            raise RateLimitError("slow down", reset=info.reset, remaining=info.remaining)
        await asyncio.sleep(self._latency)
        return info


def finish(loop, service, requests, *limiters, concurrency=32, phase=0.5):
    """Send requests through the limiters, as the sender does, so many seconds after a window began."""

    async def client(limiter):
        remaining, has_answer = iter(range(requests)), asyncio.Event()

        async def worker(number):
            if number >= 5:
                await has_answer.wait()
            for _ in remaining:
                while True:
                    await limiter.acquire()
                    sent = limiter.count_sent()
                    try:
                        info = await service.answer()
                        limiter.update_from_headers(info, sent)
                    except RateLimitError as refusal:
                        limiter.count_ended(sent, refusal)
                        wait, is_for_all = limiter.back_off(refusal)
                        await asyncio.sleep(0 if is_for_all else wait)
                        continue
                    has_answer.set()
                    break

        await asyncio.gather(*(worker(number) for number in range(concurrency)))

    async def everybody():
        await asyncio.sleep((phase - loop.time()) % 1)
        start = loop.time()
        await asyncio.gather(*(client(limiter) for limiter in limiters))
        return loop.time() - start

    return loop.run_until_complete(everybody())


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize(("requests", "seconds"), [(32, 0.5), (100, 1.2), (500, 9.6)])
def test_what_the_headers_say_is_left_is_used_at_once(warp, sliding, requests, seconds):
    service = Service(warp, 50, 0.2, sliding=sliding)
    assert finish(warp, service, requests, rate_limiter(warp, 50)) <= seconds + 0.7 * sliding
    assert service.refused == 0


@settings(max_examples=40, deadline=None)
@given(
    phase=st.floats(0, 0.99),
    latency=st.sampled_from([0.05, 0.1, 0.2, 0.6]),
    jitter=st.floats(0, 0.03),
    requests=st.sampled_from([32, 100, 160]),
    seed=st.integers(0, 9),
)
def test_a_client_that_is_alone_is_never_refused(phase, latency, jitter, requests, seed):
    loop = WarpLoop()
    service = Service(loop, 50, latency, jitter=jitter, seed=seed)
    finish(loop, service, requests, rate_limiter(loop, 50), phase=phase)
    loop.close()
    assert service.refused == 0


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.55, 0.6, 0.79, 0.99])
@pytest.mark.parametrize("jitter", [0.0, 0.03])
def test_a_long_run_takes_no_longer_than_the_limit_allows(warp, phase, jitter):
    service = Service(warp, 50, 0.2, jitter=jitter)
    assert finish(warp, service, 500, rate_limiter(warp, 50), phase=phase) <= 9.75  # 10 s at 50 requests a second
    assert service.refused == 0


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize("ahead", [-0.5, -0.1, 0.02, 0.1, 0.5])
def test_a_clock_that_differs_costs_little(warp, ahead, sliding):
    service = Service(warp, 50, 0.2, sliding=sliding, jitter=0.02)
    seconds = finish(warp, service, 500, rate_limiter(warp, 50, ahead=ahead))
    assert seconds <= 10.5 + 1.5 * sliding
    assert service.refused <= 0.04 * 500


def test_without_headers_nothing_goes_out_early(warp):
    service = Service(warp, 50, 0.2, headers=False)
    assert finish(warp, service, 100, rate_limiter(warp, 50)) >= 2.0


def test_a_mistaken_header_lets_no_more_through_than_the_limit(warp):
    limiter = rate_limiter(warp, 50)
    limiter.update_from_headers(RateLimitInfo(50, 1e9, 1000.9), limiter.count_sent())
    times = send(warp, limiter, 200, workers=200)
    assert sum(at < 0.5 for at in times) <= 50 + 25 + 4


def test_a_rate_below_the_limit_is_kept(warp):
    service = Service(warp, 50, 0.2)
    finish(warp, service, 60, rate_limiter(warp, 10))
    busiest = max(sum(start <= at < start + 1 for at in service.accepted) for start in service.accepted)
    assert busiest <= 11


@pytest.mark.parametrize("sliding", [False, True])
@pytest.mark.parametrize("clients", [2, 3])
def test_clients_that_share_a_key_are_hardly_refused(warp, sliding, clients):
    service = Service(warp, 50, 0.2, sliding=sliding)
    limiters = [rate_limiter(warp, 50) for _ in range(clients)]
    seconds = finish(warp, service, 1000 // clients, *limiters)
    assert seconds <= 1000 / 47
    assert service.refused <= 0.06 * clients * 1000  # each assumes the whole limit


def test_a_refusal_of_one_request_holds_back_no_other(warp):
    limiter = rate_limiter(warp, 50)
    assert limiter.back_off(RateLimitError("no", retry_after=1.0, remaining=30)) == (1.0, False)
    assert send(warp, limiter, 1) == [0]
    assert limiter.back_off(RateLimitError("no", retry_after=1.0, remaining=0)) == (1.0, True)


def test_a_refusal_without_headers_is_one_of_its_own_where_slots_are_left(warp):
    limiter = rate_limiter(warp, 50)
    number = limiter.count_sent()
    limiter.update_from_headers(RateLimitInfo(50, 49, 1001.0), number)
    assert limiter.back_off(RateLimitError("no", retry_after=1.0)) == (1.0, False)
    assert limiter.back_off(RateLimitError("no", retry_after=1.0)) == (1.0, False)
    assert limiter.back_off(RateLimitError("no", retry_after=1.0)) == (1.0, True)  # three in a row


def test_a_cancelled_request_leaves_its_slot_to_the_next(warp):
    limiter = rate_limiter(warp, 1)

    async def scenario():
        await limiter.acquire()
        tasks = [asyncio.ensure_future(limiter.acquire()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await tasks[1]
        first = warp.time()
        tasks[2].cancel()
        return first

    assert warp.run_until_complete(scenario()) <= 1.1


def left_of(limiter, count=60):
    """Return how many of many waiting requests get a slot at once."""

    async def scenario():
        tasks = [asyncio.ensure_future(limiter.acquire()) for _ in range(count)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        done = [task for task in tasks if task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return len(done)

    return scenario()


@pytest.mark.parametrize("given_back", ["nothing to send", "an error", "a cancellation", "release"])
def test_a_slot_without_a_request_is_given_back(warp, given_back):
    limiter = rate_limiter(warp, 50)

    async def nothing():
        if given_back == "an error":
            raise OSError
        if given_back == "a cancellation":
            raise asyncio.CancelledError
        return []

    async def scenario():
        await limiter.acquire()
        limiter.update_from_headers(RateLimitInfo(50, 49, 1000.9), limiter.count_sent())
        for _ in range(30):
            if given_back == "release":
                await limiter.acquire()
                limiter.release()
            else:
                await asyncio.gather(asyncio.ensure_future(limiter.acquire_for(nothing)), return_exceptions=True)
        return await left_of(limiter)

    assert warp.run_until_complete(scenario()) == 49


def test_what_is_to_be_sent_is_known_only_in_the_slot(warp):
    limiter = rate_limiter(warp, 10)

    async def to_send():
        return [warp.time()]

    async def scenario():
        return [await limiter.acquire_for(to_send) for _ in range(3)]

    assert warp.run_until_complete(scenario()) == [[pytest.approx(at, abs=0.02)] for at in (0.0, 0.05, 0.15)]
