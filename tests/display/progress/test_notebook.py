"""The outputs of the live view in a notebook: a widget, or a display that is updated; both end as static HTML."""

import asyncio
import sys

import pandas as pd
import pytest
from html_checking import checked

import jsdf
from jsdf import Progress, Usage
from jsdf.display.progress import notebook, progress_widget, stop_button
from jsdf.display.progress import view as view_module
from jsdf.display.progress.live_view import LiveView
from jsdf.display.progress.notebook import DisplayHandleOutput, open_output
from jsdf.display.progress.progress_widget import WidgetOutput
from jsdf.display.progress.view import view
from jsdf.testing import FakeEngine

LABELS = ["a", "b"]
TEXTS = pd.Series([f"text {i}" for i in range(64)])


def event(done, **more):
    return Progress("fake", 1000, done, 0, Usage(requests=done), **more)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def displayed(monkeypatch):
    """Every bundle that a notebook would have received, updates included."""
    sent = []

    class Handle:
        def update(self, bundle, raw):
            sent.append(bundle)

    for module in (notebook, progress_widget):
        monkeypatch.setattr(module, "display_bundle", lambda bundle: sent.append(bundle) or Handle())
    monkeypatch.setattr(view_module, "in_jupyter_kernel", lambda: True)
    return sent


VIEW = "application/vnd.jupyter.widget-view+json"


def test_a_widget_while_it_runs_and_plain_html_afterwards(displayed):
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False)
    first, last = displayed[0], displayed[-1]
    assert len(displayed) == 2
    assert set(first) == {VIEW, "text/html", "text/plain"}
    assert set(last) == {"text/html", "text/plain"}
    assert "fake: 64 rows in" in checked(last["text/html"]).text
    assert "see jsdf.last_run()" in last["text/plain"]


def test_widgets_are_closed_at_the_end(displayed):
    import ipywidgets

    before = len(ipywidgets.widgets.widget._instances)
    jsdf.run(TEXTS, LABELS, engine=FakeEngine(), cache=False)
    assert len(ipywidgets.widgets.widget._instances) == before


@pytest.fixture
def made(monkeypatch):
    """The widget outputs, as they are made."""
    outputs, init = [], WidgetOutput.__init__

    def recording_init(self, *arguments):
        init(self, *arguments)
        outputs.append(self)

    monkeypatch.setattr(WidgetOutput, "__init__", recording_init)
    return outputs


def click(output):
    """Let the widget receive the message that a click sends."""
    output._widget._handle_custom_msg({"do": "stop"}, [])


def test_a_click_stops_as_the_first_interrupt_does(displayed, made):
    class Pressing(FakeEngine):
        async def classify(self, question, values):
            reply = await super().classify(question, values)
            if len(self.calls) == 3:
                while not made:  # the view is made on the other thread
                    await asyncio.sleep(0.01)
                click(made[0])
            return reply

    run = jsdf.run(TEXTS, LABELS, engine=Pressing(batch_size=4, concurrency=1), cache=False)
    assert run.stopped == "interrupted"
    assert run.counts["answered"] == 12
    assert "12 of 64 rows in" in displayed[-1]["text/plain"]
    assert "| interrupted |" in displayed[-1]["text/plain"]


@pytest.mark.parametrize("message", [None, "stop", {}, {"do": "start"}, {"do": ["stop"]}, [{"do": "stop"}]])
def test_other_messages_do_nothing(displayed, message):
    stops = []
    live_view = LiveView(open_output)
    live_view.stop = lambda: stops.append(1)
    live_view.show(event(1))
    live_view._output._widget._handle_custom_msg(message, [])
    assert stops == []
    click(live_view._output)
    assert stops == [1]
    live_view.end()


def shown(live_view):
    return live_view._output._widget.state


@pytest.mark.parametrize(
    ("awaited", "heard", "has_button"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_there_is_a_button_or_the_words(displayed, monkeypatch, clock, awaited, heard, has_button):
    monkeypatch.setattr(progress_widget, "is_click_heard", lambda awaited: awaited or heard)
    live_view = LiveView(open_output, clock)
    live_view.stop, live_view.state.awaited, live_view.state.keeps_run = (lambda: None), awaited, True
    live_view.show(event(1))
    assert shown(live_view)["has_button"] is has_button
    words = "" if has_button else "interrupt the kernel (square) to stop: what has landed is kept"
    assert shown(live_view)["hint"] == words
    live_view.end()


def test_without_a_kernel_that_hears_it_the_words_are_shown(displayed):
    assert not stop_button.is_click_heard(awaited=False)
    live_view = LiveView(open_output)
    live_view.stop = lambda: None
    live_view.show(event(1))
    assert shown(live_view)["has_button"] is False
    live_view.end()


def test_the_button_says_that_it_stops_whatever_stops_the_run(displayed, clock):
    live_view = LiveView(open_output, clock)
    live_view.stop, live_view.state.awaited = (lambda: None), True
    live_view.show(event(1))
    for stopped in (None, "max_requests=3 was reached"):
        clock.now += 1
        live_view.show(event(2, stopped=stopped))
        assert shown(live_view)["is_stopping"] is (stopped is not None)
    live_view.end()


def test_without_a_stop_callback_there_is_no_button(displayed):
    live_view = LiveView(open_output)
    live_view.state.awaited = True
    live_view.show(event(1))
    assert shown(live_view)["has_button"] is False
    live_view.end()


def test_the_widget_gets_bars_figures_and_pictures(displayed, clock):
    live_view = LiveView(open_output, clock)
    live_view.show(event(0, note="loading the model"))
    assert (shown(live_view)["status"], shown(live_view)["labels"]) == ("loading the model", [])
    clock.now = 2.0
    live_view._strip.pictures = [("data:image/webp;base64,", "a")]
    counts = {f"label {i}": i for i in range(14)}
    live_view.show(event(100, label_counts=counts))
    state = shown(live_view)
    assert state["labels"][0] == ["label 13", 13]
    assert (len(state["labels"]), state["others"]) == (12, [2, 1])
    assert (state["done"], state["rows"], state["seconds"]) == (100, 1000, 2.0)
    assert "100 requests" in state["figures"]
    assert list(live_view._output._widget.pictures) == [("data:image/webp;base64,", "a")]
    live_view.end()


def test_no_content_is_left_in_a_closed_widget(displayed):
    live_view = LiveView(open_output)
    live_view.show(event(1, label_counts={"secret": 5}))
    widget = live_view._output._widget
    live_view.end()
    assert (widget.state, widget.pictures, widget.comm) == ({}, [], None)


def test_an_interrupt_while_it_opens_leaves_no_widget(displayed, monkeypatch):
    import ipywidgets

    def interrupted(bundle):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress_widget, "display_bundle", interrupted)
    before = len(ipywidgets.widgets.widget._instances)
    live_view = LiveView(open_output)
    with pytest.raises(KeyboardInterrupt):
        live_view.show(event(1))
    live_view.end(KeyboardInterrupt())
    assert len(ipywidgets.widgets.widget._instances) == before


def test_without_anywidget_the_output_is_updated(displayed, monkeypatch):
    monkeypatch.setitem(sys.modules, "jsdf.display.progress.progress_widget", None)
    live_view = LiveView(open_output)
    live_view.show(event(1))
    assert isinstance(live_view._output, DisplayHandleOutput)
    live_view._draw(live_view._output)
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
