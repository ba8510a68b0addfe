"""The command as a process: an interrupt, and a closed output pipe."""

import os
import shlex
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from command_line import OPTIONS, child, jsdf, write_texts


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")
@pytest.mark.parametrize("cached", [True, False])
def test_an_interrupt_keeps_the_answers(workdir, serve, cached):
    slow = [0.0, 0.0] + [0.3] * 45 + [0.0] * 100
    service = serve(latency=lambda request: slow.pop(0))
    arguments = ("classify", write_texts(1_500), *OPTIONS, "-o", "out.csv")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*arguments, *([] if cached else ["--no-cache"]), **pipes) as process:
        deadline = time.monotonic() + 15
        while service.in_flight < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (130, ""), err
    paid = service.billed.total()
    assert 0 < paid < 1_500
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"jsdf: interrupted; {paid:,} of 1,500 rows are labelled")
    assert workdir.joinpath("out.csv").exists() is not cached
    if not cached:
        assert pd.read_csv("out.csv")["label"].notna().sum() == paid
        return
    assert jsdf(*arguments).exit_code == 0
    assert service.billed.total() == 1_500


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


CLOSED = [
    ("plan in.csv {} >&-", 1, "jsdf: system error: Bad file descriptor\n"),
    (
        "classify in.csv {} -q >&-",
        1,
        "jsdf: standard output cannot be written: Bad file descriptor; name a file with -o\n",
    ),
    ("--help >/dev/full", 1, "jsdf: system error: No space left on device\n"),
    ("classify in.csv {} -q -o out.csv >&- <&-", 0, ""),
    ("classify in.csv {} -o out.csv 2>&-", 0, ""),
    ("classify - --format csv {} -o out.csv <&-", 1, "jsdf: - is empty; its first line names the columns\n"),
]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no /dev/full there")
@pytest.mark.parametrize(("line", "code", "told"), CLOSED, ids=[line for line, _, _ in CLOSED])
def test_standard_streams_that_are_closed_or_full(workdir, serve, line, code, told):
    serve()
    write_texts(3)
    command = f"{shlex.quote(sys.executable)} -m jsdf {line.format(' '.join(OPTIONS))}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", told)
    assert code or len(pd.read_csv("out.csv")) == 3
