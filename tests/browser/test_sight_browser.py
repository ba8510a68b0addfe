"""What stays in sight of a grid in a real browser, however narrow or low the page, and what is enlarged over it."""

import pandas as pd
import pytest
from gallery_samples import labelled, pictures, texts
from grid_page import focused, heard, tile

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")


def box(locator):
    found = locator.bounding_box()
    return found["y"], found["y"] + found["height"]


# What stays in sight.


@pytest.mark.parametrize(("width", "height"), [(1200, 700), (600, 450), (400, 800)])
def test_the_labels_and_their_keys_stay_in_sight_and_hide_no_tile(show, width, height):
    page = show(review(texts(60), labelled(60), resume=False), width=width, height=height)
    tile(page, 0).focus()
    page.keyboard.press("End")
    head, last = box(page.locator(".jsdf-head")), box(tile(page, 23))
    assert head[0] >= 0
    assert head[1] <= last[0]
    assert last[1] <= height
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_in_a_narrow_page_down_is_the_tile_below(show):
    page = show(review(texts(60), labelled(60), resume=False), width=400)
    tile(page, 0).focus()
    page.keyboard.press("ArrowDown")
    above = tile(page, 0).bounding_box()
    below = page.locator(":focus").bounding_box()
    assert below["x"] == above["x"]
    assert 0 < below["y"] - above["y"] < 2 * above["height"]


def test_a_column_that_no_row_of_which_passes_says_so(show):
    page = show(gallery(texts(60), labelled(60)))
    page.get_by_label("search").fill("nowhere")
    page.get_by_text("No row passes the filters.").wait_for()
    page.get_by_role("button", name="Show all").click()
    heard(page, "60 of 60 rows")
    assert page.get_by_role("gridcell").count() == 24


# What is enlarged.


@pytest.mark.parametrize("how", ["Escape", "Close", "beside it"])
def test_what_is_enlarged_is_as_large_as_it_needs_and_gives_the_focus_back(show, how):
    page = show(review(texts(60), labelled(60), resume=False))
    tile(page, 7).focus()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    top, bottom = box(dialog)
    assert bottom - top < 220
    assert top >= 0
    if how == "Escape":
        page.keyboard.press("Escape")
    elif how == "Close":
        dialog.get_by_role("button", name="Close").click()
    else:
        page.mouse.click(5, 890)
    playwright.expect(dialog).to_be_hidden()
    assert focused(page).startswith("row 7,")


def test_a_long_text_is_read_labelled_and_left_for_the_next_by_keys(show):
    state = review(pd.Series(["word " * 2000, "short"]), labelled(2), resume=False)
    page = show(state, height=600)
    tile(page, 0).focus()
    page.keyboard.press("e")
    body = page.get_by_role("region", name="row 0")
    body.wait_for()
    assert box(page.get_by_role("dialog"))[1] <= 600
    page.keyboard.press("End")
    page.wait_for_function("document.activeElement.scrollTop > 0")
    page.keyboard.press("3")
    chosen = page.get_by_role("dialog").get_by_role("button", name="3 bird")
    playwright.expect(chosen).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="row 1").get_by_text("short").wait_for()
    page.keyboard.press("Escape")
    playwright.expect(tile(page, 1)).to_be_focused()
    assert state.labels[0] == "bird"


def test_a_picture_that_is_enlarged_is_in_sight_as_a_whole(show, tmp_path):
    page = show(gallery(pictures(tmp_path, 24)), height=700)
    tile(page, 23).click()
    page.get_by_role("dialog").get_by_role("img").wait_for()
    page.wait_for_function("document.querySelector('dialog').getBoundingClientRect().bottom <= 700")
