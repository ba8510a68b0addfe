"""Properties of the text classifier's scores: sums, complements, several labels, order of labels."""

from __future__ import annotations

import numpy as np
import pytest

SPORT, MEAL, PRIZE = (
    "The football team won the match in the last minute.",
    "Fry the onions, then add the rice.",
    "Claim your FREE cash prize now!",
)


def test_the_scores_of_one_label_sum_to_one_and_the_highest_is_the_label(ask):
    labels = ["sports", "cooking", "other"]
    reply = ask([SPORT, MEAL, PRIZE], labels)
    assert np.allclose(reply.scores.sum(axis=1), 1, atol=1e-6)
    assert [labels[i] for i in reply.scores.argmax(axis=1)] == list(reply.predictions)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["spam", "not spam"], ["not spam", "not spam", "spam"]),
        (["not spam", "spam"], ["not spam", "not spam", "spam"]),
        (["spam", "ham"], ["ham", "ham", "spam"]),
        (["cooking", "not cooking"], ["not cooking", "cooking", "not cooking"]),
        (["sports", "cooking", "none of these"], ["sports", "cooking", "none of these"]),
        ({"game": "not about cooking", "meal": "cooking"}, ["game", "meal", "game"]),
    ],
)
def test_complements_depend_on_what_they_exclude(ask, labels, expected):
    assert list(ask([SPORT, MEAL, PRIZE], labels).predictions) == expected


def test_an_implicit_class_lowers_its_complement(ask):
    spam, calm = ask([PRIZE, MEAL], ["sports", "not advertising"]).scores[:, 1]
    assert spam < calm


def test_a_row_may_have_no_label_one_or_several(ask):
    rows = [SPORT, "A recipe book for athletes: cooking and sports.", "zxqv 0000 ####"]
    reply = ask(rows, ["sports", "cooking", "astronomy"], multiple=True)
    assert list(reply.predictions) == [["sports"], ["sports", "cooking"], []]
    assert ((reply.scores > 0) & (reply.scores < 1)).all()


def test_a_multilabel_score_does_not_depend_on_the_other_labels(ask):
    few, many = (
        ask([SPORT, MEAL], labels, multiple=True).scores for labels in (["sports", "law"], ["sports", "art", "law"])
    )
    assert few[:, 0].tobytes() == many[:, 0].tobytes()


def test_a_multilabel_complement_is_one_minus_what_it_excludes(ask):
    reply = ask([SPORT, MEAL], ["sports", "not sports"], multiple=True)
    assert np.allclose(reply.scores.sum(axis=1), 1, atol=1e-6)
    assert list(reply.predictions) == [["sports"], ["not sports"]]


def test_several_descriptions_are_one_class(ask):
    labels = {"life": ["sports", "cooking"], "sky": "astronomy"}
    reply = ask([SPORT, MEAL, "Jupiter has four large moons."], labels)
    assert list(reply.predictions) == ["life", "life", "sky"]
    assert reply.scores.shape == (3, 2)


def test_order_and_names_change_nothing(ask):
    first = ask([SPORT, MEAL, PRIZE], {"a": "sports", "b": ["cooking", "food"], "c": "other", "d": "none of these"})
    again = ask([SPORT, MEAL, PRIZE], {"D": "none of these", "C": "other", "B": ["food", "cooking"], "A": "sports"})
    assert [name.upper() for name in first.predictions] == list(again.predictions)
    assert first.scores.tobytes() == np.ascontiguousarray(again.scores[:, ::-1]).tobytes()
