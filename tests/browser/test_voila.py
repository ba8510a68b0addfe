"""Gallery and review in Voila: the widgets work, and the static pages for the notebook's file stay hidden."""

import json

import pytest
from jupyter_process import write_kernels
from notebook_page import notebook_of
from notebook_review import tiles, wait_for_status

pytest.importorskip("voila")

CELLS = (
    """
import pandas as pd, jsdf
from jsdf.testing import FakeEngine
texts = pd.Series([f"text number {i}" for i in range(40)], name="text")
labels = jsdf.classify(texts, ["cat", "dog"], engine=FakeEngine(), cache=False)
""",
    "jsdf.gallery(texts, labels)",
    "review = jsdf.review(texts, labels, resume=False)\nreview",
    """
import ipywidgets
button, answer = ipywidgets.Button(description="read the labels"), ipywidgets.Label()
button.on_click(lambda _: setattr(answer, "value", f"changed rows: {list(review.changes['row'])}"))
display(button, answer)
""",
)
ARGUMENTS = "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1", "--KernelSpecManager.ensure_native_kernel=False"


def test_voila_shows_the_gallery_and_a_review_that_is_edited_by_keyboard(open_app, tmp_path):
    write_kernels(tmp_path / "data")
    (tmp_path / "labels.ipynb").write_text(json.dumps(notebook_of(CELLS, "all")))
    page = open_app("voila", [str(tmp_path / "labels.ipynb"), *ARGUMENTS])
    page.get_by_text("fake: 40 rows in").wait_for()
    views = page.locator(".jsdf-connected")
    tiles(views.nth(1)).first.wait_for()
    assert tiles(views.nth(0)).count() == 24
    static = page.locator(".jsdf-saved")
    assert static.count() == 2
    assert static.filter(visible=True).count() == 0
    tiles(views.nth(1)).nth(3).focus()
    key, new = ("2", "dog") if "cat" in tiles(views.nth(1)).nth(3).get_attribute("aria-label") else ("1", "cat")
    page.keyboard.press(key)
    wait_for_status(views.nth(1), f"row 3 now {new}")
    page.get_by_role("button", name="read the labels").click()
    page.get_by_text("changed rows: [3]").wait_for()
    page.screenshot(path=tmp_path / "voila.png", full_page=True)
