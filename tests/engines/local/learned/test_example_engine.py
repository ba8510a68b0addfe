"""An engine that learns from examples: what it asks, what it keeps, and what it says."""

import asyncio
import sys

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.engines import Engine, Reply
from jsdf.engines.local.learned.example_engine import ExampleEngine
from jsdf.labels import Example, Examples, parse

pytest.importorskip("scipy")

LABELS = parse(["low", "high"])


class Points(Engine):
    """Embeds a text as the two numbers in it, and says that all labels fit alike."""

    name, batch_size, concurrency, has_scores = "points", 4, 3, True

    def __init__(self, *, has_vectors=True):
        self.requests, self.has_vectors = [], has_vectors

    async def classify(self, question, values):
        self.requests.append(list(values))
        await asyncio.sleep(0)
        vectors = np.array([self.vector(value) for value in values], np.float32)
        scores = np.full((len(values), len(question.labels)), 1 / len(question.labels), np.float32)
        unknown = {i: "no number" for i, value in enumerate(values) if value == "?"}
        failures = {i: "broken" for i, value in enumerate(values) if value == "!"}
        left_out = [*unknown, *failures]
        vectors[left_out], scores[left_out] = np.nan, np.nan
        predictions = [None if i in left_out else question.labels.names[0] for i in range(len(values))]
        notes = {i: "a note" for i, value in enumerate(values) if value == "noted 5 5"}
        return Reply(predictions, scores, unknown=unknown, failures=failures, notes=notes,
                     vectors=vectors if self.has_vectors else None)  # fmt: skip

    def vector(self, value):
        numbers = [float(part) for part in value.split() if part.lstrip("-").replace(".", "").isdigit()]
        return [*numbers, 0.0, 0.0][:2]


def examples_of(pairs, labels=LABELS):
    items = tuple(Example(value, tuple(found), value.encode()) for value, found in pairs)
    return Examples("text", items, labels)


PAIRS = [(f"{sign * n} {sign * (n % 3)}", [sign > 0]) for n in range(1, 6) for sign in (-1, 1)]
FAR = pd.Series(["-9 -2", "9 2", "-7 0", "7 0", "5 5", "-4 -4"])
WANTED = ["low", "high", "low", "high", "high", "low"]


def run(engine, series=FAR, labels=("low", "high"), **more):
    return jsdf.run(series, list(labels), engine=engine, progress=False, cache=False, **more)


def test_rows_follow_the_examples_that_are_near_them():
    inner = Points()
    done = run(ExampleEngine(inner, examples_of(PAIRS)))
    assert done.labels.tolist() == WANTED
    assert done.scores.idxmax(axis=1).tolist() == WANTED
    np.testing.assert_allclose(done.scores.sum(axis=1), 1, atol=1e-5)
    assert done.engine == "points"


def test_remarks_of_the_engine_are_kept():
    with pytest.warns(UserWarning, match="1 row: a note"):
        done = run(ExampleEngine(Points(), examples_of(PAIRS)), pd.Series(["noted 5 5", "-4 1"]))
    assert done.labels.tolist() == ["high", "low"]
    assert done.notes == {"a note": 1}


def test_the_engine_is_asked_about_the_examples_once_in_requests_of_its_size():
    inner = Points()
    series = pd.Series([f"{i} 1" for i in range(-40, 40) if i])
    run(ExampleEngine(inner, examples_of(PAIRS)), series)
    assert all(len(values) <= 4 for values in inner.requests)
    asked = [value for values in inner.requests for value in values]
    assert sorted(asked) == sorted([*series, *(value for value, _ in PAIRS)])


def test_the_order_of_the_examples_changes_no_score():
    one, other = (run(ExampleEngine(Points(), examples_of(pairs))).scores for pairs in (PAIRS, PAIRS[::-1]))
    pd.testing.assert_frame_equal(one, other)


def test_an_engine_without_vectors_learns_from_its_scores():
    done = run(ExampleEngine(Points(has_vectors=False), examples_of(PAIRS)))
    assert done.counts["answered"] == len(FAR)


def test_rows_and_examples_that_cannot_be_read_are_left_out():
    done = run(ExampleEngine(Points(), examples_of([*PAIRS, ("?", [0])])), pd.Series(["?", "!", "9 2"]))
    assert done.status.tolist() == ["unknown", "failed", "answered"]
    assert done.failures["reason"].tolist() == ["no number", "broken"]
    assert done.labels.tolist()[2] == "high"
    assert done.scores.iloc[:2].isna().all(axis=None)


def test_examples_of_which_none_can_be_read_change_nothing():
    done = run(ExampleEngine(Points(), examples_of([("?", [1])])))
    assert done.labels.tolist() == ["low"] * len(FAR)


def test_an_example_that_cannot_be_opened_stops_the_run_before_a_row_is_asked():
    inner = Points()
    with pytest.raises(jsdf.InvalidLabelsError, match="the example image '!' of 'high': broken"):
        run(ExampleEngine(inner, examples_of([("!", [1]), *PAIRS])))
    assert not {*FAR} & {value for values in inner.requests for value in values}


def test_with_several_labels_each_is_learned():
    labels = parse(["right", "up"])
    pairs = [(f"{x} {y}", [i for i, n in enumerate((x, y)) if n > 0]) for x in (-3, -1, 1, 3) for y in (-3, -1, 1, 3)]
    series = pd.Series(["9 9", "9 -9", "-9 9", "-9 -9"])
    done = run(ExampleEngine(Points(), examples_of(pairs, labels)), series, labels.names, multiple_labels=True)
    assert done.labels.to_numpy().tolist() == [[True, True], [True, False], [False, True], [False, False]]


def test_the_identity_holds_the_engine_and_the_examples_whatever_their_order():
    engines = [ExampleEngine(Points(), examples_of(pairs)) for pairs in (PAIRS, PAIRS[::-1], PAIRS[1:])]
    assert engines[0].identity == engines[1].identity != engines[2].identity
    assert engines[0].identity.startswith("points+examples:rules-2:")
    assert (engines[0].batch_size, engines[0].concurrency, engines[0].has_scores) == (4, 3, True)


def test_stored_answers_are_those_of_the_same_examples():
    inner = Points()
    for pairs, requests in [(PAIRS, 5), (PAIRS[::-1], 5), (PAIRS[1:], 10)]:
        engine = ExampleEngine(inner, examples_of(pairs))
        assert jsdf.run(FAR, ["low", "high"], engine=engine, progress=False).labels.tolist() == WANTED
        assert len(inner.requests) == requests


def test_without_scipy_one_sentence_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)  # as where it is not installed
    with pytest.raises(jsdf.MissingExtraError, match=r"needs SciPy: pip install \"jsdf\[judge\]\""):
        jsdf.plan(FAR, ["low", "high"], engine="local", examples={"low": "-1 -1"})
