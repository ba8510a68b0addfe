"""The model of a gallery: filters, sort orders and pages."""

import threading

import numpy as np
import pandas as pd
import pytest
from gallery_samples import everything, labelled, pictures, run_of, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import gallery
from jsdf.display.gallery import page_thumbnails as module
from jsdf.display.gallery.query.pages import MAX_PAGE_SIZE
from jsdf.images import thumbnails
from jsdf.testing import FakeEngine

cells = st.sampled_from(["cat", "dog", None])
columns = st.lists(st.tuples(st.sampled_from(["a", "B", "ab", "ß", None, " "]), cells, st.floats(0, 1)), max_size=60)


def built(rows):
    values, labels, scores = zip(*rows, strict=True) if rows else ((), (), ())
    label = pd.Series(pd.Categorical(labels, categories=["cat", "dog"]))
    value, score = pd.Series(values, dtype=object), pd.Series(scores, dtype=float)
    return gallery(value, label, scores=score), value, label, score


@given(columns, st.sampled_from(["row", "sure", "unsure"]), st.integers(1, MAX_PAGE_SIZE))
def test_pages_are_a_permutation_of_the_rows(rows, by, size):
    g, *_ = built(rows)
    g.sort(by)
    g.resize(size)
    assert sorted(everything(g)) == list(range(len(rows)))
    assert all(len(g.rows) <= size for g.page in range(g.pages))


@given(columns, st.integers(1, MAX_PAGE_SIZE), st.integers(1, MAX_PAGE_SIZE), st.integers(0, 59), st.integers(0, 9))
def test_a_page_of_another_size_keeps_a_row(rows, before, after, near, page):
    g, *_ = built(rows)
    g.sort("sure")
    g.resize(before)
    g.go_to_page(page)
    first = g.rows[:1]
    g.resize(after)
    assert first == [row for row in first if row in g.rows]
    g.resize(before, near)
    assert near in g.rows or near >= len(rows)


@given(columns, st.sampled_from([None, "cat", "dog", pd.NA]), st.sampled_from(["", "A", "b", "SS"]))
def test_a_filter_keeps_the_matching_rows_in_order(rows, label, text):
    g, value, labels, _ = built(rows)
    g.filter(label=label, text=text)

    def matches(i):
        has_label = {None: True, pd.NA: pd.isna(labels[i])}.get(label, labels[i] == label)
        has_text = not pd.isna(value[i]) and value[i].strip() != "" and text.casefold() in value[i].casefold()
        return has_label and (has_text or not text)

    assert everything(g) == [i for i in range(len(rows)) if matches(i)]
    g.filter()
    assert everything(g) == list(range(len(rows)))


@given(columns)
def test_least_sure_first_is_the_reverse_of_most_sure_first_but_for_ties(rows):
    g, _, _, score = built(rows)
    g.sort("unsure")
    up = everything(g)
    assert (np.diff(score.to_numpy(np.float32)[up]) >= 0).all()
    g.sort("sure")
    assert (np.diff(score.to_numpy(np.float32)[everything(g)]) <= 0).all()


def test_rows_without_a_score_come_last_in_either_order():
    g = gallery(texts(3), labelled(3), scores=pd.Series([np.nan, 0.9, 0.2]))
    g.sort("unsure")
    assert everything(g) == [2, 1, 0]
    g.sort("sure")
    assert everything(g) == [1, 2, 0]


def test_a_page_out_of_range_is_the_nearest_one():
    g = gallery(texts(50))
    g.go_to_page(99)
    assert (g.page, len(g.rows)) == (2, 2)
    g.go_to_page(-1)
    assert (g.page, g.rows[0]) == (0, 0)


def test_a_filter_shows_the_first_page_and_counts_the_matching_rows():
    g = gallery(texts(60), labelled(60))
    g.go_to_page(2)
    g.filter(label="dog")
    assert (g.page, len(g), g.status_message, g.summary()) == (0, 20, "20 of 60 rows", "20 of 60 rows")


def test_a_filter_may_start_at_the_page_of_a_row():
    g = gallery(texts(60), labelled(60))
    g.filter(near=50)
    assert g.page == 2
    g.filter(label="dog", near=49)
    assert (g.page, g.rows[16]) == (0, 49)
    g.filter(label="cat", near=50)
    assert g.page == 0


def test_a_tile_of_a_run_shows_label_score_status_and_reason():
    series = pd.Series(["one", "two", None], index=["a", "a", "b"])
    engine = FakeEngine([["cat", "whale"]], scores=True)
    one, two, missing = gallery(series, run_of(series, engine=engine)).tiles()
    assert (one.index, one.text, one.caption, one.score, one.status) == ("a", "one", "cat", 1.0, "answered")
    assert (two.index, two.caption, two.status) == ("a", "", "unknown")
    assert "whale" in two.reason
    assert (missing.status, missing.text) == ("missing", "(no value)")


