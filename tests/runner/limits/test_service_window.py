"""Requests that are left in the window of a service, whatever the order of its answers; time is an argument."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.base import RateLimitInfo
from jsdf.runner.limits.service_window import OVERTAKING, SHARED_SECONDS, ServiceWindow

LIMIT = 50


def send(window, count, now=0.0):
    return [window.send(now) for _ in range(count)]


def read(window, number, remaining, now=0.2, end=1.0):
    window.read_headers(RateLimitInfo(LIMIT, remaining, 1000 + end), number, now, end - now)


@given(count=st.integers(1, LIMIT), answered=st.integers(0, LIMIT), lost=st.integers(0, 5), seed=st.integers())
def test_the_requests_left_are_those_that_the_service_accepts(count, answered, lost, seed):
    """Requests are received and answered in any order, and some get no answer: the bound is exact without those."""
    window, order = ServiceWindow(), Random(seed)
    numbers = send(window, count)
    order.shuffle(numbers)
    answers = list(enumerate(numbers, 1))[:answered]
    order.shuffle(answers)
    for used, number in answers:
        read(window, number, LIMIT - used)
    for number in [number for number in numbers if number not in {n for _, n in answers}][:lost]:
        window.end_request(number, 0.3)
    assert window.left(0.3) == (LIMIT - count if answers else 0)


def test_slots_that_were_given_are_not_left():
    window = ServiceWindow()
    read(window, *send(window, 1), 49)
    for _ in range(9):
        window.give_slot()
    assert window.left(0.2) == 40
    window.take_slot_back()
    assert window.left(0.2) == 41
    window.send(0.2)
    assert window.left(0.2) == 41


def test_a_request_without_an_answer_counts_until_a_later_one_has_one():
    window = ServiceWindow()
    lost, answered = send(window, 2)
    read(window, answered, 49)
    window.end_request(lost, 0.3)
    assert window.left(0.3) == 48
    read(window, *send(window, 1, now=0.4), 48, now=0.5)  # the lost one was not counted
    assert window.left(0.5) == 48


@pytest.mark.parametrize(("remaining", "left"), [(0, 0), (30, 12), (40, 32)])
def test_headers_of_an_earlier_request_change_nothing(remaining, left):
    """All others have no answer yet, and may have been received since."""
    window = ServiceWindow()
    *_, first, second = send(window, LIMIT - remaining)
    read(window, second, remaining)
    read(window, first, remaining + 1, now=0.3)
    assert window.left(0.3) == left


def test_nothing_is_sent_before_a_used_up_window_ends_and_then_one_request():
    window = ServiceWindow()
    numbers = send(window, LIMIT)
    for used, number in enumerate(numbers, 1):
        read(window, number, LIMIT - used)
    assert (window.left(0.3), window.earliest(0.3)) == (0, 1.0)
    assert window.earliest(1.0) == -math.inf
    window.send(1.0)
    assert window.earliest(1.0) == 1.0  # those of time 0 have left a sliding window


def test_requests_of_another_client_make_the_headers_useless():
    window = ServiceWindow()
    read(window, *send(window, 1), 30)
    assert (window.left(0.2), window.earliest(0.2)) == (0, -math.inf)
    read(window, *send(window, 1, now=SHARED_SECONDS + 1), 49, now=SHARED_SECONDS + 1, end=SHARED_SECONDS + 2)
    assert window.left(SHARED_SECONDS + 1) == 49


@pytest.mark.parametrize("info", [RateLimitInfo(), RateLimitInfo(limit=50), RateLimitInfo(remaining=9)])
def test_without_headers_nothing_is_known(info):
    window = ServiceWindow()
    window.read_headers(info, *send(window, 1), 0.2, None)
    assert (window.left(0.2), window.earliest(0.2)) == (0, -math.inf)


def test_what_was_said_more_than_a_second_ago_is_not_used():
    window = ServiceWindow()
    read(window, *send(window, 1), 49)
    assert (window.left(1.1), window.left(1.3)) == (49, 0)


def test_after_a_refusal_only_later_headers_count():
    window = ServiceWindow()
    first, second = send(window, 2)
    read(window, second, 48)
    window.forget()
    assert window.left(0.2) == 0
    read(window, first, 49)
    assert window.left(0.2) == 0
    read(window, *send(window, 1, now=0.3), 47, now=0.4)
    assert window.left(0.4) == 47


def use_up(window, start, end):
    """Use up the window that ends at this time; its first request, sent at `start`, finds it empty."""
    for used in range(1, LIMIT + 1):
        at = start + (used - 1) / 100
        read(window, window.send(at), LIMIT - used, now=at + 0.2, end=end)


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.25])
def test_the_next_window_is_used_as_early_as_one_was_found_empty(delay):
    window = ServiceWindow()
    use_up(window, 0.1, end=1.0)
    assert window.left(1.1) == 0
    use_up(window, 1.0 + delay, end=2.0)
    times = [2.0, 2.0 + delay + OVERTAKING - 0.01, 2.0 + delay + OVERTAKING + 0.01]
    assert [window.left(time) for time in times] == [0, 0, LIMIT]
    window.forget()  # a refusal
    assert window.left(times[-1]) == 0


def test_a_sliding_window_is_never_taken_for_an_empty_one():
    window, sent = ServiceWindow(), [0.021 * i for i in range(200)]
    for now in sent:
        recent = [at for at in sent if now - 1 < at <= now]
        read(window, window.send(now), LIMIT - len(recent), now=now, end=recent[0] + 1)
        times = now, recent[0] + 1.02, now + 0.5
        assert {window.left(time) for time in times} <= {LIMIT - len(recent), 0}
