"""Messages from a front end: none raises an error, and none makes the state invalid."""

import json

import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import messages

SETUP = """title is_editable multiple names can_clear can_add_label can_find_similar pictures sorts size rows has_scores
has_second_opinion"""
VIEW = """tiles page pages page_size total rows filters order_by layout is_auto_advancing summary status_message current
revision undone similar_index"""
TILE = (
    """row index text is_image name reason labels caption score status changed reviewed marked note disagreement alt"""
)
FACETS = "labels unlabelled statuses statuses_shown scores confusion columns"
FOCUS = "row index name text uri width height reason alt scores fields note"
FILTERS = "labels status text score cell columns similar"

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


def opened():
    """Return a gallery with everything that can be filtered."""
    return gallery(
        texts(30),
        labelled(30),
        scores=[i / 30 for i in range(30)],
        against=labelled(30, ("cat", "fish", "bird")),
        columns={
            "price": list(range(30)),
            "shop": ["web", "fair", None] * 10,
            "serial": [f"no {i}" for i in range(30)],
        },
        vectors=[[i, 1] for i in range(30)],
    )


def test_the_state_has_the_fields_that_a_front_end_reads():
    g = opened()
    messages.handle_message(g, {"do": "focus", "row": 3})
    traits = messages.traits(g)
    assert list(traits) == ["setup", "view", "facets", "pictures", "focus"]
    for state, fields in (
        (traits["setup"], SETUP),
        (traits["view"], VIEW),
        (traits["view"]["tiles"][0], TILE),
        (traits["view"]["filters"], FILTERS),
        (traits["facets"], FACETS),
        (traits["focus"], FOCUS),
    ):
        assert set(state) == set(fields.split())


ranges = st.lists(st.floats(0, 40, width=32), min_size=2, max_size=2).map(sorted)
filters = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.lists(st.integers(-1, 2), max_size=3, unique=True),
        "status": st.none() | st.just("answered"),
        "text": st.sampled_from(["", "text", "1"]),
        "score": st.none() | ranges,
        "cell": st.none() | st.tuples(st.integers(0, 2), st.integers(0, 2)).map(list),
        "columns": st.fixed_dictionaries(
            {},
            optional={
                "price": st.fixed_dictionaries({"range": ranges}),
                "shop": st.fixed_dictionaries(
                    {"values": st.lists(st.sampled_from(["web", "fair", None]), min_size=1, max_size=3, unique=True)}
                ),
                "serial": st.just({"values": ["no 7", "no 29"]}),
            },
        ),
        "near": st.none() | st.integers(0, 29),
    },
)
NO_FILTERS = {"labels": [], "status": None, "text": "", "score": None, "cell": None, "columns": {}, "similar": None}


@given(filters)
def test_the_view_tells_the_filters_that_a_message_sets(wanted):
    g = opened()
    g.resize(7)
    messages.handle_message(g, {"do": "filter", **wanted})
    near = wanted.pop("near", None)
    assert messages.page_state(g)[0]["filters"] == NO_FILTERS | wanted
    assert near not in g.order or near in g.rows
    messages.handle_message(g, {"do": "filter"})
    assert messages.page_state(g)[0]["filters"] == NO_FILTERS