def test_statuses_of_a_run_can_be_filtered():
    series = texts(4)
    g = gallery(series, run_of(series, engine=FakeEngine([["cat", "whale", "dog", "whale"]])))
    assert g.statuses == {"answered": 2, "unknown": 2}
    g.filter(status="unknown")
    assert everything(g) == [1, 3]


@pytest.mark.parametrize(("layout", "limit"), [("grid", 300), ("list", 4_000)])
def test_a_long_text_is_cut_on_its_tile(layout, limit):
    g = gallery(pd.Series(["x" * 5000, "short"]))
    g.set_layout(layout)
    assert [tile.text for tile in g.tiles()] == ["x" * limit + "…", "short"]


def test_images_of_one_page_only_are_read(tmp_path, monkeypatch):
    series = pictures(tmp_path, 60)
    g = gallery(series, labelled(60))
    read = []
    small = g.pictures._small
    real = small.get
    monkeypatch.setattr(small, "get", lambda values: (read.extend(values), real(values))[1])
    assert all(tile.uri for tile in g.tiles())
    assert read == list(series[:24])
    g.prefetch().join()
    assert read == list(series[:48])


def test_thumbnails_that_are_no_longer_wanted_are_not_made(tmp_path, monkeypatch):
    g = gallery(pictures(tmp_path, 60))
    read = []

    def get(values):
        read.append(len(values))
        g.go_to_page(2)

    monkeypatch.setattr(g.pictures._small, "get", get)
    g.prefetch().join()
    assert read == [4]


def test_a_slow_picture_is_shown_once_it_comes(tmp_path, monkeypatch):
    go, real = threading.Event(), thumbnails.shrink
    monkeypatch.setattr(module, "_MAX_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(thumbnails, "shrink", lambda content, size: (go.wait(10), real(content, size))[1])
    g, seen = gallery(pictures(tmp_path, 2)), []
    assert [(tile.uri, tile.reason) for tile in g.tiles()] == [("", "it is still being fetched")] * 2
    monkeypatch.setattr(module, "_MAX_WAIT_SECONDS", 10)
    g.on_change(lambda: seen.extend(bool(tile.uri) for tile in g.tiles()))
    go.set()
    g.pictures.waiting.join()
    assert seen == [True, True]


def test_a_missing_image_has_a_placeholder_with_its_reason(tmp_path):
    series = pd.concat([pictures(tmp_path, 1), pd.Series([str(tmp_path / "gone.png"), None])], ignore_index=True)
    good, dead, missing = gallery(series).tiles()
    assert good.uri
    assert (dead.uri, dead.is_image, dead.reason) == ("", True, "there is no such file")
    assert "no image: there is no such file" in dead.alt
    assert (missing.uri, missing.is_image) == ("", False)


def test_callbacks_are_called_at_every_change():
    g, messages = gallery(texts(60), labelled(60)), []
    g.on_change(lambda: messages.append(g.status_message))
    g.go_to_page(1)
    g.sort("row")
    g.filter(text="TEXT 1")
    assert messages == ["page 2 of 3", "sorted: as in the column", "11 of 60 rows"]


def test_the_last_page_prefetches_nothing(tmp_path):
    before = threading.active_count()
    assert gallery(pictures(tmp_path, 3)).prefetch() is None
    assert threading.active_count() == before


def test_labels_put_the_choices_in_order_and_may_add_some():
    g = gallery(texts(), labelled().astype(object), labels=["fish", "bird", "dog"])
    assert g.names == ["fish", "bird", "dog", "cat"]
    assert [tile.caption for tile in g.tiles()[:3]] == ["cat", "dog", "bird"]


def test_without_labels_nothing_is_pending():
    g = gallery(pd.Series(["a", None]))
    assert g.statuses == {}
    assert [tile.status for tile in g.tiles()] == ["", "missing"]
    assert [tile.alt for tile in g.tiles()] == ["row 0, a", "row 1, (no value), missing"]


def test_an_unknown_filter_is_an_error():
    g = gallery(texts(), labelled())
    with pytest.raises(jsdf.InvalidInputError, match="text=5"):
        g.filter(text=5)
    with pytest.raises(jsdf.InvalidInputError, match="page='a'"):
        g.go_to_page("a")
    with pytest.raises(jsdf.InvalidInputError, match=r"'whale'.*'cat'"):
        g.filter(label="whale")
    with pytest.raises(jsdf.InvalidInputError, match=r"'lost'.*'answered'"):
        g.filter(status="lost")
    with pytest.raises(jsdf.InvalidInputError, match=r"'age'.*'row'"):
        g.sort("age")
    with pytest.raises(jsdf.InvalidInputError, match=r"layout='table'.*'grid', 'list'"):
        g.set_layout("table")
    with pytest.raises(jsdf.InvalidInputError, match="page_size=201: pass a whole number from 1 to 200"):
        g.resize(201)
    with pytest.raises(jsdf.InvalidInputError, match="row=60"):
        g.focus(60)
