"""The live view as static HTML: allowed tags and attributes only, and one line at the end."""

import pytest
from html_checking import HOSTILE, checked
from hypothesis import given
from hypothesis import strategies as st

from jsdf import Progress, Usage
from jsdf.display.progress.state import ProgressState
from jsdf.display.progress.static_html import hint, html
from jsdf.formatting.text import one_line


def state_of(done, rows=1000, *, keeps_run=True, **more):
    progress = ProgressState(lambda: 0.0)
    progress.keeps_run = keeps_run
    progress.update(Progress("fake", rows, done, more.pop("failed", 0), Usage(), **more))
    return progress


@pytest.mark.parametrize(
    ("keeps_run", "words"),
    [(True, "interrupt the kernel (square) to stop: what has landed is kept"), (False, "kernel (square) to stop")],
)
def test_while_it_runs_there_are_a_bar_and_advice(keeps_run, words):
    found = checked(html(state_of(250, keeps_run=keeps_run, label_counts={"a": 200, "b": 50})))
    assert "fake: 250/1,000 rows (25%)" in found.text
    assert "a 200, b 50" in found.text
    assert found.text.endswith(words)
    assert "width: 25.0%" in found.values("style")
    assert found.values("aria-valuenow") == ["250"]


@pytest.mark.parametrize(("done", "rows", "moves"), [(0, 300, True), (1, 300, False), (300, 300, False), (0, 0, False)])
def test_a_bar_at_nothing_moves(done, rows, moves):
    shown = html(state_of(done, rows, note="loading the model"))
    assert ("jsdf-progress-track jsdf-progress-moving" in shown) == moves
    assert "loading the model" in checked(shown).text


@pytest.mark.parametrize(
    ("awaited", "words"), [(False, "a second interrupt abandons"), (True, "requests in flight are completed first")]
)
def test_while_it_stops_it_says_what_another_interrupt_does(awaited, words):
    progress = state_of(500, stopped="interrupted", note="stopping: interrupted, waiting for 4 requests")
    progress.awaited = awaited
    found = checked(html(progress))
    assert found.text.count("stopping: interrupted, waiting for 4 requests") == 1
    assert words in found.text
    assert "square" not in found.text


@pytest.mark.parametrize("error", [None, KeyboardInterrupt(), ValueError("no room")])
@pytest.mark.parametrize("failed", [0, 6])
def test_the_end_is_the_line_of_the_text_without_a_bar(error, failed):
    progress = state_of(1000, failed=failed, label_counts={"a": 900, "b": 94})
    progress.end(error)
    found = checked(html(progress))
    details = " · ".join(progress.details())
    assert found.text == f"{progress.headline()} {progress.status()} {details}"
    assert details == "a 900, b 94 · see jsdf.last_run()"
    assert "role" not in dict(found.attributes)
    assert "table" not in found.tags
    assert hint(progress) == ""


def test_a_button_needs_no_advice():
    assert hint(state_of(5), has_button=True) == ""
    assert "second interrupt" in hint(state_of(5, stopped="interrupted"), has_button=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_labels_and_notes_are_shown_and_never_run(name):
    progress = state_of(250, label_counts={name: 200, "b": 50}, note=name)
    assert one_line(name) in checked(html(progress)).texts
    progress.end(ValueError(name))
    shown = checked(html(progress)).text
    assert f"stopped: {one_line(name)}" in shown
    assert f"{one_line(name, 30)} 200" in shown


@given(st.dictionaries(st.text(st.characters()), st.integers(0, 10**9)), st.text(st.characters()))
def test_any_label_gives_the_allowed_tags_and_attributes_only(label_counts, note):
    progress = state_of(5, label_counts=label_counts, note=note)
    checked(html(progress))
    progress.end()
    checked(html(progress))


def test_without_an_event_there_is_nothing():
    assert html(ProgressState()) == ""
