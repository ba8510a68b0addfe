"""Visibility of the grid and of enlarged rows in a real browser, in pages of several sizes."""

import pandas as pd
import pytest
from gallery_samples import labelled, pictures, texts
from grid_page import expect_status, focused, tile

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")


def vertical_span(locator):
    box = locator.bounding_box()
    return box["y"], box["y"] + box["height"]


# Visibility.


@pytest.mark.parametrize(("width", "height"), [(1200, 700), (600, 450), (400, 800)])
def test_labels_and_actions_stay_visible_and_hide_no_tile(show, width, height):
    page = show(review(texts(60), labelled(60), resume=False), width=width, height=height)
    tile(page, 0).focus()
    page.keyboard.press("End")
    head, last = vertical_span(page.locator(".jsdf-head")), vertical_span(tile(page, 23))
    assert head[0] >= 0
    assert head[1] <= last[0]
    assert last[1] <= height
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_arrow_down_goes_to_the_tile_below_in_a_narrow_page(show):
    page = show(review(texts(60), labelled(60), resume=False), width=400)
    tile(page, 0).focus()
    page.keyboard.press("ArrowDown")
    above = tile(page, 0).bounding_box()
    below = page.locator(":focus").bounding_box()
    assert below["x"] == above["x"]
    assert 0 < below["y"] - above["y"] < 2 * above["height"]


def test_filters_without_a_match_show_a_message(show):
    page = show(gallery(texts(60), labelled(60)))
    page.get_by_label("search").fill("nowhere")
    page.get_by_text("No row matches the filters.").wait_for()
    page.get_by_role("button", name="Show all").click()
    expect_status(page, "60 of 60 rows")
    assert page.get_by_role("gridcell").count() == 24


# Enlarged rows.


@pytest.mark.parametrize("how", ["Escape", "Close", "beside it"])
def test_the_dialog_fits_its_content_and_returns_the_focus(show, how):
    page = show(review(texts(60), labelled(60), resume=False))
    tile(page, 7).focus()
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    top, bottom = vertical_span(dialog)
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


def test_an_enlarged_text_is_scrolled_labelled_and_left_by_keys(show):
    state = review(pd.Series(["word " * 2000, "short"]), labelled(2), resume=False)
    page = show(state, height=600)
    tile(page, 0).focus()
    page.keyboard.press("e")
    body = page.get_by_role("region", name="row 0")
    body.wait_for()
    assert vertical_span(page.get_by_role("dialog"))[1] <= 600
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


def test_an_enlarged_image_is_completely_visible(show, tmp_path):
    page = show(gallery(pictures(tmp_path, 24)), height=700)
    tile(page, 23).click()
    page.get_by_role("dialog").get_by_role("img").wait_for()
    page.wait_for_function("document.querySelector('dialog').getBoundingClientRect().bottom <= 700")
