"""A gallery as static HTML and as text; values from the data are always escaped."""

import re

import pandas as pd
import pytest
from gallery_samples import HOSTILE, Page, hostile, labelled, pictures, texts

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery.static_view import MAX_STATIC_TILES, html

TAGS = {"div", "style", "p", "figure", "figcaption", "bdi", "span", "img", "i", "b"}
ATTRIBUTES = {"class", "style", "src", "alt", "dir"}


@pytest.mark.parametrize("maker", [gallery, review])
def test_no_element_and_no_attribute_of_a_page_comes_from_the_data(maker):
    page = Page(html(hostile(maker)))
    assert page.tags <= TAGS
    assert page.names <= ATTRIBUTES
    text = "".join(page.texts)
    assert all(value in text for value in HOSTILE if value.isprintable() and "\u202e" not in value)


def test_no_address_in_the_data_is_fetched(tmp_path):
    addresses = [f"http://127.0.0.1:9/{i}.png?<&\"'" for i in range(2)] + [str(tmp_path / '"onerror="x.png')]
    page = Page(html(gallery(pd.Series(addresses), kind="image")))
    assert "src" not in page.names
    assert page.tags <= TAGS


def test_images_are_in_the_page_and_have_alt_texts(tmp_path):
    page = Page(html(gallery(pictures(tmp_path, 3), labelled(3))))
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert all(re.fullmatch(r"data:image/webp;base64,[A-Za-z0-9+/=]+", image["src"]) for image in images)
    assert [image["alt"].split(", label ")[1] for image in images] == ["cat", "dog", "bird"]


def test_a_page_has_50_tiles_at_most_and_says_how_many_there_are():
    page = Page(html(gallery(texts(1000)), 1000))
    assert sum(tag == "figure" for tag, _ in page.elements) == MAX_STATIC_TILES == 50
    assert "50 of 1,000 are shown here" in "".join(page.texts)


HINT = "run the cell again"


def test_static_html_of_a_review_says_how_to_edit_labels():
    text = "".join(Page(html(review(texts(2), labelled(2)))).texts)
    assert HINT in text
    assert "review.choose(rows, label)" in text
    assert HINT not in "".join(Page(html(gallery(texts(2), labelled(2)))).texts)


def test_a_text_has_one_line_a_row_and_no_control_characters():
    lines = repr(hostile()).splitlines()
    assert len(lines) == 1 + 10 + 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "".join(lines))


def test_the_text_of_a_gallery():
    assert repr(gallery(texts(2), labelled(2), scores=pd.Series([0.5, 1]))).splitlines() == [
        "Gallery: 2 rows",
        "0  cat  0.50  text 0",
        "1  dog  1.00  text 1",
    ]
