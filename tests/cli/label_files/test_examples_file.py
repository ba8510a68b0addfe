"""`--examples FILE` is a table with the column to label and the labels."""

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import jsdf

LABELS = ("-l", "refund", "-l", "delivery")


def write(name, content):
    Path(name).write_text(content, "utf-8")


@pytest.fixture
def table():
    write("in.csv", "id,text\n1,it broke\n2,money back\n3,\n4,late\n")


def command(examples, *more, file="in.csv", name="classify"):
    return jsdf(name, file, "-c", "text", *LABELS, "--engine", "hosted", "--examples", examples, *more)


def labels_sent(service):
    return [label["value"] for label in service.requests[0].request.labels]


def written(name="out.csv"):
    return pd.read_csv(name, keep_default_na=False)["label"].tolist()


FILES = {
    "ex.csv": "text,label\nmoney back,refund\n?,\nlate,delivery\n",
    "ex.tsv": "note\tlabel\ttext\n\trefund\tmoney back\n\tdelivery\tlate\n\t \tother\n",
    "ex.json": json.dumps([{"text": "money back", "label": "refund"}, {"text": "late", "label": "delivery"}]),
    "ex.jsonl": '{"text": "money back", "label": "refund"}\n{"text": "?", "label": null}\n'
    '{"text": "late", "label": "delivery"}\n',
}


@pytest.mark.parametrize("name", FILES)
def test_formats_are_read_alike(workdir, serve, table, name):
    service = serve()
    write(name, FILES[name])
    assert command(name, "-o", "out.csv").exit_code == 0
    assert labels_sent(service) == ["refund", 'Example: "money back"', "delivery", 'Example: "late"']
    assert [value for record in service.requests for value in record.request.values] == ["it broke"]
    assert written()[1:] == ["refund", "", "delivery"]


def test_workbooks_and_parquet_files_are_read_too(workdir, serve, table):
    service = serve()
    frame = pd.DataFrame({"text": ["money back", "late"], "label": ["refund", "delivery"]})
    frame.to_parquet("ex.parquet")
    frame.to_excel("ex.xlsx", index=False)
    for name in ("ex.parquet", "ex.xlsx"):
        assert command(name, "--no-cache", "-o", f"{name}.csv").exit_code == 0
        assert written(f"{name}.csv")[1:] == ["refund", "", "delivery"]
    assert len(service.requests) == 2


def test_labels_that_were_corrected_in_the_output_are_examples(workdir, serve, table):
    serve()
    assert jsdf("classify", "in.csv", "-c", "text", *LABELS, "--engine", "hosted", "-o", "out.csv").exit_code == 0
    rows = Path("out.csv").read_text().splitlines()
    rows = [row.rpartition(",")[0] + {"2": ",delivery", "1": ",refund"}.get(row[0], ",") for row in rows[1:]]
    write("corrected.csv", "\n".join(["id,text,label", *rows, ""]))
    assert command("corrected.csv", "-o", "again.csv").exit_code == 0
    assert written("again.csv")[:2] == ["refund", "delivery"]


@pytest.mark.parametrize("yes", ["true", "True", "1", "yes"])
def test_a_column_per_label_serves_with_multiple(workdir, serve, table, yes):
    service = serve()
    write("ex.csv", f"text,refund,delivery\nmoney back,{yes},\nlate,{yes},{yes}\n?,,\nboth no,false,False\n")
    assert command("ex.csv", "--multiple", "-o", "out.csv").exit_code == 0
    assert "Example, also of 'delivery': \"late\"" in labels_sent(service)
    assert pd.read_csv("out.csv").iloc[3, 2:].tolist() == [True, True]


def test_the_plan_counts_them(workdir, serve, table):
    service = serve()
    write("ex.csv", FILES["ex.csv"])
    result = command("ex.csv", name="plan")
    assert result.exit_code == 0
    assert "examples: 2 of 2 sent with each request, about 10 tokens a request" in result.stdout
    assert service.requests == []


def test_the_output_of_multiple_is_read_again(workdir, serve, table):
    serve()
    multiple = ("classify", "in.csv", "-c", "text", *LABELS, "--engine", "hosted", "--multiple")
    assert jsdf(*multiple, "-o", "out.csv").exit_code == 0
    assert jsdf(*multiple, "--examples", "out.csv", "-o", "again.csv").exit_code == 0
    assert Path("again.csv").read_text() == Path("out.csv").read_text()


WRONG = [
    ("nothing.csv", None, "nothing.csv does not exist"),
    ("ex.csv", "text,lable\na,refund\n", "ex.csv has no column 'label'; its columns are 'text', 'lable'"),
    ("ex.csv", "remark,label\na,refund\n", "ex.csv has no column 'text'"),
    ("ex.csv", "text,label\na,\n", "ex.csv: no row has a label; write labels into its column 'label'"),
    ("ex.csv", "text,label\na,refnd\n", "--examples: 'refnd' is not among the labels; did you mean 'refund'?"),
    ("ex.csv", "text,label\n,refund\n", "--examples: row 0 has no value (''); leave it out"),
    ("ex.csv", "text,label\na,refund\na,delivery\n", "one of them, or pass --multiple"),
    ("-", None, "--examples -: name a file; standard input is for the table to label"),
]


@pytest.mark.parametrize(("name", "content", "message"), WRONG)
def test_mistakes_are_named_and_nothing_is_sent(workdir, serve, table, name, content, message):
    service = serve()
    if content is not None:
        write(name, content)
    result = command(name, "-o", "out.csv")
    assert result.exit_code == 1
    assert message in result.stderr
    assert (service.requests, Path("out.csv").exists()) == ([], False)


def test_a_flag_that_is_none_is_named(workdir, serve, table):
    serve()
    write("ex.csv", "text,refund,delivery\na,perhaps,true\n")
    result = command("ex.csv", "--multiple", "-o", "out.csv")
    assert "ex.csv: column 'refund' holds 'perhaps'; write true or false" in result.stderr
