"""The view at any width: nothing overlaps, is cut off or breaks a rule of accessibility, in light and dark themes."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, pictures, texts
from grid_page import settle, tile
from layout_checks import axe_violations, layout_faults

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")

LONG = "a label that is a whole phrase, as people write them for a model to read"
NAMES = ["cat", "dog", "bird", LONG]
#: Width and height of the page: narrow, ordinary, wide, and ordinary at 200 % (half as many pixels of a page).
SIZES = {"narrow": (400, 900), "ordinary": (1400, 900), "wide": (2560, 1300), "zoomed": (700, 450)}


def sample(tmp_path, kind):
    """Return a review with all parts: scores, a second opinion, other columns, failures and long words."""
    n = 80
    values = pictures(tmp_path, n) if kind == "image" else texts(n).map(lambda text: " ".join([text, "word " * 40]))
    if kind == "image":
        values[3] = str(tmp_path / "not there.png")
    else:
        values[3] = "x" * 300
    other = labelled(n, NAMES[::-1])
    columns = pd.DataFrame({"price": np.arange(n) / 3, "shop": ["north", "south"] * (n // 2), LONG: "ü" * 50})
    scores = pd.Series(np.linspace(0.2, 1, n))
    state = review(values, labelled(n, NAMES), scores=scores, against=other, columns=columns, resume=False)
    state.mark([1])
    state.choose([2], "bird")
    state.note([5], "look again")
    return state


OPENED = {
    "": [],
    "focus": ["e"],
    "keys": ["?"],
    "new label": ["a"],
    "note": ["n"],
    "list": ["v"],
    "filters": ["f"],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["text", "image"])
def test_nothing_overlaps_is_cut_off_or_breaks_a_rule(show, tmp_path, kind, size, scheme):
    page = show(sample(tmp_path, kind), scheme, *SIZES[size])
    for name, keys in OPENED.items():
        tile(page, 0).focus()
        for key in keys:
            page.keyboard.press(key)
        settle(page)
        assert layout_faults(page) == [], name
        assert axe_violations(page) == [], name
        for key in ["Escape"] if keys and name not in ("list", "filters") else keys:
            page.keyboard.press(key)  # as it was
    page.get_by_role("button", name="more actions").click()
    assert layout_faults(page) == []


def test_the_tiles_fill_the_width_and_the_page_holds_whole_lines(show, tmp_path):
    for width in (360, 640, 1100, 1800, 2560):
        state = gallery(pictures(tmp_path, 100), labelled(100))
        page = show(state, width=width)
        boxes = [tile(page, i).bounding_box() for i in range(page.get_by_role("gridcell").count())]
        right = max(box["x"] + box["width"] for box in boxes)
        stage = page.locator(".stage").bounding_box()
        assert stage["x"] + stage["width"] - right <= 24  # the padding, and a scroll bar
        columns = len({box["x"] for box in boxes})
        assert len(boxes) == state.page_size
        assert len(boxes) % columns == 0
        page.close()


def test_the_height_stays_when_one_tile_is_left(show):
    page = show(gallery(texts(60), labelled(60)))
    before = page.locator(".bench").bounding_box()
    page.get_by_label("search", exact=True).fill("text 42")
    playwright.expect(page.get_by_role("gridcell")).to_have_count(1)
    assert page.locator(".bench").bounding_box() == before


def test_arrow_down_goes_to_the_tile_below_in_a_narrow_page(show):
    page = show(review(texts(60), labelled(60), resume=False), width=400)
    tile(page, 0).focus()
    page.keyboard.press("ArrowDown")
    above, below = tile(page, 0).bounding_box(), page.locator("[role=gridcell].current").bounding_box()
    assert below["x"] == above["x"]
    assert 0 < below["y"] - above["y"] < 2 * above["height"]


def test_larger_tiles_keep_the_current_row_on_the_page(show, tmp_path):
    state = gallery(pictures(tmp_path, 90))
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("End")
    last = page.locator(".current").get_attribute("data-name")
    before = state.page_size
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_function(f"window.messages.filter((m) => m.do === 'resize').some((m) => m.page_size < {before})")
    settle(page)
    assert state.page_size < before
    playwright.expect(page.locator(".current")).to_have_attribute("data-name", last)


def test_the_sidebar_folds_away_and_lies_over_the_tiles_where_there_is_no_room(show):
    page = show(gallery(texts(60), labelled(60)), width=1400)
    side = page.get_by_role("complementary", name="filters")
    width = page.locator(".stage").bounding_box()["width"]
    page.get_by_role("button", name="filters").click()
    playwright.expect(side).to_have_count(0)
    assert page.locator(".stage").bounding_box()["width"] > width + 200
    page.close()
    narrow = show(gallery(texts(60), labelled(60)), width=400)
    playwright.expect(narrow.get_by_role("complementary")).to_have_count(0)
    width = narrow.locator(".stage").bounding_box()["width"]
    narrow.get_by_role("button", name="filters").click()
    playwright.expect(narrow.get_by_role("complementary")).to_have_count(1)
    assert narrow.locator(".stage").bounding_box()["width"] == width
