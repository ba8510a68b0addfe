"""Actions on many rows at once, and undo that shows the row it changed."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import fresh_of, hot, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.api.viewers import review


def reviewed(state):
    return np.flatnonzero(state.is_reviewed).tolist()


def test_all_rows_of_a_page_are_accepted_as_one_step():
    state = fresh_of(60, labelled(60))
    state.go_to_page(1)
    shown = state.rows
    state.accept_all()
    assert reviewed(state) == sorted(shown)
    assert state.status_message == "24 rows accepted"
    assert state.changes.empty
    assert state.undo()
    assert reviewed(state) == []
    assert (state.page, state.rows) == (1, shown)


def test_all_rows_that_match_the_filters_are_accepted_as_one_step():
    state = fresh_of(90, labelled(90))
    state.filter(label="cat")
    state.accept_all("filtered")
    assert reviewed(state) == list(range(0, 90, 3))
    state.undo()
    assert reviewed(state) == []


cells = st.lists(st.sampled_from(["text", None]), min_size=5, max_size=40)


@given(cells, st.data(), st.sampled_from(["page", "filtered"]))
def test_accepting_all_decides_each_open_row_with_a_value_and_a_label_and_no_other(values, data, scope):
    n = len(values)
    label = data.draw(st.lists(st.sampled_from(["cat", "dog", None]), min_size=n, max_size=n))
    some = st.lists(st.integers(0, n - 1), max_size=4, unique=True)
    chosen, accepted, marked, noted = (data.draw(some) for _ in range(4))
    column = pd.Series([value and f"{value} {i}" for i, value in enumerate(values)], dtype=object)
    state = review(column, pd.Series(label, dtype=object), labels=["cat", "dog", "bird"], resume=False)
    state.choose(chosen, "bird")
    state.accept(accepted)
    state.mark(marked)
    state.note(noted, "odd")
    before, when = reviewed(state), {row: state._history.of(row).when for row in reviewed(state)}
    labels, steps = state.labels, len(state._history._steps)
    rows = state.rows if scope == "page" else state.order.tolist()
    state.accept_all(scope)
    now = {row for row in rows if values[row] and not pd.isna(labels[row]) and row not in marked}
    assert reviewed(state) == sorted(now | set(before))
    pd.testing.assert_series_equal(state.labels, labels)
    assert {row: state._history.of(row).when for row in before} == when
    assert state.marked.index.tolist() == sorted(marked)
    assert len(state._history._steps) == steps + (now > set(before) or bool(now - set(before)))
    if now - set(before):
        state.undo()
        assert reviewed(state) == before


def test_accepting_all_says_how_many_rows_stay_open():
    label = pd.Series(["cat", None, "dog", "cat"], dtype=object)
    state = fresh_of(4, label)
    state.mark([0])
    state.accept_all("filtered")
    assert state.status_message == "2 rows accepted; 2 rows without a label or marked for later"
    state.accept_all("filtered")
    assert state.status_message == "there is no label to accept; 2 rows without a label or marked for later"
    assert reviewed(state) == [2, 3]


def test_labels_of_several_a_row_are_accepted():
    state = fresh_of(10, hot(10))
    state.accept_all()
    assert state.is_reviewed.all()
    assert state.changes.empty


@pytest.mark.parametrize("scope", ["all", "", None, 3, ["page"]])
def test_another_scope_is_quoted(scope):
    state = fresh_of(4, labelled(4))
    with pytest.raises(jsdf.InvalidInputError, match=r"scope=.*: pass one of 'page', 'filtered'"):
        state.accept_all(scope)
    state.accept_all("page")  # as the message says


@pytest.mark.parametrize("picked", [range(10_000), range(5, 9_000, 3), [0, 9_999]])
def test_rows_picked_across_pages_are_one_step(picked):
    state = fresh_of(10_000, labelled(10_000))
    state.choose(picked, "bird")
    assert reviewed(state) == list(picked)
    assert (state.labels[list(picked)] == "bird").all()
    assert state.undo()
    assert reviewed(state) == []
    assert not state.undo()


STEPS = {
    "choose": lambda state, rows: state.choose(rows, "bird"),
    "clear": lambda state, rows: state.clear(rows),
    "accept": lambda state, rows: state.accept(rows),
    "mark": lambda state, rows: state.mark(rows),
    "note": lambda state, rows: state.note(rows, "look again"),
    "add_label": lambda state, rows: state.add_label("whale", rows),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_undo_goes_back_to_the_row(step):
    state = fresh_of(60, labelled(60))
    told = []
    state.on_change(lambda: told.append((state.page, state.current)))
    step(state, [state.order[50]])
    state.go_to_page(0)
    state.undo()
    assert told[-1] == (2, state.order[50])
    assert [current for _, current in told[:-1]] == [None, None]
    state.go_to_page(1)
    assert told[-1] == (1, None)


def undone(state):
    """Undo a step, and return the row to which the view goes, of which front ends are told."""
    told = []
    state.on_change(lambda: told.append(state.current))
    state.undo()
    return told[0]


def test_undo_of_several_rows_stays_on_a_page_that_has_one():
    state = fresh_of(60, labelled(60))
    state.choose([2, 30, 31, 55], "dog")
    state.go_to_page(1)
    assert (undone(state), state.page) == (30, 1)
    state.choose([30, 55], "dog")
    state.go_to_page(0)
    assert (undone(state), state.page) == (30, 1)


def test_undo_of_a_row_that_a_filter_hides_stays_and_says_so():
    state = fresh_of(60, labelled(60))
    state.choose([30], "dog")
    state.filter(label="bird")
    state.go_to_page(0)
    assert undone(state) is None
    assert (state.page, state.status_message) == (0, "undone: row 30, not among those shown")


def test_there_is_nothing_to_go_back_to_without_a_step():
    state = fresh_of(60, labelled(60))
    state.go_to_page(2)
    assert undone(state) is None
    assert (state.page, state.status_message) == (2, "there is nothing to undo")


@given(st.lists(st.integers(0, 59), min_size=1, max_size=5), st.integers(0, 2), st.sampled_from(["row", "random"]))
def test_after_an_undo_the_current_row_is_one_of_the_step_and_on_the_page(rows, page, order):
    state = review(texts(60), labelled(60), resume=False, order=order)
    state.mark(rows)
    state.go_to_page(page)
    assert undone(state) in set(rows) & set(state.rows)
