"""The live view with a clock and an output of its own: its drawing rate, its movement, and its end."""

import signal

import pytest

from jsdf import Progress, Usage
from jsdf.display.progress.live_view import LiveView


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class RecordingOutput:
    interval = 0.1

    def __init__(self, view):
        self.first, self.drawn, self.elapsed, self.final = view.state.status(), [], [], []

    def draw(self, state, strip):
        self.drawn.append(state.event.done)
        self.elapsed.append(state.elapsed())

    def finish(self, state):
        self.final.append(state.text())


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
    return LiveView(lambda view: outputs.append(RecordingOutput(view)) or outputs[-1], clock)


def test_it_draws_ten_times_a_second_at_most(live_view, clock, outputs):
    for done in range(1000):
        clock.now = done / 1000
        live_view.show(event(done))
    assert len(outputs) == 1
    assert 8 <= len(outputs[0].drawn) <= 10


def test_an_interrupt_while_it_is_displayed_does_not_display_it_twice(clock, outputs):
    def open_output(view):
        outputs.append(RecordingOutput(view))
        signal.raise_signal(signal.SIGINT)
        return outputs[-1]

    live_view = LiveView(open_output, clock)
    with pytest.raises(KeyboardInterrupt):
        live_view.show(event(1))
    live_view.show(event(2, finished=True))
    live_view.end(KeyboardInterrupt())
    assert len(outputs) == 1
    assert "interrupted" in outputs[0].final[0]


def test_an_interrupt_at_the_end_leaves_the_final_state(live_view, outputs):
    live_view.show(event(1000))
    finish = outputs[0].finish
    outputs[0].finish = lambda state: signal.raise_signal(signal.SIGINT) or finish(state)
    with pytest.raises(KeyboardInterrupt):
        live_view.end()
    assert len(outputs[0].final) == 1


def test_a_skipped_event_is_drawn_when_nothing_more_comes(live_view, clock, outputs):
    live_view.show(event(1))
    clock.now = 0.05
    live_view.show(event(2))
    live_view.idle()
    assert outputs[0].drawn == []
    clock.now = 0.15
    live_view.idle()
    assert outputs[0].drawn == [2]


@pytest.mark.parametrize("note", ["opening 300 images", "loading the model", ""])
def test_something_moves_each_second_while_nothing_comes(live_view, clock, outputs, note):
    live_view.show(event(0, note=note))
    assert outputs[0].first == note
    shown = []
    for tenth in range(1, 101):
        clock.now = tenth / 10
        live_view.idle()
        shown.append(outputs[0].elapsed[-1] if outputs[0].elapsed else "0 s")
    assert all(shown[i] != shown[i + 10] for i in range(len(shown) - 10))
    assert len(outputs[0].drawn) == 10  # not more often than something changes


def test_the_end_is_shown_once(live_view, clock, outputs):
    live_view.show(event(1))
    live_view.show(event(1000, finished=True))
    live_view.end()
    live_view.end(KeyboardInterrupt())
    live_view.show(event(5))
    live_view.idle()
    assert outputs[0].drawn == []
    assert outputs[0].final == ["fake: 1,000 rows in 0.0 s | done | 1,000 requests"]


def test_without_an_event_nothing_is_shown(live_view, outputs):
    live_view.idle()
    live_view.end(ValueError("before it began"))
    assert outputs == []
