"""A gallery is shown by a widget, and by HTML and text where there are no widgets."""

import subprocess
import sys

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
