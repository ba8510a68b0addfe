"""Logits become labels and scores, whatever their order and names."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.logit_scoring import LogitScorer, logistic
from jsdf.labels import parse

LOGITS = st.lists(st.floats(-30, 30), min_size=4, max_size=4)


def decide(labels, levels, margins, multiple=False):
    """Logits are given by description, so that labels may come in any order."""
    ballot = LogitScorer.of(parse(labels))
    columns = [[by[text] for _, text in ballot.members] for by in (levels, margins)]
    return ballot.score(*[np.array([column]) for column in columns], multiple)


@given(LOGITS, LOGITS, st.permutations(["x", "y", "z"]), st.booleans())
def test_order_and_names_change_nothing(levels, margins, order, multiple):
    words = ["cat", "dog", "kitten", "rain"]
    labels = {"x": ["cat", "kitten"], "y": "dog", "z": "not rain"}
    by = [dict(zip(words, logits, strict=True)) for logits in (levels, margins)]
    one, scores = decide(labels, *by, multiple)
    other, turned = decide({f"{name}!": labels[name] for name in order}, *by, multiple)
    assert scores[0, [list("xyz").index(name) for name in order]].tolist() == turned[0].tolist()
    strip = [name.rstrip("!") for name in other[0]] if multiple else other[0].rstrip("!")
    assert (sorted(strip), one[0] if not multiple else 0) == (sorted(one[0]), strip if not multiple else 0)


@given(st.floats(-20, 20), st.floats(-20, 20), st.sampled_from(["not a cat", "other"]))
def test_against_its_complement_a_label_has_the_logistic_of_its_margin(level, margin, complement):
    for multiple in (False, True):
        found, scores = decide(["cat", complement], {"cat": level}, {"cat": margin}, multiple)
        np.testing.assert_allclose(scores[0], [logistic(np.float64(margin)), logistic(np.float64(-margin))], atol=1e-6)
        if abs(margin) > 1e-6:
            assert found == ([["cat"]] if multiple else ["cat"]) or margin < 0


@given(LOGITS, st.floats(-5, 5))
def test_a_rest_wins_where_no_label_has_a_positive_margin(levels, neutral):
    labels = ["cat", "dog", "sun", "rain"]
    by = dict(zip(labels, levels, strict=True))
    margins = {label: level - neutral for label, level in by.items()}
    found, scores = decide([*labels, "none of these"], by, margins)
    assert (found == ["none of these"]) == (max(levels) < neutral) or abs(max(levels) - neutral) < 1e-9
    np.testing.assert_allclose(scores.sum(), 1, atol=1e-6)


def test_several_descriptions_are_a_soft_maximum():
    found, scores = decide({"x": ["cat", "dog"], "y": "sun"}, *[{"cat": 9.0, "dog": -40.0, "sun": 8.0}] * 2)
    assert found == ["x"]
    np.testing.assert_allclose(scores[0, 0], 1 / (1 + 2 * np.exp(-1)), atol=1e-6)
