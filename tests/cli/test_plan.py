"""`jsdf plan` shows the requests of a run and sends nothing."""

import re

import pytest
from command_line import CSV, OPTIONS, jsdf, write_texts

from jsdf.config import options


def test_plan_sends_nothing(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text(CSV)
    arguments = ("plan", "in.csv", *OPTIONS)
    assert jsdf(*arguments).stdout.startswith(
        "4 rows, 1 missing, 3 distinct, 0 already answered, 3 to send in 1 request"
    )
    assert service.requests == []
    jsdf("classify", "in.csv", *OPTIONS)
    assert "3 already answered, 0 to send" in jsdf(*arguments).stdout
    assert jsdf("plan", "gone.csv", *OPTIONS).stderr == "jsdf: gone.csv does not exist\n"


def test_a_price_shows_the_cost_for_one_command(workdir, serve):
    serve()
    workdir.joinpath("in.csv").write_text(CSV)
    arguments = ("plan", "in.csv", *OPTIONS)
    unknown = jsdf(*arguments, "--price", "0.5").stdout
    assert unknown.endswith("cost unknown: no request to this engine is in the store yet\n")
    workdir.joinpath("more.csv").write_text(CSV.replace("great", "fine"))
    assert " USD" in jsdf("classify", "in.csv", *OPTIONS, "--price", "0.5").stderr
    assert " USD (" in jsdf("plan", "more.csv", *OPTIONS, "--price", "0.5").stdout
    assert options.price_per_million_tokens is None
    assert "USD" not in jsdf("plan", "more.csv", *OPTIONS).stdout


def test_a_limit_in_money(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text(CSV)
    failed = jsdf("classify", "in.csv", *OPTIONS, "--max-cost", "5", "-o", "out.csv")
    assert (failed.exit_code, failed.stderr) == (
        1, "jsdf: --max-cost 5.0: the price of the engine 'hosted' is not known; pass --price\n"
    )  # fmt: skip
    stopped = jsdf("classify", "in.csv", *OPTIONS, "--max-cost", "0", "--price", "0.5", "-o", "out.csv")
    assert stopped.exit_code == 1
    assert "--max-cost 0.00 USD was reached (3 not sent)" in stopped.stderr
    assert service.requests == []
    assert jsdf("classify", "in.csv", *OPTIONS, "--max-cost", "5", "--price", "0.5", "-o", "out.csv").exit_code == 0


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "five", ""])
def test_a_bad_price_is_one_line(workdir, price):
    workdir.joinpath("in.csv").write_text(CSV)
    failed = jsdf("plan", "in.csv", *OPTIONS, "--engine", "local", "--price", price)
    assert failed.exit_code == 1
    expected = f"jsdf: --price {price}: pass the price of 1,000,000 tokens, a number that is 0 or more\n"
    assert failed.stderr == expected


def test_a_removed_label_and_strict(workdir, serve):
    service = serve()
    write_texts(60)
    jsdf("classify", "in.csv", "-c", "text", "-l", "a", "-l", "b", "-l", "c", "-o", "out.csv")
    edited = ("in.csv", "-c", "text", "-l", "a", "-l", "b")
    assert "; 1 label was removed: " in jsdf("plan", *edited).stdout
    assert jsdf("plan", *edited, "--strict").stdout.endswith("; 1 label was removed: 60 rows to send\n")
    before = len(service.requests)
    planned = int(re.search(r"([\d,]+) to send in", jsdf("plan", *edited).stdout)[1])
    jsdf("classify", *edited, "-o", "edited.csv")
    assert sum(len(record.request.values) for record in service.requests[before:]) == planned < 60


@pytest.mark.parametrize(("limit", "words"), [
    (1, "60 to send in 1 request (hosted), 1 more left out by the limit"),
    (0, "60 to send in 0 requests (hosted), 2 more left out by the limit"),
    (2, "60 to send in 2 requests (hosted)\n"),
])  # fmt: skip
def test_a_limit_on_requests(workdir, serve, limit, words):
    service = serve()
    arguments = (write_texts(60), *OPTIONS, "--max-requests", limit)
    shown = jsdf("plan", *arguments).stdout.replace(", at least 0.1 s", "")
    assert words.strip() in shown
    assert ("left out" in shown) == ("left out" in words)
    jsdf("classify", *arguments, "-o", "out.csv")
    assert len(service.requests) == limit
