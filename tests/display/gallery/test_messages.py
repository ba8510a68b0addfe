"""Messages from a front end: none raises an error, and none makes the state invalid."""

import json

import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import messages

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["row", "cat"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
viewing = ["go_to_page", "filter", "sort", "resize", "layout", "focus", "similar"]
verbs = st.sampled_from([*viewing, "choose", "clear", "accept", "mark", "undo", "auto_advance"])
fields = ["page", "label", "labels", "status", "text", "near", "by", "rows", "row", "on", "score", "cell", "columns"]
fields += ["page_size", "layout"]


@given(st.fixed_dictionaries({"do": verbs | anything}, optional=dict.fromkeys(fields, anything)) | anything)
def test_no_message_raises_an_error_or_makes_the_state_invalid(message):
    state = review(texts(30), labelled(30), resume=False)
    messages.handle_message(state, message)
    assert state.focused is None or 0 <= state.focused < 30
    assert 0 <= state.page < state.pages
    assert set(state.labels.dropna()) <= {"cat", "dog", "bird"}
    json.dumps(messages.traits(state), allow_nan=False)


WRONG = [
    {"do": "choose", "rows": [0, 99], "label": 1},
    {"do": "choose", "rows": [-1], "label": 1},
    {"do": "choose", "rows": [0], "label": 3},
    {"do": "choose", "rows": [0], "label": -1},
    {"do": "choose", "rows": [True], "label": True},
    {"do": "choose", "rows": [0], "label": "dog"},
    {"do": "choose", "rows": [0] * 10_001, "label": 1},
    {"do": "accept", "rows": "0"},
    {"do": "mark", "rows": [0.0]},
    {"do": "clear", "rows": [30]},
    {"do": "__init__"},
]


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_message_changes_nothing(message):
    state = review(texts(30), labelled(30))
    changes = []
    state.on_change(lambda: changes.append(1))
    messages.handle_message(state, message)
    assert not changes
    assert state._history.corrections == {}


def test_a_gallery_takes_no_corrections():
    state = gallery(texts(30), labelled(30))
    messages.handle_message(state, {"do": "choose", "rows": [0], "label": 1})
    assert state.tiles()[0].caption == "cat"
