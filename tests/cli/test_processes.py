"""The command as a process: an interrupt, and a closed output pipe."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, child, jsdf, write_texts

from jsdf.testing import expected

SIGNALS = [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "ended by SIGTERM", 143)]
SIGNALS += [(signal.SIGHUP, "ended by SIGHUP", 129)] if hasattr(signal, "SIGHUP") else []
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@pytest.fixture
def default_hangup():
    """Let child processes die of SIGHUP, also where the tests themselves run under `nohup`."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, previous)


def wait_for(service, requests):
    deadline = time.monotonic() + 30
    while service.in_flight < requests:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")
@pytest.mark.usefixtures("default_hangup")
@pytest.mark.parametrize("cached", [True, False])
@pytest.mark.parametrize(("number", "why", "code"), SIGNALS)
def test_a_signal_keeps_the_answers(workdir, serve, cached, number, why, code):
    slow = [0.0, 0.0] + [0.3] * 45 + [0.0] * 100
    service = serve(latency=lambda request: slow.pop(0))
    arguments = ("classify", write_texts(1_500), *OPTIONS, "-o", "out.csv")
    with child(*arguments, *([] if cached else ["--no-cache"]), **PIPES) as process:
        wait_for(service, 4)
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (code, ""), err
    paid = service.billed.total()
    assert 0 < paid < 1_500
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"jsdf: {why}; {paid:,} of 1,500 rows are labelled")
    assert workdir.joinpath("out.csv").exists() is not cached
    if not cached:
        assert pd.read_csv("out.csv")["label"].notna().sum() == paid
        return
    assert jsdf(*arguments).exit_code == 0
    assert service.billed.total() == 1_500


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_command_at_once(workdir, serve, second):
    service = serve(latency=lambda request: 600.0)
    with child("classify", write_texts(320), *OPTIONS, "-o", "out.csv", **PIPES) as process:
        wait_for(service, 4)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        start = time.monotonic()
        process.send_signal(second)
        _, err = process.communicate(timeout=15)
        assert time.monotonic() - start < 4
    assert process.returncode == 143
    assert "jsdf: ended by SIGTERM; no row was labelled" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGHUP there")
def test_a_hangup_that_nohup_ignores_ends_nothing(workdir, serve):
    service = serve(latency=0.2)
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None}
    with child("classify", write_texts(320), *OPTIONS, "-o", "out.csv", **PIPES, **ignore) as process:
        wait_for(service, 2)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert pd.read_csv("out.csv")["label"].notna().all()


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of this kind there")
@pytest.mark.parametrize("cached", [True, False])
def test_a_closed_terminal_keeps_the_answers(workdir, serve, cached):
    import fcntl
    import pty
    import termios

    def control_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    service = serve(latency=0.3)
    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "preexec_fn": control_terminal}
    arguments = ("classify", write_texts(3_200), *OPTIONS, "-o", "out.csv", *([] if cached else ["--no-cache"]))
    with child(*arguments, **streams) as process:
        os.close(theirs)
        wait_for(service, 4)
        os.close(ours)
        assert process.wait(15) == 129
    paid = service.billed.total()
    assert 0 < paid < 3_200
    if cached:
        assert jsdf(*arguments).exit_code == 0
        assert service.billed.total() == 3_200
    else:
        assert pd.read_csv("out.csv")["label"].notna().sum() == paid


