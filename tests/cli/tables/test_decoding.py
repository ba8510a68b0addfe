"""Encodings: another than UTF-8 is named in the message, and the hint works."""

import gzip

import pytest
from command_line import OPTIONS, jsdf

from jsdf.testing import expected

GZIPPED = gzip.compress(b"text\nx\n", mtime=0)
LABEL = expected("café", ["a", "b"])


@pytest.mark.parametrize(
    ("encoding", "suggested"),
    [
        ("latin-1", "cp1252"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.csv.gz", "in.jsonl"])
def test_the_encoding_is_suggested_and_the_output_has_it(workdir, serve, name, encoding, suggested):
    service = serve()
    content = '{"text": "café"}\n' if name == "in.jsonl" else "text\ncafé\n"
    pack = gzip.compress if name.endswith(".gz") else bytes
    workdir.joinpath(name).write_bytes(pack(content.encode(encoding)))
    refused = jsdf("classify", name, *OPTIONS)
    assert (refused.exit_code, refused.stdout, service.requests) == (1, "", [])
    assert f"pass --encoding {suggested}" in refused.stderr
    result = jsdf("classify", name, *OPTIONS, "-o", "out.csv", "--encoding", suggested)
    assert result.exit_code == 0, result.stderr
    assert workdir.joinpath("out.csv").read_bytes().decode(suggested) == f"text,label\ncafé,{LABEL}\n"


def test_bytes_that_are_no_windows_text(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_bytes(b"text,n\nx,\x81\n")
    assert "pass --encoding latin-1" in jsdf("classify", "in.csv", *OPTIONS).stderr
    assert jsdf("classify", "in.csv", *OPTIONS, "--encoding", "latin-1", "-o", "out.csv").exit_code == 0
    assert b"x,\x81," in workdir.joinpath("out.csv").read_bytes()


def test_utf8_that_is_read_as_another_encoding(workdir):
    workdir.joinpath("in.csv").write_text("text\né!\n", encoding="utf-8")
    result = jsdf("classify", "in.csv", *OPTIONS, "--encoding", "ascii")
    assert result.stderr == (
        "jsdf: in.csv is not ascii text (line 2); pass --encoding utf-8, or the encoding that it was written in\n"
    )


def test_a_byte_order_mark_is_skipped_and_can_be_asked_for(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_bytes(b"\xef\xbb\xbftext\nx\n")
    assert jsdf("classify", "in.csv", *OPTIONS, "-q").stdout.startswith("text,label\nx,")
    jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv", "--encoding", "utf-8-sig")
    assert workdir.joinpath("out.csv").read_bytes().startswith(b"\xef\xbb\xbftext,label\nx,")


def test_a_label_that_the_encoding_lacks_is_refused_before_anything_is_sent(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text("text\ncafé\n", encoding="cp1252")
    command = ("classify", "in.csv", "-c", "text", "-l", "良い", "-l", "b", "--encoding", "cp1252")
    refused = jsdf(*command, "-o", "out.csv")
    assert (refused.exit_code, service.requests) == (1, [])
    assert (
        refused.stderr
        == "jsdf: out.csv cannot be written in cp1252, which has no '良'; write .jsonl, which is always UTF-8\n"
    )
    assert jsdf(*command, "-o", "out.jsonl").exit_code == 0
    assert '"café"' in workdir.joinpath("out.jsonl").read_text("utf-8")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            GZIPPED,
            "is compressed with gzip; its name must end in .gz, and a pipe needs `gzip -dc`",
        ),
        (b"PK\x03\x04 and so on", "is a ZIP archive or an Excel file; unpack it, or name it .xlsx"),
        (b"PAR1 and so on", "is a Parquet file; name it .parquet"),
        (b"\xd0\xcf\x11\xe0 and so on", "is an old Excel file; name it .xls"),
    ],
)
def test_files_of_another_sort_are_recognised(workdir, content, line):
    workdir.joinpath("in.csv").write_bytes(content)
    assert jsdf("plan", "in.csv", *OPTIONS).stderr == f"jsdf: in.csv {line}\n"
    assert jsdf("plan", "-", "--format", "tsv", *OPTIONS, input=content).stderr == f"jsdf: - {line}\n"
