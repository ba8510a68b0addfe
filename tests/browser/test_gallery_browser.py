"""The gallery in a real browser, outside a notebook: search, filters, list, and the focus view."""

import re

import numpy as np
import pandas as pd
import pytest
from gallery_samples import HOSTILE, labelled, pictures, run_of, texts
from grid_page import FOCUSED, SHADOW, expect_status, focused, tile
from PIL import Image
from refusing_engines import refusing

from jsdf.api.viewers import gallery, review
from jsdf.testing import FakeEngine

playwright = pytest.importorskip("playwright.sync_api")


def side(page):
    return page.get_by_role("complementary", name="filters")


# Filters.


def test_a_click_on_a_bar_filters_and_shift_adds(show):
    page = show(gallery(texts(60), labelled(60)))
    side(page).get_by_role("button", name="dog").click()
    expect_status(page, "20 of 60 rows")
    side(page).get_by_role("button", name="cat").click(modifiers=["Shift"])
    expect_status(page, "40 of 60 rows")
    playwright.expect(side(page).get_by_role("button", name="cat")).to_have_attribute("aria-pressed", "true")
    page.get_by_title("remove the filter: dog").click()
    expect_status(page, "20 of 60 rows")
    assert focused(page).startswith(("row ", "BODY", "button", "BUTTON"))
    side(page).get_by_role("button", name="cat").click()
    expect_status(page, "60 of 60 rows")


def test_a_search_marks_what_it_finds_and_escape_returns_to_the_tile(show):
    page = show(gallery(texts(60), labelled(60)))
    tile(page, 0).focus()
    page.keyboard.press("/")
    page.keyboard.type("TEXT 1")
    expect_status(page, "11 of 60 rows")
    playwright.expect(page.locator("mark").first).to_have_text("text 1")
    assert page.locator("mark").count() == 11
    page.get_by_label("search", exact=True).fill("nowhere")
    page.get_by_text("No row matches the filters.").wait_for()
    page.get_by_role("button", name="Show all").click()
    expect_status(page, "60 of 60 rows")


def test_dragging_over_the_scores_filters_and_so_do_the_fields(show):
    scores = pd.Series(np.arange(60) / 60)
    state = gallery(texts(60), labelled(60), scores=scores)
    page = show(state)
    bars = side(page).locator(".bars").first
    box = bars.bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4 - 2, box["y"] + 5)
    page.mouse.up()
    expect_status(page, "16 of 60 rows")  # up to 0.25
    assert scores[state.order].max() == 0.25
    field = side(page).get_by_label("score: to")
    field.fill("0.5")
    field.press("Enter")
    expect_status(page, "31 of 60 rows")
    side(page).get_by_title("score: all").click()
    expect_status(page, "60 of 60 rows")


def test_a_cell_of_the_confusion_matrix_filters(show):
    other = pd.Series(["cat", "cat", "bird"] * 20, dtype=pd.CategoricalDtype(["cat", "dog", "bird"]))
    page = show(review(texts(60), labelled(60), against=other, resume=False))
    side(page).get_by_title("dog, against cat: 20 rows").click()
    expect_status(page, "20 of 60 rows")
    playwright.expect(page.locator(".tile .disputed").first).to_have_attribute("title", "second opinion: cat")
    page.get_by_title("remove the filter: dog, against cat").click()
    expect_status(page, "60 of 60 rows")


def test_other_columns_are_summed_up_and_filter(show):
    columns = pd.DataFrame({"price": np.arange(60.0), "shop": ["north", "south", "web"] * 20})
    state = gallery(texts(60), labelled(60), columns=columns)
    page = show(state)
    side(page).get_by_role("button", name="south").click()
    expect_status(page, "20 of 60 rows")
    field = side(page).get_by_label("price: to")
    field.fill("30")
    field.press("Enter")
    expect_status(page, "10 of 60 rows")
    assert columns.loc[state.order, "shop"].unique().tolist() == ["south"]
    tile(page, 0).click()
    about = page.get_by_role("region", name="about this row")
    playwright.expect(about).to_contain_text("price")
    playwright.expect(about).to_contain_text("south")


# Tiles and the list.


def test_a_list_shows_whole_texts(show):
    long = " ".join(f"word{i}" for i in range(400))
    page = show(gallery(pd.Series([long, "short"]), labelled(2)))
    assert "word399" not in tile(page, 0).inner_text()
    tile(page, 0).focus()
    page.keyboard.press("v")
    playwright.expect(tile(page, 0)).to_contain_text("word399")
    page.get_by_role("button", name="Grid").click()
    playwright.expect(tile(page, 0)).not_to_contain_text("word399")


