"""The live view on a terminal: one tqdm line."""

import contextlib

import pandas as pd
import pytest
from html_checking import HOSTILE

import jsdf
from jsdf import Progress, Usage
from jsdf.display.progress.view import TerminalBar, view
from jsdf.testing import FakeEngine

LABELS = ["a", "b"]
TEXTS = pd.Series([f"text {i}" for i in range(64)])


def event(done, **more):
    return Progress("fake", 1000, done, 0, Usage(requests=done), **more)


def test_on_a_terminal_there_is_one_line(capsys):
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "64/64" in err.splitlines()[-1]
    assert "2 requests, 128 tokens" in err


@pytest.mark.parametrize("stopped", [None, "interrupted"])
def test_the_line_says_that_a_run_ended_early(capsys, stopped):
    with contextlib.suppress(KeyboardInterrupt), view(True) as (show, idle):
        show(event(1))
        show(event(500, stopped=stopped))
        idle()
        raise KeyboardInterrupt
    assert "interrupted" in capsys.readouterr().err.split("\r")[-1]


def test_rows_from_the_store_give_no_rate(capsys):
    engine = FakeEngine(identity="same")
    jsdf.run(TEXTS, LABELS, engine=engine, progress=False)
    jsdf.run(TEXTS, LABELS, engine=engine, progress=True)
    line = capsys.readouterr().err.split("\r")[-1]
    assert "64 from the store" in line
    assert "rows/s" not in line


@pytest.mark.parametrize("error", HOSTILE)
def test_any_error_message_stays_on_one_line(capsys, error):
    with contextlib.suppress(ValueError), view(True) as (show, _):
        show(event(500))
        raise ValueError(error)
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b[31m" not in err


def test_an_up_to_date_line_is_not_drawn_again(capsys):
    bar = TerminalBar()
    bar.idle()
    bar.end()
    bar.show(event(1))
    bar.idle()
    before = capsys.readouterr().err
    bar.idle()
    assert before
    assert capsys.readouterr().err == ""
    bar.end()
