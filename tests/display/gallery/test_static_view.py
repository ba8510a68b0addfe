"""A gallery as a page and as a text without a kernel; nothing of its data comes to life."""

import re

import pandas as pd
import pytest
from gallery_samples import HOSTILE, Page, hostile, labelled, pictures, texts

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery.static_view import MAX_TILES, html

TAGS = {"div", "style", "p", "figure", "figcaption", "bdi", "span", "img"}
ATTRIBUTES = {"class", "style", "src", "alt", "dir"}


@pytest.mark.parametrize("maker", [gallery, review])
def test_no_element_and_no_attribute_of_a_page_comes_from_the_data(maker):
    page = Page(html(hostile(maker)))
    assert page.tags <= TAGS
    assert page.names <= ATTRIBUTES
    said = "".join(page.said)
    assert all(text in said for text in HOSTILE if text.isprintable() and "\u202e" not in text)


def test_nothing_that_data_names_is_fetched(tmp_path):
    addresses = [f"http://127.0.0.1:9/{i}.png?<&\"'" for i in range(2)] + [str(tmp_path / '"onerror="x.png')]
    page = Page(html(gallery(pd.Series(addresses), kind="image")))
    assert "src" not in page.names
    assert page.tags <= TAGS


def test_pictures_are_in_the_page_and_have_words(tmp_path):
    page = Page(html(gallery(pictures(tmp_path, 3), labelled(3))))
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert all(re.fullmatch(r"data:image/webp;base64,[A-Za-z0-9+/=]+", image["src"]) for image in images)
    assert [image["alt"].split(", label ")[1] for image in images] == ["cat", "dog", "bird"]


def test_a_page_has_50_tiles_at_most_and_says_how_many_there_are():
    page = Page(html(gallery(texts(1000)), 1000))
    assert sum(tag == "figure" for tag, _ in page.elements) == MAX_TILES == 50
    assert "50 of 1,000 are shown here" in "".join(page.said)


WHY = 'pip install "jsdf[notebook]"'


def test_a_page_says_why_a_review_is_not_edited_there_and_how_it_can_be():
    said = "".join(Page(html(review(texts(2), labelled(2)))).said)
    assert WHY in said
    assert "review.choose(rows, label)" in said
    assert WHY not in "".join(Page(html(gallery(texts(2), labelled(2)))).said)


def test_so_does_the_text_where_no_widgets_are(monkeypatch):
    monkeypatch.setattr("jsdf.display.gallery.gallery._is_installed", lambda name: False)
    state = review(texts(2), labelled(2))
    assert WHY in state._repr_mimebundle_()["text/plain"]
    assert WHY not in repr(state)
    assert WHY not in gallery(texts(2))._repr_mimebundle_()["text/plain"]


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
