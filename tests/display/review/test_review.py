"""Sort order, filters and tiles of a review."""

import pandas as pd
import pytest
from gallery_samples import fresh, fresh_of, hot, labelled, texts

import jsdf
from jsdf.api.viewers import review
from jsdf.testing import FakeEngine


def test_disagreeing_rows_come_first_then_those_without_a_label_then_the_least_sure():
    values = pd.Series(["a", "b", "c", None, "e", "f"])
    label = pd.Series(["cat", "cat", None, None, "dog", "dog"], dtype=object)
    other = pd.Series(["cat", "dog", "dog", None, "whale", "dog"], dtype=object)
    state = review(values, label, scores=pd.Series([0.2, 0.9, 0, 0, 0.8, 0.1]), against=other)
    assert state.order.tolist() == [4, 1, 2, 5, 0, 3]
    assert [tile.disagreement for tile in state.peek(3)] == ["second opinion: whale", "second opinion: dog", ""]
    state.filter(status="disagreeing")
    assert state.order.tolist() == [4, 1]


def test_two_engines_can_be_compared():
    series = texts(4)
    one, two = (
        jsdf.run(series, ["cat", "dog"], engine=FakeEngine([answers], scores=True), cache=False, progress=False)
        for answers in (["cat"] * 4, ["cat", "cat", "dog", "cat"])
    )
    state = review(series, one, against=two)
    assert state.order.tolist() == [2, 0, 1, 3]


def test_two_multi_hot_frames_can_be_compared():
    other = hot(4).assign(late=[False, False, False, True])
    assert fresh_of(4, hot(4), against=other).order.tolist() == [3, 0, 1, 2]


def test_labels_of_different_forms_cannot_be_compared():
    with pytest.raises(jsdf.InvalidInputError, match="against"):
        fresh(labelled(10), against=hot(10))


def test_a_row_stays_where_it_is_while_it_is_changed():
    state = fresh(labelled(10))
    state.filter(label="cat")
    before = state.rows
    state.choose(before[:2], "dog")
    assert state.rows == before
    state.filter(label="cat")
    assert state.rows == before[2:]


def test_rows_can_be_filtered_by_review_status():
    state = fresh(labelled(10))
    state.choose([1, 2], "cat")
    state.accept([0])
    state.mark([5])
    by_status = {}
    for name in ("to review", "reviewed", "changed", "marked"):
        state.filter(status=name)
        by_status[name] = sorted(state.order.tolist())
    assert by_status == {"to review": [3, 4, 5, 6, 7, 8, 9], "reviewed": [0, 1, 2], "changed": [1, 2], "marked": [5]}
    assert {name: len(rows) for name, rows in by_status.items()}.items() <= state.statuses.items()


def test_a_tile_shows_its_correction():
    state = fresh(labelled(10), scores=pd.Series([0.5] * 10))
    state.choose([1], "cat")
    state.accept([0])
    state.mark([1])
    first, second, third = state.peek(3)
    assert (first.reviewed, first.changed, first.score) == (True, False, 0.5)
    assert (second.reviewed, second.changed, second.marked, second.score) == (True, True, True, None)
    assert (third.reviewed, third.changed, third.marked) == (False, False, False)
    assert second.alt == "row 1, text 1, label cat, changed, reviewed, marked for later"
