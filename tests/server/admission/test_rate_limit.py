"""The rate limit of each client in each second."""

import pytest
from server_client import Clock

from jsdf.server.admission.clients import Client
from jsdf.server.admission.rate_limit import FixedWindowRateLimiter
from jsdf.server.errors import RequestRejected

GREEDY, POLITE = Client("127.0.0.1", b"greedy"), Client("127.0.0.1", b"polite")


def admitted(limiter, client, requests):
    count = 0
    for _ in range(requests):
        try:
            limiter.acquire(client)
        except RequestRejected:
            continue
        count += 1
    return count


@pytest.mark.parametrize("rate", [1, 7, 50])
def test_a_greedy_client_leaves_the_rate_of_another_alone(rate):
    limiter = FixedWindowRateLimiter(rate, Clock())
    assert admitted(limiter, GREEDY, 20 * rate) == rate
    assert admitted(limiter, POLITE, 2 * rate) == rate


def test_each_second_begins_anew():
    clock = Clock()
    limiter = FixedWindowRateLimiter(2, clock)
    for _ in range(3):
        assert admitted(limiter, GREEDY, 5) == 2
        clock.now += 1


def test_the_headers_are_those_of_the_client():
    limiter = FixedWindowRateLimiter(3, Clock())
    admitted(limiter, GREEDY, 5)
    assert dict(limiter.headers(GREEDY))[b"x-jigsaw-rate-limit-remaining"] == b"0"
    assert dict(limiter.headers(POLITE))[b"x-jigsaw-rate-limit-remaining"] == b"3"


def test_without_a_rate_nothing_is_counted():
    limiter = FixedWindowRateLimiter(0, Clock())
    assert admitted(limiter, GREEDY, 1_000) == 1_000
    assert limiter.headers(GREEDY) == []
    assert not limiter._admitted
