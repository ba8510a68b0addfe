"""`--engine cascade`: the local engine, and the hosted one for as many rows as the target needs."""

import csv

import pandas as pd
import pytest
from command_line import jsdf
from streaming import stream_all

TOPICS = {"sport": "the team won the match", "music": "the band played a song", "food": "the soup tastes of garlic"}
OPTIONS = ("--column", "text", *(part for name in TOPICS for part in ("--label", name)))


def write_topics(workdir, rows):
    """Write texts that the local engine knows, and return their topics."""
    truth = {}
    for number in range(rows):
        topic = list(TOPICS)[number % 3]
        truth[f"{TOPICS[topic]}, number {number}"] = topic
    pd.DataFrame({"text": list(truth)}).to_csv(workdir / "in.csv", index=False)
    return truth


@pytest.mark.usefixtures("offline")
def test_most_rows_are_labelled_here(workdir, serve, monkeypatch):
    truth = write_topics(workdir, 420)
    service = serve(answer=lambda value, *_: truth[value])
    stream_all(monkeypatch)  # a cascade is not streamed
    done = jsdf("classify", "in.csv", *OPTIONS, "--engine", "cascade", "--target", "0.9", "--details", "-o", "out.csv")
    assert done.exit_code == 0, done.stderr
    with (workdir / "out.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 420
    assert sum(row["label"] == truth[row["text"]] for row in rows) >= 0.9 * 420
    assert {row["source"] for row in rows} == {"learned", "hosted"}
    paid = sum(row["source"] == "hosted" for row in rows)
    assert paid == len(service.billed) < 200
    assert "420 rows: 420 answered (cascade)" in done.stderr
    assert "or more of the rows have the strong engine's label (target 0.9)" in done.stderr
    assert f"{paid} values of 420 asked" in done.stderr


@pytest.mark.usefixtures("offline")
def test_the_plan_has_both_ends(workdir, serve):
    write_topics(workdir, 960)
    service = serve()
    shown = jsdf("plan", "in.csv", *OPTIONS, "--engine", "cascade", "--target", "0.9").stdout
    assert "960 to send in 30 requests (cascade), or 3 requests and more with the cascade" in shown
    assert service.requests == []


def test_options_that_do_not_fit_are_one_line(workdir, serve):
    serve()
    write_topics(workdir, 3)
    for options, message in [
        (("--target", "0.9"), "jsdf: --target 0.9 is for --engine cascade\n"),
        (("--engine", "cascade", "--target", "1.5"), "pass a share between 0 and 1"),
        (("--engine", "cascade", "--repeats", "3"), "a cascade asks once"),
    ]:
        failed = jsdf("classify", "in.csv", *OPTIONS, *options)
        assert failed.exit_code == 1
        assert message in failed.stderr
        assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize("options", [(), ("--target", "0.8")])
def test_examples_for_a_cascade_are_refused_in_terms_of_the_command_line(workdir, serve, options):
    serve()
    texts = write_topics(workdir, 6)
    pd.DataFrame({"text": list(texts), "label": texts.values()}).to_csv("in.csv", index=False)
    shown = jsdf("plan", "in.csv", *OPTIONS, "--engine", "cascade", *options, "--examples", "in.csv").stderr
    assert "a cascade takes no examples" in shown
    assert shown.endswith("leave --examples out\n")
