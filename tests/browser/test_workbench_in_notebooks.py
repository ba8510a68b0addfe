"""The workbench inside JupyterLab and Notebook 7, step by step, in both themes and at each width.

`test_gallery_browser` and `test_review_browser` test each part more closely, on a plain page.
"""

import re

import pytest
from grid_page import settle
from notebook_review import label_of, row_of, tiles, wait_for_status

playwright = pytest.importorskip("playwright.sync_api")

IMAGES = """
from pathlib import Path
import pandas as pd, jsdf
from PIL import Image
files = sorted(map(str, Path("photos").iterdir()))[:38]
Image.effect_noise((4000, 3000), 80).convert("RGB").save("large.jpg", quality=60)
Path("broken.jpg").write_bytes(b"no image")
frame = pd.DataFrame({"photo": ["large.jpg", "broken.jpg", *files]})
frame["price"], frame["shop"] = range(40), ["north", "south"] * 20
label = pd.Series(["cat", "dog"] * 20, dtype="category")
other = pd.Series(["cat"] * 20 + ["dog"] * 20, dtype="category")
scores = pd.Series([(i + 0.5) / 40 for i in range(40)])
more = frame[["price", "shop"]]
review = jsdf.review(frame["photo"], label, scores=scores, against=other, columns=more, resume=False)
review
"""
TEXTS = """
import pandas as pd, jsdf
values = pd.Series([f"text {i} " + "about a parcel that came late and was open " * 5 for i in range(240)])
label = pd.Series(["cat", "dog", "bird"] * 80, dtype="category").cat.set_categories(["cat", "dog", "bird"])
review = jsdf.review(values, label, resume=False)
review
"""
CHANGES = """
changes = review.changes
print(changes["row"].tolist(), changes["after"].tolist(), changes["note"].tolist(), review.summary(), sep="; ")
"""
#: Theme, and width and height of the page; the last is 1,400 by 900 at 200 %.
VIEWS = [("Light", 1400, 900), ("Dark", 400, 900), ("Light", 2560, 1300), ("Dark", 700, 450)]
each_host = pytest.mark.parametrize("host", ["notebook", "notebook7"])


class Workbench:
    """A gallery or a review in the output of a notebook's first cell."""

    def __init__(self, notebook):
        self.notebook, self.page, self.output = notebook, notebook.page, notebook.output(0)

    def show(self, theme, width, height):
        self.page.set_viewport_size({"width": width, "height": height})
        self.notebook.theme(theme)
        settle(self.page)

    def tile(self, place):
        return tiles(self.output).nth(place)

    def status(self, message):
        wait_for_status(self.output, message)

    def summary(self, text):
        self.output.locator(".summary").get_by_text(re.compile(f"^{text}")).wait_for()

    def page_is(self, number):
        self.output.locator(".pages").get_by_text(f"page {number} of ").wait_for()

    def order_by(self, order):
        self.output.get_by_label("order", exact=True).select_option(order)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def from_menu(self, name):
        self.output.get_by_role("button", name="more actions").click()
        self.output.get_by_role("group", name="more actions").get_by_role("button", name=name).click()

    def part(self, action):
        """Do something in the sidebar, which lies over the tiles in a narrow view and is folded away there."""
        side = self.output.get_by_role("complementary", name="filters")
        is_folded = side.count() == 0
        if is_folded:
            self.output.get_by_role("button", name="Filters").click()
        action(side)
        if is_folded:
            self.output.get_by_role("button", name="Filters").click()

    def unfilter(self, name, rows):
        self.output.get_by_title(f"remove the filter: {name}").click()
        self.status(f"{rows} of {rows} rows")


@pytest.fixture
def workbench(request):
    def open_cell(host, *cells):
        notebook = request.getfixturevalue(host)
        notebook.open(*cells)
        notebook.run(0)
        bench = Workbench(notebook)
        bench.tile(0).wait_for()
        return bench

    return open_cell


def filter_by_each_part(bench):
    bench.part(lambda side: side.get_by_role("button", name="dog").click())
    bench.status("20 of 40 rows")
    assert {label_of(tile) for tile in tiles(bench.output).all()} == {"dog"}
    bench.part(lambda side: side.get_by_role("button", name="cat").click(modifiers=["Shift"]))
    bench.status("40 of 40 rows")
    bench.output.get_by_title("remove the filter: dog").click()
    bench.status("20 of 40 rows")
    bench.unfilter("cat", 40)
    bench.part(lambda side: drag(bench.page, side.locator(".bars").first, 0.75))
    bench.status("30 of 40 rows")
    bench.part(lambda side: side.get_by_title("score: all").click())
    bench.status("40 of 40 rows")
    bench.part(lambda side: side.get_by_title("dog, against cat: 10 rows").click())
    bench.status("10 of 40 rows")
    bench.unfilter("dog, against cat", 40)
    bench.part(lambda side: side.get_by_role("button", name="south").click())
    bench.status("20 of 40 rows")
    bench.unfilter("shop: south", 40)


def drag(page, bars, share):
    """Drag over the first part of a histogram."""
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + share * box["width"] - 1, box["y"] + 5)
    page.mouse.up()


def look_at_tiles(bench):
    bench.order_by("row")
    playwright.expect(bench.tile(1)).to_contain_text("no image")
    playwright.expect(bench.tile(1)).to_contain_text("broken.jpg")
    chips = bench.output.locator(".chip .swatch").all()
    colours = {chip.evaluate("node => getComputedStyle(node).backgroundColor") for chip in chips}
    assert len(colours) == 2  # one for each label
    bench.tile(0).focus()
    bench.press("v")
    bench.output.locator(".list").wait_for()
    bench.press("v")
    bench.output.locator(".grid").wait_for()
    settle(bench.page)


