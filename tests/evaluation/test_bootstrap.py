"""Bootstrap intervals: seeded, close to SciPy's, and covering as often as they say."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import jsdf
from jsdf.evaluation.bootstrap import RESAMPLES, bca_interval, resample
from jsdf.evaluation.metrics import Groups, figures_of_sums, group_rows


def intervals(truth, predicted, **more):
    return jsdf.evaluate(truth, predicted, **more).intervals


def columns(rows, seed=0, right=0.8, labels=3):
    random = np.random.default_rng(seed)
    truth = pd.Series(random.integers(0, labels, rows)).astype(str)
    return truth, truth.where(random.random(rows) < right, pd.Series(random.integers(0, labels, rows)).astype(str))


def test_the_same_seed_gives_the_same_intervals():
    truth, predicted = columns(200)
    pd.testing.assert_frame_equal(intervals(truth, predicted), intervals(truth, predicted, seed=0))
    assert not intervals(truth, predicted, seed=1).equals(intervals(truth, predicted))


@pytest.mark.parametrize("multiple", [False, True])
def test_they_hold_the_figure_and_grow_with_confidence(multiple):
    truth, predicted = columns(150)
    if multiple:
        truth, predicted = pd.get_dummies(truth), pd.get_dummies(predicted)
    found = [jsdf.evaluate(truth, predicted, confidence=level) for level in (0.5, 0.95, 0.999)]
    for evaluation in found:
        figures = evaluation.figures
        assert (figures["low"] <= figures["value"]).all()
        assert (figures["value"] <= figures["high"]).all()
        assert figures.index.tolist() == evaluation.intervals.index.tolist()
    widths = [(e.intervals["high"] - e.intervals["low"]).to_numpy() for e in found]
    assert (widths[0] < widths[1]).all()
    assert (widths[1] < widths[2]).all()


def test_they_are_close_to_those_of_scipy():
    truth, predicted = columns(120, seed=4)
    right = (truth == predicted).to_numpy(float)
    expected = stats.bootstrap((right,), np.mean, n_resamples=5000, rng=np.random.default_rng(0)).confidence_interval
    assert intervals(truth, predicted).loc["accuracy"].tolist() == pytest.approx(list(expected), abs=0.015)


@pytest.mark.parametrize("counts", [[50, 30, 20], [3, 1, 1, 2, 1]], ids=["many rows a group", "few rows a group"])
def test_resampled_counts_have_the_moments_of_a_multinomial(counts):
    counts = np.array(counts)
    drawn = resample(Groups(counts, np.eye(len(counts))), 0)
    assert drawn.shape == (RESAMPLES, len(counts))
    assert (drawn.sum(axis=1) == counts.sum()).all()
    assert drawn.mean(axis=0) == pytest.approx(counts, abs=0.4)
    p = counts / counts.sum()
    assert drawn.var(axis=0) == pytest.approx(counts.sum() * p * (1 - p), rel=0.25)


@pytest.mark.parametrize(("rows", "right"), [(60, 0.8), (200, 0.7), (200, 0.95)])
def test_they_cover_the_figures_of_the_population(rows, right):
    shares = np.full((3, 3), (1 - right) / 2) + np.eye(3) * (right - (1 - right) / 2)
    cells = (shares * [[0.5], [0.3], [0.2]]).ravel()
    chosen = np.arange(3)
    pairs = np.arange(9)
    parts = group_rows(pairs // 3, pairs % 3, chosen, 3).parts
    options = {"multiple": False, "is_fixed": False}
    exact = figures_of_sums((cells @ parts)[None], 1, chosen, 3, **options)
    random = np.random.default_rng(1)
    covered = dict.fromkeys(exact, 0)
    runs = 400
    for run in range(runs):
        counts = random.multinomial(rows, cells)
        groups = Groups(counts[counts > 0], parts[counts > 0])
        total = groups.counts @ groups.parts
        value, resampled, jackknife = (
            figures_of_sums(sums, n, chosen, 3, **options)
            for sums, n in ((total[None], rows), (resample(groups, run), rows), (total - groups.parts, rows - 1))
        )
        for name in exact:
            low, high = bca_interval(resampled[name], float(value[name][0]), jackknife[name], groups.counts, 0.95)
            covered[name] += low <= exact[name][0] <= high
    assert min(covered.values()) >= 0.92 * runs, covered


@pytest.mark.parametrize("rows", [1, 5, 100])
def test_without_a_mistake_the_bound_is_that_of_clopper_and_pearson(rows):
    names = pd.Series(["a", "b"] * rows)[:rows]
    found = intervals(names, names)
    expected = stats.binomtest(rows, rows).proportion_ci(method="exact")
    assert found.loc["accuracy"].tolist() == pytest.approx(list(expected))
    frame = pd.DataFrame({"a": [True] * rows, "b": [False] * rows})
    several = intervals(frame, frame)
    assert several.loc["subset_accuracy"].tolist() == pytest.approx(list(expected))
    assert several.loc["hamming_loss"].tolist() == pytest.approx([0, 1 - expected.low])


def test_an_undefined_figure_has_no_interval():
    found = jsdf.evaluate(["a", "b"], ["a", "b"], labels=["a"])
    assert np.isnan(found.kappa)
    assert found.intervals.loc["kappa"].isna().all()
    assert found.intervals.loc["accuracy"].notna().all()


def test_a_thousand_resamples_of_many_rows_take_about_a_second():
    truth, predicted = columns(100_000, labels=24)
    evaluation = jsdf.evaluate(truth, predicted)
    start = time.process_time()
    assert len(evaluation.intervals) == 4
    assert time.process_time() - start < 3
