"""Answers that were paid for survive an output that cannot be written: real disks that are full, limits and pipes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, child, jsdf, write_texts
from small_disk import SmallDisk, in_own_mounts, in_shell, needs_mount

from jsdf.cli import tables
from jsdf.testing import expected, fault

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has these limits and devices"),
    pytest.mark.usefixtures("places"),
]

ROWS = 400
PLACE = re.compile(r"cannot be written: (.+); wrote the table to (\S+|standard output) instead")


def assert_all_labels(path, rows=ROWS):
    texts = tables.read(Path(path), "text").frame
    assert list(texts["text"]) == [f"text {i}" for i in range(rows)]
    assert list(texts["label"]) == [expected(text, ["a", "b"]) for text in texts["text"]]


def once(action):
    """Return a latency that runs an action before the second request is answered."""
    seen = []

    def latency(request):
        seen.append(request)
        if len(seen) == 2:
            action()
        return 0.0

    return latency


def finish(process):
    out, err = process.communicate(timeout=60)
    return out, err.splitlines()


@needs_mount
@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("name", ["out.csv", "out.tsv.gz", "out.jsonl", "out.json", "out.xlsx", "out.parquet"])
def test_a_disk_that_is_full_in_the_end(workdir, serve, name, cached):
    disk = SmallDisk("disk")
    service = serve(latency=once(lambda: disk.fill(name)))
    command = ("classify", write_texts(ROWS), *OPTIONS, *([] if cached else ["--no-cache"]), "-o", f"disk/{name}")
    process = disk.start(*command)
    out, err = finish(process)
    assert (process.returncode, out) == (1, f"filler {name} old")  # no part of a file is left
    reason, place = PLACE.search(err[-1]).groups()
    assert reason == "No space left on device"
    assert err[-1].startswith(f"jsdf: disk/{name} cannot be written: ")
    assert err[-1].endswith("; run the same command again to continue from the store") is cached
    assert Path(place).parent == workdir / "temporary"
    assert Path(place).name.endswith(name.removeprefix("out"))
    assert Path(place).stat().st_mode & 0o777 == 0o600
    assert_all_labels(place)
    if cached:  # the hint is obeyed, on a disk with room
        assert jsdf(*command).exit_code == 0
        assert_all_labels(workdir / "disk" / name)
    assert service.billed.total() == ROWS


@needs_mount
def test_a_disk_without_room_for_another_file(workdir, serve):
    disk = SmallDisk("disk", "size=1m,nr_inodes=4")
    serve(latency=once(disk.fill_inodes))
    _, err = finish(disk.start("classify", write_texts(ROWS), *OPTIONS, "--no-cache", "-o", "disk/out.csv"))
    assert_all_labels(PLACE.search(err[-1])[2])


def remove_folder(folder):
    shutil.rmtree(folder)


def put_a_file_there(folder):
    shutil.rmtree(folder)
    folder.write_text("x")


def put_a_folder_there(folder):
    folder.joinpath("out.csv").mkdir()


def put_a_device_there(folder):
    os.mkfifo(folder / "out.csv")


@pytest.mark.parametrize("change", [remove_folder, put_a_file_there, put_a_folder_there, put_a_device_there])
@pytest.mark.parametrize("cached", [False, True])
def test_a_folder_that_changes_in_mid_run(workdir, serve, change, cached):
    folder = workdir / "folder"
    folder.mkdir()
    serve(latency=once(lambda: change(folder)))
    more = [] if cached else ["--no-cache"]
    result = jsdf("classify", write_texts(ROWS), *OPTIONS, *more, "-o", "folder/out.csv")
    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith("jsdf: folder/out.csv ")
    (place,) = workdir.joinpath("temporary").iterdir()
    assert f"; wrote the table to {place} instead" in line
    assert_all_labels(place)
    assert jsdf("plan", "in.csv", *OPTIONS).stdout.startswith(
        f"{ROWS} rows, {ROWS} distinct, {ROWS if cached else 0} already answered"
    )


def test_rows_without_a_label_are_told_before_the_place(workdir, serve):
    folder = workdir / "folder"
    folder.mkdir()
    serve(latency=once(lambda: remove_folder(folder)), poison=["text 5"])
    result = jsdf("classify", write_texts(ROWS), *OPTIONS, "--no-cache", "-o", "folder/out.csv")
    *_, unlabelled, place = result.stderr.splitlines()
    assert "1 of 400 rows has no label" in unlabelled
    assert "; wrote the table to " in place
    assert result.exit_code == 1


def test_a_run_that_stops_tells_why_and_where(workdir, serve):
    folder = workdir / "folder"
    folder.mkdir()

    def faults(number, _):
        if number < 2:
            return None
        shutil.rmtree(folder, ignore_errors=True)
        return fault.status(402, "no credit")

    serve(faults=faults)
    result = jsdf("classify", write_texts(ROWS), *OPTIONS, "--no-cache", "-o", "folder/out.csv")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("jsdf: HTTP 402: no credit; 64 of 400 rows are labelled: folder/out.csv cannot be written")
    assert line.endswith(" instead; no answer is kept in the store")
    frame = pd.read_csv(PLACE.search(line)[2])
    assert frame["label"].notna().sum() == 64


LIMITED = f"classify in.csv {' '.join(OPTIONS)} --no-cache -q"


def test_a_file_larger_than_the_process_may_write(workdir, serve):
    write_texts(4_000)
    service = serve()
    # The table fits the limit of 44 kB, and does not once it has labels; only a pipe takes more.
    done = in_shell(f"(ulimit -f 44; jsdf {LIMITED} -o out.csv) | cat; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == 1
    assert done.stderr == (
        "jsdf: out.csv cannot be written: File too large; wrote the table to standard output instead\n"
    )
    workdir.joinpath("from_pipe.csv").write_text(done.stdout)
    assert_all_labels(workdir / "from_pipe.csv", 4_000)
    assert service.billed.total() == 4_000
    assert sorted(path.name for path in workdir.iterdir()) == ["from_pipe.csv", "home", "in.csv", "temporary"]
    assert not list(workdir.joinpath("temporary").iterdir())
    assert not list(workdir.joinpath("home").iterdir())


@pytest.mark.parametrize("stdout", ["/dev/null", "/dev/full", "file.csv", "&-"])
def test_no_place_at_all_is_told(workdir, serve, stdout):
    write_texts(4_000)
    serve()
    done = in_shell(f"ulimit -f 44; jsdf {LIMITED} -o out.csv >{stdout}")
    assert done.returncode == 1
    assert done.stderr == (
        "jsdf: out.csv cannot be written: File too large; the table has no other place: its labels are lost\n"
    )


@needs_mount
@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_redirection_to_a_disk_that_is_full(workdir, serve, monkeypatch, cached, unbuffered):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    write_texts(4_000)
    service = serve()
    workdir.joinpath("disk").mkdir()
    command = LIMITED.replace(" --no-cache", "") if cached else LIMITED
    done = in_own_mounts(f"mount -t tmpfs -o size=44k tmpfs disk && jsdf {command} >disk/out.csv")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith("jsdf: standard output cannot be written: No space left on device; ")
    assert line.endswith("run the same command again to continue from the store") is cached
    assert_all_labels(PLACE.search(line)[2], 4_000)
    if cached:
        again = in_shell(f"jsdf {command} >out.csv")
        assert (again.returncode, again.stderr) == (0, "")
        assert_all_labels("out.csv", 4_000)
    assert service.billed.total() == 4_000


def test_a_reader_that_closes_early_without_a_store(workdir, serve):
    workdir.joinpath("in.csv").write_text("text,n\n" + "".join(f"text {i},{'y' * 1000}\n" for i in range(ROWS)))
    service = serve()
    done = in_shell(f"jsdf {LIMITED} | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stdout) == (141, "text,n,label\n")
    (line,) = done.stderr.splitlines()
    assert_all_labels(PLACE.search(line)[2])
    assert service.billed.total() == ROWS


def test_a_reader_that_closes_early_pays_nothing_with_the_local_engine(workdir, offline):
    workdir.joinpath("in.csv").write_text("text,n\n" + "".join(f"same,{'y' * 1000}\n" for i in range(ROWS)))
    done = in_shell(f"jsdf {LIMITED} --engine local | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stdout, done.stderr) == (141, "text,n,label\n", "")
    assert not list(workdir.joinpath("temporary").glob("table*"))


def test_an_interrupt_while_the_table_is_written(workdir, serve):
    workdir.joinpath("in.csv").write_text("text,n\n" + "".join(f"text {i},{'y' * 1000}\n" for i in range(ROWS)))
    service = serve()
    ends = os.pipe()
    with child(*LIMITED.split(), stdout=ends[1], stderr=subprocess.PIPE) as process:
        os.close(ends[1])
        assert os.read(ends[0], 10) == b"text,n,lab"  # the rest does not fit the pipe
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    os.close(ends[0])
    assert process.returncode == 130
    assert err.startswith("jsdf: interrupted; 400 of 400 rows are labelled: standard output cannot be written")
    assert_all_labels(PLACE.search(err)[2])
    assert service.billed.total() == ROWS


@needs_mount
def test_a_workbook_needs_room_for_temporary_files(workdir, serve):
    """The library for Excel writes a file of its own first; without room for it the table is written as CSV."""
    service = serve()
    write_texts(ROWS)
    command = LIMITED.replace("-q", "-q -o out.xlsx")
    done = in_own_mounts(f"mount -t tmpfs -o size=4k tmpfs temporary && jsdf {command}")
    assert done.returncode == 1
    place = PLACE.search(done.stderr.splitlines()[-1])[2]
    assert Path(place).suffix == ".csv"
    assert Path(place).parent == workdir
    assert_all_labels(place)
    assert service.billed.total() == ROWS


FULL = "No space left on device"
NOTHING_SENT = [
    ("mount -t tmpfs -o ro tmpfs disk", "disk/out.csv", "disk/out.csv cannot be written: Read-only file system"),
    ("mount -t tmpfs -o size=32k tmpfs disk", "disk/out.csv", f"disk/out.csv cannot be written: {FULL}"),
    ("mount -t tmpfs -o nr_inodes=1 tmpfs disk", "disk/out.csv", f"disk/out.csv cannot be written: {FULL}"),
    ("ulimit -f 32", "out.csv", "out.csv cannot be written: File too large"),
    ("true", "x" * 252 + ".csv", "x" * 252 + ".csv cannot be written: File name too long"),
    ("true", "é" * 126 + ".csv", "é" * 126 + ".csv cannot be written: File name too long"),
    ("true", "in.csv/out.csv", "in.csv/out.csv cannot be written: in.csv is not a directory"),
    ("true", "gone/out.csv", "gone/out.csv cannot be written: there is no directory gone"),
    ("exec >&-", "-", "standard output cannot be written: Bad file descriptor; name a file with -o"),
    ("exec >/dev/full", "-", f"standard output cannot be written: {FULL}; name a file with -o"),
    ("exec 1<in.csv", "-", "standard output cannot be written: Bad file descriptor; name a file with -o"),
]


@needs_mount
@pytest.mark.parametrize(("before", "out", "told"), NOTHING_SENT, ids=[told[-60:] for *_, told in NOTHING_SENT])
def test_what_can_be_known_at_the_start_is_told_before_anything_is_sent(workdir, serve, before, out, told):
    service = serve()
    write_texts(4_000)
    workdir.joinpath("disk").mkdir()
    done = in_own_mounts(f"{before}; jsdf {LIMITED} -o {out}")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"jsdf: {told}\n")
    assert service.requests == []
    assert not list(workdir.joinpath("temporary").iterdir())


def test_a_name_as_long_as_can_be(workdir, serve):
    serve()
    name = "x" * 251 + ".csv"
    assert jsdf("classify", write_texts(ROWS), *OPTIONS, "-o", name).exit_code == 0
    assert_all_labels(name)
