"""Processes of one machine keep one rate through a file."""

import asyncio
import json
import subprocess
import sys
import time

import pytest

from jsdf.distributed.clock_file import ClockFile
from jsdf.runner.rate_limit import BURST_SECONDS, HEADROOM

CODE = """
import asyncio, json, sys, time
from pathlib import Path
from jsdf.distributed.clock_file import ClockFile
from jsdf.distributed.leases import LeasedRateLimiter

async def main():
    limiter, times = LeasedRateLimiter(40, ClockFile("one", Path(sys.argv[1]))), []
    async def task():
        for _ in range(5):
            await limiter.acquire()
            times.append(time.monotonic())
    await asyncio.gather(*(task() for _ in range(6)))
    print(json.dumps(times))

asyncio.run(main())
"""


def test_processes_share_the_rate(tmp_path):
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [child.communicate(timeout=60)[0] for child in children]
    times = sorted(moment for output in outputs for moment in json.loads(output))
    assert len(times) == 60
    in_pairs = [after - before for before, after in zip(times, times[20:], strict=False)]
    assert min(in_pairs) >= 20 / 40 - 0.3  # a busy machine delays slots, which come closer then


def test_a_pause_holds_for_other_processes_too(tmp_path):
    async def scenario():
        await ClockFile("one", tmp_path).pause(4.0)
        return await ClockFile("one", tmp_path).lease(1, 50), await ClockFile("other", tmp_path).lease(1, 50)

    paused, other = asyncio.run(scenario())
    assert 3.0 < paused.delay <= 4.0
    assert other.delay <= 0.0


@pytest.mark.parametrize("slots", [1, 5])
def test_leases_follow_each_other(tmp_path, slots):
    clock = ClockFile("one", tmp_path, clock=lambda: 100.0)
    asyncio.run(clock.lease(slots, 10))
    assert asyncio.run(clock.lease(1, 10)).delay == pytest.approx(slots / (10 * HEADROOM) - BURST_SECONDS)


def test_the_default_folder_belongs_to_this_user_alone():
    clock = ClockFile(f"test-{time.monotonic_ns()}")
    asyncio.run(clock.lease(1, 10))
    assert clock._path.parent.stat().st_mode & 0o077 == 0
    clock._path.unlink()
