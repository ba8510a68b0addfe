"""Runs of a cascade: who answers, what is paid, what is promised, and what an early end leaves."""

import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_engines import LABELS, TwoEngines

import jsdf


@pytest.fixture(scope="module")
def two():
    return TwoEngines()


def run(two, target=0.9, *, series=None, cheap=None, strong=None, call=None, **cascade):
    engine = jsdf.Cascade(cheap or two.cheap(), strong or two.strong(), target=target, **{"learn": False, **cascade})
    series = two.texts if series is None else series
    return jsdf.run(series, LABELS, engine=engine, progress=False, **{"cache": False, **(call or {})})


def paid_values(strong):
    return Counter(value for _, values in strong.calls for value in values)


@pytest.mark.parametrize("target", [0.85, 0.9, 0.95])
def test_the_promise_is_kept_and_paid_values_have_the_label_of_the_strong_engine(two, target):
    strong = two.strong()
    found = run(two, target, strong=strong)
    assert found.counts["answered"] == 2000
    assert two.agreement(found) >= found.certificate.agreement_low >= target
    paid = paid_values(strong)
    assert set(paid.values()) == {1}
    assert found.certificate.sent == len(paid) == (found.source == "strong").sum() < 2000
    assert found.certificate.saved == pytest.approx(1 - len(paid) / 2000)
    by_text = found.labels.set_axis(two.texts)
    assert all(by_text[text] == LABELS[two.truth[text]] for text in paid)
    kept = found.source == "cheap"
    assert (kept | (found.source == "strong")).all()
    assert by_text[kept.to_numpy()].tolist() == [LABELS[two.guess[text]] for text in two.texts[kept]]


def test_rows_count_and_not_distinct_values(two):
    repeated = pd.Series([*two.texts[:500], *[two.texts[0]] * 400, None, *two.texts[:100], ""], name="text")
    found = run(two, 0.9, series=repeated)
    assert found.counts["missing"] == 2
    assert found.certificate.values == 500
    filled = repeated[(repeated != "") & repeated.notna()]
    assert two.agreement(found, filled) >= found.certificate.agreement_low >= 0.9


def test_the_same_seed_pays_for_the_same_values(two):
    first, second, other = two.strong(), two.strong(), two.strong()
    results = [run(two, strong=strong, seed=seed) for strong, seed in ((first, 3), (second, 3), (other, 4))]
    assert paid_values(first) == paid_values(second) != paid_values(other)
    pd.testing.assert_series_equal(results[0].labels, results[1].labels)


def test_rows_that_the_strong_engine_fails_on_keep_their_status_and_do_not_agree(two):
    def answer(_, values):
        return [LABELS[two.truth[v]] if not v.endswith("37") else "no label of these" for v in values]

    found = run(two, 0.9, strong=two.strong(answer))
    unknown = found.status == "unknown"
    assert unknown.any()
    assert two.texts[unknown].str.endswith("37").all()
    agreement = (found.labels.astype(object) == [LABELS[two.truth[t]] for t in two.texts]).mean()
    assert found.certificate.agreement_low <= agreement


def test_a_strong_engine_that_fails_on_too_many_rows_reaches_no_target(two):
    def answer(_, values):
        return ["no label of these" if int(v.split()[-1]) % 3 == 0 else LABELS[two.truth[v]] for v in values]

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = run(two, 0.9, strong=two.strong(answer))
    assert "the target was not reached: the strong engine failed on too many rows" in [str(w.message) for w in caught]
    assert not found.certificate.is_reached
    assert found.certificate.agreement_low <= 0.7


def test_values_without_a_cheap_label_are_paid_for(two):
    class Shy(type(two.cheap())):
        def __init__(self):
            super().__init__(
                lambda _, values: [None if v.endswith("3") else two._guess(_, [v]).predictions[0] for v in values]
            )

    strong = two.strong()
    found = run(two, 0.9, cheap=Shy(), strong=strong)
    assert found.counts["answered"] == 2000
    endings = two.texts[two.texts.str.endswith("3")]
    assert set(endings) <= set(paid_values(strong))


