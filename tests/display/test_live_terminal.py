"""The live view on a terminal: one line of tqdm."""

import contextlib

import pandas as pd
import pytest

import jsdf
from jsdf import Progress, Usage
from jsdf.display.progress import Bar, view
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


@pytest.mark.parametrize("told", [None, "interrupted"])
def test_the_line_says_that_a_run_ended_early(capsys, told):
    with contextlib.suppress(KeyboardInterrupt), view(True) as (show, idle):
        show(event(1))
        show(event(500, stopped=told))
        idle()
        raise KeyboardInterrupt
    assert "interrupted" in capsys.readouterr().err.split("\r")[-1]


def test_a_line_that_is_fresh_is_not_drawn_again(capsys):
    bar = Bar()
    bar.idle()
    bar.end()
    bar.show(event(1))
    bar.idle()
    before = capsys.readouterr().err
    bar.idle()
    assert before
    assert capsys.readouterr().err == ""
    bar.end()
