"""The columns that `jsdf classify --details` adds, in every format, in memory and part by part."""

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf

from jsdf.cli import classify
from jsdf.cli.label_columns import LabelColumns
from jsdf.errors import InvalidInputError

TEXTS = ["late", "fine", "", "late"]
FORMATS = ["csv", "tsv", "jsonl", "parquet"]


@pytest.fixture(params=[False, True], ids=["in memory", "part by part"])
def _both_ways(request, monkeypatch):
    monkeypatch.setattr(classify, "is_large", lambda file, source, out: request.param and "parquet" not in out)


def write(path):
    frame = pd.DataFrame({"text": TEXTS, "n": range(4)})
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "tsv": lambda: frame.to_csv(path, sep="\t", index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }[path.suffix[1:]]()
    return str(path)


def read(path):
    return {
        "csv": lambda: pd.read_csv(path),
        "tsv": lambda: pd.read_csv(path, sep="\t"),
        "jsonl": lambda: pd.read_json(path, lines=True),
        "parquet": lambda: pd.read_parquet(path),
    }[Path(path).suffix[1:]]()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.usefixtures("_both_ways")
def test_every_format_holds_what_is_known_of_each_row(form, workdir, serve):
    serve(poison=["fine"])
    result = jsdf("classify", write(Path(f"in.{form}")), *OPTIONS, "--details", "-o", f"out.{form}")
    assert result.exit_code == 1
    found = read(f"out.{form}")
    assert found.columns.tolist() == ["text", "n", "label", "status", "score", "source", "reason"]
    assert found["status"].tolist() == ["answered", "failed", "missing", "answered"]
    assert found["source"].astype(object).where(found["source"].notna(), None).tolist() == [
        "hosted",
        None,
        None,
        "hosted",
    ]
    assert "could not be processed" in found["reason"][1]
    assert found["label"].notna().tolist() == [True, False, False, True]


@pytest.mark.usefixtures("_both_ways")
def test_scores_have_six_decimals(workdir):
    args = ["--column", "text", "--label", "good", "--label", "bad", "--engine", "local", "--details"]
    assert jsdf("classify", write(Path("in.jsonl")), *args, "-o", "out.jsonl").exit_code == 0
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["score"] is None for row in rows] == [False, False, True, False]
    assert all(len(str(row["score"])) <= 8 for row in rows if row["score"] is not None)
    assert rows[0]["source"] == "local"


def test_several_labels_have_their_columns_first():
    columns = LabelColumns(["a", "b"], multiple=True, has_details=True)
    assert columns.names == ["a", "b", "status", "score", "source", "reason"]


@pytest.mark.parametrize(
    ("labels", "multiple", "into", "message"),
    [
        (
            ["status", "b"],
            True,
            None,
            "--details adds a column 'status', which is a column of labels already; rename the",
        ),
        (
            ["a", "b"],
            False,
            "reason",
            "adds a column 'reason', which is a column of labels already; choose another name",
        ),
        (["a", "b"], True, "x", "--into names one column"),
    ],
)
def test_columns_of_one_name_are_refused(labels, multiple, into, message):
    with pytest.raises(InvalidInputError, match=message):
        LabelColumns(labels, multiple=multiple, into=into, has_details=True)


def test_a_label_may_have_the_name_of_another_column_without_details():
    assert LabelColumns(["status", "b"], multiple=True).names == ["status", "b"]


def test_a_column_that_the_file_has_is_refused_with_the_right_advice(workdir, serve):
    serve()
    Path("in.csv").write_text("text,status\na,x\n")
    refused = jsdf("classify", "in.csv", *OPTIONS, "--details", "-o", "out.csv")
    assert refused.stderr == "jsdf: in.csv has a column 'status' already; rename it, or leave out --details\n"
    assert jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv").exit_code == 0