def test_a_cheap_engine_without_scores_saves_less_and_keeps_the_promise():
    two = TwoEngines(accuracy=lambda u: 0.97 + 0 * u, scores=False)
    found = run(two, 0.9)
    assert found.certificate.saved > 0.5
    assert two.agreement(found) >= 0.9
    with pytest.warns(UserWarning, match="all of 300 values were paid for|saves about"):
        found = run(TwoEngines(300, lambda u: 0.5 + 0 * u, scores=False), 0.95)
    assert found.certificate.saved < 0.1


def test_a_small_column_is_paid_for_as_a_whole_and_says_so(two):
    with pytest.warns(
        UserWarning, match="all of 20 values were paid for: the target is too high, or the column too small"
    ):
        found = run(two, 0.95, series=two.texts[:20])
    assert found.certificate.saved == 0
    assert found.certificate.agreement_low == 1
    assert (found.source == "strong").all()


@pytest.mark.parametrize("series", [[], [None, ""]])
def test_a_column_without_a_value_costs_nothing(two, series):
    strong = two.strong()
    found = run(two, series=pd.Series(series, dtype=object), strong=strong)
    assert len(found.labels) == len(series)
    assert strong.calls == []


def test_a_budget_wins_over_the_target(two):
    strong = two.strong()
    with pytest.warns(UserWarning, match="budget=5 was used up before the target was reached"):
        found = run(two, 0.95, strong=strong, budget=5)
    assert len(strong.calls) == 5
    assert found.stopped is None
    assert found.counts["answered"] == 2000
    assert not found.certificate.is_reached
    assert two.agreement(found) >= found.certificate.agreement_low
    assert (found.source == "strong").sum() == 160


def test_a_limit_of_the_call_leaves_rows_pending_and_retry_goes_on(two):
    strong = two.strong()
    stopped = run(two, 0.95, strong=strong, call={"max_requests": 5})
    assert stopped.stopped == "max_requests=5 was reached"
    assert stopped.certificate is None
    assert stopped.counts["answered"] == 160
    assert stopped.counts["pending"] == 1840
    assert len(strong.calls) == 5
    whole = run(two, 0.95)
    again = stopped
    for _ in range(20):
        again = again.retry()
        if again.stopped is None:
            break
    pd.testing.assert_series_equal(again.labels, whole.labels)
    assert set(paid_values(strong).values()) == {1}


def test_it_says_early_that_little_is_saved(two):
    doubtful = TwoEngines(2000, lambda u: 0.4 + 0 * u)
    strong = doubtful.strong()
    with pytest.warns(UserWarning, match=r"the cascade saves about \d% of 2,000 values; it goes on paying"):
        found = run(doubtful, 0.95, strong=strong)
    assert found.counts["answered"] == 2000
    strong = doubtful.strong()
    found = run(doubtful, 0.95, strong=strong, if_not_worth="stop")
    assert "the cascade saves about" in found.stopped
    assert len(paid_values(strong)) < 500
    assert found.counts["pending"] == 2000 - found.counts["answered"] > 0


def test_a_target_by_label_is_about_the_rows_given_it():
    two = TwoEngines(3000)
    found = run(two, {"green": 0.97})
    given = found.labels == "green"
    right = [LABELS[two.truth[text]] == "green" for text in two.texts[given]]
    assert found.certificate.is_reached
    assert np.mean(right) >= found.certificate.per_label["green"] >= 0.97
    assert "rows given 'green' have it from the strong engine, too" in repr(found.certificate)