@pytest.mark.skipif(sys.platform == "win32", reason="no shell pipes there")
def test_a_closed_output_pipe(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_text("text,n\n" + "".join(f"same,{'y' * 1000}\n" for _ in range(1_000)))
    with child("classify", "in.csv", *OPTIONS, "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141
    assert "1 distinct, 1 already answered" in jsdf("plan", "in.csv", *OPTIONS).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no shell pipes there")
@pytest.mark.parametrize("arguments", [("--help",), ("cache", "path"), ("plan", "in.csv", *OPTIONS)])
def test_a_pipe_that_is_closed_before_anything_is_written(workdir, serve, arguments):
    serve()
    write_texts(3)
    ends = os.pipe()
    os.close(ends[0])
    with child(*arguments, stdout=ends[1], stderr=subprocess.PIPE) as process:
        os.close(ends[1])
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.skipif(sys.platform == "win32", reason="no shell there")
def test_head_in_a_shell(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_text("text,n\n" + "".join(f"same,{'y' * 1000}\n" for _ in range(1_000)))
    command = f"{shlex.quote(sys.executable)} -m jsdf classify in.csv {' '.join(OPTIONS)} -q -o -"
    line = f"{command} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("text,n,label\n141\n", "")


NO_OUTPUT = "jsdf: standard output cannot be written: {}; name a file with -o\n"
BAD, FULL = "Bad file descriptor", "No space left on device"
CLASSIFY = f"-m jsdf classify in.csv {' '.join(OPTIONS)} -q"
ROWS = [f"text {i},{expected(f'text {i}', ['a', 'b'])}" for i in range(3)]
TABLE = "\n".join(["text,label", *ROWS, ""])
CLOSED = [
    (f"-m jsdf plan in.csv {' '.join(OPTIONS)} >&-", 1, "", f"jsdf: system error: {BAD}\n"),
    (f"{CLASSIFY} >&-", 1, "", NO_OUTPUT.format(BAD)),
    (f"{CLASSIFY} >/dev/full", 1, "", NO_OUTPUT.format(FULL)),
    (f"{CLASSIFY} >&- 2>&-", 1, "", ""),
    (f"{CLASSIFY} 2>&-", 0, TABLE, ""),
    (f"{CLASSIFY} 2>/dev/full <&-", 0, TABLE, ""),
    (f"{CLASSIFY} -o out.csv >&- <&-", 0, "", ""),
    (f"{CLASSIFY} -o out.csv >&- 2>&- <&-", 0, "", ""),
    (f"{CLASSIFY[:-3]} -o out.csv 2>&-", 0, "", ""),
    (f"{CLASSIFY[:-3]} -o out.csv 2>/dev/full", 0, "", ""),
    (f"{CLASSIFY[:-3]} -o out.csv >/dev/full 2>&1", 0, "", ""),
    (f"{CLASSIFY[:-3]} -o out.csv 2>&1 | true", 0, "", ""),
    (f"{CLASSIFY} | true", 141, "", ""),
    (
        f"-m jsdf classify - --format csv {' '.join(OPTIONS)} -o out.csv <&-",
        1,
        "",
        "jsdf: - is empty; its first line names the columns\n",
    ),
    ("-m jsdf --help >/dev/full", 1, "", f"jsdf: system error: {FULL}\n"),
    ("-m jsdf cache path >&-", 1, "", f"jsdf: system error: {BAD}\n"),
    ("-m jsdf cache info 2>&- >/dev/full", 1, "", ""),
    ("-m jsdf cache clear --yes 2>/dev/full <&-", 0, "nothing is stored\n", ""),
    ("-m jsdf serve --help >/dev/full", 1, "", f"jsdf: system error: {FULL}\n"),
    ("-m jsdf.testing --help >/dev/full", 1, "", f"jsdf.testing: {FULL}\n"),
    ("-m jsdf.testing >&-", 1, "", f"jsdf.testing: {BAD}\n"),
    ("-m jsdf.testing >/dev/full 2>&1", 1, "", ""),
    ("-m jsdf.testing | true", 1, "", ""),
    ("-m jsdf demo >&-", 1, "", f"jsdf: system error: {BAD}\n"),
    ("-m jsdf demo 2>&- | true", 141, "", ""),
]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /dev/full there")
@pytest.mark.parametrize(("line", "code", "out", "told"), CLOSED, ids=[line for line, *_ in CLOSED])
def test_standard_streams_that_are_closed_or_full(workdir, serve, monkeypatch, request, line, code, out, told):
    """Development mode adds a line about each stream that is left open."""
    if " demo " in line:
        request.getfixturevalue("offline")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    serve()
    write_texts(3)
    command = f"{shlex.quote(sys.executable)} -X dev {line}\nexit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    err = re.sub(r"^Executing <Task .*\n", "", done.stderr, flags=re.MULTILINE)  # asyncio, on a slow machine
    assert (done.returncode, done.stdout, err) == (code, out, told)
    assert code or "-o out.csv" not in line or Path("out.csv").read_text() == TABLE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /dev/full there")
@pytest.mark.parametrize("streams", [">/dev/full", ">&- 2>&- <&-"])
def test_a_server_needs_no_standard_streams(workdir, offline, streams):
    pytest.importorskip("uvicorn")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = f"exec {shlex.quote(sys.executable)} -m jsdf serve --port {port} {streams}"
    with subprocess.Popen(
        ["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert _answers(f"http://127.0.0.1:{port}/healthz", process)
        finally:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
    assert err == ""


def _answers(url, process):
    """Wait until the server answers, or its process ends."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.05)
    return False
