"""Text and HTML of an evaluation read as a report; the HTML is checked with a parser."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import texts
from html_checking import HOSTILE, checked
from judged_columns import labelled_column

import jsdf
from jsdf.formatting.text import one_line
from jsdf.testing import FakeEngine


def test_the_report_says_figures_labels_mistakes_and_rows_left_out():
    truth = pd.Series(["good"] * 6 + ["bad"] * 4 + [None, "good"], dtype=object)
    predicted = pd.Series(["good"] * 5 + ["bad"] * 4 + ["good", "good", None], dtype=object)
    lines = repr(jsdf.evaluate(truth, predicted)).splitlines()
    assert lines[0] == "Evaluation: 10 rows compared, 2 labels"
    assert lines[1].split() == ["value", "95%", "interval"]
    assert lines[2].split()[:3] == ["accuracy", "0.800", "0.400"]
    assert [line.split()[0] for line in lines[2:6]] == ["accuracy", "balanced", "macro", "kappa"]
    assert lines[6].split() == ["label", "precision", "recall", "F1", "rows"]
    assert lines[7].split() == ["bad", "0.750", "0.750", "0.750", "4"]
    assert lines[9] == "  'bad' taken for 'good': 1 row, as 9"
    assert lines[10] == "  'good' taken for 'bad': 1 row, as 5"
    assert lines[11:] == ["  rows left out: 1 without a truth, 1 without a prediction"]
    assert len({len(line) for line in lines[1:6]}) == 1


def test_html_says_the_same():
    truth, predicted = labelled_column(300)
    found = jsdf.evaluate(truth, predicted, confidence=0.9)
    html = checked(found._repr_html_())
    for word in set(repr(found).split()):
        assert word in html.text, word
    assert "90% interval" in html.text


def test_values_are_shown_where_they_are_known():
    run = jsdf.run(texts(9), ["a", "b"], engine=FakeEngine(), cache=False, progress=False)
    truth = run.labels.where(run.labels.index != 4, {"a": "b", "b": "a"}[run.labels[4]])
    assert "1 row, as 4 (text 4)" in repr(jsdf.evaluate(truth, run))


def test_many_labels_are_cut_and_counted():
    names = pd.Series([f"label {i}" for i in range(40) for _ in range(i + 1)])
    shown = repr(jsdf.evaluate(names, names))
    assert "and 16 labels with fewer rows in .per_label" in shown
    assert "label 39 " in shown
    assert "label 15 " not in shown


@pytest.mark.parametrize("name", HOSTILE)
def test_labels_of_others_are_harmless(name):
    truth = pd.Series([name, "b", name, "b"], dtype=object)
    found = jsdf.evaluate(truth, pd.Series([name, "b", "b", "b"], dtype=object))
    assert one_line(name, 40).split()[0] in checked(found._repr_html_()).text
    assert repr(found).isprintable() or "\n" in repr(found)
    assert "\x1b" not in repr(found)


def test_an_undefined_figure_is_named_so():
    assert "undefined" in repr(jsdf.evaluate(["a", "b"], ["a", "b"], labels=["a"]))


def test_several_labels_a_row_are_named_so():
    frame = pd.DataFrame(np.eye(3, dtype=bool), columns=[*"abc"])
    shown = repr(jsdf.evaluate(frame, frame.assign(b=True)))
    assert shown.startswith("Evaluation: 3 rows compared, 3 labels, several labels a row")
    assert "'b' added: 2 rows, as 0, 2" in shown
