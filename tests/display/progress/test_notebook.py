"""The live view without a notebook: when it draws, what it leaves, and its button."""

import asyncio
import sys

import pandas as pd
import pytest
from html_checking import checked

import jsdf
from jsdf import Progress, Usage
from jsdf.display.progress import notebook
from jsdf.display.progress import view as view_module
from jsdf.display.progress.notebook import DisplayHandleOutput, NotebookView, WidgetOutput
from jsdf.display.progress.view import view
from jsdf.testing import FakeEngine

LABELS = ["a", "b"]
TEXTS = pd.Series([f"text {i}" for i in range(64)])


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Screen:
    pause = 0.1

    def __init__(self, first):
        self.first, self.drawn, self.left = first, [], []

    def draw(self, watch, strip):
        self.drawn.append(watch.event.done)

    def finish(self, bundle):
        self.left.append(bundle)


def event(done, **more):
    return Progress("fake", 1000, done, 0, Usage(requests=done), **more)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def screens():
    return []


@pytest.fixture
def shown(clock, screens):
    def open_screen(bundle):
        screens.append(Screen(bundle))
        return screens[-1]

    return NotebookView(clock=clock, screen=open_screen)


def test_it_draws_ten_times_a_second_at_most(shown, clock, screens):
    for done in range(1000):
        clock.now = done / 1000
        shown.show(event(done))
    assert len(screens) == 1
    assert 8 <= len(screens[0].drawn) <= 10


def test_what_was_left_out_is_drawn_when_nothing_more_comes(shown, clock, screens):
    shown.show(event(1))
    clock.now = 0.05
    shown.show(event(2))
    shown.idle()
    assert screens[0].drawn == []
    clock.now = 0.15
    shown.idle()
    assert screens[0].drawn == [2]
    for tenth in range(2, 32):
        clock.now = tenth / 10
        shown.idle()
    assert 2 <= len(screens[0].drawn) - 1 <= 3  # for the clock alone once a second


def test_the_end_is_left_once(shown, clock, screens):
    shown.show(event(1))
    shown.show(event(1000, finished=True))
    shown.end()
    shown.end(KeyboardInterrupt())
    shown.show(event(5))
    shown.idle()
    assert screens[0].drawn == []
    (bundle,) = screens[0].left
    assert set(bundle) == {"text/html", "text/plain"}
    assert "1,000/1,000 rows" in checked(bundle["text/html"]).text
    assert "done in" in bundle["text/plain"]


def test_without_an_event_nothing_is_shown(shown, screens):
    shown.idle()
    shown.end(ValueError("before it began"))
    assert screens == []


@pytest.fixture
def displayed(monkeypatch):
    """Every bundle that a notebook would have been sent, updates too."""
    sent = []

    class Handle:
        def update(self, bundle, raw):
            sent.append(bundle)

    monkeypatch.setattr(notebook, "_display", lambda bundle: sent.append(bundle) or Handle())
    monkeypatch.setattr(view_module, "in_jupyter_kernel", lambda: True)
    return sent


VIEW = "application/vnd.jupyter.widget-view+json"


def test_a_widget_while_it_runs_and_plain_html_afterwards(displayed):
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False)
    first, last = displayed[0], displayed[-1]
    assert len(displayed) == 2
    assert set(first) == {VIEW, "text/html", "text/plain"}
    assert set(last) == {"text/html", "text/plain"}
    assert "64/64 rows" in checked(last["text/html"]).text


def test_widgets_are_closed_at_the_end(displayed):
    import ipywidgets

    before = len(ipywidgets.widgets.widget._instances)
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False)
    assert len(ipywidgets.widgets.widget._instances) == before


def test_the_button_stops_as_the_first_interrupt_does(displayed, monkeypatch):
    made = []
    init = WidgetOutput.__init__

    def remembered(self, *arguments):
        init(self, *arguments)
        made.append(self)

    monkeypatch.setattr(WidgetOutput, "__init__", remembered)

    class Pressing(FakeEngine):
        async def classify(self, question, values):
            reply = await super().classify(question, values)
            if len(self.calls) == 3:
                while not made:  # the view is made on the other thread
                    await asyncio.sleep(0.01)
                made[0]._button.click()
            return reply

    run = jsdf.run(TEXTS, LABELS, engine=Pressing(batch_size=4, concurrency=1), cache=False)
    assert run.stopped == "interrupted"
    assert run.counts["answered"] == 12
    assert made[0]._button.description == "Stopping"
    assert "interrupted after" in displayed[-1]["text/plain"]


def test_the_button_is_spent_whatever_stops_the_run(displayed, clock):
    shown = NotebookView(lambda: None, clock)
    shown.show(event(1))
    button = shown._output._button
    for stopped, said in ((None, "Stop"), ("max_requests=3 was reached", "Stopping")):
        clock.now += 1
        shown.show(event(2, stopped=stopped))
        assert (button.description, button.disabled) == (said, stopped is not None)
    shown.end()


def test_the_button_stands_above_what_grows(displayed):
    shown = NotebookView(lambda: None)
    shown.show(event(1))
    top, below = shown._output._box.children
    assert top.children[1:] == (shown._output._button,)
    assert below is shown._output._pictures
    shown.end()


def test_a_look_at_images_has_no_button(displayed):
    shown = NotebookView(None)
    shown.show(event(1))
    assert "Button" not in displayed[0]["text/plain"]
    assert shown._output._button not in shown._output._top.children
    shown.end()


def test_without_ipywidgets_the_output_is_written_again(displayed, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    shown = NotebookView(lambda: None)
    shown.show(event(1))
    assert isinstance(shown._output, DisplayHandleOutput)
    shown._draw()
    shown.end()
    assert [set(bundle) for bundle in displayed] == [{"text/html", "text/plain"}] * 3


@pytest.mark.parametrize("error", [KeyboardInterrupt(), jsdf.JSDFError("no room")])
def test_an_error_is_the_last_thing_shown_and_goes_on(displayed, error):
    def broken():
        with view(True) as (show, _):
            show(event(1))
            raise error

    with pytest.raises(type(error)) as caught:
        broken()
    assert caught.value is error
    assert ("interrupted" if isinstance(error, KeyboardInterrupt) else "no room") in displayed[-1]["text/plain"]


def test_a_view_that_breaks_keeps_the_error_that_says_so(displayed, monkeypatch):
    def broken(self, watch, strip):
        raise ZeroDivisionError("the screen broke")

    monkeypatch.setattr(WidgetOutput, "draw", broken)
    monkeypatch.setattr(WidgetOutput, "pause", 0.0)
    monkeypatch.setattr(WidgetOutput, "finish", broken)
    with pytest.raises(ZeroDivisionError, match="the screen broke"):
        jsdf.run(TEXTS, LABELS, engine=FakeEngine(batch_size=4), cache=False)


def test_false_shows_nothing(displayed, capsys):
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False, progress=False)
    assert displayed == []
    assert capsys.readouterr() == ("", "")


def test_a_function_is_called_and_nothing_else(displayed, capsys):
    events = []
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(batch_size=32), cache=False, progress=events.append)
    assert displayed == []
    assert [e.finished for e in events].count(True) == 1
    assert capsys.readouterr() == ("", "")
