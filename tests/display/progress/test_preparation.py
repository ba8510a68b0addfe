"""The time before a run: shown only if it is long, by a thread that has ended when the run begins."""

import threading

import pandas as pd
import pytest

import jsdf
from jsdf.display.progress import view as view_module
from jsdf.display.progress.live_view import LiveView
from jsdf.display.progress.preparation import Preparation
from jsdf.display.progress.view import view
from jsdf.testing import FakeEngine


class Drawing:
    interval = 0.0

    def __init__(self, view):
        self.texts, self.threads, self.moved, self.final = [], [], threading.Event(), None
        self.draw(view.state, None)

    def draw(self, state, strip):
        self.texts.append(state.text())
        self.threads.append(threading.current_thread().name)
        if len(self.texts) > 1:
            self.moved.set()

    def finish(self, state):
        self.final = state.text()


@pytest.fixture
def drawings():
    return []


@pytest.fixture
def make_view(drawings):
    return lambda: LiveView(lambda view: drawings.append(Drawing(view)) or drawings[-1])


def wait_until_moving(drawings):
    end = threading.Event()
    while not drawings:
        end.wait(0.01)
    assert drawings[0].moved.wait(30)


@pytest.mark.parametrize("values", [range(300), pd.Series(["a"] * 20), ["one"], iter([])])
def test_a_long_one_is_shown_and_moves_while_the_caller_is_busy(make_view, drawings, values):
    with Preparation(make_view, values, delay=0.0):
        wait_until_moving(drawings)
    rows = len(values) if hasattr(values, "__len__") else 0
    words = f"0/{rows:,} rows (0%) | reading {rows} row{'s' * (rows != 1)}" if rows else "0/0 rows | reading"
    assert drawings[0].texts[0].startswith(words)
    assert set(drawings[0].threads) == {"jsdf-preparation"}


def test_a_short_one_shows_nothing(make_view, drawings):
    with Preparation(make_view, ["a"], delay=30):
        pass
    assert drawings == []


def test_the_run_goes_on_in_the_same_view(make_view, drawings):
    with Preparation(make_view, ["a"] * 8, delay=0.0) as prepared:
        wait_until_moving(drawings)
        with view(True, preparation=prepared) as (show, _):
            show(jsdf.Progress("fake", 8, 4, 0, jsdf.Usage()))
    assert len(drawings) == 1
    assert "fake: 4/8 rows" in drawings[0].texts[-1]
    assert drawings[0].threads[-1] == threading.current_thread().name
    assert drawings[0].final.startswith("fake: 4 of 8 rows in")


@pytest.mark.parametrize("error", [ValueError("a wrong column"), KeyboardInterrupt()])
def test_an_error_ends_it_and_goes_on(make_view, drawings, error):
    def broken():
        with Preparation(make_view, ["a"], delay=0.0):
            wait_until_moving(drawings)
            raise error

    with pytest.raises(type(error)) as caught:
        broken()
    assert caught.value is error
    assert ("interrupted" if isinstance(error, KeyboardInterrupt) else "a wrong column") in drawings[0].final


def test_a_view_that_breaks_breaks_no_call():
    with Preparation(lambda: LiveView(lambda view: 1 / 0), ["a"], delay=0.0) as prepared:
        prepared._thread.join(10)
        assert not prepared._thread.is_alive()


@pytest.mark.parametrize("call", [jsdf.run, jsdf.classify])
def test_a_long_column_is_named_while_it_is_read(monkeypatch, drawings, call, make_view):
    monkeypatch.setattr(view_module, "_new_view", make_view)
    texts = [f"text {i}" for i in range(2000)]
    monkeypatch.setattr(
        view_module, "preparation", lambda progress, values: WaitingPreparation(make_view, values, drawings)
    )
    call(texts, ["a", "b"], engine=FakeEngine(), cache=False, progress=True)
    assert drawings[0].texts[0].startswith("0/2,000 rows (0%) | reading 2,000 rows")
    assert drawings[0].final.startswith("fake: 2,000 rows in")
    assert "see jsdf.last_run()" in drawings[0].final


class WaitingPreparation(Preparation):
    """A preparation that ends only once it has drawn."""

    def __init__(self, make_view, values, drawings):
        super().__init__(make_view, values, delay=0.0)
        self._drawings = drawings

    def take_over(self):
        if self._thread.is_alive():
            wait_until_moving(self._drawings)
        return super().take_over()