def test_a_file_that_cannot_be_shown_says_which_and_why(show, tmp_path):
    values = pictures(tmp_path, 3)
    (tmp_path / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    page = show(gallery(values, labelled(3)))
    playwright.expect(tile(page, 1)).to_contain_text("no image")
    playwright.expect(tile(page, 1)).to_contain_text("1.png")


def test_a_row_that_failed_says_why(show):
    run = run_of(texts(4), engine=FakeEngine(fail=refusing({"text 1"})))
    page = show(gallery(texts(4), run))
    playwright.expect(tile(page, 1)).to_contain_text("failed")
    playwright.expect(tile(page, 1).locator(".failed")).to_contain_text("text 1")


# The focus view.


def test_a_click_opens_the_focus_view_with_every_score(show):
    run = run_of(texts(6))
    page = show(gallery(texts(6), run))
    tile(page, 1).click()
    view = page.get_by_role("region", name="row 1, closely")
    view.wait_for()
    scores = page.get_by_role("region", name="about this row").locator(".scores dd")
    assert scores.count() == 3
    page.keyboard.press("ArrowRight")
    page.get_by_role("region", name="row 2, closely").wait_for()
    page.keyboard.press("Escape")
    assert focused(page).startswith("row 2,")


def test_a_picture_is_shown_large_and_zooms(show, tmp_path):
    path = tmp_path / "wide.jpg"
    Image.effect_noise((4000, 3000), 80).convert("RGB").save(path, quality=60)
    page = show(gallery(pd.Series([str(path)])), width=1400)
    tile(page, 0).click()
    picture = page.locator(".frame img")
    picture.wait_for()
    assert page.evaluate(f"{SHADOW}.querySelector('.frame img').decode().then(() => true)")
    assert picture.evaluate("(e) => Math.max(e.naturalWidth, e.naturalHeight)") == 1600
    playwright.expect(page.get_by_text(re.compile("^4000 . 3000$"))).to_be_visible()
    frame = page.locator(".frame").bounding_box()
    fitted = picture.bounding_box()
    assert fitted["width"] <= frame["width"] + 1
    page.get_by_role("button", name="1:1").click()
    assert picture.bounding_box()["width"] == pytest.approx(1600, abs=2)
    page.mouse.move(frame["x"] + 200, frame["y"] + 200)
    page.mouse.down()
    page.mouse.move(frame["x"] + 260, frame["y"] + 240)
    page.mouse.up()
    moved = picture.bounding_box()
    page.mouse.wheel(0, -200)
    page.wait_for_function(f"{SHADOW}.querySelector('.frame img').getBoundingClientRect().width > 1700")
    assert picture.bounding_box()["width"] > moved["width"]
    page.get_by_role("button", name="Fit").click()
    assert picture.bounding_box()["width"] == pytest.approx(fitted["width"], abs=1)


def test_a_long_text_is_scrolled_by_keys_and_labelled(show):
    state = review(pd.Series(["word " * 3000, "short"]), labelled(2), resume=False)
    page = show(state, height=600)
    tile(page, 0).focus()
    page.keyboard.press("e")
    text = page.get_by_role("region", name="text")
    text.wait_for()
    text.focus()
    page.keyboard.press("End")
    page.wait_for_function(f"{FOCUSED}.scrollTop > 0")
    page.keyboard.press("3")
    expect_status(page, "row 0 now bird")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="row 1, closely").wait_for()
    page.keyboard.press("Escape")
    playwright.expect(tile(page, 1)).to_be_focused()
    assert state.labels[0] == "bird"


# Values from the data.


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_values_are_texts_and_nothing_else(show, scheme):
    names = [name for name in HOSTILE if "\ud800" not in name]
    values = pd.Series(HOSTILE, dtype=object, index=pd.Index(HOSTILE, dtype=object))
    label = pd.Series([names[i % len(names)] for i in range(len(HOSTILE))], index=values.index, dtype=object)
    columns = pd.DataFrame(dict.fromkeys(HOSTILE[:3], label))
    page = show(review(values, label, labels=names, columns=columns), scheme)
    page.evaluate("void (window.alert = () => { window.ran = true })")
    tile(page, 1).focus()
    for keys in (["?", "Escape"], ["v", "v"], ["/", "b", "Escape"], ["e"]):
        for key in keys:
            page.keyboard.press(key)
    page.locator(".focus").wait_for()
    inside = f"[...{SHADOW}.querySelectorAll('*')]"
    assert page.evaluate(f"{inside}.filter((e) => ['SCRIPT', 'SVG', 'B', 'IFRAME'].includes(e.tagName)).length") == 0
    assert page.evaluate(f"{inside}.filter((e) => e.tagName === 'STYLE').length") == 1
    assert not page.evaluate(f"{inside}.some((e) => [...e.attributes].some((a) => a.name.startsWith('on')))")
    assert not page.evaluate(f"{inside}.some((e) => (e.getAttribute('src') ?? 'data:').slice(0, 5) !== 'data:')")
    assert page.evaluate("window.ran") is None
