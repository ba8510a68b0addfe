"""Errors are one line on stderr with exit code 1, and nothing is sent."""

import gzip
import subprocess
import sys

import pytest
from command_line import LABELS_AB, OPTIONS, jsdf, write_texts

from jsdf.testing import fault

FILES = {
    "good.csv": b"text,n\nx,1\n",
    "twice.csv": b"text,text\nx,1\n",
    "label.csv": b"text,label\nx,1\n",
    "latin.csv": "text\ncaf\xe9\n".encode("latin-1"),
    "utf16.csv": "text\nx\n".encode("utf-16"),
    "long.csv": b"text,n\nx,1\nx,1,2\n",
    "open.csv": b'text,n\n"x,1\n',
    "empty.csv": b"",
    "empty.jsonl": b"\n",
    "bad.jsonl": b'{"text": "x"}\n{"text": \n',
    "list.jsonl": b'["x"]\n',
    "nan.jsonl": b'{"text": NaN}\n',
    "numbers.jsonl": b'{"text": 5}\n',
    "bad.parquet": b"PAR1 or not",
    "bad.csv.gz": b"text\nx\n",
    "short.jsonl.gz": gzip.compress(b'{"text": "x"}\n' * 100)[:-9],
    "file.json": b"[]",
    "one.json": b'["only"]',
    "broken.json": b'["only",',
}
SUPPORTED = (
    "use .csv, .tsv, .json, .jsonl or .ndjson, each also with .gz, or .parquet or .xlsx, or name the format, as in "
    "--format csv"
)
REFUSALS = [
    (("gone.csv", *OPTIONS), "gone.csv does not exist"),
    ((".csv", *OPTIONS), f".csv: its extension is not supported; {SUPPORTED}"),
    (("dir.csv", *OPTIONS), "dir.csv is a directory; name a file in it"),
    (("file.txt", *OPTIONS), f"file.txt: its extension is not supported; {SUPPORTED}"),
    (("file.json", *OPTIONS), "file.json is empty; it must be an array of objects"),
    (("one.json", *OPTIONS), "one.json line 1: an element is not a JSON object"),
    (("x.parquet.gz", *OPTIONS), f"x.parquet.gz: its extension is not supported; {SUPPORTED}"),
    (("good.csv", "--column", "txt", *LABELS_AB), "good.csv has no column 'txt'; its columns are 'text', 'n'"),
    (("twice.csv", *OPTIONS), "twice.csv has more than one column 'text'; its columns are 'text', 'text'"),
    (("label.csv", *OPTIONS), "label.csv has a column 'label' already; choose another name with --into"),
    (("good.csv", *OPTIONS, "--into", "n"), "good.csv has a column 'n' already; choose another name with --into"),
    (
        ("good.csv", "--column", "text", "--label", "n", "--label", "b", "--multiple"),
        "good.csv has a column 'n' already; rename it, or the label",
    ),
    (
        ("good.csv", *OPTIONS, "--multiple", "--into", "n"),
        "--into names one column, but --multiple adds one column a label; pass one of them",
    ),
    (
        ("good.csv", "--column", "text", "--label", "yes"),
        "labels ['yes']: pass at least two distinct labels, as in --label positive --label negative",
    ),
    (("good.csv", *OPTIONS, "--label", "a"), "labels: 'a' is given twice; pass each label once"),
    (
        ("good.csv", "--column", "text", "--labels", "one.json"),
        "one.json: labels ['only']: pass at least two distinct labels, as in --label positive --label negative",
    ),
    (
        ("good.csv", "--column", "text", "--labels", "broken.json"),
        "broken.json is not JSON in UTF-8: Expecting value: line 1 column 9 (char 8)",
    ),
    (
        ("good.csv", "--column", "text", "--labels", "gone.json"),
        "--labels gone.json: there is no such file; it takes a JSON file of labels, "
        "and --label takes the name of one label",
    ),
    (
        ("good.csv", *OPTIONS, "--labels", "one.json"),
        "--label and --labels cannot be combined; pass one of them",
    ),
    (
        ("latin.csv", *OPTIONS),
        "latin.csv is not UTF-8 text (line 2); pass --encoding cp1252, or the encoding that it was written in",
    ),
    (
        ("utf16.csv", *OPTIONS),
        "utf16.csv is not UTF-8 text (line 1); pass --encoding utf-16, or the encoding that it was written in",
    ),
    (("long.csv", *OPTIONS), "long.csv line 3 has 3 fields, but the header has 2; quote a field that holds ','"),
    (
        ("open.csv", *OPTIONS),
        "open.csv line 2 opens a quote that is never closed; pass --quoting none if quotes are ordinary characters",
    ),
    (("empty.csv", *OPTIONS), "empty.csv is empty; its first line names the columns"),
    (("empty.jsonl", *OPTIONS), "empty.jsonl is empty; each line must be a JSON object"),
    (
        ("bad.jsonl", *OPTIONS),
        "bad.jsonl line 2 is not JSON: Expecting value: line 1 column 10 (char 9)",
    ),
    (("list.jsonl", *OPTIONS), "list.jsonl line 1 is not a JSON object"),
    (("nan.jsonl", *OPTIONS), "nan.jsonl line 1 is not JSON: NaN is not a JSON value"),
    (("numbers.jsonl", *OPTIONS), "numbers.jsonl: the column 'text' holds int values, not texts (the first: line 1)"),
    (("bad.csv.gz", *OPTIONS), "bad.csv.gz is not a gzip file, or is truncated"),
    (("short.jsonl.gz", *OPTIONS), "short.jsonl.gz is not a gzip file, or is truncated"),
    (
        ("good.csv", *OPTIONS, "-o", "good.csv"),
        "good.csv is the input, which is never overwritten; choose another name",
    ),
    (
        ("good.csv", *OPTIONS, "-o", "link.csv"),
        "link.csv is the input, which is never overwritten; choose another name",
    ),
    (("good.csv", *OPTIONS, "-o", "out.txt"), f"out.txt: its extension is not supported; {SUPPORTED}"),
    (("good.csv", *OPTIONS, "-o", "dir.csv"), "dir.csv is a directory; name a file in it"),
    (("good.csv", *OPTIONS, "-o", "no/out.csv"), "no/out.csv cannot be written: there is no directory no"),
    (
        ("twice.csv", "--column", "text", *LABELS_AB, "-o", "o.jsonl"),
        "twice.csv has more than one column 'text'; its columns are 'text', 'text'",
    ),
    (("good.csv", *LABELS_AB), "Missing option '--column' / '-c'; see `jsdf classify --help`"),
    ((*OPTIONS,), "Missing argument 'FILE'; see `jsdf classify --help`"),
    (
        ("good.csv", *OPTIONS, "--engine", "x"),
        "Invalid value for '--engine': 'x' is not one of 'auto', 'hosted', 'local', 'cascade', nor a file that "
        "LearnedLocal.save wrote",
    ),
    (("good.csv", *OPTIONS, "--task", " "), "--task ' ': pass an instruction in words, or leave it out"),
]


