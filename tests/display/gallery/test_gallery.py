"""A gallery is shown by the best front end that is installed."""

import subprocess
import sys

import pytest

SHOW = """
import sys, warnings
warnings.simplefilter("error")
for name in {hidden!r}:
    sys.modules[name] = None
import pandas as pd
import jsdf
assert not {{"PIL", "ipywidgets", "anywidget", "matplotlib"}} & {{n for n, m in sys.modules.items() if m is not None}}
from jsdf.api.viewers import review
r = review(pd.Series(["one", "two"]), pd.Series(["cat", "dog"], dtype="category"))
bundle = r._repr_mimebundle_()
data = bundle[0] if isinstance(bundle, tuple) else bundle
r.choose([0], "dog")
print(type(r.widget).__name__, *sorted(data), len(r.changes))
"""
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize(
    ("hidden", "kind", "kinds"),
    [
        ((), "GalleryWidget", [VIEW, "text/html", "text/plain"]),
        (("anywidget",), "VBox", [VIEW, "text/html", "text/plain"]),
        (("anywidget", "ipywidgets"), "NoneType", ["text/html", "text/plain"]),
    ],
)
def test_the_bundle_has_what_the_installed_packages_can_show(hidden, kind, kinds):
    done = subprocess.run(
        [sys.executable, "-c", SHOW.format(hidden=hidden)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.stdout.split() == [kind, *kinds, "1"]
