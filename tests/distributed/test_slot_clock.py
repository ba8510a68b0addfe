"""Slots are evenly spaced, whoever asks for them, in blocks of whatever size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.distributed.slot_clock import SlotClock, clock_name
from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM
from jsdf.testing import FakeEngine

LEASES = st.lists(st.tuples(st.integers(1, 5), st.floats(0, 0.5)), min_size=1, max_size=60)


@given(LEASES, st.sampled_from([1, 7.5, 50, 400]))
def test_no_second_has_more_slots_than_the_rate_and_the_burst(leases, rate):
    clock, now, slots = SlotClock(), 1000.0, []
    for count, seconds in leases:
        now += seconds
        clock, delay, interval = clock.lease(count, rate, now)
        slots += [max(now, now + delay + i * interval) for i in range(count)]
    assert slots == sorted(slots)
    busiest = max(sum(start <= slot < start + 1 for slot in slots) for start in slots)
    assert busiest <= rate * (HEADROOM + 2 * BURST_SECONDS) + 2


@pytest.mark.parametrize("blocks", [[1] * 12, [5, 5, 2], [3] * 4])
def test_the_size_of_the_blocks_does_not_change_the_rate(blocks):
    clock = SlotClock()
    for count in blocks:
        clock, _, _ = clock.lease(count, 10, 0.0)
    assert clock.next_slot == pytest.approx(12 / (10 * HEADROOM) - BURST_SECONDS)


@pytest.mark.parametrize(("seconds", "delay"), [(3.0, 3.0), (0.2, 0.2), (1e9, 120.0)])
def test_a_pause_holds_back_all_slots(seconds, delay):
    clock = SlotClock().pause(seconds, 50.0)
    assert clock.lease(1, 50, 50.0)[1] == pytest.approx(delay)
    assert clock.pause(0.1, 50.0) == clock  # a second one never shortens it


def test_a_time_of_another_boot_counts_as_none():
    assert SlotClock(1e6).lease(1, 50, 10.0)[1] == 0.0
    assert SlotClock().lease(1, 50, 10.0)[1] == pytest.approx(-BURST_SECONDS)


def test_a_service_has_one_clock_and_its_name_shows_nothing():
    assert clock_name(FakeEngine(identity="a")) == clock_name(FakeEngine(identity="a", rate=7))
    assert clock_name(FakeEngine(identity="a")) != clock_name(FakeEngine(identity="b"))
    assert "secret" not in clock_name(FakeEngine(identity="secret"))
