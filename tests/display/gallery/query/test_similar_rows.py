"""Rows are ordered by the cosine of embeddings: of those that were passed, or of the local engine."""

import itertools
import threading

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import jsdf
from jsdf.api import viewers
from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import messages
from jsdf.display.gallery.query.similarity import RowEmbedder, RowVectors

POINTS = np.array([[1, 0], [0, 1], [2, 0.1], [-1, 0], [np.nan, 0], [1, 1]], dtype=np.float32)
BY_LIKENESS = [0, 2, 5, 1, 3, 4]  # the last one has no embedding


def test_the_most_similar_rows_come_first():
    g = gallery(texts(6), vectors=POINTS)
    g.resize(2)
    g.go_to_page(1)
    g.find_similar(0)
    assert g.order.tolist() == BY_LIKENESS
    assert (g.page, g.current, g.status_message) == (0, 0, "the most similar to row 0 first")
    g.find_similar(None)
    assert (g.order.tolist(), g.current) == (list(range(6)), None)


@given(arrays(np.float32, (8, 3), elements=st.floats(-4, 4, width=16)), st.integers(0, 7))
def test_the_order_is_that_of_the_cosines(vectors, row):
    g = gallery(texts(8), vectors=vectors)
    if not np.linalg.norm(vectors[row]) > 0:
        with pytest.raises(jsdf.InvalidInputError, match="it has no embedding"):
            g.find_similar(row)
        return
    g.find_similar(row)
    order = g.order.tolist()
    assert (order[0], sorted(order)) == (row, list(range(8)))
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = [vectors[i] @ vectors[row] / (lengths[i] * lengths[row]) if lengths[i] else -2 for i in order]
    assert all(a >= b - 1e-5 for a, b in itertools.pairwise(cosines))


def test_filters_stay_and_a_sort_ends_the_order():
    g = gallery(texts(6), labelled(6), vectors=POINTS)
    g.filter(label=["cat", "bird"])
    g.find_similar(0)
    assert g.order.tolist() == [0, 2, 5, 3]
    g.filter(label="cat")
    assert (g.order.tolist(), g.similar_to) == ([0, 3], 0)
    g.filter()
    assert g.order.tolist() == BY_LIKENESS
    g.sort("row")
    assert (g.order.tolist(), g.similar_to) == (list(range(6)), None)


def test_a_review_finds_similar_rows_in_any_of_its_orders():
    state = review(texts(6), labelled(6), vectors=POINTS, resume=False)
    state.sort("random")
    state.find_similar(3)
    assert state.order.tolist()[0] == 3
    assert state.order.tolist()[-1] == 4
    state.choose([3], "dog")
    assert state.order.tolist()[0] == 3


def test_rows_without_a_value_or_an_embedding_and_galleries_without_embeddings_say_so(monkeypatch):
    g = gallery(pd.Series(["a", None, "b"]), vectors=[[1.0], [1.0], [np.nan]])
    for row, message in ((1, "row=1: it has no value"), (2, "row=2: it has no embedding"), (3, "row=3: pass a whole")):
        with pytest.raises(jsdf.InvalidInputError, match=message):
            g.find_similar(row)
        assert g.similar_to is None
    monkeypatch.setattr("jsdf.engines.local.engine.available", lambda: False)
    plain = gallery(texts(3))
    assert not plain.can_find_similar
    with pytest.raises(jsdf.InvalidInputError, match=r'pass vectors=, or run pip install "jsdf\[local\]"'):
        plain.find_similar(0)


def test_the_local_engine_embeds_rows_when_it_is_asked_to():
    words = pd.Series(["a cat", "invoices and taxes", "two kittens", "a tax return"])
    g = gallery(words)
    assert g.can_find_similar
    g.find_similar(0)
    assert g.order.tolist()[:2] == [0, 2]
    g.find_similar(1)
    assert g.order.tolist()[:2] == [1, 3]


def test_no_more_rows_are_embedded_than_the_limit_and_none_twice():
    seen = []

    def embed(rows):
        seen.append(rows.tolist())
        return np.column_stack([np.cos(rows / 100), np.sin(rows / 100)])

    vectors = RowVectors(RowEmbedder(embed, 10), 100)
    first = vectors.missing(50, np.arange(100))
    assert 50 in first
    assert len(first) in (10, 11)
    vectors.keep(first, vectors.make(first))
    assert len(vectors.missing(50, np.arange(99, -1, -1))) == 0
    again = vectors.missing(51, np.arange(60))
    vectors.keep(again, vectors.make(again))
    assert not set(seen[0]) & set(seen[1])
    likeness = vectors.likeness(50)
    known = np.flatnonzero(~np.isnan(likeness))
    assert sorted(known) == sorted(seen[0] + seen[1])
    np.testing.assert_allclose(likeness[known], np.cos((known - 50) / 100), atol=1e-6)


@pytest.mark.parametrize("ending", ["found", "another order", "error", "no embedding"])
def test_a_browser_does_not_wait_for_embeddings(ending, monkeypatch):
    go = threading.Event()

    def embed(_, rows):
        assert go.wait(20)
        if ending == "error":
            raise jsdf.InvalidInputError("the model is gone")
        return np.full((len(rows), 2), np.nan) if ending == "no embedding" else POINTS[rows]

    monkeypatch.setattr(viewers, "_embed_rows", embed)
    g, said = gallery(texts(6)), []
    g.on_change(lambda: said.append(g.status_message))
    messages.handle_message(g, {"do": "similar", "row": 0})
    assert said == ["looking for rows like row 0"]
    assert messages.page_state(g)[0]["filters"]["similar"] == 0
    if ending == "another order":
        messages.handle_message(g, {"do": "similar", "row": None})
    go.set()
    g.searching.join(20)
    assert g.order.tolist() == (BY_LIKENESS if ending == "found" else list(range(6)))
    assert (g.similar_to, said[-1]) == {
        "found": (0, "the most similar to row 0 first"),
        "another order": (None, "sorted: as in the column"),
        "error": (None, "no rows could be compared: the model is gone"),
        "no embedding": (None, "row=0: it has no embedding; pass a row that has one"),
    }[ending]
