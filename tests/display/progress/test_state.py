"""Text, figures and HTML of a run, from events and a clock."""

import asyncio

import pytest
from html_checking import HOSTILE, checked
from hypothesis import given
from hypothesis import strategies as st

from jsdf import Progress, Usage
from jsdf.display.progress.state import ProgressState
from jsdf.formatting.text import one_line, top_labels


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def event(done, rows=1000, *, requests=0, cached=0, tokens=0, **more):
    usage = Usage(requests=requests, rows_cached=cached, total_tokens=tokens)
    return Progress("fake", rows, done, more.pop("failed", 0), usage, **more)


def state_after(clock, *steps):
    """Return a state that got these events, each at its second."""
    progress = ProgressState(clock)
    for second, step in steps:
        clock.now = 100.0 + second
        progress.update(step)
    return progress


def test_the_rate_counts_requested_rows_and_not_those_from_the_store(clock):
    progress = state_after(clock, (0, event(10)), (2, event(510, cached=500)), (7, event(610, cached=500, requests=4)))
    assert progress.rate == pytest.approx(100 / 5)
    assert progress.seconds_left == pytest.approx(390 / 20)
    assert "20 rows/s" in progress.figures()
    assert "20 s left" in progress.figures()


def test_an_event_that_was_skipped_does_not_lower_the_rate(clock):
    progress = state_after(clock, (0, event(500, cached=500)), (5, event(600, cached=500)))
    assert progress.rate == pytest.approx(20)


def test_a_rate_is_not_guessed(clock):
    progress = state_after(clock, (0, event(0)), (0.1, event(32, requests=1)))
    assert (progress.rate, progress.seconds_left) == (None, None)
    assert progress.figures() == ["1 request"]


def test_the_rate_sinks_while_nothing_comes(clock):
    progress = state_after(clock, (0, event(0)), (1, event(100, requests=4)))
    clock.now += 9
    assert progress.rate == pytest.approx(10)


def test_figures_list_usage_failures_and_note(clock):
    progress = state_after(clock, (0, event(40, requests=2, cached=3, tokens=12345, failed=1, note="rate limited")))
    assert progress.figures() == ["2 requests", "12,345 tokens", "3 from the store", "1 failed", "rate limited"]


@pytest.mark.parametrize(
    ("last", "error", "state", "kept"),
    [
        (event(1000, finished=True), None, "done in 20 s", False),
        (event(500, finished=True, stopped="interrupted"), KeyboardInterrupt(), "interrupted after 20 s", True),
        (event(500, finished=True, stopped="out of money"), None, "stopped after 20 s: out of money", True),
        (event(500), KeyboardInterrupt(), "interrupted after 20 s", True),
        (event(500), asyncio.CancelledError(), "interrupted after 20 s", True),
        (event(500), ZeroDivisionError("the view broke"), "stopped after 20 s: the view broke", True),
        (event(500), ZeroDivisionError(), "stopped after 20 s: ZeroDivisionError", True),
    ],
)  # fmt: skip
def test_the_end_says_how_the_run_ended(clock, last, error, state, kept):
    progress = state_after(clock, (0, event(0)), (20, last), (20, Progress(**{**vars(last), "label_counts": {"a": 1}})))
    progress.end(error)
    clock.now += 1000
    assert state in progress.text()
    shown = checked(progress.html()).text
    assert state in shown
    assert ("jsdf.last_run()" in shown) is kept
    assert "interrupt the kernel" not in shown


def test_nothing_changes_after_the_end(clock):
    progress = state_after(clock, (0, event(0)), (1, event(500)))
    progress.end(KeyboardInterrupt())
    before = progress.html()
    progress.update(event(1000, finished=True))
    assert progress.html() == before


def test_while_it_runs_it_says_how_to_stop(clock):
    progress = state_after(clock, (0, event(250, label_counts={"a": 200, "b": 50})))
    found = checked(progress.html())
    assert "fake: 250/1,000 rows (25%)" in found.text
    assert "interrupt the kernel" in found.text
    assert "width: 25.0%" in found.values("style")
    assert found.values("aria-valuenow") == ["250"]
    assert "a 200 b 50" in found.text


@pytest.mark.parametrize(("awaited", "hint"), [(False, "A second interrupt abandons"), (True, "are completed first")])
def test_while_it_stops_it_says_why_and_what_another_interrupt_does(clock, awaited, hint):
    progress = ProgressState(clock, awaited=awaited)
    progress.update(event(0))
    clock.now += 5
    progress.update(event(500, stopped="interrupted"))
    assert progress.rate == 100
    assert "stopping: interrupted" in progress.text()
    assert progress.seconds_left is None
    found = checked(progress.html())
    assert hint in found.text
    assert "To stop" not in found.text


def test_while_it_stops_it_says_once_what_it_waits_for(clock):
    waiting = "stopping: interrupted, waiting for 4 requests"
    progress = state_after(clock, (0, event(0)), (5, event(500, stopped="interrupted", note=waiting)))
    assert progress.text().count("stopping") == 1
    assert waiting in progress.text()
    assert checked(progress.html()).text.count(waiting) == 1
    progress.end(KeyboardInterrupt())
    assert "landing" not in progress.text()


def test_before_the_first_event_there_is_nothing(clock):
    progress = ProgressState(clock)
    assert (progress.text(), progress.html(), progress.figures(), progress.seconds_left) == ("", "", [], None)


def test_a_column_without_rows_is_done(clock):
    progress = state_after(clock, (0, event(0, rows=0, finished=True)))
    progress.end()
    assert "fake: 0/0 rows" in progress.text()
    assert "width: 100.0%" in checked(progress.html()).values("style")


@pytest.mark.parametrize("name", HOSTILE)
def test_labels_and_notes_are_shown_and_never_run(clock, name):
    progress = state_after(clock, (0, event(250, label_counts={name: 200, "b": 50}, note=name)))
    assert one_line(name) in checked(progress.html()).texts
    assert one_line(name, 30) in progress.text()
    progress.end(ValueError(name))
    assert checked(progress.html()).text.count("alert") == 2 * name.count("alert")
    assert "\n" not in progress.text()
    assert "\x1b" not in progress.text()


@given(st.dictionaries(st.text(st.characters()), st.integers(0, 10**9)), st.text(st.characters()))
def test_any_label_gives_the_allowed_tags_and_attributes_only(label_counts, note):
    progress = ProgressState(Clock())
    progress.update(event(5, label_counts=label_counts, note=note))
    checked(progress.html())


@given(st.dictionaries(st.text(), st.integers(0, 1000), max_size=60), st.integers(1, 40))
def test_what_is_left_out_is_counted(label_counts, max_labels):
    shown, others, rows = top_labels(label_counts, max_labels)
    assert len(shown) == min(len(label_counts), max_labels)
    assert others == len(label_counts) - len(shown)
    assert rows + sum(n for _, n in shown) == sum(label_counts.values())
    assert others or shown == list(label_counts.items())
    assert all(n >= label_counts[name] for _, n in shown for name in label_counts.keys() - dict(shown))
