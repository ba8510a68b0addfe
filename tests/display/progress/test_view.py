"""The live view on a terminal: one tqdm line."""

import contextlib

import pandas as pd
import pytest
from html_checking import HOSTILE

import jsdf
from jsdf import Progress, Usage
from jsdf.display.progress.live_view import LiveView
from jsdf.display.progress.terminal_bar import TerminalOutput
from jsdf.display.progress.view import view
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


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_line_moves_while_nothing_comes_and_not_more_often_than_needed(capsys):
    clock = Clock()
    live_view = LiveView(TerminalOutput, clock)
    live_view.idle()
    live_view.show(event(0, note="opening 300 images"))
    assert "opening 300 images" in capsys.readouterr().err
    drawn = []
    for tenth in range(1, 31):
        clock.now = tenth / 10
        live_view.idle()
        drawn.append(capsys.readouterr().err)
    assert [i for i, text in enumerate(drawn, 1) if text] == [10, 20, 30]
    assert "opening 300 images" in drawn[-1]
    live_view.end()
    assert "opening" not in capsys.readouterr().err.split("\r")[-1]


def test_the_line_says_that_rows_failed(capsys):
    with view(True) as (show, _):
        show(event(1000, finished=True))
    assert "done" not in capsys.readouterr().err.split("\r")[-1]
    with view(True) as (show, _):
        show(Progress("fake", 1000, 1000, 6, Usage(), finished=True))
    assert "done, 6 failed" in capsys.readouterr().err.split("\r")[-1]


def test_the_engine_is_named_once_it_is_known(capsys):
    live_view = LiveView(TerminalOutput)
    live_view.show(Progress("", 64, 0, 0, Usage(), "reading 64 rows"))
    assert "0/64 rows" in capsys.readouterr().err
    live_view.show(event(5))
    live_view.end()
    assert "fake:" in capsys.readouterr().err.split("\r")[-1]
