"""A gallery is shown by a widget, and by HTML and text where there are no widgets."""

import subprocess
import sys

import pandas as pd
import pytest

from jsdf.api.viewers import gallery

SHOW = """
import sys, warnings
warnings.simplefilter("error")
sys.modules["matplotlib"] = None  # who installs `jsdf` alone does not have it
import pandas as pd
import jsdf
assert not {"PIL", "ipywidgets", "anywidget"} & set(sys.modules)
from jsdf.api.viewers import review
r = review(pd.Series(["one", "two"]), pd.Series(["cat", "dog"], dtype="category"))
data, metadata = r._repr_mimebundle_()
r.choose([0], "dog")
print(type(r.widget).__name__, *sorted(data), len(r.changes))
"""
VIEW = "application/vnd.jupyter.widget-view+json"


def test_the_bundle_has_the_widget_html_and_text():
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    assert done.stdout.split() == ["GalleryWidget", VIEW, "text/html", "text/plain", "1"]


def test_marimo_shows_the_widget():
    marimo = pytest.importorskip("marimo")
    shown = gallery(pd.Series(["one", "two"]))
    assert shown._display_() is shown.widget
    assert "<marimo-anywidget" in marimo.as_html(shown).text
