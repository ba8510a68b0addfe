"""Large files: stopped runs, outputs that cannot be written, and what is paid, in child processes and on real disks."""

import os
import re
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from command_line import CHILD_CODE, OPTIONS, jsdf, write_texts
from small_disk import SmallDisk, needs_mount
from streaming import FORCE, stream_all

from jsdf.testing import expected, fault

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there"),
    pytest.mark.usefixtures("places"),
]
ROWS = 4_000
CODE = FORCE.format(rows=64, characters=10_000, requests=2) + CHILD_CODE
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
STORES = pytest.mark.parametrize("more", [(), ("--no-cache",)])


def start(*arguments, **more):
    return subprocess.Popen([sys.executable, "-c", CODE, *map(str, arguments)], **{**PIPES, **more})


def command(*more, out="out.csv"):
    return ("classify", write_texts(ROWS), *OPTIONS, "-o", out, *more)


def wait_for(service, requests):
    deadline = time.monotonic() + 30
    while len(service.requests) < requests:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_labels(path, rows=ROWS, labelled=ROWS):
    frame = pd.read_csv(path)
    assert list(frame["text"]) == [f"text {i}" for i in range(rows)]
    assert frame["label"].notna().sum() == labelled
    told = frame.dropna()
    assert list(told["label"]) == [expected(text, ["a", "b"]) for text in told["text"]]


@pytest.mark.parametrize(
    ("number", "why", "code"), [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "ended by SIGTERM", 143)]
)
@STORES
def test_a_signal_keeps_the_answers(workdir, serve, more, number, why, code):
    service = serve(latency=0.05)
    with start(*command(*more)) as process:
        wait_for(service, 20)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    paid = service.billed.total()
    assert (process.returncode, out) == (code, ""), err
    assert 0 < paid < ROWS
    told = f"jsdf: {why}; {paid:,} of 4,000 rows are labelled"
    if more:
        assert err == f"{told}: wrote out.csv; no answer is kept in the store\n"
        assert_labels("out.csv", labelled=paid)
        return
    assert err == f"{told} and kept in the store; run the same command again to continue\n"
    assert sorted(path.name for path in workdir.iterdir()) == ["home", "in.csv", "temporary"]
    assert jsdf(*command()).exit_code == 0  # as a small file: both ways share the store
    assert_labels("out.csv")
    assert service.billed.total() == ROWS


def test_a_killed_process_goes_on_and_leaves_the_old_output(workdir, serve):
    service = serve(latency=0.05)
    workdir.joinpath("out.csv").write_text("old")
    with start(*command()) as process:
        wait_for(service, 40)
        assert any(path.stat().st_size > 1_000 for path in workdir.glob(".*.part"))  # the output grows
        process.kill()
    assert workdir.joinpath("out.csv").read_text() == "old"
    with start(*command()) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert_labels("out.csv")
    assert service.billed.total() <= ROWS + 32 * 32


@STORES
def test_a_service_that_stops_half_way(monkeypatch, workdir, serve, more):
    service = serve(faults=lambda number, _: None if number < 10 else fault.status(402, "no credit"))
    stream_all(monkeypatch, 64, 10_000, requests=2)
    result = jsdf(*command(*more))
    paid = service.billed.total()
    kept = " and kept in the store; run the same command again to continue"
    end = ": wrote out.csv; no answer is kept in the store" if more else kept
    assert (result.exit_code, result.stderr) == (
        1,
        f"jsdf: HTTP 402: no credit; {paid} of 4,000 rows are labelled{end}\n",
    )
    if more:
        assert_labels("out.csv", labelled=paid)
    else:
        assert not workdir.joinpath("out.csv").exists()


