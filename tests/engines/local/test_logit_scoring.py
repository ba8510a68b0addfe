"""Logits to labels and scores: independent of order and names, complements, several descriptions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.logit_scoring import LogitScorer, logistic
from jsdf.labels import parse

LOGITS = st.lists(st.floats(-30, 30), min_size=4, max_size=4)


def score(labels, logits, margins, multiple=False):
    """Score one row; logits and margins are passed by description, so that labels may be in any order."""
    scorer = LogitScorer.from_labels(parse(labels))
    columns = [[by[text] for _, text in scorer.members] for by in (logits, margins)]
    return scorer.score(*[np.array([column]) for column in columns], multiple)


@given(LOGITS, LOGITS, st.permutations(["x", "y", "z"]), st.booleans())
def test_order_and_names_change_nothing(logits, margins, order, multiple):
    words = ["cat", "dog", "kitten", "rain"]
    labels = {"x": ["cat", "kitten"], "y": "dog", "z": "not rain"}
    by = [dict(zip(words, values, strict=True)) for values in (logits, margins)]
    predicted, scores = score(labels, *by, multiple)
    renamed, reordered = score({f"{name}!": labels[name] for name in order}, *by, multiple)
    assert scores[0, [list("xyz").index(name) for name in order]].tolist() == reordered[0].tolist()
    names = [name.rstrip("!") for name in renamed[0]] if multiple else renamed[0].rstrip("!")
    assert (sorted(names), predicted[0] if not multiple else 0) == (sorted(predicted[0]), names if not multiple else 0)


@given(st.floats(-20, 20), st.floats(-20, 20), st.sampled_from(["not a cat", "other"]))
def test_against_its_complement_a_label_has_the_logistic_of_its_margin(logit, margin, complement):
    for multiple in (False, True):
        predicted, scores = score(["cat", complement], {"cat": logit}, {"cat": margin}, multiple)
        np.testing.assert_allclose(scores[0], [logistic(np.float64(margin)), logistic(np.float64(-margin))], atol=1e-6)
        if abs(margin) > 1e-6:
            assert predicted == ([["cat"]] if multiple else ["cat"]) or margin < 0


@given(LOGITS, st.floats(-5, 5))
def test_other_wins_if_no_label_has_a_positive_margin(logits, neutral):
    labels = ["cat", "dog", "sun", "rain"]
    by = dict(zip(labels, logits, strict=True))
    margins = {label: logit - neutral for label, logit in by.items()}
    predicted, scores = score([*labels, "none of these"], by, margins)
    assert (predicted == ["none of these"]) == (max(logits) < neutral) or abs(max(logits) - neutral) < 1e-9
    np.testing.assert_allclose(scores.sum(), 1, atol=1e-6)


def test_several_descriptions_are_a_soft_maximum():
    predicted, scores = score({"x": ["cat", "dog"], "y": "sun"}, *[{"cat": 9.0, "dog": -40.0, "sun": 8.0}] * 2)
    assert predicted == ["x"]
    np.testing.assert_allclose(scores[0, 0], 1 / (1 + 2 * np.exp(-1)), atol=1e-6)