def look_closely(bench):
    playwright.expect(bench.tile(0)).to_have_attribute("data-name", re.compile("^row 0,"))
    bench.tile(0).click()
    bench.press("e")
    picture, frame = bench.output.locator(".frame img"), bench.output.locator(".frame")
    picture.wait_for()
    picture.evaluate("node => node.decode().then(() => true)")
    fitted = picture.bounding_box()
    assert fitted["width"] <= frame.bounding_box()["width"] + 1
    assert fitted["height"] <= frame.bounding_box()["height"] + 1
    bench.output.get_by_role("button", name="1:1").click()
    assert picture.bounding_box()["width"] == pytest.approx(1600, abs=2)
    frame.hover()
    bench.page.mouse.wheel(0, -200)
    playwright.expect(picture).to_have_attribute("style", re.compile(r"scale\(1\.\d+\)"))
    bench.output.get_by_role("button", name="Fit").click()
    assert picture.bounding_box()["width"] == pytest.approx(fitted["width"], abs=1)
    about = bench.output.get_by_role("region", name="about this row")
    playwright.expect(about).to_contain_text("north")
    bench.press("ArrowRight", "ArrowRight")
    bench.output.get_by_role("region", name="row 2, closely").wait_for()
    bench.press("Escape")
    playwright.expect(bench.tile(2)).to_be_focused()


@each_host
def test_filters_tiles_and_the_focus_view(workbench, host):
    bench = workbench(host, IMAGES)
    for view in VIEWS:
        bench.show(*view)
        filter_by_each_part(bench)
        look_at_tiles(bench)
        look_closely(bench)
        bench.notebook.shot("-".join(map(str, view)))
    assert bench.notebook.wrong() == []


def label_and_undo(bench):
    bench.tile(0).click()
    bench.press("2")
    bench.status("row 0 now dog")
    bench.press("PageDown")
    bench.page_is(2)
    bench.press("u")
    bench.status("undone: row 0")
    playwright.expect(bench.output.locator(".tile.current")).to_have_attribute("data-name", re.compile("^row 0,"))


def pick_across_pages(bench):
    bench.tile(0).click()
    bench.press("Space", "PageDown")
    bench.page_is(2)
    bench.press("Space")
    bench.status("2 picked")
    bench.press("3")
    bench.status("2 rows now bird")
    bench.press("u")
    bench.status("undone: 2 rows")
    bench.press("PageUp")
    bench.page_is(1)


def accept_all(bench):
    shown = tiles(bench.output).count()
    bench.tile(0).click()
    bench.press("Shift+A")
    bench.summary(f"{shown} of 240 reviewed")
    bench.press("u")
    bench.summary("0 of 240 reviewed")
    bench.part(lambda side: side.get_by_role("button", name="bird").click())
    bench.status("80 of 240 rows")
    bench.from_menu("Accept all 80 filtered")
    bench.summary("80 of 240 reviewed")
    bench.tile(0).click()
    bench.press("u")
    bench.summary("0 of 240 reviewed")
    bench.unfilter("bird", 240)


def order_by_likeness_and_chance(bench):
    bench.tile(1).click()
    row = row_of(bench.tile(1))
    bench.press("s")
    bench.output.get_by_title(f"remove the filter: like row {row}").click(timeout=60_000)  # the model is loaded first
    bench.output.get_by_role("button", name="more actions").click()
    bench.output.get_by_label("random sample of").fill("2")
    bench.output.get_by_role("button", name="Show", exact=True).click()
    playwright.expect(tiles(bench.output)).to_have_count(2)
    bench.output.get_by_title("remove the filter: sample of 2").click()
    bench.order_by("row")
    playwright.expect(bench.tile(0)).to_have_attribute("data-name", re.compile("^row 0,"))


def read_the_keys(bench):
    bench.press("?")
    keys = bench.output.get_by_role("dialog")
    terms = keys.locator("dt").all()
    assert len(terms) > 15
    # JupyterLab's own rules for lists of terms would put each above its meaning.
    meaning = keys.locator("dd").first.bounding_box()
    assert terms[0].bounding_box()["y"] < meaning["y"] + meaning["height"]
    assert all(term.bounding_box()["width"] > 10 for term in terms)
    bench.press("Escape")


@each_host
def test_the_flow_of_a_review(workbench, host):
    bench = workbench(host, TEXTS, CHANGES)
    for view in VIEWS:
        bench.show(*view)
        label_and_undo(bench)
        pick_across_pages(bench)
        accept_all(bench)
        order_by_likeness_and_chance(bench)
        bench.tile(0).click()
        read_the_keys(bench)
        bench.notebook.shot("-".join(map(str, view)))
    bench.press("n")
    bench.page.keyboard.type("is it <b>a cat</b>?")
    bench.press("Control+Enter")
    bench.output.get_by_title("is it <b>a cat</b>?").wait_for()
    bench.press("ArrowRight", "a")
    bench.page.keyboard.type("a horse")
    bench.press("Enter")
    playwright.expect(bench.tile(1)).to_contain_text("a horse")
    assert bench.notebook.wrong() == []
    summary = "1 of 240 reviewed, 1 changed, 1 note"
    assert bench.notebook.run(1) == f"[0, 1]; ['cat', 'a horse']; ['is it <b>a cat</b>?', '']; {summary}"
