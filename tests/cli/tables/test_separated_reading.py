"""CSV and TSV files of all sorts: rows in are rows out, or one line says which line is in doubt and what helps."""

import gzip
from pathlib import Path

import pandas as pd
import pytest
from command_line import LABELS_AB, OPTIONS, jsdf

from jsdf.testing import expected


def label_of(text):
    return expected(text, ["a", "b"])


def classify(content, name="in.csv", *more, out="out.csv"):
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return jsdf("classify", name, *OPTIONS, "-o", out, "--no-cache", *more)


def column(name="out.csv", **more):
    frame = pd.read_csv(name, dtype=str, na_filter=False, skip_blank_lines=False, **more)
    return list(zip(frame["text"], frame["label"], strict=True))


def rows(*texts):
    return [(text, label_of(text) if text.strip() else "") for text in texts]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("text\ngood\n\nbad\n   \nfine\n", ["good", "", "bad", "   ", "fine"]),
        ("text\r\ngood\r\n\r\nbad\r\n", ["good", "", "bad"]),
        ("text\n\n\n\n", ["", "", ""]),
        ("\n\ntext\ngood\n", ["good"]),
        ('text\n"good"\n""\nbad', ["good", "", "bad"]),
        ('text\n"Great" she said\n"a" b\n', ['"Great" she said', '"a" b']),
        ('text\n5" pipe\nso "good"\n', ['5" pipe', 'so "good"']),
        ("text\rgood\r\rbad\r", ["good", "", "bad"]),
    ],
)
@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.csv.gz"])
def test_a_blank_line_is_a_missing_row(workdir, serve, content, texts, name):
    serve()
    result = classify(gzip.compress(content.encode()) if name.endswith(".gz") else content, name, out="out.jsonl")
    assert result.exit_code == 0, result.stderr
    assert "warning" not in result.stderr
    frame = pd.read_json("out.jsonl", lines=True, dtype=False)
    assert list(zip(frame["text"], frame["label"].fillna(""), strict=True)) == rows(*texts)
    missing = sum(not text.strip() for text in texts)
    assert f"{len(texts)} row" in result.stderr
    assert not missing or f"{missing} missing" in result.stderr


def test_a_blank_line_of_several_columns_is_a_row_of_empty_cells(workdir, serve):
    serve()
    assert classify("id,text,n\n007,good,1.10\n\n008,,\n").exit_code == 0
    assert (
        workdir.joinpath("out.csv").read_text() == f"id,text,n,label\n007,good,1.10,{label_of('good')}\n,,,\n008,,,\n"
    )


SWALLOWED = '1\t"good\n2\tbad\n3\tso so\n4\t"meh\n5\tfine\n'
REFUSED = [
    ("in.tsv", "id\ttext\n" + SWALLOWED, "line 2 opens a quote that closes in line 5 before other text ('meh')", 5),
    ("in.tsv", 'id\ttext\n1\t"good\n2\tbad"\n3\tfine\n', "line 2 opens a quote that closes in line 3", 3),
    ("in.csv", 'id,text\n1,"good\n2,bad\n', "line 2 opens a quote that is never closed", 2),
    ("in.csv", 'text\n"good\nbad\n"fine" ok\nx\n', "line 2 opens a quote that closes in line 4 before other text", 4),
    ("in.csv", 'text,n\nx,1\n"good,2\n"bad" really,3\n', "line 3 opens a quote that closes in line 4", 3),
]


@pytest.mark.parametrize(("name", "content", "problem", "count"), REFUSED)
def test_quotes_that_may_swallow_rows_are_refused_with_a_hint_that_works(workdir, serve, name, content, problem, count):
    service = serve()
    result = classify(content, name)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"jsdf: {name} {problem}")
    assert "pass --quoting none if quotes are ordinary characters" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []
    assert classify(content, name, "--quoting", "none", out=f"out{name[2:]}").exit_code == 0
    out = workdir.joinpath(f"out{name[2:]}").read_text().splitlines()
    lines = content.splitlines()
    assert [len(out) - 1, [line.rsplit(",\t"["tsv" in name], 1)[0] for line in out]] == [count, lines]


