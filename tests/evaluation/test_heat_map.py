"""`Evaluation.plot` draws a heat map that can be read, with few and many labels, in light and dark styles."""

import io
import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from html_checking import HOSTILE

import jsdf
from jsdf.formatting.text import one_line

matplotlib = pytest.importorskip("matplotlib")


def evaluation(labels, rows=400, name="a label of many words that goes on and on {}"):
    random = np.random.default_rng(0)
    truth = pd.Series(random.integers(0, labels, rows)).map(name.format)
    return jsdf.evaluate(truth, truth.where(random.random(rows) < 0.7, truth.sample(frac=1, random_state=1).to_numpy()))


def drawn(ax):
    ax.figure.savefig(io.BytesIO())
    return ax


@pytest.mark.parametrize("labels", [2, 3, 11, 24])
def test_the_numbers_are_those_of_the_confusion_matrix_and_nothing_overlaps(labels):
    found = evaluation(labels)
    ax = drawn(found.plot())
    assert [text.get_text() for text in ax.texts] == [f"{n}" if n else "" for n in found.confusion.to_numpy().ravel()]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "truth")
    assert ax.get_title() == "400 rows compared"
    for ticks in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [tick.get_window_extent() for tick in ticks]
        assert len(boxes) == labels
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
        assert all(box.x0 >= 0 and box.y0 >= 0 for box in boxes)
    cell = ax.get_window_extent().width / labels
    assert all(text.get_window_extent().width < cell for text in ax.texts)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_numbers_can_be_told_from_the_cells(style):
    from matplotlib import style as styles

    from jsdf.evaluation.heat_map import _contrast

    with styles.context(style):
        ax = drawn(evaluation(5, name="{}").plot())
        image = ax.images[0]
        colours = image.cmap(image.norm(image.get_array())).reshape(-1, 4)
        for text, colour in zip(ax.texts, colours, strict=True):
            assert _contrast(matplotlib.colors.to_rgb(text.get_color()), colour) >= 4.5
        assert _contrast(ax.get_facecolor(), matplotlib.colors.to_rgb(ax.get_yticklabels()[0].get_color())) > 4.5


def test_large_numbers_are_short():
    names = pd.Series(["a"] * 1_234_567 + ["b"] * 23_456)
    ax = drawn(jsdf.evaluate(names, names).plot())
    assert [text.get_text() for text in ax.texts] == ["1.2M", "", "", "23k"]


def test_several_labels_a_row_show_the_figures_of_each():
    frame = pd.DataFrame(np.eye(4, dtype=bool), columns=[*"abcd"])
    ax = drawn(jsdf.evaluate(frame, frame).plot())
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["precision", "recall", "F1"]
    assert [text.get_text() for text in ax.texts] == ["1.00"] * 12


@pytest.mark.parametrize("name", [*HOSTILE, r"$\frac{$"])
def test_labels_are_no_formulas(name):
    ax = drawn(jsdf.evaluate([name, "b"], [name, "b"], labels=[name, "b"]).plot())
    assert ax.get_yticklabels()[0].get_text() == one_line(name, 32)


def test_it_draws_on_the_given_axes():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert evaluation(3).plot(ax) is ax


def test_more_labels_than_can_be_read_have_no_numbers():
    assert not drawn(evaluation(70, name="{}").plot()).texts


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    found = evaluation(3)
    for name in [m for m in sys.modules if m.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(jsdf.MissingExtraError, match=r'pip install "jsdf\[notebook\]"'):
        found.plot()


def test_a_report_loads_no_matplotlib():
    code = "import sys, jsdf; repr(jsdf.evaluate(['a', 'b'], ['a', 'a'])); assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