WRONG_VIEWS = [
    {"do": "filter", "labels": [3]},
    {"do": "filter", "labels": [-2]},
    {"do": "filter", "labels": [True]},
    {"do": "filter", "labels": 0},
    {"do": "filter", "labels": None},
    {"do": "filter", "labels": [[0]]},
    {"do": "filter", "labels": [0] * 1001},
    {"do": "filter", "status": "reviewed"},
    {"do": "filter", "status": ["answered"]},
    {"do": "filter", "text": 5},
    {"do": "filter", "text": "x" * 1001},
    {"do": "filter", "score": [0.5]},
    {"do": "filter", "score": [0.9, 0.1]},
    {"do": "filter", "score": [0, float("nan")]},
    {"do": "filter", "score": [0, float("inf")]},
    {"do": "filter", "score": [0, 10**400]},
    {"do": "filter", "score": ["0", "1"]},
    {"do": "filter", "score": {"0": 0, "1": 1}},
    {"do": "filter", "cell": [0, 3]},
    {"do": "filter", "cell": [-1, 0]},
    {"do": "filter", "cell": [0.0, 1]},
    {"do": "filter", "cell": [0]},
    {"do": "filter", "columns": ["price"]},
    {"do": "filter", "columns": {"prize": {"range": [0, 1]}}},
    {"do": "filter", "columns": {"price": {"values": ["1"]}}},
    {"do": "filter", "columns": {"price": {"range": [1, 0]}}},
    {"do": "filter", "columns": {"price": {"range": [0, 1], "values": []}}},
    {"do": "filter", "columns": {"price": None}},
    {"do": "filter", "columns": {"shop": {"range": [0, 1]}}},
    {"do": "filter", "columns": {"shop": {"values": ["wbe"]}}},
    {"do": "filter", "columns": {"shop": {"values": [["web"]]}}},
    {"do": "filter", "columns": {"shop": {"values": "web"}}},
    {"do": "filter", "columns": {"serial": {"values": ["no 99"]}}},
    {"do": "sort", "by": ["row"]},
    {"do": "sort", "by": "review"},
    {"do": "go_to_page", "page": "1"},
    {"do": "resize", "page_size": 0},
    {"do": "resize", "page_size": 201},
    {"do": "resize", "page_size": 24.0},
    {"do": "resize", "page_size": 9, "pixels": 257},
    {"do": "resize", "page_size": 9, "pixels": "128"},
    {"do": "layout", "layout": "table"},
    {"do": "layout"},
    {"do": "focus"},
    {"do": "focus", "row": 30},
    {"do": "focus", "row": "3"},
    {"do": "similar"},
    {"do": "similar", "row": -1},
    {"do": ["filter"]},
    ["filter"],
    None,
]


@pytest.mark.parametrize("message", WRONG_VIEWS, ids=str)
def test_a_wrong_message_does_not_change_the_view(message):
    g = opened()
    messages.handle_message(g, {"do": "filter", "labels": [0, 1], "text": "text"})
    before, changes = messages.traits(g), []
    g.on_change(lambda: changes.append(1))
    messages.handle_message(g, message)
    assert (changes, messages.traits(g)) == ([], before)


def test_the_view_is_changed_by_messages():
    g = opened()
    messages.handle_message(g, {"do": "resize", "page_size": 10, "near": 25})
    assert (g.page, g.page_size) == (2, 10)
    for move in ({"do": "sort", "by": "sure"}, {"do": "filter", "text": "text"}, {"do": "go_to_page", "page": 0}):
        seen = g.revision
        messages.handle_message(g, move)
        messages.handle_message(g, {"do": "resize", "page_size": 5, "near": g.order[-1].item(), "revision": seen})
        assert g.page == 0  # that row was on the page before
        messages.handle_message(g, {"do": "resize", "page_size": 6, "near": g.order[-1].item(), "revision": g.revision})
        assert g.page == 4
    messages.handle_message(g, {"do": "resize", "page_size": 10, "near": 25, "revision": "new"})
    messages.handle_message(g, {"do": "layout", "layout": "list"})
    messages.handle_message(g, {"do": "sort", "by": "sure"})
    view = messages.page_state(g)[0]
    assert (view["layout"], view["order_by"], view["page"], view["tiles"][0]["row"]) == ("list", "sure", 0, 29)
    messages.handle_message(g, {"do": "similar", "row": 5})
    assert messages.page_state(g)[0]["filters"]["similar"] == 5
    messages.handle_message(g, {"do": "similar", "row": None})
    assert messages.page_state(g)[0]["tiles"][0]["row"] == 29


def test_an_action_gets_the_whole_message_and_valid_rows():
    g, seen = opened(), []
    g.apply_action = lambda *arguments: seen.append(arguments)
    for message, rows in (
        ({"do": "choose", "rows": [0, 3], "label": 1}, [0, 3]),
        ({"do": "choose", "rows": list(range(30)) * 333, "label": 1}, list(range(30)) * 333),
        ({"do": "choose", "rows": [0, 30], "label": 1}, []),
        ({"do": "note", "row": 4, "text": "odd"}, [4]),
        ({"do": "note", "row": "4", "text": "odd"}, []),
        ({"do": "undo"}, []),
        ({"do": "accept_all", "scope": "page"}, []),
    ):
        messages.handle_message(g, message)
        assert seen.pop() == (message["do"], rows, message)


def test_a_review_of_several_pages_takes_10_000_rows_at_once():
    state = review(texts(10_050), labelled(10_050), resume=False)
    messages.handle_message(state, {"do": "choose", "rows": list(range(10_000)), "label": 0})
    assert (state.labels[:10_000] == "cat").all()
    assert state.labels[10_000:].equals(labelled(10_050)[10_000:])