def test_a_wrong_key_writes_nothing(monkeypatch, workdir, serve):
    serve(api_key="another")
    stream_all(monkeypatch, 64, 10_000, requests=2)
    result = jsdf(*command("--no-cache", out="-"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("; no row was labelled\n")


def test_rows_that_failed_are_asked_again_once(monkeypatch, workdir, serve):
    service = serve(poison=["text 5"])
    stream_all(monkeypatch, 8, 10_000)
    Path("in.csv").write_text("text\n" + "".join(f"text {i % 40}\n" for i in range(400)))
    first = jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv")
    assert first.exit_code == 1
    assert "10 of 400 rows have no label: " in first.stderr
    asked = len(service.requests)
    assert "10 of 400 rows have no label: " in jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv", "--retry").stderr
    assert len(service.requests) == asked + 2  # a refusal of one value is confirmed once


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("limit", [12, 14, 15, 40])
@pytest.mark.parametrize("more", [(), ("--repeats", "3")])
def test_limits_are_for_both_attempts_together(monkeypatch, workdir, serve, large, limit, more):
    service = serve(poison=["text 5", "text 70"])
    if large:
        stream_all(monkeypatch, 96, 10_000, requests=3)
    options = ("--retry", "--no-cache", "--max-requests", limit, *more)
    result = jsdf("classify", write_texts(96), *OPTIONS, "-o", "out.csv", *options)
    assert result.exit_code == 1
    assert len(service.requests) <= limit
    assert f" {len(service.requests)} requests" in result.stderr
    is_written = workdir.joinpath("out.csv").exists()  # not before all repeats of some row are there
    rows = pd.read_csv("out.csv")["label"].notna().sum() if is_written else 0
    assert rows == 94 or "--max-requests" in result.stderr


@pytest.mark.parametrize("cost", ["0.0002", "0.001"])
def test_a_limit_in_money_is_for_both_attempts_together(workdir, serve, cost):
    service = serve(poison=["text 5"])
    options = ("--retry", "--no-cache", "--price", "1", "--max-cost", cost)
    jsdf("classify", write_texts(96), *OPTIONS, "-o", "out.csv", *options)
    first = len(service.requests)
    jsdf("classify", write_texts(96), *OPTIONS, "-o", "out.csv", *(o for o in options if o != "--retry"))
    assert first <= 2 + len(service.requests) - first  # a stopped run is not continued


@pytest.mark.parametrize("batch", [1, 4])
def test_no_value_is_paid_twice(monkeypatch, workdir, serve, batch):
    service = serve(latency=0.01)
    stream_all(monkeypatch, 16, 10_000, requests=batch)
    Path("in.csv").write_text("text\n" + "".join(f"text {i * i % 97}\n" for i in range(2_000)))
    assert jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv", "--no-cache").exit_code == 0
    assert set(service.billed.values()) == {1}


def test_limits_are_for_the_whole_file(monkeypatch, workdir, serve):
    serve()
    stream_all(monkeypatch, 64, 10_000, requests=2)
    result = jsdf(*command("--max-requests", 5))
    assert result.exit_code == 1
    assert re.search(r"rows have no label: --max-requests 5 was reached \(3,8\d\d not sent\); running", result.stderr)
    assert 0 < pd.read_csv("out.csv")["label"].notna().sum() <= 160


def test_an_input_that_changes(monkeypatch, workdir, serve):
    changed = []

    def change(request):
        if not changed:
            changed.append(Path("in.csv").write_text("text\nother\n"))
        return 0.0

    service = serve(latency=change)
    stream_all(monkeypatch, 64, 10_000, requests=2)
    result = jsdf(*command())
    paid = service.billed.total()
    assert (result.exit_code, result.stderr) == (
        1,
        f"jsdf: in.csv was changed while it was read, and must stay as it is until the end; {paid} of 4,000 rows are "
        "labelled and kept in the store; run the same command again to continue\n",
    )
    assert not workdir.joinpath("out.csv").exists()


@needs_mount
@STORES
def test_a_disk_that_is_full_in_mid_run(workdir, serve, more):
    disk = SmallDisk("disk")
    seen = []

    def latency(request):
        seen.append(request)
        if len(seen) == 8:
            disk.fill("out.csv")
        return 0.01

    service = serve(latency=latency)
    write_texts(ROWS)
    plug = workdir / "sitecustomize.py"
    plug.write_text(FORCE.format(rows=64, characters=10_000, requests=2))
    environment = {**os.environ, "PYTHONPATH": f"{workdir}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    process = disk.start("classify", "in.csv", *OPTIONS, *more, "-o", "disk/out.csv", env=environment)
    out, err = process.communicate(timeout=60)
    plug.unlink()
    assert (process.returncode, out) == (1, "filler out.csv old")
    paid = service.billed.total()
    assert 0 < paid < ROWS
    told = f"jsdf: disk/out.csv cannot be written: No space left on device; {paid:,} of 4,000 rows are labelled"
    if not more:
        assert err == f"{told} and kept in the store; run the same command again to continue from the store\n"
        return
    place = re.fullmatch(re.escape(told) + r"; wrote the table to (\S+) instead\n", err)[1]
    assert_labels(place, labelled=paid)


@STORES
def test_a_reader_that_closes_the_pipe(workdir, serve, more):
    service = serve(latency=0.02)
    with start(*command(*more, "-q", out="-")) as process:
        assert process.stdout.readline() == "text,label\n"  # it comes before the end
        assert len(service.requests) < ROWS // 32
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 141
    paid = service.billed.total()
    assert 0 < paid < ROWS
    if more:
        assert_labels(re.search(r"wrote the table to (\S+) instead\n", err)[1], labelled=paid)
    else:
        assert err == ""
        assert f"{paid:,} already answered" in jsdf("plan", "in.csv", *OPTIONS).stdout


def test_an_interrupt_while_a_reader_is_slow(workdir, serve):
    service = serve()
    Path("in.csv").write_text("text,n\n" + "".join(f"text {i},{'y' * 1000}\n" for i in range(400)))
    ends = os.pipe()
    with start("classify", "in.csv", *OPTIONS, "-q", "--no-cache", stdout=ends[1]) as process:
        os.close(ends[1])
        assert os.read(ends[0], 10) == b"text,n,lab"  # the rest does not fit the pipe
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    os.close(ends[0])
    assert process.returncode == 130
    place = re.search(r"standard output cannot be written: it was written in part; wrote the table to (\S+) inst", err)
    assert pd.read_csv(place[1])["label"].notna().sum() == service.billed.total()


def test_a_terminal_gets_a_preview_and_the_number_of_rows_at_once(workdir, serve):
    import fcntl
    import pty
    import termios

    serve(latency=0.02)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
    with start(*command()[:-2], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65_536):
                shown += piece
        except OSError:  # the terminal was closed
            pass
        os.close(ours)
    lines = shown.decode().splitlines()
    assert process.returncode == 0
    assert {int(total.replace(",", "")) for total in re.findall(r"/([\d,]+) rows", shown.decode())} == {ROWS}
    header = next(i for i, line in enumerate(lines) if line.split() == ["label", "text"])
    assert [line.split()[1:] for line in lines[header + 2 : header + 12]] == [["text", str(i)] for i in range(10)]
    assert any("showing 10 of 4,000 rows; -o OUT.csv writes them all" in line for line in lines)


@pytest.mark.parametrize("change", ["append", "remove", "replace"])
def test_a_changed_input_without_a_store_loses_no_label(workdir, serve, change):
    service = serve(latency=0.05)
    with start(*command("--no-cache")) as process:
        wait_for(service, 20)
        if change == "append":
            with Path("in.csv").open("a") as file:
                file.write("another text\n")
        elif change == "remove":
            Path("in.csv").unlink()
        else:
            Path("new.csv").write_text("text\nnew\n")
            Path("new.csv").replace("in.csv")
        out, err = process.communicate(timeout=30)
    paid = service.billed.total()
    assert (process.returncode, out) == (1, ""), err
    assert 0 < paid < ROWS
    told = f"; {paid:,} of 4,000 rows are labelled: wrote out.csv with the first {paid:,} rows; no answer is kept"
    assert told in err
    assert "in.csv" in err
    assert_labels("out.csv", paid, paid)
