"""The view inside JupyterLab and Notebook 7, whose own rules must not reach in: any width, light and dark."""

import pytest
from grid_page import settle
from layout_checks import axe_violations, layout_faults

CELL = """
import pandas as pd, jsdf
frame = pd.DataFrame({"text": [f"text {i} " + "word " * 30 for i in range(60)], "price": range(60)})
label = pd.Series(["cat", "dog", "a label that is a whole phrase"] * 20, dtype="category")
scores = pd.Series([i / 60 for i in range(60)])
jsdf.review(frame["text"], label, scores=scores, against=label[::-1].reset_index(drop=True), columns=frame[["price"]])
"""
#: Width and height of the page; the last is 1,400 by 900 at 200 %.
SIZES = [(400, 900), (1400, 900), (2560, 1300), (700, 450)]


@pytest.mark.parametrize("host", ["notebook", "notebook7"])
def test_nothing_overlaps_is_cut_off_or_breaks_a_rule(request, host):
    opened = request.getfixturevalue(host)
    opened.open(CELL)
    opened.run(0)
    page = opened.page
    output = opened.output(0)
    output.get_by_role("gridcell").first.wait_for()
    for theme in ("Light", "Dark"):
        opened.theme(theme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            output.get_by_role("button", name="more actions").click()
            settle(page)
            assert layout_faults(page, scrolls=True) == []
            page.keyboard.press("Escape")
            output.get_by_role("gridcell").first.click()
            for name, keys in {"tiles": [], "keys": ["?"], "focus": ["e"], "list": ["v"]}.items():
                for key in keys:
                    page.keyboard.press(key)
                settle(page)
                where = theme, width, name
                assert (where, layout_faults(page, scrolls=True)) == (where, [])
                assert (where, axe_violations(page)) == (where, [])
                for _ in keys:
                    page.keyboard.press("v" if name == "list" else "Escape")
            opened.shot(f"{theme}-{width}")
    assert opened.wrong() == []
