"""The live view without a notebook: its drawing rate, its final output, and its button."""

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


class RecordingOutput:
    interval = 0.1

    def __init__(self, first):
        self.first, self.drawn, self.final = first, [], []

    def draw(self, state, strip):
        self.drawn.append(state.event.done)

    def finish(self, bundle):
        self.final.append(bundle)


def event(done, **more):
    return Progress("fake", 1000, done, 0, Usage(requests=done), **more)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def outputs():
    return []


@pytest.fixture
def live_view(clock, outputs):
    def make_output(bundle):
        outputs.append(RecordingOutput(bundle))
        return outputs[-1]

    return NotebookView(clock=clock, make_output=make_output)


def test_it_draws_ten_times_a_second_at_most(live_view, clock, outputs):
    for done in range(1000):
        clock.now = done / 1000
        live_view.show(event(done))
    assert len(outputs) == 1
    assert 8 <= len(outputs[0].drawn) <= 10


def test_a_skipped_event_is_drawn_when_nothing_more_comes(live_view, clock, outputs):
    live_view.show(event(1))
    clock.now = 0.05
    live_view.show(event(2))
    live_view.idle()
    assert outputs[0].drawn == []
    clock.now = 0.15
    live_view.idle()
    assert outputs[0].drawn == [2]
    for tenth in range(2, 32):
        clock.now = tenth / 10
        live_view.idle()
    assert 2 <= len(outputs[0].drawn) - 1 <= 3  # for the clock alone once a second


def test_the_final_output_is_written_once(live_view, clock, outputs):
    live_view.show(event(1))
    live_view.show(event(1000, finished=True))
    live_view.end()
    live_view.end(KeyboardInterrupt())
    live_view.show(event(5))
    live_view.idle()
    assert outputs[0].drawn == []
    (bundle,) = outputs[0].final
    assert set(bundle) == {"text/html", "text/plain"}
    assert "1,000/1,000 rows" in checked(bundle["text/html"]).text
    assert "done in" in bundle["text/plain"]


def test_without_an_event_nothing_is_shown(live_view, outputs):
    live_view.idle()
    live_view.end(ValueError("before it began"))
    assert outputs == []


@pytest.fixture
def displayed(monkeypatch):
    """Every bundle that a notebook would have received, updates included."""
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

    def recording_init(self, *arguments):
        init(self, *arguments)
        made.append(self)

    monkeypatch.setattr(WidgetOutput, "__init__", recording_init)

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


def test_the_button_is_disabled_whatever_stops_the_run(displayed, clock):
    live_view = NotebookView(lambda: None, clock)
    live_view.show(event(1))
    button = live_view._output._button
    for stopped, text in ((None, "Stop"), ("max_requests=3 was reached", "Stopping")):
        clock.now += 1
        live_view.show(event(2, stopped=stopped))
        assert (button.description, button.disabled) == (text, stopped is not None)
    live_view.end()


def test_the_button_is_above_the_images(displayed):
    live_view = NotebookView(lambda: None)
    live_view.show(event(1))
    top, below = live_view._output._box.children
    assert top.children[1:] == (live_view._output._button,)
    assert below is live_view._output._images
    live_view.end()


def test_without_a_stop_callback_there_is_no_button(displayed):
    live_view = NotebookView(None)
    live_view.show(event(1))
    assert "Button" not in displayed[0]["text/plain"]
    assert live_view._output._button not in live_view._output._top.children
    live_view.end()


def test_without_ipywidgets_the_output_is_updated(displayed, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    live_view = NotebookView(lambda: None)
    live_view.show(event(1))
    assert isinstance(live_view._output, DisplayHandleOutput)
    live_view._draw()
    live_view.end()
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


def test_an_error_of_the_view_is_raised(displayed, monkeypatch):
    def broken(self, state, strip):
        raise ZeroDivisionError("the output broke")

    monkeypatch.setattr(WidgetOutput, "draw", broken)
    monkeypatch.setattr(WidgetOutput, "interval", 0.0)
    monkeypatch.setattr(WidgetOutput, "finish", broken)
    with pytest.raises(ZeroDivisionError, match="the output broke"):
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