@pytest.mark.parametrize(("arguments", "line"), REFUSALS, ids=lambda x: x if isinstance(x, str) else None)
def test_refusals(workdir, serve, arguments, line):
    service = serve()
    for name, content in FILES.items():
        workdir.joinpath(name).write_bytes(content)
    workdir.joinpath("dir.csv").mkdir()
    workdir.joinpath("link.csv").symlink_to("good.csv")
    files_before = sorted(workdir.iterdir())
    result = jsdf("classify", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    printed = result.stderr.removesuffix("\n")
    if "Invalid value" in line:
        printed = printed.removesuffix("; see `jsdf classify --help`")
    assert printed == f"jsdf: {line}"
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []
    assert sorted(workdir.iterdir()) == files_before
    assert workdir.joinpath("good.csv").read_bytes() == FILES["good.csv"]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"JIGSAWSTACK_API_KEY": "wrong"}, "HTTP 401: "),
        ({"JIGSAWSTACK_API_KEY": "two words"}, "JIGSAWSTACK_API_KEY: it holds a space"),
        (
            {"JIGSAWSTACK_API_URL": "http://example.org"},
            "JIGSAWSTACK_API_URL='http://example.org' would send the key unencrypted",
        ),
        ({"JIGSAWSTACK_API_KEY": ""}, "no engine is available: set JIGSAWSTACK_API_KEY"),
    ],
)
def test_keys_and_addresses(workdir, serve, monkeypatch, environment, line):
    service = serve()
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"jsdf: {line}")
    assert len(result.stderr.splitlines()) == 1
    assert "two words" not in result.stderr
    assert service.billed.total() == 0
    assert not workdir.joinpath("out.csv").exists()


def test_a_service_cannot_write_to_the_terminal(workdir, serve):
    serve(faults=lambda *_: fault.status(402, "no\x1b[2J\ncredit"))
    result = jsdf("classify", write_texts(3), *OPTIONS)
    assert result.stderr == "jsdf: HTTP 402: no\\x1b[2J credit; no row was labelled\n"


def test_module_streams_and_exit_codes(workdir, serve):
    serve()
    run = {"capture_output": True, "text": True, "check": False, "timeout": 30}
    good = subprocess.run([sys.executable, "-m", "jsdf", "classify", write_texts(3), *OPTIONS], **run)
    assert (good.returncode, good.stdout.count("\n")) == (0, 4)
    bad = subprocess.run([sys.executable, "-m", "jsdf", "classify", "gone.csv", *OPTIONS], **run)
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", "jsdf: gone.csv does not exist\n")
    assert jsdf("--version").stdout == "jsdf 0.1.0\n"
