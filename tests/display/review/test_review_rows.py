"""Order and sample of a review's rows: `order`, `n` and `seed`."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import jsdf
from jsdf.api.viewers import review


def open_review(series=None, label=None, **more):
    series = texts() if series is None else series
    label = labelled(len(series)) if label is None else label
    return review(series, label, resume=False, **more)


@given(
    st.lists(st.sampled_from(["x", None, " "]), min_size=1, max_size=40), st.integers(1, 50), st.integers(0, 2**63 - 1)
)
def test_a_sample_holds_n_different_rows_with_a_value(values, n, seed):
    state = open_review(pd.Series(values, dtype=object), order="random", n=n, seed=seed)
    with_value = [i for i, v in enumerate(values) if v == "x"]
    assert len(set(state.order.tolist())) == len(state) == min(n, len(with_value))
    assert set(state.order.tolist()) <= set(with_value)
    again = open_review(pd.Series(values, dtype=object), order="random", n=n, seed=seed)
    assert again.order.tolist() == state.order.tolist()
    whole = open_review(pd.Series(values, dtype=object), order="random", seed=seed)
    assert whole.order.tolist()[: len(state)] == state.order.tolist()


def test_every_row_is_sampled_equally_often():
    counts = np.zeros(20)
    series = texts(20)
    for seed in range(400):
        counts[open_review(series, order="random", n=5, seed=seed).order] += 1
    assert counts.sum() == 2000
    assert stats.chisquare(counts).pvalue > 0.001


def test_the_default_shows_all_rows_in_the_order_of_need():
    scores = pd.Series(np.linspace(1, 0, 60))
    state = open_review(scores=scores)
    assert state.order_by == "review"
    assert state.order.tolist() == list(range(59, -1, -1)) == state.attention_order().tolist()
    assert open_review(scores=scores, order="unsure", n=3).order.tolist() == [59, 58, 57]
    assert open_review(scores=scores, order="sure", n=3).order.tolist() == [0, 1, 2]
    assert open_review(scores=scores, order="row", n=3).order.tolist() == [0, 1, 2]
    assert open_review(scores=scores, n=3).order.tolist() == [59, 58, 57]


def test_a_sample_stays_when_the_order_or_a_filter_changes():
    state = open_review(order="random", n=12, seed=3)
    rows = set(state.order.tolist())
    state.sort("row")
    assert state.order.tolist() == sorted(rows)
    state.filter(label="cat")
    assert set(state.order.tolist()) == {row for row in rows if row % 3 == 0}
    state.filter()
    state.sort("random")
    assert state.order.tolist() == open_review(order="random", n=12, seed=3).order.tolist()
    assert state.summary() == "0 of 12 reviewed, 0 changed, 12 shown"


def test_reviewed_rows_are_those_with_a_decision_in_the_sample():
    state = open_review(order="random", n=5, seed=1)
    inside = state.order.tolist()
    outside = next(row for row in range(60) if row not in inside)
    state.accept([inside[0], outside])
    state.choose([inside[1]], "bird")
    state.clear([inside[2]])
    state.mark([inside[3]])
    assert np.flatnonzero(state.is_reviewed).tolist() == sorted(inside[:3])
    state.undo()
    state.undo()
    assert np.flatnonzero(state.is_reviewed).tolist() == sorted(inside[:2])


@pytest.mark.parametrize("order", ["Random", "", None, "unsure", ["random"]])
def test_an_unknown_order_is_quoted(order):
    with pytest.raises(jsdf.InvalidInputError, match=r"order=.*: pass one of 'review', 'row', 'random'"):
        open_review(order=order)


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "20"])
def test_a_number_of_rows_that_is_none_is_quoted(n):
    with pytest.raises(jsdf.InvalidInputError, match=rf"n={n!r}: pass a whole number of rows, 1 or more"):
        open_review(order="random", n=n)


@pytest.mark.parametrize("seed", [-1, 0.5, None, 2**63])
def test_a_seed_that_is_none_is_quoted(seed):
    with pytest.raises(jsdf.InvalidInputError, match=r"seed=.*: pass a whole number from 0"):
        open_review(order="random", n=3, seed=seed)


def test_an_empty_column_has_an_empty_sample():
    state = open_review(
        pd.Series([], dtype=object), pd.Series([], dtype="category").cat.add_categories(["a", "b"]), n=5
    )
    assert len(state) == 0
    assert state.summary() == "0 of 0 reviewed, 0 changed"


def test_the_accessors_take_the_same_arguments():
    frame = pd.DataFrame({"text": texts(), "animal": labelled()})
    of_frame = frame.jigsaw.review("text", "animal", order="random", n=4, seed=2, resume=False)
    of_series = frame["text"].jigsaw.review(frame["animal"], order="random", n=4, seed=2, resume=False)
    assert of_frame.order.tolist() == of_series.order.tolist()
    assert len(of_frame) == 4


def test_a_sample_can_be_drawn_later_and_extended():
    state = open_review(seed=5)
    whole = open_review(order="random", seed=5).order.tolist()
    state.filter(label="cat")  # of all rows, not only of those that match
    state.sort("random", n=12)
    state.filter()
    assert state.order.tolist() == whole[:12]
    state.sort("random", n=20)
    assert state.order.tolist() == whole[:20]
    state.sort("row")
    assert state.order.tolist() == sorted(whole[:20])
    state.sort("random", n=60)
    assert state.order.tolist() == whole
    assert state.summary() == "0 of 60 reviewed, 0 changed"


def test_a_sample_that_is_drawn_later_is_one_for_shares():
    column, state = labelled(60), open_review()
    state.sort("random", n=40)
    state.accept_all("filtered")
    assert state.is_reviewed.sum() == 40
    assert jsdf.shares(column, state)["share"].sum() == pytest.approx(1)


def test_a_random_sample_replaces_one_of_informative_rows():
    scores = pd.Series(np.linspace(1, 0.2, 60))
    state = open_review(order="informative", n=5, scores=scores, vectors=np.random.default_rng(0).normal(size=(60, 3)))
    state.sort("random", n=7)
    assert (len(state), state.is_informative, "informative" in state.sorts) == (7, False, False)


@pytest.mark.parametrize("n", [0, -1, 61, 1.5, True, "20"])
def test_a_sample_size_that_is_none_is_quoted(n):
    state = open_review()
    with pytest.raises(jsdf.InvalidInputError, match=rf"n={n!r}: pass a whole number from 1 to 60"):
        state.sort("random", n=n)
    assert len(state) == 60
    with pytest.raises(jsdf.InvalidInputError, match=r"n=5 needs by='random'"):
        state.sort("row", n=5)
    state.sort("random", n=5)
    assert len(state) == 5


def test_a_resumed_review_opens_at_the_first_row_that_was_not_reviewed():
    first = review(texts(100), labelled(100))
    assert (first.page, first.current) == (0, None)
    first.accept(list(range(30)))
    first.mark([30])
    again = review(texts(100), labelled(100))
    assert (again.page, again.current) == (1, 30)
    again.accept(list(range(30, 100)))
    done = review(texts(100), labelled(100))
    assert (done.page, done.current) == (0, None)
