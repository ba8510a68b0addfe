"""The rows whose labels teach most: different from each other and from reviewed ones, and reproducible."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import given, settings
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review
from jsdf.display.review.informative import choose_rows
from jsdf.engines.local import engine as local_engine


def groups(sizes, seed=0, width=8):
    """Vectors in groups that lie far apart, and the group of each."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    centres = np.eye(len(sizes), max(width, len(sizes))) * 10
    return (centres[group] + random.normal(0, 0.05, (len(group), centres.shape[1]))).astype(np.float32), group


def choose(vectors, n, margin=None, known=(), hashes=None, seed=0):
    total = len(vectors)
    margin = np.full(total, np.nan, np.float32) if margin is None else np.asarray(margin, np.float32)
    hashes = np.arange(total, dtype=np.uint64) if hashes is None else hashes
    known = np.array(known, np.intp)
    rows = np.setdiff1d(np.arange(total), known)
    return choose_rows(rows, known, hashes, margin, n, seed, lambda wanted: vectors[wanted])


def open_review(n_rows, n, vectors, **more):
    more = {"scores": pd.Series(np.linspace(0, 1, n_rows)), "resume": False, **more}
    return review(texts(n_rows), labelled(n_rows), order="informative", n=n, vectors=vectors, **more)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(0, 2**63 - 1))
@settings(max_examples=25, deadline=None)
def test_one_row_of_each_group_is_chosen_the_largest_first(sizes, seed):
    vectors, group = groups(sizes)
    chosen = choose(vectors, len(sizes), seed=seed)
    assert len(set(group[chosen])) >= max(1, len(sizes) - 1)  # k-means may join two groups and split a third
    assert len(set(chosen.tolist())) == len(sizes)


@given(st.integers(1, 60), st.integers(1, 80), st.integers(0, 2**63 - 1), st.data())
@settings(max_examples=25, deadline=None)
def test_the_sample_holds_n_distinct_values_and_no_reviewed_one(n_rows, n, seed, data):
    vectors = np.random.default_rng(0).normal(size=(n_rows, 4)).astype(np.float32)
    hashes = np.array(data.draw(st.lists(st.integers(0, 20), min_size=n_rows, max_size=n_rows)), np.uint64)
    known = data.draw(st.lists(st.integers(0, n_rows - 1), max_size=5, unique=True))
    chosen = choose(vectors, n, known=known, hashes=hashes, seed=seed)
    new = set(hashes.tolist()) - set(hashes[known].tolist())
    assert len(chosen) == len(set(hashes[chosen].tolist())) == min(n, len(new))
    assert set(hashes[chosen].tolist()) <= new
    assert choose(vectors, n, known=known, hashes=hashes, seed=seed).tolist() == chosen.tolist()


def test_groups_with_a_reviewed_row_come_last():
    vectors, group = groups([30, 20, 10, 5])
    assert set(group[choose(vectors, 2, known=[0, 31])]) == {2, 3}
    assert set(group[choose(vectors, 1, known=[0, 31, 50])]) == {3}


