"""The end of a window in local time, by clocks that differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.limits.service_clock import WINDOW, ServiceClock

UNIX = 1_000.0  # Unix time of the service at monotonic time 0


@pytest.mark.parametrize("ahead", [-0.5, 0.0, 0.5])
def test_without_an_answer_the_wall_clock_counts(ahead):
    assert ServiceClock().until(UNIX + 1, 0.0, UNIX + ahead) == pytest.approx(1 - ahead)


@pytest.mark.parametrize(("ahead", "until"), [(-0.5, 1.0), (0.0, 0.7), (0.2, 0.5), (0.6, 0.4)])
def test_an_answer_bounds_the_end_of_its_window(ahead, until):
    """Sent at 0.7 s after a request of 0.3 s; the window, which has counted it, ends at 1.4 s."""
    clock = ServiceClock()
    clock.observe(UNIX + 1.4, 0.3, 0.7)
    clock.observe(UNIX + 1.4, 1.1, 1.3)
    assert clock.until(UNIX + 1.4, 0.7, UNIX + 0.7 + ahead) == pytest.approx(until)


@given(
    ahead=st.floats(-2, 2),
    requests=st.lists(st.tuples(st.floats(0, 60), st.floats(0, 0.3), st.floats(0, 0.3)), max_size=30),
    now=st.floats(0, 60),
)
def test_the_end_is_never_estimated_worse_than_by_the_wall_clock(ahead, requests, now):
    clock = ServiceClock()
    for sent_at, way, answer in requests:
        received = sent_at + way
        clock.observe(UNIX + int(received) + 1, sent_at, received + answer)
    end = int(now) + 1
    error = clock.until(UNIX + end, now, UNIX + now + ahead) - (end - now)
    assert abs(error) <= abs(ahead) + 1e-6


def test_a_clock_that_was_set_is_learnt_anew():
    clock = ServiceClock()
    clock.observe(UNIX + 1, 0.9, 0.95)
    clock.observe(UNIX + 3_601.0, 1.9, 1.95)  # an hour later by its clock, a second by ours
    assert 0 <= clock.until(UNIX + 3_601.0, 1.95, UNIX) <= WINDOW