def test_sets_of_labels_agree_as_a_whole():
    rows = pd.Series([f"text {i}" for i in range(1500)])
    random = np.random.default_rng(5)
    sets = random.random((1500, 3)) < 0.4
    sure = 1 - 0.5 * random.random(1500) ** 6
    guesses = sets ^ ((random.random(1500) > sure)[:, None] & (np.arange(3) == 1))
    position = {text: i for i, text in enumerate(rows)}

    def names(flags):
        return [LABELS[i] for i in np.flatnonzero(flags)]

    def guess(_, values):
        at = [position[v] for v in values]
        scores = np.where(guesses[at], 1, 0) * (2 * sure[at, None] - 1) + (1 - sure[at, None])
        return jsdf.engines.Reply([names(guesses[i]) for i in at], scores.astype(np.float32))

    two = TwoEngines(1)
    cheap = type(two.cheap())(guess, scores=True, identity="sets")
    strong = two.strong(lambda _, values: [names(sets[position[v]]) for v in values])
    engine = jsdf.Cascade(cheap, strong, target=0.9, learn=False)
    found = jsdf.run(rows, LABELS, engine=engine, multiple_labels=True, progress=False, cache=False)
    agree = (found.labels.to_numpy() == sets).all(axis=1).mean()
    assert agree >= found.certificate.agreement_low >= 0.9
    assert found.certificate.saved > 0.3


@given(st.integers(0, 40), st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_stopped_anywhere_and_run_again_it_pays_nothing_twice(tmp_path_factory, requests, seed):
    """The rows are the same as without a stop, and no value is paid for twice."""
    two = TwoEngines(600, seed=seed)
    jsdf.options.cache_dir = tmp_path_factory.mktemp("store")
    strong = two.strong()
    first = run(two, 0.95, strong=strong, seed=seed, call={"cache": True, "max_requests": requests})
    second = run(two, 0.95, strong=strong, seed=seed, call={"cache": True})
    wanted = run(two, 0.95, seed=seed)
    pd.testing.assert_series_equal(second.labels, wanted.labels)
    assert second.certificate.agreement_low == wanted.certificate.agreement_low
    assert set(paid_values(strong).values()) <= {1}
    assert (first.labels.isna() | (first.labels == second.labels)).all()
    assert "store" in set(second.source) or first.counts["answered"] == 0


def test_progress_names_the_phases_and_never_goes_back(two):
    events = []
    engine = jsdf.Cascade(two.cheap(), two.strong(), target=0.95, learn=False)
    found = jsdf.run(two.texts, LABELS, engine=engine, progress=events.append, cache=False)
    notes = " | ".join(dict.fromkeys(event.note.split(":")[0] for event in events))
    assert "labelling here" in notes
    assert "certifying" in notes
    assert "paying" in notes
    done = [event.done for event in events]
    assert done == sorted(done)
    assert {event.rows for event in events} == {2000}
    assert events[-1].finished
    assert (events[-1].done, events[-1].label_counts) == (2000, found.label_counts)
    assert sum(event.finished for event in events) == 1


def test_a_fitted_cascade_labels_another_column_without_samples(two):
    fitted = run(two, 0.9).fitted_cascade
    strong = fitted.strong
    strong.calls.clear()
    series = two.texts.sample(500, random_state=1)
    found = jsdf.run(series, LABELS, engine=fitted, progress=False, cache=False)
    assert found.certificate is None
    assert found.counts["answered"] == 500
    paid = (found.source == "strong").sum()
    assert 0 < paid < 400
    unsure = [text for text in series if text in paid_values(strong)]
    kept = [text for text in series if text not in paid_values(strong)]
    assert max(two.sure[text] for text in unsure) <= min(two.sure[text] for text in kept) + 1e-6
    with pytest.raises(jsdf.InvalidInputError, match="this cascade was fitted on the labels red, green, blue"):
        jsdf.run(series, ["red", "green"], engine=fitted, progress=False)


def test_it_says_that_money_is_saved_and_not_time(two):
    slow = two.cheap(rate=20)
    found = run(two, 0.85, series=two.texts[:640], cheap=slow, strong=two.strong(rate=1000))
    assert "the cascade saves money, not time" in repr(found.certificate)
    assert "not time" not in repr(run(two, 0.85).certificate)
