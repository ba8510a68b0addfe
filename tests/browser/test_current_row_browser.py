"""No key of a review reaches a row that the person does not see as the current one, and none is lost."""

import re

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from grid_page import expect_status, focused, press_together, settle, tile

from jsdf.api.viewers import review

playwright = pytest.importorskip("playwright.sync_api")


def test_all_of_a_page_that_has_not_come_are_not_accepted(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("End")
    press_together(page, "ArrowRight", {"key": "A", "shiftKey": True})
    expect_status(page, f"page 2 of {state.pages}")
    assert state.summary() == "0 of 60 reviewed, 0 changed"


def test_a_label_right_after_undo_waits_for_the_row_that_comes_back(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("2")
    expect_status(page, "row 0 now dog")
    page.keyboard.press("ArrowRight")
    press_together(page, "u", "3")
    expect_status(page, "undone: row 0")
    assert state.labels[:2].tolist() == ["cat", "dog"]
    page.keyboard.press("3")
    expect_status(page, "row 0 now bird")


def test_undo_of_two_steps_on_one_row_goes_back_to_it_twice(show):
    page = show(review(texts(60), labelled(60), resume=False))
    tile(page, 0).focus()
    for key, status in [("2", "row 0 now dog"), ("3", "row 0 now bird"), ("u", "undone: row 0")]:
        page.keyboard.press(key)
        expect_status(page, status)
    page.keyboard.press("ArrowRight")
    assert focused(page).startswith("row 1,")
    page.keyboard.press("u")
    playwright.expect(page.locator(".tile.current")).to_have_attribute("data-name", re.compile("^row 0,.*label cat"))


def test_picked_rows_are_left_alone_in_the_focus_view_and_by_a_filter(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    page.keyboard.press("3")
    expect_status(page, "row 1 now bird")
    assert state.labels[0] == "cat"
    page.keyboard.press("Escape")
    page.get_by_role("complementary").get_by_role("button", name="dog").click()
    expect_status(page, "19 of 60 rows")
    assert page.locator("[role=gridcell][aria-selected=true]").count() == 0
    playwright.expect(page.locator(".picked")).to_have_count(0)


def test_an_arrow_of_the_numeric_keypad_labels_nothing(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 3).focus()
    press_together(page, {"key": "ArrowLeft", "code": "Numpad4"})
    assert focused(page).startswith("row 2,")
    press_together(page, {"key": "2", "code": "Numpad2"})
    expect_status(page, "row 2 now dog")


def test_keys_work_again_after_dialogs_and_menu_items(show):
    state = review(texts(30), labelled(30).astype(object), resume=False)
    page = show(state)
    tile(page, 4).focus()
    page.keyboard.press("e")
    page.locator(".focus .prose").wait_for()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect_status(page, "row 4 now bird")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="more actions").click()
    page.get_by_role("button", name="Mark for later").click()
    expect_status(page, "row 4 marked for later")
    page.keyboard.press("1")
    expect_status(page, "row 4 now cat")


def test_another_size_while_other_rows_are_on_their_way_does_not_lead_back(show):
    state = review(texts(200), labelled(200), scores=pd.Series(np.arange(200) / 200), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("PageDown")
    expect_status(page, f"page 2 of {state.pages}")
    page.evaluate("""() => {
      const sent = window.sent
      window.sent = (message) => new Promise((done) => setTimeout(done, 200)).then(() => sent(message))
    }""")
    page.keyboard.press("-")
    page.get_by_label("order", exact=True).select_option("sure")
    page.wait_for_function(f"window.messages.some((m) => m.do === 'resize' && m.page_size > {state.page_size})")
    settle(page)
    playwright.expect(tile(page, 0)).to_have_attribute("data-name", re.compile("^row 199,"))
