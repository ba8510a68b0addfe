"""What `compare` asks, and what it refuses before anything is sent."""

import re

import pandas as pd
import pytest

import jsdf
from jsdf.api import execution
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


MANY = pd.Series([f"text {i}" for i in range(64)])


@pytest.mark.parametrize(("sizes", "threshold", "limit"), [((32, 32), 3, 2), ((32, 8), 9, 8), ((8, 32, 32), 8, 8)])
def test_confirmation_is_asked_once_for_all_runs(sizes, threshold, limit):
    engines = {f"size {i}": FakeEngine(batch_size=size) for i, size in enumerate(sizes)}
    jsdf.options.confirm_above = f"{threshold} requests"
    with pytest.raises(jsdf.ConfirmationError) as caught:
        jsdf.compare(MANY, LABELS, engines, progress=False)
    assert not any(engine.calls for engine in engines.values())
    assert caught.value.plan.requests == sum(64 // size for size in sizes)
    assert int(re.search(r"pass max_requests=(\d+) to go on", str(caught.value))[1]) == limit
    compared = jsdf.compare(MANY, LABELS, engines, max_requests=limit, progress=False)
    assert compared.rows.min().min() == 64
    jsdf.options.confirm_above = f"{sum(64 // size for size in sizes)} requests"
    engines = {name: FakeEngine(batch_size=engine.batch_size) for name, engine in engines.items()}
    jsdf.compare(MANY, LABELS, engines, progress=False)


def test_confirmation_of_the_cost_of_all_runs():
    engines = {"a": FakeEngine(), "b": FakeEngine()}
    jsdf.options.price_per_million_tokens = 1_000.0
    for engine in engines.values():
        jsdf.run(MANY[:32], LABELS, engine=engine, progress=False)
    jsdf.options.confirm_above = 0.2  # each run costs 0.128
    with pytest.raises(jsdf.ConfirmationError, match=r"the call would cost about 0\.26 USD") as caught:
        jsdf.compare(MANY, ["x", "y"], engines, progress=False)
    limit = float(re.search(r"pass max_cost=([\d.]+) to go on", str(caught.value))[1])
    assert limit < 0.2
    assert jsdf.compare(MANY, ["x", "y"], engines, max_cost=limit, progress=False).rows.min().min() == 64


@pytest.mark.parametrize("error", [jsdf.AuthenticationError("no", status=401), KeyboardInterrupt()])
@pytest.mark.parametrize("cache", [True, False])
def test_completed_runs_are_kept_when_a_later_one_stops(monkeypatch, recwarn, error, cache):
    engines = {"a": FakeEngine(), "b": FakeEngine(), "c": FakeEngine(fail=lambda values: error), "d": FakeEngine()}
    if isinstance(error, KeyboardInterrupt):
        execute = execution.run
        jobs = iter([None, None, error])

        def run(call, *args, **more):
            stop = next(jobs)
            if stop is not None:
                raise stop
            return execute(call, *args, **more)

        monkeypatch.setattr(execution, "run", run)
    with pytest.raises(type(error)) as caught:
        jsdf.compare(MANY, LABELS, engines, cache=cache, progress=False)
    assert {name: run.counts["answered"] for name, run in caught.value.runs.items()} == {"a": 64, "b": 64}
    assert not engines["d"].calls
    if not isinstance(error, KeyboardInterrupt):
        assert caught.value.run.counts["pending"] == 64
    expected = (
        [] if cache else ["compare was stopped at 'c'; 'a', 'b' are in the error's .runs, as in sys.last_value.runs"]
    )
    assert [str(warning.message) for warning in recwarn] == expected
