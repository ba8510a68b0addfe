"""Tables are read and written without changes to other columns or files."""

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf

from jsdf.cli import tables
from jsdf.testing import expected


@pytest.mark.parametrize(
    "text",
    [
        'text\n"a ""quoted"" text, with a comma"\n"two\nlines"\n',
        'text,text2,text2\n" blanks ",1e5,\n"\t",N/A,-0\n',
        ',text\n0,x\n1,"carriage\r\nreturn"\n',
        "text\nπ\n漢字\n",
    ],
)
def test_csv_is_otherwise_unchanged(workdir, text):
    workdir.joinpath("in.csv").write_text(text, newline="", encoding="utf-8")
    table = tables.read(workdir / "in.csv", "text")
    tables.write([table], workdir / "out.csv")
    assert workdir.joinpath("out.csv").read_bytes().decode() == text
    again = tables.read(workdir / "out.csv", "text")
    pd.testing.assert_frame_equal(table.frame, again.frame)
    assert list(table.frame.columns) == text.splitlines()[0].split(",")


@pytest.mark.parametrize(
    "source", ["csv", "tsv", "jsonl", "ndjson", "json", "csv.gz", "tsv.gz", "jsonl.gz", "parquet", "xlsx"]
)
@pytest.mark.parametrize("target", ["csv", "tsv.gz", "ndjson", "json.gz", "parquet", "xlsx"])
def test_any_format_to_any_other(workdir, serve, source, target):
    if "parquet" in (source, target):
        pytest.importorskip("pyarrow")
    if "xlsx" in (source, target):
        pytest.importorskip("openpyxl")
    serve()
    frame = pd.DataFrame({"text": ["007", "NA", ""], "n": ["1", "2", "3"]})
    tables.write([tables.Table(frame, 2)], workdir / f"in.{source}")
    result = jsdf("classify", f"in.{source}", *OPTIONS, "-o", f"out.{target}", "--into", "mood")
    assert result.exit_code == 0, result.stderr
    got = tables.read(workdir / f"out.{target}", "text").frame
    assert list(got.columns) == ["text", "n", "mood"]
    assert got["text"].fillna("").tolist() == ["007", "NA", ""]
    assert got["mood"].tolist()[:2] == [expected(t, ["a", "b"]) for t in ("007", "NA")]
