"""The throttled log: one line a second, and the number of those left out."""

import logging

import pytest
from server_client import Clock

from jsdf.server.log_throttle import LogThrottle


@pytest.mark.parametrize("count", [1, 2, 1_000])
def test_one_line_a_second(caplog, count):
    clock = Clock()
    throttle = LogThrottle(clock)
    with caplog.at_level(logging.DEBUG, "jsdf.server"):
        for _ in range(count):
            throttle.log(logging.DEBUG, "bad %s", "request")
        clock.now += 1
        throttle.log(logging.DEBUG, "bad %s", "request")
    more = f" ({count - 1:,} more lines were left out before this one)" if count > 1 else ""
    assert caplog.messages == ["bad request", f"bad request{more}"]


def test_a_level_that_is_off_counts_nothing(caplog):
    throttle = LogThrottle(Clock())
    with caplog.at_level(logging.INFO, "jsdf.server"):
        throttle.log(logging.DEBUG, "hidden")
        throttle.log(logging.ERROR, "shown")
    assert caplog.messages == ["shown"]
