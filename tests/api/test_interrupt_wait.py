"""After an interrupt the answers in flight are waited for, but not for as long as a service likes."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest
from raw_service import Service, drip, head
from stalled_calls import STATES as STUCK_STATES

import jsdf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
STATES = {
    "silent": lambda: itertools.repeat(None),
    "headers": drip(b"HTTP/1.1 200 OK\r\nx-slow: "),
    "body": drip(head()),
    "a long pause": lambda: [head("503 Unavailable", retry_after=100, content_length=0)],
    "a rate limit": lambda: [head("429 Too Many", retry_after=100, content_length=0)],
}


@pytest.fixture(autouse=True)
def default_interrupt():
    """Interrupt this process by SIGINT, also where a shell has started the tests in the background and ignores it."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.parametrize("state", STATES)
def test_the_first_interrupt_ends_a_run_soon(state, monkeypatch):
    monkeypatch.setattr("jsdf.runner.job_runner.MAX_WAIT_AFTER_STOP", 0.5)

    def interrupt():
        while not service.requests:
            time.sleep(0.01)
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    interrupted = []
    with Service(STATES[state]) as service:
        engine = jsdf.Hosted("test-key", service.url, timeout=60)
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            jsdf.run(pd.Series([f"text {i}" for i in range(320)]), ["a", "b"], engine=engine, progress=False)
        assert time.monotonic() - interrupted[0] < 3
    run = jsdf.last_run()
    assert run.counts["pending"] == 320
    is_lost = state in ("silent", "headers", "body")
    assert run.usage.maybe_billed_twice == (run.usage.requests if is_lost else 0)


STUCK = [
    "a name server that hangs",
    "an upload that is read slowly",
    "an image that does not come",
    "removals that hang",
    "a slow batch of the local engine",
    "a locked store",
    "an engine that blocks the loop",
]


@pytest.mark.parametrize("state", STUCK)
def test_a_call_that_is_stuck_anywhere_ends_soon(state, tmp_path, monkeypatch):
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path))
    code = (
        "import sys, stalled_calls; from jsdf.runner import job_runner; from jsdf.runner.loops import event_loop; "
        "job_runner.MAX_WAIT_AFTER_STOP, event_loop.MAX_STOP_SECONDS = 0.5, 1.0; stalled_calls.main(*sys.argv[1:])"
    )
    with STUCK_STATES[state](tmp_path) as stalled:
        child = subprocess.Popen(
            [sys.executable, "-c", code, state, stalled.url, str(tmp_path)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        while not stalled.is_reached():
            assert child.poll() is None, child.communicate()
            time.sleep(0.01)
        start = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate(timeout=60)
        assert time.monotonic() - start < 6
        paid = stalled.paid()
    assert "KeyboardInterrupt: " in errors
    if state == "removals that hang":
        assert int(out) == paid == 40
        assert "40 uploaded images could not be removed and may still be in the file store" in errors
    if state == "a locked store":
        assert "they are not in the store" in errors
        assert "could not be written to the store" in errors
