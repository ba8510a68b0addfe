"""After an interrupt the answers in flight are waited for, but not for as long as a service likes."""

import os
import signal
import sys
import threading
import time

import pandas as pd
import pytest
from raw_service import Service, drip, head

import jsdf

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
STATES = {
    "silent": drip(None, None),
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
