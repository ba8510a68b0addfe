"""Messages of a browser to a review: each does what its action does, and an invalid one does nothing."""

import json

import pytest
from gallery_samples import LABELS, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

from jsdf.api.viewers import review
from jsdf.display.gallery import messages


def opened(n=30):
    """Return a review and the list of its status messages."""
    state, told = review(texts(n), labelled(n), resume=False), []
    state.on_change(lambda: told.append(state.status_message))
    return state, told


def send(state, **message):
    assert messages.handle_message(state, message) is None


def test_a_page_or_all_rows_that_match_are_accepted():
    state, _ = opened()
    send(state, do="accept_all", scope="page")
    assert state.is_reviewed.sum() == 24
    assert (state.page, state.current, state.status_message) == (1, 24, "24 rows accepted; page 2")
    send(state, do="accept_all", scope="page")
    assert (state.page, state.status_message) == (1, "6 rows accepted")
    send(state, do="undo")
    send(state, do="undo")
    assert (state.page, state.is_reviewed.sum()) == (0, 0)
    send(state, do="accept_all", scope="filtered")
    assert state.is_reviewed.sum() == 30


def test_rows_that_the_person_was_not_shown_are_not_accepted():
    state, told = opened(60)
    shown = list(range(24))
    send(state, do="go_to_page", page=1)
    send(state, do="accept_all", scope="page", rows=shown)
    send(state, do="accept_all", scope="filtered", total=59)
    assert told[-2:] == ["other rows are shown now: nothing was accepted"] * 2
    assert state.is_reviewed.sum() == 0
    send(state, do="accept_all", scope="page", rows=list(range(24, 48)))
    send(state, do="accept_all", scope="filtered", total=60)
    assert state.page == 2
    assert state.is_reviewed.sum() == 60


def test_a_label_is_added():
    state, told = opened()
    send(state, do="add_label", name=" whale ", rows=[1, 2])
    assert (state.names[-1], state.changes.index.tolist()) == ("whale", [1, 2])
    send(state, do="choose", rows=[3], label=3)
    assert state.labels[3] == "whale"
    send(state, do="add_label", name="orca", rows=[])
    send(state, do="add_label", name="seal")
    assert state.names[-2:] == ["orca", "seal"]
    send(state, do="add_label", name="Orca", rows=[1])
    assert told[-1] == "name='Orca': there is a label 'orca' already; choose that one"
    assert state.labels[1] == "whale"


def test_a_note_is_kept():
    state, told = opened()
    send(state, do="note", row=4, text="odd\0 \u202e")
    assert state.changes["note"].to_dict() == {4: "odd\0 \u202e"}
    send(state, do="note", row=4, text="x" * 2_001)
    assert told[-1] == "the note has 2,001 characters; shorten it to 2,000"
    assert state.changes["note"].to_dict() == {4: "odd\0 \u202e"}
    send(state, do="note", row=4, text="")
    assert state.changes.empty


def test_a_random_sample_is_drawn():
    state, _ = opened()
    send(state, do="sort", by="random", n=7)
    assert (len(state), state.order_by, state.facets()["labels"][0]["count"]) == (
        7,
        "random",
        (state.order % 3 == 0).sum(),
    )
    send(state, do="sort", by="random", n=30)
    assert (len(state), state.facets()["labels"][0]["count"]) == (30, 10)


def test_auto_advance_is_turned_on_and_off():
    state, _ = opened()
    send(state, do="auto_advance", on=True)
    assert state.is_auto_advancing
    send(state, do="auto_advance", on=False)
    assert not state.is_auto_advancing


def test_many_rows_are_one_step():
    state, _ = opened(10_000)
    for action, more in (("choose", {"label": 2}), ("accept", {}), ("mark", {}), ("clear", {})):
        rows = list(range(10_000))
        state.apply_action(action, rows, {"do": action, "rows": rows, **more})
        assert state.undo()
        assert state._history.corrections == {}


INVALID = {
    "another scope": {"do": "accept_all", "scope": "all"},
    "no scope": {"do": "accept_all"},
    "a scope that is a list": {"do": "accept_all", "scope": ["page"]},
    "a scope that is null": {"do": "accept_all", "scope": None},
    "a name that is a number": {"do": "add_label", "name": 5, "rows": [1]},
    "no name": {"do": "add_label", "rows": [1]},
    "a label for a row that does not exist": {"do": "add_label", "name": "whale", "rows": [1, 30]},
    "a label for rows that are no list": {"do": "add_label", "name": "whale", "rows": "1"},
    "a label for a row that is true": {"do": "add_label", "name": "whale", "rows": [True]},
    "a note that is null": {"do": "note", "row": 1, "text": None},
    "a note that is a list": {"do": "note", "row": 1, "text": ["x"]},
    "a note for a row that does not exist": {"do": "note", "row": 30, "text": "x"},
    "a note for a row below zero": {"do": "note", "row": -1, "text": "x"},
    "a note for true": {"do": "note", "row": True, "text": "x"},
    "a note for no row": {"do": "note", "text": "x"},
    "a note for rows": {"do": "note", "rows": [1], "text": "x"},
    "auto-advance that is a number": {"do": "auto_advance", "on": 1},
    "auto-advance without a value": {"do": "auto_advance"},
    "a label below zero": {"do": "choose", "rows": [1], "label": -1},
    "a label that is true": {"do": "choose", "rows": [1], "label": True},
    "a sample of no rows": {"do": "sort", "by": "random", "n": 0},
    "a sample of too many rows": {"do": "sort", "by": "random", "n": 31},
    "a sample of true": {"do": "sort", "by": "random", "n": True},
    "a sample of a part of a row": {"do": "sort", "by": "random", "n": 1.5},
    "a sample in another order": {"do": "sort", "by": "row", "n": 5},
    "a method": {"do": "forget", "rows": [1]},
    "a private method": {"do": "_notify", "rows": [1]},
    "an unknown action": {"do": "labels", "rows": [1]},
}


@pytest.mark.parametrize("message", INVALID.values(), ids=INVALID)
def test_an_invalid_message_does_nothing(message):
    state, told = opened()
    send(state, **message)
    assert (told, state.names, state._history.corrections, state._history._steps) == ([], LABELS, {}, [])


verbs = st.sampled_from(
    ["accept_all", "add_label", "note", "auto_advance", "undo", "choose", "clear", "accept", "mark"]
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 40)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["page", "Dog"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
fields = dict.fromkeys(["rows", "row", "label", "text", "name", "scope", "on"], anything)


@given(st.lists(st.fixed_dictionaries({"do": verbs}, optional=fields), max_size=6))
def test_no_message_raises_an_error_and_all_can_be_undone(sent):
    state, _ = opened()
    for message in sent:
        send(state, **message)
        json.dumps(messages.page_state(state))
    assert state.names[:3] == LABELS
    assert set(state.labels.dropna()) <= set(state.names)
    while state.undo():
        pass
    assert state.labels.tolist() == labelled(30).tolist()
    assert state._history.corrections == {}
