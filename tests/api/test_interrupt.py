"""Interrupts and kills: real signals to a child process in the middle of a run, over a real socket."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jsdf.testing import FakeService

ROWS = 3_200
NEVER = 600.0  # seconds
CODE = f"""
import sys, pandas, jsdf
column = pandas.Series([f"text {{i}}" for i in range({ROWS})])
engine = jsdf.Hosted("test-key", sys.argv[1], rate=100, timeout=30)
try:
    show = lambda event: print(event.note, flush=True) if "stopping" in event.note else None
    run = jsdf.run(column, ["a", "b", "c"], engine=engine, progress=show)
finally:
    print(jsdf.last_run().counts["answered"], flush=True)
"""

IMAGES = """
import sys, numpy, pandas, jsdf
column = pandas.Series([numpy.full((9, 9, 3), i, numpy.uint8) for i in range(200)], dtype=object)
engine = jsdf.Hosted("test-key", sys.argv[1], rate=200, batch_size=4)
show = lambda event: print(event.note, flush=True) if "stopping" in event.note else None
try:
    jsdf.run(column, ["a", "b", "c"], engine=engine, progress=show)
finally:
    print(jsdf.last_run().counts["answered"], flush=True)
"""

AWAITED = CODE.replace("jsdf.run(", "asyncio.run(jsdf.aclassify(").replace("progress=show)", "progress=False))")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")


def start(service, code=CODE):
    # Restore the default handler: a child that inherits an ignored SIGINT would not be interrupted at all.
    return subprocess.Popen(
        [sys.executable, "-c", code, service.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
    )


def documented_lines():
    """Return the block of the documentation that lets SIGTERM act as Ctrl-C."""
    page = Path(__file__).parents[2].joinpath("docs", "hosted.md").read_text("utf-8")
    (block,) = [b for b in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "SIGTERM" in b]
    assert len(block.split("\n\n")) == 2
    return block


def wait_for(service, requests):
    end = time.monotonic() + 30
    while len(service.requests) < requests:
        assert time.monotonic() < end
        time.sleep(0.005)


def paid_again(service):
    return sum(count - 1 for count in service.billed.values())


def finish(service):
    out, _ = start(service).communicate(timeout=60)
    assert out == f"{ROWS}\n"
    assert len(service.billed) == ROWS


def test_ctrl_c_pays_for_nothing_twice_and_ends(service):
    child = start(service)
    wait_for(service, 20)
    child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=30)
    answered = int(out.split()[-1])
    assert f"KeyboardInterrupt: {answered:,} of {ROWS:,} rows are answered" in errors
    assert answered == 32 * service.answered < ROWS
    finish(service)
    assert paid_again(service) == 0


@pytest.mark.parametrize("code", [CODE, "import asyncio" + AWAITED], ids=["classify", "aclassify"])
def test_with_the_documented_lines_sigterm_loses_nothing(service, code):
    child = start(service, documented_lines() + code)
    wait_for(service, 20)
    child.send_signal(signal.SIGTERM)
    out, errors = child.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert int(out.split()[-1]) == len(service.billed) < ROWS
    finish(service)
    assert paid_again(service) == 0


def test_without_them_sigterm_ends_a_script_at_once(service):
    child = start(service)
    wait_for(service, 20)
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == -signal.SIGTERM
    child.communicate()
    finish(service)
    assert 0 < paid_again(service) <= 32 * 32


def test_ctrl_c_leaves_no_uploaded_image_behind(service):
    child = start(service, IMAGES)
    wait_for(service, 5)
    assert service.files
    child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=30)
    answered = int(out.split()[-1])
    assert 20 <= answered < 200, errors
    assert answered == 4 * service.answered
    assert not service.files


def test_a_second_ctrl_c_leaves_no_uploaded_image_behind_either():
    slow = FakeService(latency=lambda request: NEVER)
    with slow.serve() as server:
        slow.url = server.url
        child = start(slow, IMAGES)
        end = time.monotonic() + 30
        while slow.in_flight < 5:
            assert time.monotonic() < end
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        assert "stopping" in child.stdout.readline()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)
        assert slow.files.uploads >= 20
        assert not slow.files
    assert "file store" not in errors


def test_a_second_ctrl_c_ends_the_call_at_once_and_warns_of_lost_answers():
    slow = FakeService(latency=lambda request: 0.05 if request.values[0] < "text 1" else NEVER)
    with slow.serve() as server:
        slow.url = server.url
        child = start(slow)
        wait_for(slow, 1)
        end = time.monotonic() + 30
        while slow.in_flight < 5:
            assert time.monotonic() < end
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        assert "waiting for" in child.stdout.readline()  # two simultaneous signals would count as one
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=60)  # long before an answer
    message = (
        r"KeyboardInterrupt: (\d+) of 3,200 rows are answered, and the answers of \d+ requests in flight are lost, "
        r"though they may be billed: see jsdf.last_run\(\); repeat the call to continue"
    )
    assert re.fullmatch(message, errors.splitlines()[-1])
    assert "UserWarning" not in errors
    assert "During handling" not in errors


def test_after_a_kill_only_requests_in_flight_are_paid_again(service):
    child = start(service)
    wait_for(service, 20)
    child.kill()
    child.communicate(timeout=30)
    finish(service)
    assert paid_again(service) <= 32 * 32
