"""Counts of rows for the filters of a gallery equal a count row by row, whatever the filters."""

import json
from bisect import bisect_right

import numpy as np
import pandas as pd
from filtered_rows import COLUMNS, NAMES, OTHERS, allowed, arguments, build, filters, matching, rows
from gallery_samples import everything, hot, labelled, texts
from hypothesis import given
from hypothesis import strategies as st

from jsdf.api.viewers import gallery, review


def count(values, positions, value):
    return sum(values[i] == value or (pd.isna(value) and pd.isna(values[i])) for i in positions)


def counted(facets, name):
    return next(field for field in facets["columns"] if field["name"] == name)


@given(rows, filters)
def test_a_filter_shows_each_matching_row_once_in_order(rows, wanted):
    g, frame = build(rows)
    wanted = allowed(frame, wanted)
    g.filter(**arguments(wanted))
    assert everything(g) == matching(frame, wanted)
    assert g.summary().startswith(f"{len(matching(frame, wanted))} ")
    g.filter()
    assert everything(g) == list(range(len(rows)))


@given(rows, filters)
def test_what_a_label_or_status_would_show_is_counted_with_all_other_filters(rows, wanted):
    g, frame = build(rows)
    wanted = allowed(frame, wanted)
    g.filter(**arguments(wanted))
    facets = g.facets()
    everywhere, others, all_filters = range(len(rows)), matching(frame, wanted, ["label"]), matching(frame, wanted)
    labels = frame["label"].tolist()
    assert facets["labels"] == [
        {"count": count(labels, everywhere, name), "shown": count(labels, others, name)} for name in NAMES
    ]
    assert facets["unlabelled"] == {
        "count": count(labels, everywhere, None),
        "shown": count(labels, others, None),
    }
    assert facets["statuses"] == g.statuses
    assert sum(facets["statuses_shown"].values()) == len(all_filters)
    json.dumps(facets, allow_nan=False)


@given(rows, filters)
def test_scores_and_cells_are_counted_with_all_other_filters(rows, wanted):
    g, frame = build(rows)
    wanted = allowed(frame, wanted)
    g.filter(**arguments(wanted))
    facets = g.facets()
    edges = [i / 20 for i in range(21)]
    assert facets["scores"]["edges"] == edges
    for name, positions in (("counts", range(len(rows))), ("shown", matching(frame, wanted, ["score"]))):
        scores = [frame["score"][i] for i in positions if not pd.isna(frame["score"][i])]
        bins = [min(bisect_right(edges, score) - 1, 19) for score in scores]
        assert facets["scores"][name] == [bins.count(i) for i in range(20)]
    pairs = list(zip(frame["label"], frame["other"], strict=True))
    shown = matching(frame, wanted, ["cell"])
    assert (facets["confusion"]["rows"], facets["confusion"]["columns"]) == (NAMES, OTHERS)
    assert facets["confusion"]["cells"] == [
        [sum(pairs[i] == (name, other) for i in shown) for other in OTHERS] for name in NAMES
    ]


@given(rows, filters)
def test_other_columns_are_counted_with_all_other_filters(rows, wanted):
    g, frame = build(rows)
    wanted = allowed(frame, wanted)
    g.filter(**arguments(wanted))
    facets = g.facets()
    assert [field["name"] for field in facets["columns"]] == list(COLUMNS)
    for name in ("shop", "is_new"):
        field, shown = counted(facets, name), matching(frame, wanted, [name])
        values, texts_of = frame[name].tolist(), [str(value) for value in frame[name]]
        assert field["missing"] == count(values, range(len(rows)), None)
        assert field["counts"] == sorted(field["counts"], reverse=True)
        assert field["counts"] == [count(texts_of, range(len(rows)), value) for value in field["values"]]
        assert field["shown"] == [count(texts_of, shown, value) for value in field["values"]]
        assert (sum(field["counts"]) + field["missing"], field["others"]) == (len(rows), 0)
    for name in ("price", "day"):
        field, shown = counted(facets, name), matching(frame, wanted, [name])
        present = frame[name].notna()
        assert field["missing"] == (~present).sum()
        assert sum(field["counts"]) == present.sum()
        assert sum(field["shown"]) == sum(present[i] for i in shown)


def test_the_range_of_a_bin_shows_the_rows_that_it_counts():
    values = pd.Series(np.random.default_rng(1).normal(size=500))
    stars = pd.Series(np.random.default_rng(2).integers(1, 6, 500))
    large = pd.Series(np.random.default_rng(3).integers(0, 10**6, 500))
    g = gallery(texts(500), columns={"value": values, "stars": stars, "large": large})
    for field in g.facets()["columns"]:
        assert sum(field["counts"]) == 500
        for low, high, n in zip(field["edges"], field["edges"][1:], field["counts"], strict=False):
            g.filter(columns={field["name"]: (low, high)})
            assert len(g) == n


def test_rows_with_several_labels_are_counted_for_each():
    label = hot(60)
    g = gallery(texts(), label)
    g.filter(label="delivery")
    facets = g.facets()
    assert [entry["count"] for entry in facets["labels"]] == label.sum().tolist()
    assert [entry["shown"] for entry in facets["labels"]] == label.sum().tolist()
    assert facets["unlabelled"]["count"] == int((~label.any(axis=1)).sum())
    g.filter(text="text 1")
    has_text = texts().str.contains("text 1")
    assert [entry["shown"] for entry in g.facets()["labels"]] == label[has_text].sum().tolist()
    assert gallery(texts(), label, against=hot(60)).facets()["confusion"] is None


def test_without_labels_there_is_nothing_to_count():
    facets = gallery(texts(5)).facets()
    assert (facets["labels"], facets["unlabelled"], facets["statuses"]) == ([], {"count": 0, "shown": 0}, {})
    assert (facets["scores"], facets["confusion"], facets["columns"]) == (None, None, [])


def test_a_label_that_a_person_chooses_is_counted_at_once():
    state = review(texts(9), labelled(9), against=labelled(9), resume=False)
    assert [entry["count"] for entry in state.facets()["labels"]] == [3, 3, 3]
    state.choose([0, 1], "bird")
    facets = state.facets()
    assert [entry["count"] for entry in facets["labels"]] == [2, 2, 5]
    assert facets["confusion"]["cells"] == [[2, 0, 0], [0, 2, 0], [1, 1, 3]]
    assert facets["statuses"]["changed"] == 2
    state.undo()
    assert [entry["count"] for entry in state.facets()["labels"]] == [3, 3, 3]


@given(st.integers(1, 8), st.sampled_from([None, "cat", "dog"]))
def test_a_sample_is_counted_alone(n, label):
    state = review(texts(9), labelled(9), resume=False, order="random", n=n, columns={"x": list(range(9))})
    state.filter(label=label)
    facets, sample = state.facets(), np.flatnonzero(state.sample)
    names = labelled(9)[sample]
    assert [entry["count"] for entry in facets["labels"]] == [(names == name).sum() for name in ("cat", "dog", "bird")]
    assert sum(facets["columns"][0]["counts"]) == n
    assert sum(facets["columns"][0]["shown"]) == len(state)
    assert facets["statuses"]["to review"] == n


def test_counts_are_made_again_only_after_a_change_of_them():
    g = gallery(texts(60), labelled(60))
    first = g.facets()
    g.go_to_page(1)
    g.sort("row")
    g.resize(10)
    g.focus(3)
    g.set_layout("list")
    assert g.facets() is first
    g.filter(label="cat")
    assert g.facets() is not first
