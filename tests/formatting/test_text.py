"""Texts on one short line, durations and shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.formatting.text import duration, one_line, percent


@given(st.text(st.characters()), st.integers(2, 100))
def test_tidy_texts_are_one_short_line(text, most):
    shown = one_line(text, most)
    assert len(shown) <= most
    assert shown.splitlines() in ([], [shown])
    assert one_line(shown, most) == shown


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(0, 0, "0%"), (0, 9, "0%"), (1, 1000, "<1%"), (999, 1000, "99%"), (5, 5, "100%")]
)
def test_shares(part, whole, said):
    assert percent(part, whole) == said
