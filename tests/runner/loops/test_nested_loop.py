"""Synchronous calls on the caller's own running loop, with `jsdf.options.event_loop = "nested"`."""

import asyncio
import signal
import subprocess
import sys

import pytest
from calls_in_processes import python

from jsdf.runner.loops import nested_loop
from jsdf.testing import FakeService

NESTED = """
import asyncio, pandas as pd, jsdf
from jsdf.testing import FakeEngine, FakeService
jsdf.options.event_loop = "nested"
column = pd.Series([f"text {i}" for i in range(64)])
def call():
    return jsdf.classify(column, ["a", "b"], engine=FakeEngine(), progress=False).count().item()
print(call())  # without a running loop
async def main():
    return call(), await asyncio.sleep(0, "and the loop goes on")
print(asyncio.run(main()))
print(call())
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nest_asyncio breaks Python 3.14, and is refused there")
def test_nested_in_a_plain_loop():
    assert python(NESTED) == "64\n(64, 'and the loop goes on')\n64\n"


@pytest.mark.parametrize(
    ("package", "version", "kernel", "works"),
    [
        ("nest_asyncio", (1, 6, 0), "6.29.5", True),
        ("nest_asyncio", (1, 6, 0), "7.0.1", True),
        ("nest_asyncio", (1, 6, 0), "7.1.0", False),
        ("nest_asyncio2", (1, 7, 3), "7.4.0", False),
        ("nest_asyncio2", (1, 7, 4), "7.4.0", True),
    ],
)
def test_broken_version_combinations_are_refused(package, version, kernel, works, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel", type("ipykernel", (), {"__version__": kernel}))
    monkeypatch.setattr(sys, "version_info", (3, 13))
    reason = nested_loop._unsupported_reason(asyncio.SelectorEventLoop, package, version)
    assert (reason is None) is works


def test_nesting_on_python_314_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 14))
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert "Python 3.14" in nested_loop._unsupported_reason(object(), "nest_asyncio", (1, 6, 0))
    assert nested_loop._unsupported_reason(object(), "nest_asyncio2", (1, 7, 4)) is None


def test_nesting_on_uvloop_is_refused():
    foreign = type("Loop", (), {"__module__": "uvloop"})()
    assert "uvloop" in nested_loop._unsupported_reason(foreign, "nest_asyncio2", (2, 0))


NESTED_INTERRUPT = """
import asyncio, sys, pandas as pd, jsdf
jsdf.options.event_loop = "nested"
async def main():
    column = pd.Series([f"text {i}" for i in range(3200)])
    engine = jsdf.Hosted("test-key", sys.argv[1], rate=100)
    show = lambda event: print("on my way", flush=True) if event.usage.requests == 5 else None
    jsdf.run(column, ["a", "b"], engine=engine, progress=show)
try:
    asyncio.run(main())
except KeyboardInterrupt as interrupt:
    print(interrupt)
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="nest_asyncio breaks Python 3.14, and is refused there")
@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_an_interrupt_of_a_nested_call_loses_nothing():
    service = FakeService(latency=0.1)
    with service.serve() as server:
        child = subprocess.Popen(
            [sys.executable, "-c", NESTED_INTERRUPT, server.url],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
        )
        assert child.stdout.readline() == "on my way\n"
        child.send_signal(signal.SIGINT)
        message = child.communicate(timeout=20)[0].splitlines()[-1]
    assert message.startswith(f"{32 * service.answered:,} of 3,200 rows are answered")
    assert service.answered < 100
