"""The grid in a real browser, outside a notebook: keys, clicks, focus and messages for screen readers."""

import pandas as pd
import pytest
from gallery_samples import HOSTILE, hot, labelled, pictures, texts
from grid_page import expect_status, focused, tile

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")


def test_labels_are_corrected_by_keys_alone(show):
    state = review(texts(60), labelled(60))
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("2")
    expect_status(page, "row 0 now dog")
    page.keyboard.press("Enter")
    expect_status(page, "row 0 accepted")
    page.keyboard.press("Enter")
    expect_status(page, "row 1 accepted")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("m")
    expect_status(page, "row 8 marked for later")
    page.keyboard.press("u")
    expect_status(page, "undone: row 8")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("1")
    expect_status(page, "3 rows now cat")
    assert state.labels[[0, 1, 9, 10, 11]].tolist() == ["dog", "dog", "cat", "cat", "cat"]
    assert state.summary() == "5 of 60 reviewed, 3 changed"
    page.keyboard.press("u")
    expect_status(page, "undone: 3 rows")


def test_no_key_leaves_the_grid(show):
    page = show(review(texts(60), labelled(60)))
    tile(page, 0).focus()
    for key in ["x", "d", "c", "a", "b", "Delete", "ArrowLeft", "?", "Escape", "9"]:
        page.keyboard.press(key)
    page.get_by_label("search").focus()
    page.keyboard.press("x")
    assert page.evaluate("window.keysThatLeft") == []


def test_the_focus_moves_to_the_next_page_and_is_visible(show):
    page = show(review(texts(60), labelled(60)))
    tile(page, 0).focus()
    page.keyboard.press("End")
    assert focused(page).startswith("row 23,")
    page.keyboard.press("ArrowRight")
    expect_status(page, "page 2 of 3")
    assert focused(page).startswith("row 24,")
    page.keyboard.press("ArrowLeft")
    expect_status(page, "page 1 of 3")
    assert focused(page).startswith("row 23,")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    assert page.locator("[role=gridcell][tabindex='0']").count() == 1


def test_every_key_has_a_button(show):
    state = review(texts(60), labelled(60))
    page = show(state)
    page.get_by_role("button", name="Accept").click()
    expect_status(page, "row 0 accepted")
    page.get_by_role("button", name="Mark").click()
    expect_status(page, "row 1 marked for later")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="3 bird").click()
    expect_status(page, "row 1 now bird")
    page.get_by_role("button", name="Next page").click()
    expect_status(page, "page 2 of 3")
    page.get_by_role("button", name="Keys").click()
    assert "mark for later" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("dialog")).to_be_hidden()


def test_filters_and_search(show):
    state = gallery(texts(60), labelled(60))
    page = show(state)
    page.get_by_label("label", exact=True).select_option(label="dog (20)")
    expect_status(page, "20 of 60 rows")
    tile(page, 0).focus()
    page.keyboard.press("/")
    page.keyboard.type("text 1")
    page.keyboard.press("Enter")
    expect_status(page, "5 of 60 rows")
    page.keyboard.press("Escape")
    assert focused(page).startswith("row 1,")


def test_more_than_nine_labels_are_found_by_typing(show):
    names = [f"label {i}" for i in range(30)]
    state = review(texts(60), labelled(60, names))
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("/")
    page.keyboard.type("28")
    page.keyboard.press("Enter")
    expect_status(page, "row 0 now label 28")
    assert focused(page).startswith("row 0,")


def test_several_labels_are_toggled(show):
    state = review(texts(60), hot(60))
    page = show(state)
    tile(page, 0).click()
    page.keyboard.press("1")
    expect_status(page, "row 0 now delivery")
    playwright.expect(page.get_by_role("button", name="2 delivery")).to_have_attribute("aria-pressed", "true")
    playwright.expect(page.get_by_role("button", name="1 price")).to_have_attribute("aria-pressed", "false")


def test_a_click_enlarges_in_a_gallery(show, tmp_path):
    page = show(gallery(pictures(tmp_path, 3), labelled(3)))
    tile(page, 1).click()
    picture = page.get_by_role("dialog").get_by_role("img")
    assert picture.get_attribute("alt") == "row 1, enlarged"
    assert picture.get_attribute("src").startswith("data:image/webp;base64,")
    page.keyboard.press("Escape")
    assert focused(page).startswith("row 1,")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_values_are_texts_and_nothing_else(show, scheme):
    names = [name for name in HOSTILE if "\ud800" not in name]
    values = pd.Series(HOSTILE, dtype=object, index=pd.Index(HOSTILE, dtype=object))
    label = pd.Series([names[i % len(names)] for i in range(len(HOSTILE))], index=values.index, dtype=object)
    page = show(review(values, label, labels=names), scheme)
    page.evaluate("void (window.alert = () => { window.ran = true })")
    tile(page, 1).focus()
    page.keyboard.press("e")
    page.get_by_role("dialog").wait_for()
    assert page.evaluate("document.querySelectorAll('#out script, #out svg, #out b, #out style').length") == 0
    assert not page.evaluate("[...document.querySelectorAll('#out *')].some((e) => [...e.attributes]"
                             ".some((a) => a.name.startsWith('on')))")  # fmt: skip
    assert page.evaluate("window.ran") is None
