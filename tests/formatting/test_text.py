"""Texts on one short line, durations and percentages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.formatting.text import duration, escape_controls, one_line, percent


@given(st.text(st.characters()), st.integers(2, 100))
def test_one_line_gives_one_short_line(text, max_chars):
    shown = one_line(text, max_chars)
    assert len(shown) <= max_chars
    assert shown.splitlines() in ([], [shown])
    assert one_line(shown, max_chars) == shown


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds, expected):
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(0, 0, "0%"), (0, 9, "0%"), (1, 1000, "<1%"), (999, 1000, "99%"), (5, 5, "100%")]
)
def test_percentages(part, whole, expected):
    assert percent(part, whole) == expected


@given(st.text(st.characters()))
def test_an_escaped_text_holds_no_command_and_keeps_what_can_be_printed(text):
    shown = escape_controls(text)
    assert all(c.isprintable() or c in "\n\u200c\u200d" for c in shown)
    assert escape_controls(shown) == shown
    assert escape_controls("no\x1b]0;x\x07") == r"no\x1b]0;x\x07"
