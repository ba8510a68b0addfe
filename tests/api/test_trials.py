"""What `compare` asks, and what it refuses before anything is sent."""

import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeEngine

TEXTS = pd.Series(["a", "b", "c"], name="text")
LABELS = ["good", "bad"]


def test_label_sets_and_tasks_are_compared_as_engines_are():
    engine = FakeEngine()
    by_labels = jsdf.compare(
        TEXTS, label_sets={"two": LABELS, "three": [*LABELS, "neither"]}, engine=engine, progress=False
    )
    assert by_labels.labels["three"].cat.categories.tolist() == [*LABELS, "neither"]
    by_task = TEXTS.jigsaw.compare(
        LABELS, tasks={"plain": None, "mood": "What is the mood?"}, engine=engine, progress=False
    )
    assert [question.task for question, _ in engine.calls[-2:]] == [None, "What is the mood?"]
    assert by_task.usage["rows_cached"].tolist() == [3, 0]  # the plain question was asked above


def test_accessors_take_the_same_arguments():
    frame = TEXTS.to_frame()
    compared = frame.jigsaw.compare("text", LABELS, {"a": FakeEngine(), "b": FakeEngine()}, progress=False)
    assert compared.labels.shape == (3, 2)
    assert frame.jigsaw.probe("text", LABELS, engine=FakeEngine(), progress=False).compared == 3
    assert TEXTS.jigsaw.probe(LABELS, 2, seed=1, engine=FakeEngine(), progress=False).compared == 2


def test_a_second_call_continues_from_the_store():
    engines = {"a": FakeEngine(), "b": FakeEngine()}
    jsdf.compare(TEXTS, LABELS, engines, progress=False)
    again = jsdf.compare(TEXTS, LABELS, engines, progress=False)
    assert again.usage["requests"].tolist() == [0, 0]


ENGINE = FakeEngine()
REFUSED = {
    "nothing to compare": ({}, "0 were passed"),
    "two things": ({"engines": {"a": ENGINE, "b": "local"}, "tasks": {"a": "x", "b": "y"}}, "2 were passed"),
    "one engine": ({"engines": {"a": ENGINE}}, "at least two names"),
    "a list": ({"engines": [ENGINE, "local"]}, "pass a mapping"),
    "a number as a name": ({"engines": {1: ENGINE, "b": "local"}}, "1 is no name"),
    "a column of differing": ({"engines": {"value": ENGINE, "b": "local"}}, "'value' is no name"),
    "the same engine": ({"engines": {"a": ENGINE, "b": ENGINE}}, "'a' and 'b' ask the same question"),
    "the same labels": (
        {"labels": None, "label_sets": {"a": LABELS, "b": LABELS[::-1]}, "engine": ENGINE},
        "same question",
    ),
    "engine and engines": ({"engines": {"a": ENGINE, "b": "local"}, "engine": "local"}, "drop engine="),
    "labels and label_sets": ({"label_sets": {"a": LABELS, "b": ["x", "y"]}}, "drop labels="),
    "no labels": ({"labels": None, "engines": {"a": ENGINE, "b": "local"}}, "labels are missing"),
    "labels that are none": ({"labels": None, "label_sets": {"a": LABELS, "b": ["x"]}}, "at least two"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_arguments_are_refused_before_anything_is_sent(case):
    arguments, message = REFUSED[case]
    with pytest.raises(jsdf.JSDFError, match=message):
        jsdf.compare(TEXTS, **{"labels": LABELS, "progress": False, **arguments})
    assert not ENGINE.calls


def test_asking_the_same_question_twice_works_without_the_store():
    compared = jsdf.compare(
        TEXTS, LABELS, {"a": FakeEngine(identity="x"), "b": FakeEngine(identity="x")}, cache=False, progress=False
    )
    assert compared.usage["requests"].tolist() == [1, 1]
