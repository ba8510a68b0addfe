"""Standard input and output as `-`, and files whose extension does not say their format."""

import gzip
import shlex
import subprocess
import sys

import pandas as pd
import pytest
from command_line import OPTIONS, child, jsdf, write_texts

from jsdf.testing import expected

X = expected("x", ["a", "b"])
TEXTS = {
    "csv": ("text,n\nx,1.10\n", f"text,n,label\nx,1.10,{X}\n"),
    "tsv": ("text\tn\nx\t1.10\n", f"text\tn\tlabel\nx\t1.10\t{X}\n"),
    "jsonl": ('{"text": "x", "n": 1.10}\n', f'{{"text": "x", "n": 1.10, "label": "{X}"}}\n'),
    "json": ('[{"text": "x", "n": 1.10}]', f'[{{"text": "x", "n": 1.10, "label": "{X}"}}]'),
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("out", [[], ["-o", "-"]])
def test_a_table_goes_from_stdin_to_stdout(workdir, serve, kind, out):
    serve()
    content, labelled = TEXTS[kind]
    result = jsdf("classify", "-", *OPTIONS, "--format", kind, *out, input=content)
    assert (result.exit_code, result.stdout) == (0, labelled)
    assert result.stderr.splitlines()[0].endswith("; wrote the table to stdout")


def test_parquet_goes_through_pipes(workdir, serve):
    pytest.importorskip("pyarrow")
    serve()
    pd.DataFrame({"text": ["x"]}).to_parquet("in.parquet")
    content = workdir.joinpath("in.parquet").read_bytes()
    result = jsdf("classify", "-", *OPTIONS, "--format", "parquet", "-o", "-", "-q", input=content)
    workdir.joinpath("out.parquet").write_bytes(result.stdout_bytes)
    assert pd.read_parquet("out.parquet").to_numpy().tolist() == [["x", X]]


@pytest.mark.parametrize("kind", TEXTS)
def test_the_format_of_one_end(workdir, serve, kind):
    serve()
    content, labelled = TEXTS[kind]
    workdir.joinpath(f"in.{kind}").write_text(content)
    to_file = jsdf("classify", "-", *OPTIONS, "--format", kind, "-o", f"out.{kind}", input=content)
    assert to_file.exit_code == 0
    assert workdir.joinpath(f"out.{kind}").read_text() == labelled
    assert jsdf("classify", f"in.{kind}", *OPTIONS, "-o", "-", "-q").stdout == labelled
    assert jsdf("classify", f"in.{kind}", *OPTIONS, "--format", "csv", "-q").stdout.startswith("text,n,label\nx,1.1")


def test_an_extension_that_says_nothing(workdir, serve):
    serve()
    workdir.joinpath("in.txt").write_text("text\nx\n")
    assert jsdf("classify", "in.txt", *OPTIONS, "--format", "csv", "-o", "out.data").exit_code == 0
    assert workdir.joinpath("out.data").read_text() == f"text,label\nx,{X}\n"
    workdir.joinpath("in.txt.gz").write_bytes(gzip.compress(b"text\nx\n"))
    assert jsdf("classify", "in.txt.gz", *OPTIONS, "--format", "csv", "-q").stdout == f"text,label\nx,{X}\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("classify", "-"), "- is standard input, which has no extension; pass its format, as in --format csv"),
        (("plan", "-"), "- is standard input, which has no extension; pass its format, as in --format csv"),
        (("plan", "in"), "in: its extension is not supported; use .csv, .tsv, .json, .jsonl or .ndjson, each also with "
                         ".gz, or .parquet or .xlsx, or name the format, as in --format csv"),
    ],
)  # fmt: skip
def test_a_format_that_is_missing(workdir, arguments, line):
    assert jsdf(*arguments, *OPTIONS).stderr == f"jsdf: {line}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no such devices there")
def test_a_pipe_with_a_name(workdir, serve):
    serve()
    line = f"{shlex.quote(sys.executable)} -m jsdf classify <(printf 'text\\nx\\n') {' '.join(OPTIONS)} --format csv -q"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (f"text,label\nx,{X}\n", "")
    result = jsdf("classify", write_texts(1), *OPTIONS, "--format", "csv", "-o", "/dev/null")
    assert result.stderr == "jsdf: /dev/null is not a regular file; write to standard output with -o -\n"


def test_plan_reads_stdin(workdir):
    result = jsdf("plan", "-", *OPTIONS, "--format", "csv", "--engine", "local", input="text\nx\n")
    assert result.stdout.startswith("1 row, 1 distinct")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
@pytest.mark.parametrize(("more", "code"), [(("-o", "-"), 0), (("-o", "-", "--format", "parquet"), 1)])
def test_a_dash_writes_the_table_to_a_terminal_but_no_binary_one(workdir, serve, more, code):
    pty = pytest.importorskip("pty")
    serve()
    master, slave = pty.openpty()
    with child("classify", write_texts(2), *OPTIONS, *more, "-q", stdout=slave, stderr=subprocess.PIPE) as process:
        assert process.wait(20) == code
        err = process.stderr.read()
    if code == 0:
        assert err == ""
        lines = []
        with open(master, closefd=False) as terminal:
            lines = [terminal.readline().rstrip() for _ in range(3)]
        assert lines == ["text,label", *(f"text {i},{expected(f'text {i}', ['a', 'b'])}" for i in range(2))]
    else:
        assert err == "jsdf: - is a terminal, which cannot show Parquet; name a file with -o\n"
