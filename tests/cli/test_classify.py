"""`jsdf classify`: what is written where, and what is said of rows without a label."""

import json

import pandas as pd
import pytest
from command_line import AB, ASK, CSV, jsdf, texts

from jsdf.testing import expected, fault


def test_csv_keeps_every_text(desk, serve):
    service = serve()
    desk.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", *ASK, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stdout == ""
    a, b, c = (expected(t, ["a", "b"]) for t in ("NA", "null", "great"))
    assert desk.joinpath("out.csv").read_text() == (
        f"id,text,other,label\n007,NA,1.10,{a}\n008,null,,{b}\n009,,x,\n010,great,,{c}\n"
    )
    assert set(service.billed) == {"NA", "null", "great"}
    assert "jsdf: 4 rows: 3 answered, 1 missing (hosted): 1 request, 3 sent, 0 from the store" in result.stderr
    assert result.stderr.splitlines()[0].endswith("; wrote out.csv")


def test_a_pipe_gets_the_table_and_stderr_the_rest(desk, serve):
    serve()
    desk.joinpath("in.csv").write_text(CSV)
    shown = jsdf("classify", "in.csv", *ASK)
    jsdf("classify", "in.csv", *ASK, "-o", "out.csv")
    assert shown.stdout == desk.joinpath("out.csv").read_text()
    assert "wrote the table to stdout" in shown.stderr
    quiet = jsdf("classify", "in.csv", *ASK, "--quiet")
    assert (quiet.stdout, quiet.stderr) == (shown.stdout, "")


def test_multiple_labels_make_a_column_each(desk, serve):
    serve()
    desk.joinpath("labels.json").write_text(json.dumps({"price": "about the price", "speed": "about = speed"}))
    desk.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", "-c", "text", "--labels", "labels.json", "--multiple", "-o", "out.jsonl")
    assert result.exit_code == 0
    labels = json.loads(desk.joinpath("labels.json").read_text())
    for line in desk.joinpath("out.jsonl").read_text().splitlines():
        got = json.loads(line)
        want = expected(got["text"], labels, True) if got["text"] else None
        assert [got["price"], got["speed"]] == [None if want is None else name in want for name in labels]


def test_failed_rows_are_told_and_a_rerun_pays_for_nothing_else(desk, serve):
    service = serve(poison=["text 5"])
    command = ("classify", texts(40), *ASK, "-o", "out.csv")
    first = jsdf(*command)
    assert first.exit_code == 1
    why = "HTTP 400: a sample could not be processed (1); the same command again pays for no others"
    assert first.stderr.splitlines()[-1] == f"jsdf: 1 of 40 rows has no label: {why}"
    frame = pd.read_csv("out.csv")
    assert frame["label"].isna().sum() == 1
    paid = service.billed.total()
    again = jsdf(*command)
    assert again.exit_code == 1
    assert "--retry asks again" in again.stderr
    assert jsdf(*command, "--errors", "coerce").exit_code == 0
    assert service.billed.total() == paid
    asked = len(service.requests)
    jsdf(*command, "--retry")
    assert len(service.requests) > asked


def test_a_cap_leaves_rows_pending(desk, serve):
    serve()
    result = jsdf("classify", texts(100), *ASK, "-o", "out.csv", "--max-requests", 2)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "jsdf: 36 of 100 rows have no label: max_requests=2 was reached (36 not asked); "
        "the same command again pays for no others"
    )
    assert pd.read_csv("out.csv")["label"].notna().sum() == 64
    assert jsdf("classify", "in.csv", *ASK, "-o", "out.csv").exit_code == 0


def test_nothing_is_written_where_nothing_was_answered(desk, serve):
    serve()
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv", "--max-requests", 0)
    assert result.exit_code == 1
    assert "nothing to write" in result.stderr
    assert not desk.joinpath("out.csv").exists()


@pytest.mark.parametrize("cached", [True, False])
def test_a_service_that_stops_half_way(desk, serve, cached):
    serve(faults=lambda number, _: None if number < 2 else fault.status(402, "no credit"))
    result = jsdf("classify", texts(300), *ASK, "-o", "out.csv", *([] if cached else ["--no-cache"]))
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: HTTP 402: no credit; 64 of 300 rows are labelled")
    kept = " and kept in the store: the same command goes on from there\n"
    assert result.stderr.endswith(kept if cached else ": wrote out.csv; nothing is kept in the store\n")
    assert len(result.stderr.splitlines()) == 1
    assert desk.joinpath("out.csv").exists() is not cached


def test_paths_that_lead_nowhere_fail_row_by_row(desk, offline):
    desk.joinpath("in.csv").write_text("p\ngone.png\n")
    result = jsdf("classify", "in.csv", "-c", "p", *AB, "--engine", "local")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "1 of 1 row has no label: there is no such file (1)" in result.stderr


def test_a_kind_is_spoken_of_as_the_option_it_is(desk, serve):
    serve()
    desk.joinpath("mixed.csv").write_text("text\ncat.jpg\na remark\n")
    assert jsdf("plan", "mixed.csv", *ASK).stderr.endswith("; split the column, or pass --kind text or --kind image\n")
    desk.joinpath("addresses.csv").write_text("text\nhttps://example.com/1\n")
    result = jsdf("plan", "addresses.csv", *ASK)
    assert result.stderr.startswith("jsdf: warning: every value could stand for an image, as 'https://example.com/1'")
    assert "pass --kind image if they are images, or --kind text if they are not" in result.stderr