def test_a_quote_inside_quotes_that_is_not_doubled(workdir, serve):
    serve()
    content = 'id,text\n1,"they said, "great", twice"\n'
    result = classify(content)
    assert result.stderr == (
        "jsdf: in.csv line 2 opens a quote that closes before other text ('great\"'); "
        "write a quote inside a quoted field twice\n"
    )
    assert classify(content.replace('"great"', '""great""')).exit_code == 0
    assert column() == rows('they said, "great", twice')


@pytest.mark.parametrize(
    ("content", "note", "texts"),
    [
        (
            'id,text\n1,"good\n2,bad"\n3,"a\n\nb"\n',
            "2 records with a quoted field over several lines (the first: lines 2 to 3); pass --quoting none if quotes "
            "are ordinary characters, or --quoting minimal if this is right",
            ["good\n2,bad", "a\n\nb"],
        ),
        (
            'text\n"one, two,\nthree"\n',
            "1 record with a quoted field over several lines (the first: lines 2 to 3); pass --quoting minimal if this "
            "is right",
            ["one, two,\nthree"],
        ),
        (
            "id,text\n1,good\nmore\n2,bad\n",
            "1 row with fewer fields than the header (the first: line 3); the others are taken as empty",
            ["good", "", "bad"],
        ),
        (
            "id,text\n1,good,,\n2,bad,\n",
            "2 rows with empty fields after the last column (the first: line 2), which are left out",
            ["good", "bad"],
        ),
        (
            "text\ngood\rbad\nfine\n",
            "1 record with a carriage return outside quotes (the first: line 2); rows end as the header does",
            ["good\rbad", "fine"],
        ),
        (
            "text\rgood\nbad\r\nfine",
            "2 records with a line feed outside quotes (the first: line 2); rows end as the header does",
            ["good\nbad", "\nfine"],
        ),
    ],
)  # fmt: skip
def test_rows_in_doubt_are_told_with_their_line(workdir, serve, content, note, texts):
    serve()
    result = classify(content, "in.csv", "-q")
    assert (result.exit_code, result.stderr) == (0, f"jsdf: warning: in.csv has {note}\n")
    assert column() == rows(*texts)
    assert jsdf("plan", "in.csv", *OPTIONS).stderr == result.stderr
    if "--quoting minimal" in note:
        quiet = classify(content, "in.csv", "-q", "--quoting", "minimal")
        assert (quiet.exit_code, quiet.stderr) == (0, "")
    if "--quoting none" in note:
        assert classify(content, "in.csv", "-q", "--quoting", "none").exit_code == 0
        assert len(column(quoting=3)) == content.count("\n") - 1


def test_a_tsv_may_have_fields_over_several_lines_if_that_is_said(workdir, serve):
    serve()
    content = 'id\ttext\n1\t"good\tday\nbad"\n'
    assert "pass --quoting minimal if a field may span lines" in classify(content, "in.tsv").stderr
    assert classify(content, "in.tsv", "--quoting", "minimal").exit_code == 0
    assert column() == rows("good\tday\nbad")


@pytest.mark.parametrize(
    ("content", "hint", "obeyed"),
    [
        ("id;text\n1;good, really\n2;bad\n", "; is it separated by ';'? pass --separator ';'", ";"),
        ('"id";"text"\n"1";"good, really"\n"2";"bad"\n', "; is it separated by ';'? pass --separator ';'", ";"),
        ("id\ttext\n1\tgood, really\n2\tbad\n", r"; is it separated by '\t'? pass --separator tab", "tab"),
        ("id|text\n1|good, really\n2|bad\n", "; is it separated by '|'? pass --separator '|'", "|"),
        ("a, b;text\n1;good, really\n2;bad\n", None, ";"),
    ],
)
def test_another_separator_is_named(workdir, serve, content, hint, obeyed):
    serve()
    first = classify(content)
    assert first.exit_code == 1
    assert hint is None or first.stderr.endswith(hint + "\n")
    assert classify(content, "in.csv", "--separator", obeyed).exit_code == 0
    assert column(sep={"tab": "\t"}.get(obeyed, obeyed)) == rows("good, really", "bad")


