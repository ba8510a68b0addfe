"""`jsdf cache` shows and clears the store."""

import os
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf, write_texts

from jsdf.store.location import store_path
from jsdf.store.sqlite import Store


def test_cache(workdir, serve):
    assert jsdf("cache", "path").stdout == f"{store_path()}\n"
    assert jsdf("cache", "info").stdout == f"{store_path()}: nothing is stored\n"
    assert jsdf("cache", "clear").stdout == "nothing is stored\n"
    assert not store_path().exists()
    serve()
    jsdf("classify", write_texts(40), *OPTIONS)
    facts = dict(line.split(maxsplit=1) for line in jsdf("cache", "info").stdout.splitlines()[1:3])
    assert facts == {"answers": "40", "refusals": "0"}
    refused = jsdf("cache", "clear", input="y\n")
    assert refused.exit_code == 1
    assert refused.stderr == f"jsdf: cache clear deletes {store_path()}; pass --yes to confirm it without a terminal\n"
    assert store_path().exists()
    assert jsdf("cache", "clear", "--yes").exit_code == 0
    assert not store_path().exists()


def test_a_corrupt_store_is_reported_and_can_be_cleared(workdir, serve):
    serve()
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(b"no database" * 1000)
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stderr.startswith("jsdf: warning: the store ")
    assert Path(__file__).name not in result.stderr
    assert "store.sqlite.damaged-1, and a new one begun" in result.stderr
    info = jsdf("cache", "info")
    assert (info.exit_code, info.stderr) == (0, "")
    assert "answers" in info.stdout
    assert jsdf("cache", "clear", "--yes").exit_code == 0
    assert not list(store_path().parent.iterdir())


def test_the_size_is_that_of_the_files_without_this_connection(workdir, serve):
    serve()
    jsdf("classify", write_texts(40), *OPTIONS)
    before = sum(file.stat().st_size for file in store_path().parent.iterdir())
    counted = jsdf("cache", "info").stdout.splitlines()[6].split()
    assert counted == ["bytes", f"{before:,}"]
    assert [file.name for file in store_path().parent.iterdir()] == ["store.sqlite"]
    assert jsdf("cache", "clear", "--yes").stdout == f"deleted {store_path()}: {before:,} bytes\n"


def test_the_files_of_a_run_in_progress_count(workdir, serve):
    serve()
    jsdf("classify", write_texts(3), *OPTIONS)
    other = Store()
    other.add_refusal(b"x" * 16, 400)
    size = sum(file.stat().st_size for file in store_path().parent.iterdir())
    assert size > store_path().stat().st_size
    assert jsdf("cache", "info").stdout.splitlines()[6].split() == ["bytes", f"{size:,}"]
    other.close()


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_store_is_told_without_a_run(workdir, content):
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(content)
    info = jsdf("cache", "info")
    assert (info.exit_code, info.stdout) == (1, "")
    assert info.stderr.startswith(f"jsdf: the store {store_path()} cannot be used (")
    assert info.stderr.endswith("); `jsdf cache clear` deletes it\n")
    assert "run" not in info.stderr
    assert jsdf("cache", "clear", "--yes").exit_code == 0
    assert jsdf("cache", "info").stdout == f"{store_path()}: nothing is stored\n"


@pytest.mark.parametrize("place", ["file", "file/deeper", "/dev/null/x"])
def test_a_place_where_no_store_can_be(workdir, monkeypatch, place):
    workdir.joinpath("file").write_text("x")
    monkeypatch.setenv("JSDF_CACHE_DIR", str(workdir / place))
    info = jsdf("cache", "info")
    folder = workdir / "file" if place.startswith("file") else Path("/dev/null")
    assert (info.exit_code, info.stderr) == (
        1,
        f"jsdf: no store can be at {store_path()}: {folder} is not a directory; set JSDF_CACHE_DIR to another\n",
    )
    monkeypatch.setenv("JSDF_CACHE_DIR", str(workdir / "other"))
    assert jsdf("cache", "info").exit_code == 0


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_is_read_only(workdir, monkeypatch):
    workdir.joinpath("closed").mkdir(mode=0o500)
    monkeypatch.setenv("JSDF_CACHE_DIR", str(workdir / "closed" / "x"))
    assert "is not writable; set JSDF_CACHE_DIR to another" in jsdf("cache", "info").stderr


def test_the_spending_of_the_latest_days_is_shown_with_its_cost_where_there_is_a_price(workdir, serve):
    serve()
    jsdf("classify", write_texts(40), *OPTIONS)
    head, day = jsdf("cache", "info").stdout.splitlines()[-2:]
    assert head.split() == ["day", "requests", "tokens"]
    date, requests, tokens = day.split()
    assert date == pd.Timestamp.now().strftime("%Y-%m-%d")
    assert (requests, int(tokens.replace(",", "")) > 0) == ("2", True)
    head, day = jsdf("cache", "info", "--price", "1000").stdout.splitlines()[-2:]
    assert head.split()[-1] == "cost"
    assert day.endswith(" USD")
    assert float(day.split()[-2]) == pytest.approx(int(tokens.replace(",", "")) / 1000, rel=0.05)
    refused = jsdf("cache", "info", "--price", "-1")
    assert refused.stderr == "jsdf: --price -1: pass the price of 1,000,000 tokens, a number that is 0 or more\n"
