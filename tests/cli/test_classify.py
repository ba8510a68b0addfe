"""`jsdf classify`: outputs, and messages about rows without a label."""

import json

import pandas as pd
import pytest
from command_line import CSV, LABELS_AB, OPTIONS, jsdf, write_texts

from jsdf.testing import expected, fault


def test_csv_keeps_every_text(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stdout == ""
    a, b, c = (expected(t, ["a", "b"]) for t in ("NA", "null", "great"))
    assert workdir.joinpath("out.csv").read_text() == (
        f"id,text,other,label\n007,NA,1.10,{a}\n008,null,,{b}\n009,,x,\n010,great,,{c}\n"
    )
    assert set(service.billed) == {"NA", "null", "great"}
    assert "jsdf: 4 rows: 3 answered, 1 missing (hosted): 1 request, 3 sent, 0 from the store" in result.stderr
    assert result.stderr.splitlines()[0].endswith("; wrote out.csv")


def test_a_pipe_gets_the_table_and_stderr_the_rest(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_text(CSV)
    shown = jsdf("classify", "in.csv", *OPTIONS)
    jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv")
    assert shown.stdout == workdir.joinpath("out.csv").read_text()
    assert "wrote the table to stdout" in shown.stderr
    quiet = jsdf("classify", "in.csv", *OPTIONS, "--quiet")
    assert (quiet.stdout, quiet.stderr) == (shown.stdout, "")


def test_multiple_labels_make_a_column_each(workdir, serve):
    serve()
    workdir.joinpath("labels.json").write_text(json.dumps({"price": "about the price", "speed": "about = speed"}))
    workdir.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", "-c", "text", "--labels", "labels.json", "--multiple", "-o", "out.jsonl")
    assert result.exit_code == 0
    labels = json.loads(workdir.joinpath("labels.json").read_text())
    for line in workdir.joinpath("out.jsonl").read_text().splitlines():
        row = json.loads(line)
        want = expected(row["text"], labels, True) if row["text"] else None
        assert [row["price"], row["speed"]] == [None if want is None else name in want for name in labels]


def test_failed_rows_are_reported_and_a_rerun_pays_for_nothing_else(workdir, serve):
    service = serve(poison=["text 5"])
    command = ("classify", write_texts(40), *OPTIONS, "-o", "out.csv")
    first = jsdf(*command)
    assert first.exit_code == 1
    why = "HTTP 400: a sample could not be processed (1); running the same command again pays for no other rows"
    assert first.stderr.splitlines()[-1] == f"jsdf: 1 of 40 rows has no label: {why}"
    frame = pd.read_csv("out.csv")
    assert frame["label"].isna().sum() == 1
    paid = service.billed.total()
    rerun = jsdf(*command)
    assert rerun.exit_code == 1
    assert "--retry asks again" in rerun.stderr
    assert jsdf(*command, "--errors", "coerce").exit_code == 0
    assert service.billed.total() == paid
    request_count = len(service.requests)
    jsdf(*command, "--retry")
    assert len(service.requests) > request_count


def test_max_requests_leaves_rows_pending(workdir, serve):
    serve()
    result = jsdf("classify", write_texts(100), *OPTIONS, "-o", "out.csv", "--max-requests", 2)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "jsdf: 36 of 100 rows have no label: --max-requests 2 was reached (36 not sent); "
        "running the same command again pays for no other rows"
    )
    assert pd.read_csv("out.csv")["label"].notna().sum() == 64
    assert jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv").exit_code == 0


def test_nothing_is_written_without_an_answer(workdir, serve):
    serve()
    result = jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv", "--max-requests", 0)
    assert result.exit_code == 1
    assert "nothing to write" in result.stderr
    assert not workdir.joinpath("out.csv").exists()


@pytest.mark.parametrize("cached", [True, False])
def test_a_service_that_stops_half_way(workdir, serve, cached):
    serve(faults=lambda number, _: None if number < 2 else fault.status(402, "no credit"))
    result = jsdf("classify", write_texts(300), *OPTIONS, "-o", "out.csv", *([] if cached else ["--no-cache"]))
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: HTTP 402: no credit; 64 of 300 rows are labelled")
    kept = " and kept in the store; run the same command again to continue\n"
    assert result.stderr.endswith(kept if cached else ": wrote out.csv; no answer is kept in the store\n")
    assert len(result.stderr.splitlines()) == 1
    assert workdir.joinpath("out.csv").exists() is not cached


def test_missing_image_files_fail_row_by_row(workdir, offline):
    workdir.joinpath("in.csv").write_text("p\ngone.png\n")
    result = jsdf("classify", "in.csv", "-c", "p", *LABELS_AB, "--engine", "local")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "1 of 1 row has no label: 'gone.png': there is no such file (1)" in result.stderr


def test_messages_name_the_option_kind(workdir, serve):
    serve()
    workdir.joinpath("mixed.csv").write_text("text\ncat.jpg\na remark\n")
    assert jsdf("plan", "mixed.csv", *OPTIONS).stderr.endswith(
        "; split the column, or pass --kind text or --kind image\n"
    )
    workdir.joinpath("addresses.csv").write_text("text\nhttps://example.com/1\n")
    result = jsdf("plan", "addresses.csv", *OPTIONS)
    assert result.stderr.startswith(
        "jsdf: warning: every value looks like an image's file name or address, for example 'https://example.com/1'"
    )
    assert "pass --kind image if they are images, or --kind text if they are not" in result.stderr


def test_repeats_are_planned_and_asked_so_many_times(workdir, serve):
    service = serve()
    planned = jsdf("plan", write_texts(40), *OPTIONS, "--repeats", "3").stdout
    assert "in 6 requests (hosted)" in planned
    assert jsdf("classify", "in.csv", *OPTIONS, "--repeats", "3", "--details", "-o", "out.csv").exit_code == 0
    assert len(service.requests) == 6
    assert pd.read_csv("out.csv")["score"].eq(1).all()
    refused = jsdf("classify", "in.csv", *OPTIONS, "--repeats", "3", "--engine", "local")
    assert refused.stderr.startswith("jsdf: --repeats 3: the local engine gives scores")
