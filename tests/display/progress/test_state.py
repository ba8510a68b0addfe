"""Text, figures and HTML of a run, from events and a clock."""

import asyncio

import pytest
from html_checking import HOSTILE
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


PART = "500 of 1,000 rows in 20 s | "


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


def test_figures_list_usage_and_failures(clock):
    progress = state_after(clock, (0, event(40, requests=2, cached=3, tokens=12345, failed=1, note="rate limited")))
    assert progress.figures() == ["2 requests", "12,345 tokens", "3 from the store", "1 failed"]
    assert progress.status() == "rate limited"


@pytest.mark.parametrize(
    ("last", "error", "end", "kind"),
    [
        (event(1000, finished=True), None, "1,000 rows in 20 s | done", "good"),
        (event(1000, finished=True, failed=6), None, "1,000 rows in 20 s | done, 6 failed", "warn"),
        (event(1, 1, finished=True, failed=1), None, "1 row in 20 s | done, 1 failed", "warn"),
        (event(1000, finished=True, failed=1234), None, "1,000 rows in 20 s | done, 1,234 failed", "warn"),
        (event(500, finished=True, stopped="interrupted"), KeyboardInterrupt(), PART + "interrupted", "warn"),
        (event(500, finished=True, stopped="out of money"), None, PART + "stopped: out of money", "bad"),
        (event(500, failed=2, stopped="no key"), None, PART + "stopped, 2 failed: no key", "bad"),
        (event(500), KeyboardInterrupt(), PART + "interrupted", "warn"),
        (event(500), asyncio.CancelledError(), PART + "interrupted", "warn"),
        (event(500), ZeroDivisionError("the view broke"), PART + "stopped: the view broke", "bad"),
        (event(500), ZeroDivisionError(), PART + "stopped: ZeroDivisionError", "bad"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("keeps_run", [True, False])
def test_the_end_is_one_line_that_says_how_the_run_ended(clock, last, error, end, kind, keeps_run):
    counted = Progress(**{**vars(last), "label_counts": {"a": 1, "b": 0}})
    progress = state_after(clock, (0, event(0)), (20, last), (20, counted))
    progress.keeps_run = keeps_run
    progress.end(error)
    clock.now += 1000
    assert progress.text() == f"fake: {end} | a 1{', see jsdf.last_run()' * keeps_run}"
    assert progress.kind == kind


def test_the_end_names_requests_tokens_cost_and_rows_from_the_store_and_no_rate(clock):
    last = event(500, 500, requests=12, tokens=3456, cached=100, finished=True)
    progress = state_after(clock, (0, event(0, 500)), (10, last))
    progress.end()
    assert progress.text() == "fake: 500 rows in 10 s | done | 12 requests, 3,456 tokens, 100 from the store"


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 3, "b": 0, "c": 1}, "a 3, c 1"),
        ({}, ""),
        ({"a": 0}, ""),
        ({f"l{i}": 10 - i for i in range(10)}, "l0 10, l1 9, l2 8, l3 7, l4 6, l5 5, 4 more"),
        ({"x" * 40: 5, "y" * 40: 4, "z" * 40: 3}, f"{'x' * 29}… 5, {'y' * 29}… 4, 1 more"),
        ({"only " * 40: 5}, "only only only only only only… 5"),
    ],
)  # fmt: skip
def test_labels_fit_one_line(clock, counts, shown):
    assert state_after(clock, (0, event(5, label_counts=counts))).labels() == shown


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 10**6), max_size=60))
def test_labels_never_fill_more_than_a_line(counts):
    progress = ProgressState(Clock())
    progress.update(event(5, label_counts=counts))
    assert len(progress.labels()) <= 110


def test_time_passes_while_nothing_is_answered(clock):
    progress = state_after(clock, (0, event(0, 300, note="opening 300 images")))
    seen = []
    for clock.now in (100.2, 101.2, 102.2, 159.9, 160.0, 225.0):
        seen.append(progress.details()[0])
    assert seen == ["0 s", "1 s", "2 s", "59 s", "1 min 0 s", "2 min 5 s"]
    assert progress.text() == "fake: 0/300 rows (0%) | opening 300 images | 2 min 5 s"


def test_before_the_engine_is_known_nothing_counts_as_answered(clock):
    progress = state_after(clock, (0, Progress("", 1000, 0, 0, Usage(), "reading 1,000 rows")), (5, event(400)))
    assert progress.text() == "fake: 400/1,000 rows (40%) | 5 s"
    clock.now += 5
    progress.update(event(500, requests=1))
    assert progress.rate == pytest.approx(100 / 5)


def test_nothing_changes_after_the_end(clock):
    progress = state_after(clock, (0, event(0)), (1, event(500)))
    progress.end(KeyboardInterrupt())
    before = progress.text()
    progress.update(event(1000, finished=True))
    assert progress.text() == before


def test_while_it_runs_it_has_headline_phase_and_figures(clock):
    progress = state_after(clock, (0, event(250, label_counts={"a": 200, "b": 50}, note="paused")))
    assert progress.text() == "fake: 250/1,000 rows (25%) | paused | 0 s, a 200, b 50"


def test_while_it_stops_it_says_why(clock):
    progress = state_after(clock, (0, event(0)), (5, event(500, stopped="interrupted")))
    assert progress.rate == 100
    assert "stopping: interrupted" in progress.text()
    assert progress.seconds_left is None
    progress.update(event(500, stopped="interrupted", note="stopping: interrupted, waiting for 2 requests"))
    assert progress.text().count("stopping: interrupted") == 1
    assert "waiting for 2 requests" in progress.text()


def test_a_column_without_rows_is_done(clock):
    progress = state_after(clock, (0, event(0, rows=0, finished=True)))
    progress.end()
    assert progress.text() == "fake: 0 rows in 0.0 s | done"


@pytest.mark.parametrize("name", HOSTILE)
def test_labels_notes_and_errors_stay_on_one_line(clock, name):
    progress = state_after(clock, (0, event(250, label_counts={name: 200, "b": 50}, note=name)))
    assert one_line(name, 30) in progress.text()
    progress.end(ValueError(name))
    assert "\n" not in progress.text()
    assert "\x1b" not in progress.text()


@given(st.dictionaries(st.text(), st.integers(0, 1000), max_size=60), st.integers(1, 40))
def test_what_is_left_out_is_counted(label_counts, max_labels):
    shown, others, rows = top_labels(label_counts, max_labels)
    assert len(shown) == min(len(label_counts), max_labels)
    assert others == len(label_counts) - len(shown)
    assert rows + sum(n for _, n in shown) == sum(label_counts.values())
    assert others or shown == list(label_counts.items())
    assert all(n >= label_counts[name] for _, n in shown for name in label_counts.keys() - dict(shown))


def test_before_the_first_event_there_is_nothing(clock):
    progress = ProgressState(clock)
    assert (progress.text(), progress.status(), progress.figures(), progress.seconds_left) == ("", "", [], None)
