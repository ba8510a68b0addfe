"""A review in a real browser: the effects of keys and clicks, and the focus."""

import pandas as pd
import pytest
from gallery_samples import hot, labelled, texts
from grid_page import expect_status, focused, tile

from jsdf.api.viewers import gallery, review

playwright = pytest.importorskip("playwright.sync_api")
# Sends keys together, before the kernel has answered the first one.
PRESS_TOGETHER = """keys => { for (const key of keys)
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })) }"""


def expect_pressed(page, name, state="true"):
    playwright.expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", state)


# Pages.


def test_the_page_buttons_are_disabled_at_the_ends_and_keep_the_focus(show):
    page = show(gallery(texts(30)))
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
    page.evaluate(PRESS_TOGETHER, ["ArrowRight", "2"])
    expect_status(page, "page 2 of 2")
    assert focused(page).startswith("row 24,")
    assert state.summary() == "0 of 30 reviewed, 0 changed"


def test_a_late_reply_does_not_open_the_closed_dialog(show):
    page = show(review(texts(3), labelled(3), resume=False))
    tile(page, 0).focus()
    page.evaluate(PRESS_TOGETHER, ["e", "Escape"])
    tile(page, 0).focus()
    page.keyboard.press("m")  # its reply comes after that to the first key
    expect_status(page, "row 0 marked for later")
    playwright.expect(page.get_by_role("dialog")).to_be_hidden()


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
    page = show(review(texts(60), labelled(60), resume=False))
    tile(page, 0).focus()
    page.keyboard.press("PageDown")
    expect_status(page, "page 2 of 3")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("/")
    page.keyboard.type("text 4")
    expect_status(page, "11 of 60 rows")
    page.keyboard.press("Escape")
    assert focused(page).startswith("row 4,")
    page.get_by_label("search").fill("")
    expect_status(page, "60 of 60 rows")
    page.get_by_text("page 2 of 3").wait_for()
    page.keyboard.press("Escape")
    assert focused(page).startswith("row 25,")


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
    playwright.expect(page.get_by_role("checkbox", name="auto-advance")).to_be_checked()
    for row in range(26):
        assert focused(page).startswith(f"row {row},")
        page.keyboard.press("0" if row == 3 else "2")
        if row == 23:
            expect_status(page, "page 2 of 2")
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
    expect_pressed(page, "0 no label")
    assert focused(page).startswith("row 0,")
    assert state.labels.loc[0].tolist() == [False, False]


@pytest.mark.parametrize("key", ["0", "Backspace"])
def test_a_key_removes_the_label(show, key):
    state = review(texts(6), labelled(6), resume=False)
    page = show(state)
    tile(page, 1).focus()
    page.keyboard.press(key)
    expect_status(page, "row 1 now without a label")
    expect_pressed(page, "0 no label")
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
    assert page.get_by_role("button", name="no label").count() == 0
    assert state.labels.tolist() == [1, 1, 1, 2]


# Mouse, and other keyboard layouts.


def test_after_a_click_keys_work_on_the_tile(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 4).click()
    page.get_by_role("button", name="3 bird").click()
    expect_status(page, "row 4 now bird")
    page.keyboard.press("Enter")
    expect_status(page, "row 4 accepted")
    assert focused(page).startswith("row 5,")


def test_shift_and_a_click_select_all_tiles_between_and_a_click_none(show):
    state = review(texts(30), labelled(30), resume=False)
    page = show(state)
    tile(page, 1).click()
    tile(page, 4).click(modifiers=["Shift"])
    expect_status(page, "4 selected")
    page.get_by_role("button", name="2 dog").click()
    expect_status(page, "4 rows now dog")
    tile(page, 8).click(modifiers=["Control"])
    expect_status(page, "1 selected")
    tile(page, 0).click()
    expect_status(page, "none selected")
    page.keyboard.press("3")
    expect_status(page, "row 0 now bird")


def test_digits_are_recognised_by_key_position_and_letters_in_either_case(show):
    page = show(review(texts(30), labelled(30), resume=False))
    tile(page, 0).focus()
    page.evaluate("""() => document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key: "é", code: "Digit2", bubbles: true, cancelable: true }))""")
    expect_status(page, "row 0 now dog")
    page.keyboard.press("U")
    expect_status(page, "undone: row 0")


def test_the_save_shortcut_reaches_the_notebook_and_escape_focuses_its_cell(show):
    page = show(review(texts(30), labelled(30), resume=False))
    page.evaluate("document.getElementById('out').tabIndex = 0")
    tile(page, 0).focus()
    page.evaluate("""() => document.activeElement.dispatchEvent(
      new KeyboardEvent("keydown", { key: "s", ctrlKey: true, bubbles: true, cancelable: true }))""")
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
