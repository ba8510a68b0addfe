"""`Run.plot` draws bars by label and status, also without a display."""

import io
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from html_checking import HOSTILE

import jsdf
from jsdf.column import encode
from jsdf.formatting.text import one_line
from jsdf.formatting.theme import LABEL_COLOURS
from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, FAILED, PENDING, Answers
from jsdf.results.run import Run
from jsdf.results.usage import Usage

to_hex = pytest.importorskip("matplotlib.colors").to_hex


def make_run(chosen, names, *, failed=0, pending=0):
    status = [ANSWERED] * len(chosen) + [FAILED] * failed + [PENDING] * pending
    column = encode(pd.Series([str(i) for i in range(len(status))], dtype=object))
    codes = np.array([*chosen, *[-1] * (failed + pending)], int)
    return Run(column, parse(list(names)), Answers(np.array(status, np.int8), codes), Usage(), "fake")


def bar_widths(ax):
    ax.figure.savefig(io.BytesIO())
    widths = [bar.get_width() for bar in ax.patches]
    return dict(zip([text.get_text() for text in ax.get_yticklabels()], widths, strict=True))


def test_bars_are_the_rows_by_label_and_by_state():
    ax = make_run([0, 0, 1], ["price", "delivery"], failed=2, pending=1).plot()
    assert bar_widths(ax) == {"price": 2, "delivery": 1, "(failed)": 2, "(pending)": 1}
    assert ax.yaxis_inverted()
    assert ax.get_title() == "6 rows, fake"
    assert ax.get_xlabel() == "rows"
    colours = [bar.get_facecolor() for bar in ax.patches]
    assert [to_hex(colour) for colour in colours[:2]] == [pair[0] for pair in LABEL_COLOURS[:2]]
    assert len(set(colours)) == 4


def test_many_labels_are_cut_and_counted():
    chosen = [i for i in range(50) for _ in range(i)]
    bars = bar_widths(make_run(chosen, [f"label {i}" for i in range(50)]).plot())
    assert len(bars) == 31
    assert bars["label 49"] == 49
    assert bars["(20 more)"] == sum(range(20))


def test_labels_fit_on_the_figure():
    names = ["a label of many words that goes on and on, as labels in words will " * 3, "b"]
    ax = make_run([0, 1], names).plot()
    bar_widths(ax)
    boxes = [text.get_window_extent() for text in ax.get_yticklabels()]
    assert all(box.x0 >= 0 and box.width < ax.figure.bbox.width for box in boxes)
    assert not boxes[0].overlaps(boxes[1])


@pytest.mark.parametrize("name", [*HOSTILE, r"$\frac{$", "$x$"])
def test_labels_are_no_formulas(name):
    assert list(bar_widths(make_run([0], [name, "b"]).plot())) == [one_line(name, 40), "b"]


def test_it_draws_on_the_given_axes():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert make_run([0], ["a", "b"]).plot(ax) is ax
    assert bar_widths(ax) == {"a": 1, "b": 0}


def test_a_run_without_rows_can_be_drawn():
    assert bar_widths(make_run([], ["a", "b"]).plot()) == {"a": 0, "b": 0}


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(jsdf.MissingExtraError, match=r'plot\(\) needs matplotlib: pip install "jsdf\[notebook\]"'):
        make_run([0], ["a", "b"]).plot()


CODE = """
import sys, pandas as pd, jsdf
from jsdf.testing import FakeEngine
run = jsdf.run(pd.Series(["x", "y"]), ["a", "b"], engine=FakeEngine(), progress=False, cache=False)
assert not [name for name in sys.modules if name.split(".")[0] in ("matplotlib", "ipywidgets", "anywidget", "PIL")]
import matplotlib
before = dict(matplotlib.rcParams)
ax = run.plot()
ax.figure.savefig(sys.argv[1])
assert dict(matplotlib.rcParams) == before
assert "matplotlib.pyplot" not in sys.modules
from matplotlib import pyplot
assert pyplot.get_fignums() == []
ours = run.plot()
assert pyplot.get_fignums() == [ours.figure.number]
"""


def test_a_script_gets_a_plain_figure_and_a_user_of_pyplot_a_pyplot_figure(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE, str(tmp_path / "run.png")],
        capture_output=True,
        text=True,
        env={**os.environ, "MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run.png").read_bytes().startswith(b"\x89PNG")
