"""Settings of a cascade: what is refused, and the two engines."""

import pickle

import numpy as np
import pandas as pd
import pytest
from two_engines import LABELS, Cheap, Strong, TwoEngines

import jsdf
from jsdf.engines.cascade import Cascade
from jsdf.engines.resolve import resolve_engine

TEXTS = pd.Series(["a text", "another"])
MANY = [f"l {i}" for i in range(70)]


def label(engine, labels=LABELS, **arguments):
    return jsdf.run(TEXTS, labels, engine=engine, progress=False, cache=False, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": 1.2}, "target=1.2: pass a share between 0 and 1, as 0.95 or 0.05"),
        ({"target": 1}, "target=1: pass a share between 0 and 1"),
        ({"target": 0}, "target=0: pass a share"),
        ({"target": "0.9"}, "target='0.9': pass a share"),
        ({"target": True}, "target=True: pass a share"),
        ({"target": float("nan")}, "target=nan: pass a share"),
        ({"target": {}}, "target={}: name at least one label, as in target={'fraud': 0.99}"),
        ({"target": {"fraud": 2}}, r"target\['fraud'\]=2: pass a share"),
        ({"delta": 0}, "delta=0: pass a share"),
        ({"delta": 5}, "delta=5: pass a share"),
        ({"learn": 1}, "learn=1: pass True or False"),
        ({"budget": -1}, "budget=-1: pass a whole number, 0 or more"),
        ({"budget": 2.5}, "budget=2.5: pass a whole number"),
        ({"seed": "x"}, "seed='x': pass a whole number"),
        ({"if_not_worth": "halt"}, "if_not_worth='halt': use 'pay' or 'stop'"),
    ],
)
def test_arguments_are_refused_with_what_to_do(arguments, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        jsdf.Cascade(Cheap(), Strong(), **arguments)


def test_numpy_numbers_are_numbers():
    cascade = jsdf.Cascade(Cheap(), Strong(), target=np.float64(0.8), seed=np.int64(3), budget=np.int32(5))
    assert (cascade.target, cascade.seed, cascade.budget) == (0.8, 3, 5)


def test_a_strong_engine_without_a_key_is_refused_before_anything_is_labelled(monkeypatch):
    monkeypatch.delenv("JIGSAWSTACK_API_KEY", raising=False)
    cheap = Cheap()
    with pytest.raises(jsdf.MissingKeyError):
        label(jsdf.Cascade(cheap, "hosted"))
    assert cheap.calls == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cascade("local", "local"), "cheap and strong are the same engine"),
        (lambda: Cascade(Cascade(), Strong()), "a cascade cannot be part of a cascade; pass one of its engines"),
        (lambda: Cascade(Cheap(), "cascade"), "a cascade cannot be part of a cascade"),
        (lambda: Cascade("lokal", Strong()), "did you mean 'local'"),
        (lambda: Cascade(Cheap(), None), "engine|cheap and strong|key"),
    ],
)
def test_engines_that_make_no_cascade_are_refused(make, message, monkeypatch):
    monkeypatch.delenv("JIGSAWSTACK_API_KEY", raising=False)
    jsdf.options.engine = "cascade"
    with pytest.raises(jsdf.JSDFError, match=message):
        label(make())


def test_learning_without_its_extra_is_refused_before_anything_is_paid(monkeypatch):
    monkeypatch.setattr("jsdf.engines.cascade.find_spec", lambda name: None)
    strong = Strong()
    with pytest.raises(jsdf.MissingExtraError, match=r'pip install "jsdf\[judge\]"; or pass learn=False'):
        label(jsdf.Cascade(Cheap(), strong))
    assert strong.calls == []
    with pytest.warns(UserWarning, match="all of 2 values were paid for"):
        assert label(jsdf.Cascade(Cheap(), strong, learn=False)).counts["answered"] == 2


@pytest.mark.parametrize(
    ("target", "arguments", "message"),
    [
        ({"geen": 0.9}, {}, "target has 'geen', which is no label; did you mean 'green'"),
        ({"xyz": 0.9}, {}, "target has 'xyz', which is no label; the labels are 'red', 'green', 'blue'"),
        ({"l 1": 0.9}, {"multiple_labels": True, "labels": MANY}, "a target by label is for at most 62 labels where"),
        (0.9, {"repeats": 3}, "repeats=3: a cascade asks once"),
        (0.9, {"kind": "image"}, "takes text columns|image"),
    ],
)
def test_questions_that_do_not_fit_are_refused(target, arguments, message):
    strong = Strong(kinds={"text"})
    with pytest.raises(jsdf.InvalidInputError, match=message):
        label(jsdf.Cascade(Cheap(), strong, target=target, learn=False), **arguments)
    assert strong.calls == []


def test_single_requests_and_parts_of_columns_are_refused():
    cascade = jsdf.Cascade(Cheap(), Strong(), learn=False)
    with pytest.raises(
        jsdf.InvalidInputError, match="a cascade labels a whole column, and cannot answer single requests"
    ):
        cascade.session()
    frames = iter([pd.DataFrame({"text": TEXTS})])
    with pytest.raises(jsdf.InvalidInputError, match=r"and pass engine=run\.fitted_cascade"):
        jsdf.classify_batches(frames, "text", LABELS, engine=cascade)
    with pytest.raises(jsdf.InvalidInputError, match="cannot answer single requests"):
        jsdf.probe(TEXTS, LABELS, engine=cascade)


def test_the_advice_for_parts_of_columns_works():
    two = TwoEngines(1500)
    sample = two.texts[:1000]
    run = jsdf.run(
        sample, LABELS, engine=jsdf.Cascade(two.cheap(), two.strong(), learn=False), progress=False, cache=False
    )
    frames = [two.texts[start : start + 250].to_frame() for start in (1000, 1250)]
    fitted = run.fitted_cascade
    labelled = pd.concat(
        jsdf.classify_batches(iter(frames), "text", LABELS, engine=fitted, progress=False, cache=False)
    )
    assert labelled["label"].notna().all()
    assert 0 < sum(len(values) for _, values in fitted.strong.calls) < 1500


def test_names_of_engines_are_made_when_a_call_needs_them(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk-of-the-tests")
    cascade = jsdf.Cascade()
    with pytest.raises(jsdf.InvalidInputError, match="'hosted' of this cascade is not made yet"):
        _ = cascade.strong
    resolved = resolve_engine(cascade)
    assert resolved is cascade
    assert (cascade.cheap.name, cascade.strong.name) == ("local", "hosted")
    assert cascade.sources == ("local", "learned", "hosted")
    assert (cascade.batch_size, cascade.rate) == (cascade.strong.batch_size, cascade.strong.rate)
    copy = pickle.loads(pickle.dumps(cascade))
    assert copy.identity == cascade.identity
    assert b"sk-of-the-tests" not in pickle.dumps(cascade)
    cascade.rate = 7.0
    assert (cascade.strong.rate, copy.strong.rate) == (7.0, 50)
