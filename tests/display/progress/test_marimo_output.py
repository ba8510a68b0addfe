"""Progress in a marimo cell: its output is replaced; tests/browser/test_marimo.py sees it in a browser."""

import sys

import pytest
from html_checking import Markup

import jsdf
from jsdf.display.progress.live_view import LiveView
from jsdf.display.progress.marimo_output import MarimoOutput, in_marimo
from jsdf.testing import FakeEngine


def test_no_code_outside_marimo_draws_there(monkeypatch):
    assert not in_marimo()
    monkeypatch.delitem(sys.modules, "marimo", raising=False)
    assert not in_marimo()


def test_marimo_is_not_imported_for_a_run_elsewhere(monkeypatch):
    monkeypatch.delitem(sys.modules, "marimo", raising=False)
    jsdf.run(["one", "two"], ["cat", "dog"], engine=FakeEngine(), cache=False)
    assert "marimo" not in sys.modules


def test_the_output_is_replaced_at_each_drawing_and_ends_as_one_line(monkeypatch):
    marimo = pytest.importorskip("marimo")
    shown = []
    monkeypatch.setattr(marimo.output, "replace", shown.append)
    times = iter(range(1000))
    view = LiveView(MarimoOutput, clock=lambda: next(times))
    jsdf.run(
        [f"text {i}" for i in range(30)],
        ["cat", "dog"],
        engine=FakeEngine(batch_size=10, concurrency=1),
        cache=False,
        progress=view.show,
    )
    view.end()
    texts = [Markup(output.text).text for output in shown]
    assert len(texts) > 3
    assert "fake: 10/30 rows (33%)" in " ".join(texts[:-1])
    assert texts[-1].startswith("fake: 30 rows in")
    assert "to stop" not in texts[-1]


def test_a_script_that_uses_marimo_has_no_view_in_a_cell():
    marimo = pytest.importorskip("marimo")
    app = marimo.App()

    @app.cell
    def _():
        from jsdf.display.progress.marimo_output import in_marimo

        seen = in_marimo()
        return (seen,)

    _, defined = app.run()
    assert defined["seen"] is False
