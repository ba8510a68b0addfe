"""Options about files: those that have no effect or cannot be meant are refused, with both names."""

import pytest
from command_line import OPTIONS, jsdf

from jsdf.cli.tables import TableOptions
from jsdf.errors import InvalidInputError


@pytest.mark.parametrize("given", ["tab", "TAB", "\\t", "\t"])
def test_ways_to_write_a_tab(given):
    assert TableOptions(separator=given).separator == "\t"


@pytest.mark.parametrize("given", ["", ";;", '"', "\n", "comma"])
def test_a_separator_is_one_character(given):
    with pytest.raises(InvalidInputError, match=r"pass one character, such as ';', or tab"):
        TableOptions(separator=given)


@pytest.mark.parametrize("given", ["utf9", "base64", "rot13", "", "undefined"])
def test_an_encoding_is_one_of_texts(given):
    with pytest.raises(InvalidInputError, match="pass one such as utf-8, utf-16 or cp1252"):
        TableOptions(encoding=given)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("in.jsonl", "--separator", ";"), "--separator ';' is for CSV and TSV, but in.jsonl is JSON lines"),
        (("in.jsonl", "--quoting", "none"), "--quoting 'none' is for CSV and TSV, but in.jsonl is JSON lines"),
        (("in.csv", "--sheet", "S"), "--sheet 'S' is for Excel files, but in.csv is CSV"),
        (
            ("in.parquet", "-o", "o.parquet", "--encoding", "cp1252"),
            "--encoding 'cp1252' is for text files, but in.parquet is Parquet",
        ),
        (
            ("in.csv", "-o", "out.csv", "--format", "jsonl"),
            "--format jsonl is for - and unknown extensions, but in.csv and out.csv have one",
        ),
        (
            ("in.csv", "-o", "out.csv", "--format", "tsv"),
            "--format tsv is for - and unknown extensions, but in.csv and out.csv have one; pass --separator for "
            "another separator",
        ),
    ],
)  # fmt: skip
def test_options_without_effect_are_refused(workdir, serve, arguments, line):
    service = serve()
    workdir.joinpath("in.csv").write_text("text\nx\n")
    workdir.joinpath("in.jsonl").write_text('{"text": "x"}\n')
    workdir.joinpath("in.parquet").write_bytes(b"PAR1")
    assert jsdf("classify", *arguments, *OPTIONS).stderr == f"jsdf: {line}\n"
    assert service.requests == []


def test_a_plan_reads_only(workdir):
    workdir.joinpath("in.csv").write_text("text\nx\n")
    line = "jsdf: --format jsonl is for - and unknown extensions, but in.csv has one\n"
    assert jsdf("plan", "in.csv", *OPTIONS, "--format", "jsonl").stderr == line


def test_options_of_the_output_alone(workdir, serve):
    serve()
    workdir.joinpath("in.jsonl").write_text('{"text": "x", "n": "\\u00e9"}\n')
    options = ("--separator", ";", "--quoting", "all", "--encoding", "cp1252")
    assert jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.csv", *options).exit_code == 0
    assert workdir.joinpath("out.csv").read_bytes().startswith(b'"text";"n";"label"\n"x";"\xe9";"')


def test_the_separator_is_that_of_an_output_of_the_same_format(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_text("text;n\nx;1\n")
    for out, separator in [("out.csv", ";"), ("out.tsv", "\t")]:
        assert jsdf("classify", "in.csv", *OPTIONS, "-o", out, "--separator", ";").exit_code == 0
        assert (
            workdir.joinpath(out).read_text().startswith(f"text{separator}n{separator}label\nx{separator}1{separator}")
        )
