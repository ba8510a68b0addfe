"""A coroutine runs to its end for a synchronous caller: in a running loop too, and an interrupt cancels it."""

import asyncio
import subprocess
import sys
import threading

import pytest

from jsdf.utils.process.coroutine_thread import run_in_thread


async def answer(value):
    await asyncio.sleep(0)
    return value, threading.current_thread().name


def test_it_returns_the_result_also_inside_a_running_loop():
    async def inside():
        return run_in_thread(answer(2), "inner")

    assert run_in_thread(answer(1), "outer") == (1, "outer")
    assert asyncio.run(inside()) == (2, "inner")


def test_an_error_reaches_the_caller():
    async def fail():
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        run_in_thread(fail(), "failing")


INTERRUPTED = """
import asyncio, os, signal, threading
from jsdf.utils.process.coroutine_thread import run_in_thread

async def endless():
    os.kill(os.getpid(), signal.SIGINT)
    try:
        await asyncio.sleep(3600)
    finally:
        print("cleaned up", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    run_in_thread(endless(), "endless")
except KeyboardInterrupt:
    print("interrupted", [t.name for t in threading.enumerate()])
"""


def test_an_interrupt_cancels_it_and_waits_for_its_cleanup():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "cleaned up\ninterrupted ['MainThread']\n", done.stderr
