"""A review in a real browser, outside a notebook: the effects of keys and clicks, and the focus."""

import re

import pandas as pd
import pytest
from gallery_samples import hot, labelled, texts
from grid_page import expect_status, focused, press_together, tile

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")


def label_button(page, name):
    return page.get_by_role("group", name="labels").get_by_role("button", name=name)


def expect_pressed(page, name, state="true"):
    playwright.expect(label_button(page, name)).to_have_attribute("aria-pressed", state)


# Pages.


def test_the_page_buttons_are_disabled_at_the_ends_and_keep_the_focus(show):
    page = show(gallery(texts(20)))
    previous, following = (page.get_by_role("button", name=f"{name} page") for name in ("Previous", "Next"))
    playwright.expect(previous).to_have_attribute("aria-disabled", "true")
    following.focus()
    page.keyboard.press("Enter")
    expect_status(page, "page 2 of 2")
    playwright.expect(following).to_have_attribute("aria-disabled", "true")
    playwright.expect(following).to_be_focused()
    page.keyboard.press("Enter")
    expect_status(page, "this is the last page")
    previous.click()
    expect_status(page, "page 1 of 2")
    assert focused(page).startswith("row 0,")


def test_a_key_before_the_next_page_has_come_labels_no_row(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("End")
    press_together(page, "ArrowRight", "2")
    expect_status(page, f"page 2 of {state.pages}")
    assert focused(page).startswith(f"row {state.page_size},")
    assert state.summary() == "0 of 30 reviewed, 0 changed"


def test_a_late_reply_does_not_open_the_closed_focus_view(show):
    page = show(review(texts(3), labelled(3), resume=False))
    tile(page, 0).focus()
    press_together(page, "e", "Escape")
    tile(page, 0).focus()
    page.keyboard.press("m")  # its reply comes after that to the first key
    expect_status(page, "row 0 marked for later")
    playwright.expect(page.locator(".focus")).to_have_count(0)


def test_a_key_that_is_held_repeats_movements_only(show):
    state = review(texts(30), hot(30), resume=False)
    page = show(state)
    tile(page, 0).focus()
    for _ in range(4):
        page.keyboard.down("1")  # the second and later ones are repetitions
    expect_status(page, "row 0 now delivery")  # it had both labels
    page.keyboard.up("1")
    assert len(state.changes) == 1
    for _ in range(3):
        page.keyboard.down("ArrowRight")
    assert focused(page).startswith("row 3,")


def test_removing_the_filters_returns_to_the_row_before(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("PageDown")
    expect_status(page, f"page 2 of {state.pages}")
    page.keyboard.press("ArrowRight")
    row = state.page_size + 1
    page.keyboard.press("/")
    page.keyboard.type(f"text {row}")
    expect_status(page, "1 of 60 rows")
    page.get_by_label("search", exact=True).fill("")
    expect_status(page, "60 of 60 rows")
    page.get_by_text(f"page 2 of {state.pages}").wait_for()
    tile(page, 1).focus()
    assert focused(page).startswith(f"row {row},")


# Auto-advance and removal of labels.


def test_with_auto_advance_a_row_takes_one_key(show):
    state = review(texts(26), pd.Series([None] * 26, dtype=object), labels=["cat", "dog"], resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("1")
    expect_status(page, "row 0 now cat")
    assert focused(page).startswith("row 0,")
    page.keyboard.press("g")
    expect_status(page, "auto-advance on")
    for row in range(26):
        assert focused(page).startswith(f"row {row},")
        page.keyboard.press("0" if row == 3 else "2")
        if row < 25 and (row + 1) % state.page_size == 0:
            expect_status(page, f"page {(row + 1) // state.page_size + 1} of {state.pages}")
    expect_status(page, "row 25 now dog; this is the last row")
    assert state.labels.tolist() == ["dog"] * 3 + [None] + ["dog"] * 22
    assert state.summary() == "26 of 26 reviewed, 25 changed"


def test_rows_with_several_labels_do_not_auto_advance(show):
    state = review(texts(6), hot(6), resume=False)
    state.auto_advance()
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("1")
    expect_status(page, "row 0 now delivery")
    page.keyboard.press("0")
    expect_status(page, "row 0 now without a label")
    expect_pressed(page, "no label")
    assert focused(page).startswith("row 0,")
    assert state.labels.loc[0].tolist() == [False, False]


@pytest.mark.parametrize("key", ["0", "Backspace"])
def test_a_key_removes_the_label(show, key):
    state = review(texts(6), labelled(6), resume=False)
    page = show(state)
    tile(page, 1).focus()
    page.keyboard.press(key)
    expect_status(page, "row 1 now without a label")
    expect_pressed(page, "no label")
    assert pd.isna(state.labels[1])
    page.keyboard.press("Control+z")
    expect_status(page, "undone: row 1")
    assert state.labels[1] == "dog"


def test_no_key_removes_a_label_that_cannot_be_missing(show):
    state = review(texts(4), pd.Series([1, 2, 1, 2]), resume=False)
    page = show(state)
    tile(page, 1).focus()
    page.keyboard.press("0")
    page.keyboard.press("1")
    expect_status(page, "row 1 now 1")
    assert label_button(page, "no label").count() == 0
    assert state.labels.tolist() == [1, 1, 1, 2]


# Mouse, and other keyboard layouts.


def test_after_a_click_keys_work_on_the_tile(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 4).click()
    label_button(page, "bird").click()
    expect_status(page, "row 4 now bird")
    page.keyboard.press("Enter")
    expect_status(page, "row 4 accepted")
    assert focused(page).startswith("row 5,")


def test_shift_and_a_click_pick_all_tiles_between_and_a_click_none(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 1).click()
    tile(page, 4).click(modifiers=["Shift"])
    expect_status(page, "4 picked")
    label_button(page, "dog").click()
    expect_status(page, "4 rows now dog")
    tile(page, 8).click(modifiers=["Control"])
    expect_status(page, "1 picked")
    tile(page, 0).click()
    expect_status(page, "none picked")
    page.keyboard.press("3")
    expect_status(page, "row 0 now bird")


def test_digits_are_recognised_by_key_position_and_letters_in_either_case(show):
    page = show(review(texts(30), labelled(30), resume=False))
    tile(page, 0).focus()
    press_together(page, {"key": "é", "code": "Digit2"})
    expect_status(page, "row 0 now dog")
    page.keyboard.press("U")
    expect_status(page, "undone: row 0")


def test_the_save_shortcut_reaches_the_notebook_and_escape_focuses_its_cell(show):
    page = show(review(texts(30), labelled(30), resume=False))
    page.evaluate("document.getElementById('out').tabIndex = 0")
    tile(page, 0).focus()
    press_together(page, {"key": "s", "ctrlKey": True})
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "out"
    assert page.evaluate("window.keysThatLeft") == ["s"]


def test_a_kernel_that_does_not_answer_is_reported(show):
    page = show(review(texts(30), labelled(30), resume=False))
    page.evaluate("""() => {
      const real = window.setTimeout
      window.setTimeout = (action, delay) => real(action, delay === 1500 ? 1 : delay)
      window.sent = () => new Promise(() => {})
    }""")
    tile(page, 0).focus()
    page.keyboard.press("2")
    expect_status(page, "waiting for the kernel, which is busy")


# Keys of a whole review.


def test_labels_are_corrected_by_keys_alone_and_undo_goes_back(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("2")
    expect_status(page, "row 0 now dog")
    page.keyboard.press("Enter")
    expect_status(page, "row 0 accepted")
    page.keyboard.press("Enter")
    expect_status(page, "row 1 accepted")
    page.keyboard.press("m")
    expect_status(page, "row 2 marked for later")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("1")
    expect_status(page, "3 rows now cat")
    assert state.labels[[0, 1, 3, 4, 5]].tolist() == ["dog", "dog", "cat", "cat", "cat"]
    page.keyboard.press("u")
    expect_status(page, "undone: 3 rows")
    page.keyboard.press("PageDown")
    expect_status(page, f"page 2 of {state.pages}")
    page.keyboard.press("u")
    expect_status(page, "undone: row 2")
    playwright.expect(page.locator(".tile.current")).to_have_attribute("data-name", re.compile("^row 2,"))


def test_no_key_leaves_the_view(show):
    page = show(review(texts(60), labelled(60), resume=False))
    tile(page, 0).focus()
    for key in ["x", "d", "c", "b", "Delete", "ArrowLeft", "?", "Escape", "9", "e", "x", "Escape", "n", "x", "Escape"]:
        page.keyboard.press(key)
    page.get_by_label("search", exact=True).focus()
    page.keyboard.press("x")
    assert page.evaluate("window.keysThatLeft") == []


def test_every_key_has_a_button(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)

    def choose(name):
        page.get_by_role("button", name="more actions").click()
        page.get_by_role("group", name="more actions").get_by_role("button", name=name).click()

    page.get_by_role("button", name="Accept", exact=False).first.click()
    expect_status(page, "row 0 accepted")
    choose("Mark for later")
    expect_status(page, "row 1 marked for later")
    page.get_by_role("button", name="Undo").click()
    label_button(page, "bird").click()
    expect_status(page, "row 1 now bird")
    choose("Accept all on this page")
    expect_status(page, f"{state.page_size - 2} rows accepted; page 2")
    page.get_by_role("button", name="Previous page").click()
    expect_status(page, f"page 1 of {state.pages}")
    shown = page.locator(".tile .reviewed")
    playwright.expect(shown).to_have_count(state.page_size - 1)  # a changed one has its own sign
    choose("Keys")
    assert "mark for later" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("dialog")).to_have_count(0)


def test_all_filtered_rows_are_accepted_in_one_step(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    page.get_by_role("complementary").get_by_role("button", name="dog").click()
    expect_status(page, "20 of 60 rows")
    page.get_by_role("button", name="more actions").click()
    page.get_by_role("button", name="Accept all 20 filtered").click()
    page.get_by_text("20 of 60 reviewed").wait_for()
    tile(page, 0).focus()
    page.keyboard.press("u")
    page.get_by_text("0 of 60 reviewed").wait_for()


def test_a_random_sample_is_drawn_from_the_menu(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    page.get_by_role("button", name="more actions").click()
    page.get_by_label("random sample of").fill("7")
    page.get_by_role("button", name="Show", exact=True).click()
    playwright.expect(page.get_by_role("gridcell")).to_have_count(7)
    assert state.sample.sum() == 7
    assert state.order_by == "random"


def test_rows_are_picked_across_pages(show):
    state = review(texts(60), labelled(60), resume=False)
    page = show(state)
    tile(page, 0).focus()
    page.keyboard.press("Space")
    page.keyboard.press("PageDown")
    expect_status(page, f"page 2 of {state.pages}")
    page.keyboard.press("Space")
    expect_status(page, "2 picked")
    page.keyboard.press("3")
    expect_status(page, "2 rows now bird")
    assert state.labels[[0, state.page_size]].tolist() == ["bird", "bird"]


def test_a_note_and_a_new_label_are_written_in_dialogs(show):
    state = review(texts(6), labelled(6).astype(object), resume=False)
    page = show(state)
    tile(page, 2).focus()
    page.keyboard.press("n")
    page.keyboard.type("is it a <b>cat</b>?")
    page.keyboard.press("Control+Enter")
    playwright.expect(tile(page, 2).locator(".noted")).to_have_attribute("title", "is it a <b>cat</b>?")
    assert state.changes["note"].tolist() == ["is it a <b>cat</b>?"]
    assert focused(page).startswith("row 2,")
    page.keyboard.press("a")
    page.keyboard.type("a horse")
    page.keyboard.press("Enter")
    playwright.expect(tile(page, 2)).to_contain_text("a horse")
    assert state.labels[2] == "a horse"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    expect_status(page, "row 3 now a horse")


def test_more_than_nine_labels_are_found_by_typing(show):
    names = [f"label {i}" for i in range(30)]
    page = show(review(texts(60), labelled(60, names), resume=False))
    tile(page, 0).focus()
    page.keyboard.press("t")
    page.keyboard.type("28")
    page.keyboard.press("Enter")
    expect_status(page, "row 0 now label 28")
    assert focused(page).startswith("row 0,")


def test_several_labels_are_toggled(show):
    page = show(review(texts(60), hot(60), resume=False))
    tile(page, 0).click()
    page.keyboard.press("1")
    expect_status(page, "row 0 now delivery")
    expect_pressed(page, "delivery")
    expect_pressed(page, "price", "false")


def test_a_resumed_review_goes_on_where_it_was_left(show):
    review(texts(100), labelled(100)).accept(list(range(40)))
    page = show(review(texts(100), labelled(100)))
    playwright.expect(page.locator(".tile.current")).to_have_attribute("data-name", re.compile("^row 40,"))
