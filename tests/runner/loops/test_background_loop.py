"""The end of the process: labelling goes on in other threads, and is refused where nothing would end it in time."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from ending_processes import LABELS, ROWS

import jsdf
from jsdf.runner.loops import background_loop
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine

PROGRAM = Path(__file__).parents[2] / "support" / "ending_processes.py"


def run(name, service):
    command = [sys.executable, "-W", "error", str(PROGRAM), name, service.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def stored():
    store = Store()
    found = store.info().answers
    store.close()
    return found


@pytest.mark.parametrize(
    "name", ["thread", "thread_after_sys_exit", "awaited_in_a_thread", "pool", "child_process", "late"]
)
def test_a_thread_labels_on_after_the_main_thread(name, service):
    done = run(name, service)
    assert (done.returncode, done.stderr) == (0, "")
    assert Counter(service.billed.values()) == {1: ROWS}
    assert stored() == ROWS


def test_so_it_does_with_images_that_are_uploaded(service):
    done = run("images", service)
    assert (done.returncode, done.stderr) == (0, "")
    assert service.files.uploads > 100  # some are alike as JPEGs
    assert not service.files
    assert stored() == 180


def test_so_does_the_local_engine(service):
    done = run("local", service)
    assert (done.returncode, done.stderr) == (0, "")
    assert stored() == ROWS
    assert not service.requests


def test_a_daemon_thread_stores_what_is_in_flight(service):
    done = run("daemon", service)
    assert done.returncode == 0
    assert set(service.billed.values()) == {1}
    assert 160 <= stored() == len(service.billed) < ROWS
    assert run("thread", service).returncode == 0
    assert Counter(service.billed.values()) == {1: ROWS}


@pytest.mark.parametrize("name", ["in_atexit", "awaited_in_atexit", "check_in_atexit", "daemon_begun_at_the_end"])
def test_a_call_at_the_end_is_one_error_and_sends_nothing(name, service):
    done = run(name, service)
    assert "JSDFError: Python is ending, so nothing was sent" in done.stderr
    assert "Label before the end of the program" in done.stderr
    assert "never" not in done.stderr  # no coroutine that was never awaited
    assert not service.requests


def test_a_system_without_threads_is_one_error(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(background_loop, "_loop_thread", None)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    engine = FakeEngine()
    with pytest.raises(jsdf.JSDFError, match=r"a thread could not be started .* nothing was sent"):
        jsdf.classify(pd.Series(["x", "y"]), LABELS, engine=engine, progress=False)
    assert not engine.calls


def test_a_running_loop_needs_no_further_threads(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    first, second = (pd.Series([f"{name} {i}" for i in range(99)]) for name in "xy")
    engine = FakeEngine()
    jsdf.classify(first, LABELS, engine=engine, progress=False)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert jsdf.classify(second, LABELS, engine=engine, progress=False).notna().all()
    assert stored() == 198
