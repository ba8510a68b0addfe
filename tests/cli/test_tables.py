"""Tables are read and written without changes to other columns or files."""

import json
import os

import pandas as pd
import pytest
from command_line import CSV, LABELS_AB, OPTIONS, jsdf, write_texts

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
    frame = tables.read(workdir / "in.csv", "text")
    tables.write(frame, workdir / "out.csv")
    again = tables.read(workdir / "out.csv", "text")
    pd.testing.assert_frame_equal(frame, again)
    assert list(frame.columns) == text.splitlines()[0].split(",")


def test_a_byte_order_mark_is_not_part_of_the_first_column_name(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_bytes(b"\xef\xbb\xbftext\nx\n")
    assert jsdf("classify", "in.csv", *OPTIONS, "-q").stdout.startswith("text,label\nx,")


def test_json_lines_keep_types_and_absent_keys(workdir, serve):
    serve()
    records = [
        {"text": "x", "n": 12345678901234567890, "deep": {"k": [1, None]}},
        {"text": None, "f": 0.1},
        {"text": "\ud800 é", "n": None},
    ]
    workdir.joinpath("in.jsonl").write_text("\n\n".join(map(json.dumps, records)))
    result = jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.jsonl", "--errors", "coerce")
    assert result.exit_code == 0, result.stderr
    out = [json.loads(line) for line in workdir.joinpath("out.jsonl").read_text().splitlines()]
    labels = [record.pop("label", None) for record in out]
    assert out == records
    assert labels == [expected("x", ["a", "b"]), None, expected("\ufffd \xe9", ["a", "b"])]


def test_parquet_keeps_types(workdir, serve):
    pytest.importorskip("pyarrow")
    serve()
    frame = pd.DataFrame(
        {
            "text": ["x", None, "y"],
            "n": pd.array([1, None, 3], "Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        }
    )
    frame.to_parquet("in.parquet")
    assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "out.parquet").exit_code == 0
    again = pd.read_parquet("out.parquet")
    assert again["label"].tolist()[::2] == [expected(t, ["a", "b"]) for t in "xy"]
    assert isinstance(again["label"].dtype, pd.CategoricalDtype)
    assert again["n"].dtype.kind in "if"
    pd.testing.assert_frame_equal(again.drop(columns="label"), pd.read_parquet("in.parquet"))


@pytest.mark.parametrize("source", ["csv", "tsv", "jsonl", "ndjson", "csv.gz", "tsv.gz", "jsonl.gz", "parquet"])
@pytest.mark.parametrize("target", ["csv", "tsv.gz", "ndjson", "parquet"])
def test_any_format_to_any_other(workdir, serve, source, target):
    if "parquet" in (source, target):
        pytest.importorskip("pyarrow")
    serve()
    frame = pd.DataFrame({"text": ["007", "NA", ""], "n": ["1", "2", "3"]})
    tables.write(frame, workdir / f"in.{source}")
    result = jsdf("classify", f"in.{source}", *OPTIONS, "-o", f"out.{target}", "--into", "mood")
    assert result.exit_code == 0, result.stderr
    got = tables.read(workdir / f"out.{target}", "text")
    assert list(got.columns) == ["text", "n", "mood"]
    assert got["text"].tolist() == ["007", "NA", ""]
    assert got["mood"].tolist()[:2] == [expected(t, ["a", "b"]) for t in ("007", "NA")]


def test_the_out_file_is_replaced_whole_and_keeps_its_mode(workdir, serve):
    serve()
    out = workdir / "out.csv"
    out.write_text("old")
    out.chmod(0o600)
    assert jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv").exit_code == 0
    assert out.read_text().startswith("text,label\n")
    assert out.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in workdir.iterdir()) == ["in.csv", "out.csv"]


def test_a_failing_write_leaves_the_old_file(workdir, monkeypatch):
    workdir.joinpath("out.csv").write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "dump", full)
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv", "--engine", "hosted")
    assert result.stderr == "jsdf: out.csv cannot be written: No space left on device\n"
    assert workdir.joinpath("out.csv").read_text() == "old"
    assert sorted(p.name for p in workdir.iterdir()) == ["in.csv", "out.csv"]


def test_a_broken_parquet_file(workdir):
    pytest.importorskip("pyarrow")
    workdir.joinpath("in.parquet").write_bytes(b"PAR1 or not")
    result = jsdf("classify", "in.parquet", *OPTIONS)
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: in.parquet cannot be read as Parquet: ")
    assert len(result.stderr.splitlines()) == 1


def test_columns_that_parquet_cannot_hold_are_rejected_before_anything_is_sent(workdir, serve):
    pytest.importorskip("pyarrow")
    service = serve()
    workdir.joinpath("in.jsonl").write_text('{"text": "x", "n": 1}\n{"text": "y", "n": "one"}\n')
    result = jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.parquet")
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: out.parquet cannot be written as Parquet: ")
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []


@pytest.mark.parametrize("arguments", [("in.parquet",), ("texts.csv", "-o", "out.parquet")])
def test_parquet_without_pyarrow(workdir, monkeypatch, arguments):
    workdir.joinpath("texts.csv").write_text(CSV)
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    result = jsdf("classify", *arguments, *OPTIONS)
    assert (result.exit_code, result.stderr) == (
        1,
        f'jsdf: {arguments[-1]}: Parquet needs pyarrow; run pip install "jsdf[parquet]"\n',
    )


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written(workdir, serve):
    service = serve()
    workdir.joinpath("closed").mkdir(mode=0o500)
    result = jsdf("classify", write_texts(2), *OPTIONS, "-o", "closed/out.csv")
    assert result.stderr == "jsdf: closed/out.csv cannot be written: Permission denied\n"
    assert service.requests == []


def test_bytes_are_not_written_as_text(workdir, serve):
    pytest.importorskip("pyarrow")
    service = serve()
    pd.DataFrame({"text": ["x"], "thumb": [b"\x89PNG"]}).to_parquet("in.parquet")
    line = "jsdf: in.parquet: its column 'thumb' holds bytes, which only Parquet can store; pass -o OUT.parquet\n"
    for out in ([], ["-o", "out.csv"], ["-o", "out.jsonl.gz"]):
        result = jsdf("classify", "in.parquet", *OPTIONS, *out)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", line)
    assert service.requests == []
    assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "out.parquet").exit_code == 0
    assert pd.read_parquet("out.parquet")["thumb"].tolist() == [b"\x89PNG"]


def test_a_column_of_image_structs_is_rejected_with_advice(workdir):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"image": [{"bytes": b"\x89PNG", "path": None}]}).to_parquet("in.parquet")
    assert jsdf("plan", "in.parquet", "-c", "image", *LABELS_AB).stderr == (
        "jsdf: in.parquet: the column 'image' holds dict values, not texts; in Python, classify its .str['bytes']\n"
    )
