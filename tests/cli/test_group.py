"""Each refusal is one line on stderr and a status of its own, and nothing is sent."""

import gzip
import subprocess
import sys

import pytest
from command_line import AB, ASK, jsdf, texts

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
KNOWN = "use .csv, .tsv, .jsonl or .ndjson, each also with .gz, or .parquet"
REFUSALS = [
    (("gone.csv", *ASK), "gone.csv does not exist"),
    ((".csv", *ASK), f".csv: its extension is none that is known; {KNOWN}"),
    (("dir.csv", *ASK), "dir.csv is a directory; name a file in it"),
    (("file.json", *ASK), f"file.json: its extension is none that is known; {KNOWN}"),
    (("x.parquet.gz", *ASK), f"x.parquet.gz: its extension is none that is known; {KNOWN}"),
    (("good.csv", "--column", "txt", *AB), "good.csv has no column 'txt'; its columns are 'text', 'n'"),
    (("twice.csv", *ASK), "twice.csv has more than one column 'text'; its columns are 'text', 'text'"),
    (("label.csv", *ASK), "label.csv has a column 'label' already; name the new one otherwise with --into"),
    (("good.csv", *ASK, "--into", "n"), "good.csv has a column 'n' already; name the new one otherwise with --into"),
    (
        ("good.csv", "--column", "text", "--label", "n", "--label", "b", "--multiple"),
        "good.csv has a column 'n' already; rename it, or the label",
    ),
    (
        ("good.csv", *ASK, "--multiple", "--into", "n"),
        "--into names one column, and --multiple makes one a label: leave out one of them",
    ),
    (
        ("good.csv", "--column", "text", "--label", "yes"),
        "labels=['yes']: pass at least two distinct labels, as in ['positive', 'negative']",
    ),
    (("good.csv", *ASK, "--label", "a"), "labels: 'a' is there twice; pass each label once"),
    (
        ("good.csv", "--column", "text", "--labels", "one.json"),
        "labels=['only']: pass at least two distinct labels, as in ['positive', 'negative']",
    ),
    (
        ("good.csv", "--column", "text", "--labels", "broken.json"),
        "broken.json is not JSON in UTF-8: Expecting value: line 1 column 9 (char 8)",
    ),
    (("good.csv", "--column", "text", "--labels", "gone.json"), "gone.json: No such file or directory"),
    (
        ("good.csv", *ASK, "--labels", "one.json"),
        "--label and --labels: give the labels one way or the other",
    ),
    (("latin.csv", *ASK), "latin.csv is not UTF-8 text; convert it to UTF-8 first"),
    (("utf16.csv", *ASK), "utf16.csv is not UTF-8 text; convert it to UTF-8 first"),
    (("long.csv", *ASK), "long.csv cannot be read as CSV: Expected 2 fields in line 3, saw 3"),
    (("open.csv", *ASK), "open.csv cannot be read as CSV: EOF inside string starting at row 1"),
    (("empty.csv", *ASK), "empty.csv is empty; its first line names the columns"),
    (("empty.jsonl", *ASK), "empty.jsonl is empty; each line is to be a JSON object"),
    (
        ("bad.jsonl", *ASK),
        "bad.jsonl line 2 is not JSON: Expecting value: line 2 column 1 (char 10)",
    ),
    (("list.jsonl", *ASK), "list.jsonl line 1 is not a JSON object"),
    (("nan.jsonl", *ASK), "nan.jsonl line 1 is not JSON: NaN is no JSON value"),
    (("numbers.jsonl", *ASK), "numbers.jsonl: the column 'text' holds int values, not texts"),
    (("bad.csv.gz", *ASK), "bad.csv.gz is no gzip file, or is cut short"),
    (("short.jsonl.gz", *ASK), "short.jsonl.gz is no gzip file, or is cut short"),
    (("good.csv", *ASK, "-o", "good.csv"), "good.csv is the input, which is never overwritten; choose another name"),
    (("good.csv", *ASK, "-o", "link.csv"), "link.csv is the input, which is never overwritten; choose another name"),
    (("good.csv", *ASK, "-o", "out.xlsx"), f"out.xlsx: its extension is none that is known; {KNOWN}"),
    (("good.csv", *ASK, "-o", "dir.csv"), "dir.csv is a directory; name a file in it"),
    (("good.csv", *ASK, "-o", "no/out.csv"), "no/out.csv cannot be written: there is no directory no"),
    (
        ("twice.csv", "--column", "text", *AB, "-o", "o.jsonl"),
        "twice.csv has more than one column 'text'; its columns are 'text', 'text'",
    ),
    (("good.csv", *AB), "Missing option '--column' / '-c'; see `jsdf classify --help`"),
    ((*ASK,), "Missing argument 'FILE'; see `jsdf classify --help`"),
    (("good.csv", *ASK, "--engine", "x"), "Invalid value for '--engine': 'x' is not one of 'auto', 'hosted', 'local'"),
    (("good.csv", *ASK, "--task", " "), "task=' ': pass an instruction in words, or leave it out"),
]


@pytest.mark.parametrize(("words", "line"), REFUSALS, ids=lambda x: x if isinstance(x, str) else None)
def test_refusals(desk, serve, words, line):
    service = serve()
    for name, content in FILES.items():
        desk.joinpath(name).write_bytes(content)
    desk.joinpath("dir.csv").mkdir()
    desk.joinpath("link.csv").symlink_to("good.csv")
    before = sorted(desk.iterdir())
    result = jsdf("classify", *words)
    assert result.exit_code == 1
    assert result.stdout == ""
    got = result.stderr.removesuffix("\n")
    if "Invalid value" in line:
        got = got.removesuffix("; see `jsdf classify --help`")
    assert got == f"jsdf: {line}"
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []
    assert sorted(desk.iterdir()) == before
    assert desk.joinpath("good.csv").read_bytes() == FILES["good.csv"]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"JIGSAWSTACK_API_KEY": "wrong"}, "HTTP 401: "),
        ({"JIGSAWSTACK_API_KEY": "two words"}, "api_key: it holds a space"),
        ({"JIGSAWSTACK_API_URL": "http://example.org"}, "base_url='http://example.org' would send the key unencrypted"),
        ({"JIGSAWSTACK_API_KEY": ""}, "nobody is there to answer: set JIGSAWSTACK_API_KEY"),
    ],
)
def test_keys_and_addresses(desk, serve, monkeypatch, environment, line):
    service = serve()
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"jsdf: {line}")
    assert len(result.stderr.splitlines()) == 1
    assert "two words" not in result.stderr
    assert service.billed.total() == 0
    assert not desk.joinpath("out.csv").exists()


def test_a_service_cannot_write_to_the_terminal(desk, serve):
    serve(faults=lambda *_: fault.status(402, "no\x1b[2J\ncredit"))
    result = jsdf("classify", texts(3), *ASK)
    assert result.stderr == "jsdf: HTTP 402: no [2J credit; no row was labelled\n"


def test_module_streams_and_exit_codes(desk, serve):
    serve()
    run = {"capture_output": True, "text": True, "check": False, "timeout": 30}
    good = subprocess.run([sys.executable, "-m", "jsdf", "classify", texts(3), *ASK], **run)
    assert (good.returncode, good.stdout.count("\n")) == (0, 4)
    bad = subprocess.run([sys.executable, "-m", "jsdf", "classify", "gone.csv", *ASK], **run)
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", "jsdf: gone.csv does not exist\n")
    assert jsdf("--version").stdout == "jsdf 0.1.0\n"