def test_commas_in_a_tsv_file_are_named(workdir, serve):
    serve()
    content = "id,text\n1,good\n"
    assert classify(content, "in.tsv").stderr.endswith("is it separated by ','? pass --separator ','\n")
    assert classify(content, "in.tsv", "--separator", ",").exit_code == 0
    assert column() == rows("good")


@pytest.mark.parametrize(
    ("content", "line", "more", "obeyed"),
    [
        ("text,n\nx,1\nx,1,2\n", "line 3 has 3 fields, but the header has 2; quote a field that holds ','", None, None),
        (
            "text\ngood, really\n",
            "line 2 has 2 fields, but the header has 1; quote a field that holds ',', or pass --separator tab if the "
            "file has one column",
            ("--separator", "tab"),
            "good, really",
        ),
        (
            'text,n\n"a,b",1\n',
            "line 2 has 3 fields, but the header has 2",
            ("--quoting", "minimal"),
            "a,b",
        ),
    ],
)  # fmt: skip
def test_rows_with_more_fields_than_the_header(workdir, serve, content, line, more, obeyed):
    serve()
    result = classify(content, "in.csv", *(["--quoting", "none"] if "--quoting" in (more or ()) else []))
    assert (result.exit_code, result.stderr) == (1, f"jsdf: in.csv {line}\n")
    if more:
        assert classify(content, "in.csv", *more, out="out.jsonl").exit_code == 0
        assert pd.read_json("out.jsonl", lines=True)["text"].tolist() == [obeyed]


@pytest.mark.parametrize("content", ["", "\n", "\ufeff", "\r\n \n"])
def test_a_file_without_a_header(workdir, content):
    assert classify(content).stderr == "jsdf: in.csv is empty; its first line names the columns\n"


@pytest.mark.parametrize("content", ["text,n\n", "text", '"text"\r\n'])
def test_a_header_without_rows(workdir, serve, content):
    service = serve()
    result = classify(content)
    told = "jsdf: in.csv has column names but no rows: there is nothing to label\n"
    assert (result.exit_code, result.stderr) == (0, told + "jsdf: wrote out.csv\n")
    assert "label" in workdir.joinpath("out.csv").read_text()
    assert service.requests == []
    assert jsdf("plan", "in.csv", *OPTIONS).stderr == told


def test_a_column_named_twice_beside_the_column(workdir, serve):
    serve()
    assert classify("n,text,n\n1,good,2\n").exit_code == 0
    assert workdir.joinpath("out.csv").read_text() == f"n,text,n,label\n1,good,2,{label_of('good')}\n"


def test_a_nul_and_a_field_beyond_the_limit_of_the_csv_module(workdir, serve):
    serve()
    texts = ["a\0b", "x" * 140_000]
    assert classify("text\n" + "".join(f"{text}\n" for text in texts)).exit_code == 0
    out = workdir.joinpath("out.csv").read_text().splitlines()
    assert out[1:] == [f"{text},{label_of(text)}" for text in texts]


def test_labels_that_a_file_without_quotes_cannot_hold_are_refused_before_anything_is_sent(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text("text\n")
    options = ("-c", "text", "-l", "so, so", "-l", "b", "--quoting", "none")
    result = jsdf("classify", "in.csv", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "jsdf: standard output cannot be written as CSV: with --quoting none a field cannot hold a separator or a line "
        "end, as 'so, so'\n"
    )
    assert service.requests == []
    assert jsdf("classify", "in.csv", "-c", "text", *LABELS_AB, "--quoting", "none").exit_code == 0