def test_a_value_that_many_rows_have_weighs_more():
    vectors, group = groups([20, 12])
    hashes = np.where(group == 1, np.arange(32) // 2 + 100, np.arange(32)).astype(np.uint64)
    repeated = np.concatenate([np.arange(32), np.repeat(np.flatnonzero(group == 1), 5)])
    chosen = choose(vectors[repeated], 2, hashes=hashes[repeated])
    assert group[repeated[chosen]].tolist() == [1, 0]


def test_less_sure_groups_come_before_surer_ones_of_the_same_size():
    vectors, group = groups([20, 20, 20])
    for unsure in range(3):
        margin = np.where(group == unsure, 0.05, 0.95)
        assert group[choose(vectors, 3, margin=margin)][0] == unsure


def test_rows_without_an_embedding_are_left_out():
    vectors, group = groups([20, 20])
    vectors[group == 0] = np.nan
    assert set(group[choose(vectors, 5)]) == {1}
    assert len(choose(np.full_like(vectors, np.nan), 5)) == 0
    assert len(choose(vectors[:, :0], 5)) == 0


def test_a_column_of_100_000_rows_needs_the_embeddings_of_2_000():
    total, asked = 100_000, []
    vectors = np.random.default_rng(0).normal(size=(total, 16)).astype(np.float32)

    def embed(rows):
        asked.append(len(rows))
        return vectors[rows]

    margin = np.random.default_rng(1).random(total, np.float32)
    hashes = np.arange(total, dtype=np.uint64)
    chosen = choose_rows(np.arange(total), np.array([], np.intp), hashes, margin, 50, 0, embed)
    assert len(set(chosen.tolist())) == 50
    assert asked == [2000]


def test_the_review_shows_the_chosen_rows_in_their_order():
    vectors, group = groups([30, 20, 10])
    state = open_review(60, 3, vectors)
    assert group[state.order].tolist() == [0, 1, 2]
    assert state.order_by == "informative"
    rows = set(state.order.tolist())
    state.sort("row")
    assert state.order.tolist() == sorted(rows)
    state.sort("informative")
    assert group[state.order].tolist() == [0, 1, 2]
    assert state.summary() == "0 of 3 reviewed, 0 changed, 3 shown"


def test_the_next_review_goes_on_where_the_last_one_ended():
    vectors, group = groups([30, 20, 10])
    first = open_review(60, 2, vectors, resume=True, name="rounds")
    first.accept(first.order)
    second = open_review(60, 1, vectors, resume=True, name="rounds")
    assert group[second.order].tolist() == [2]
    second.accept(second.order)
    assert set(np.flatnonzero(second.is_reviewed)) == {*first.order.tolist(), *second.order.tolist()}
    assert second.summary().startswith("1 of 1 reviewed")


@pytest.mark.parametrize("form", ["run", "frame", "series", "multi-hot"])
def test_margins_of_all_forms_of_scores(form):
    vectors = np.random.default_rng(0).normal(size=(60, 4))
    scores = pd.DataFrame(np.random.default_rng(1).dirichlet([1, 1, 1], 60), columns=["cat", "dog", "bird"])
    if form == "run":
        run = jsdf.run(texts(60), ["cat", "dog"], engine=jsdf.testing.FakeEngine(scores=True), progress=False)
        state = review(texts(60), run, order="informative", n=5, vectors=vectors, resume=False)
    elif form == "multi-hot":
        hot = scores > 0.4
        state = review(texts(60), hot, scores=scores, order="informative", n=5, vectors=vectors, resume=False)
        assert state.table.margin.tolist() == pytest.approx(np.abs(2 * scores.to_numpy() - 1).min(axis=1), abs=1e-6)
    else:
        state = open_review(60, 5, vectors, scores=scores if form == "frame" else scores["cat"])
        best = np.sort(scores.to_numpy())[:, ::-1]
        expected = best[:, 0] - best[:, 1] if form == "frame" else scores["cat"]
        assert state.table.margin.tolist() == pytest.approx(list(expected), abs=1e-6)
    assert len(state) == 5


def test_without_embeddings_the_least_sure_rows_are_shown_and_it_says_so(monkeypatch):
    monkeypatch.setattr(local_engine, "available", lambda: False)
    with pytest.warns(UserWarning, match=r'however alike; run pip install "jsdf\[local\]", or pass vectors='):
        state = open_review(60, 4, None)
    assert state.order.tolist() == [0, 1, 2, 3]
    assert "no embeddings" in state.status_message
    with pytest.raises(jsdf.InvalidInputError, match="needs scores of the labels or embeddings: pass scores="):
        open_review(60, 4, None, scores=None)


def test_without_scores_the_embeddings_alone_choose():
    vectors, group = groups([30, 20, 10])
    assert group[open_review(60, 3, vectors, scores=None).order].tolist() == [0, 1, 2]


def test_the_number_of_rows_is_needed():
    with pytest.raises(jsdf.InvalidInputError, match="pass n=50, for example") as caught:
        open_review(60, None, np.zeros((60, 2)))
    assert "order='informative'" in str(caught.value)
    assert len(open_review(60, 50, np.random.default_rng(0).normal(size=(60, 2)))) == 50


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.zeros((59, 3)), r"vectors has the shape \(59, 3\); pass one line for each of the 60 rows: \(60, width\)"),
        (np.zeros(60), r"vectors has the shape \(60,\)"),
        (np.zeros((60, 0)), r"vectors has the shape \(60, 0\)"),
        ("local", r"vectors='local': pass numbers of shape \(rows, width\)"),
        ([["a"]] * 60, "pass numbers of shape"),
        ([[1], [2, 3]], "pass numbers of shape"),
    ],
)
def test_vectors_that_are_none_are_explained(vectors, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        open_review(60, 3, vectors)


def test_the_local_engine_embeds_texts_of_a_column():
    values = [f"The cat sat on mat number {i}." for i in range(12)] + [f"Shares of bank {i} fell." for i in range(8)]
    state = review(pd.Series(values), pd.Series(["a", "b"] * 10), order="informative", n=2, resume=False)
    assert state.order[0] < 12 <= state.order[1]


def test_an_empty_column_and_one_without_values_have_an_empty_sample():
    for values in ([], [None, " "]):
        label = pd.Series(["a", "b"][: len(values)], dtype=pd.CategoricalDtype(["a", "b"]))
        state = review(pd.Series(values, dtype=object), label, order="informative", n=3, resume=False)
        assert len(state) == 0
