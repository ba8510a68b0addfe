"""Intervals of samples in which no row is wrong, or no label is right."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import jsdf
from jsdf.evaluation.extreme_bounds import without_mistakes


def intervals(truth, predicted, **more):
    return jsdf.evaluate(truth, predicted, **more).intervals


def true_figures(share, recall):
    """Return figures of a population in which a share of "b" is found with this recall, and no "b" is false."""
    found = share * recall
    right = 1 - share + found
    by_chance = share * found + (1 - share) * (1 - found)
    f1 = 2 * found / (share + found), 2 * (1 - share) / (2 - share - found)
    return {
        "accuracy": right,
        "balanced_accuracy": (1 + recall) / 2,
        "macro_f1": sum(f1) / 2,
        "kappa": (right - by_chance) / (1 - by_chance),
    }


@pytest.mark.parametrize(("share", "recall", "rows"), [(0.03, 0.7, 100), (0.1, 0.7, 40), (0.3, 0.95, 60)])
def test_samples_without_a_mistake_seldom_miss_the_true_figures(share, recall, rows):
    true, rng = true_figures(share, recall), np.random.default_rng(1)
    samples = without = 2000
    covered = dict.fromkeys(true, 0)
    for _ in range(samples):
        truth = (rng.random(rows) < share).astype(np.intp)
        is_right = ((truth == 0) | (rng.random(rows) < recall)).all()
        if not is_right or not truth.any():
            without -= 1
            continue
        bounds = without_mistakes(truth, np.array([0, 1]), 2, 0.025)
        for name, value in true.items():
            covered[name] += bounds[name][0] <= value <= bounds[name][1]
    assert without > 50
    assert min(covered.values()) >= 0.97 * without, (covered, without)


def test_a_rare_label_makes_kappa_uncertain_and_not_the_accuracy():
    truth = pd.Series(["a"] * 95 + ["b"] * 5)
    found = intervals(truth, truth)
    assert found["high"].tolist() == [1.0] * 4
    assert found.loc["accuracy", "low"] == pytest.approx(stats.binomtest(100, 100).proportion_ci().low)
    assert (found["low"].drop("accuracy") < 0.75).all()
    balanced = pd.Series(["a", "b"] * 50)
    assert (intervals(balanced, balanced)["low"] > 0.92).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=8, max_size=40), st.integers(0, 3), st.randoms(use_true_random=False))
def test_no_few_wrong_rows_lead_below_the_bound(truth, wrong, random):
    if len(set(truth)) < 2:
        return
    predicted = list(truth)
    for row in random.sample(range(len(truth)), wrong):  # at most 3, and -log(0.025) is 3.7
        predicted[row] = random.choice(sorted(set(truth)))
    names = sorted(set(truth))
    perfect = jsdf.evaluate(truth, truth, labels=names)
    worse = jsdf.evaluate(truth, predicted, labels=names).figures["value"].drop("accuracy")
    assert (perfect.intervals["low"].drop("accuracy") <= worse).all()


def test_several_labels_a_row():
    frame = pd.DataFrame({"a": [True, False] * 50, "b": [True] * 4 + [False] * 96})
    found = intervals(frame, frame)
    assert found.loc["macro_f1", "low"] < 0.6 < found.loc["micro_f1", "low"] < 0.95
    assert found.loc["subset_accuracy", "low"] == pytest.approx(0.9638, abs=1e-4)
    assert found.loc["hamming_loss"].tolist() == pytest.approx([0, 0.0362], abs=1e-4)
    reversed_ = intervals(frame, ~frame)
    assert reversed_.loc["subset_accuracy"].tolist() == pytest.approx([0, 0.0362], abs=1e-4)
    assert (reversed_["high"][["macro_f1", "micro_f1"]] > 0).all()


def test_a_figure_that_is_undefined_has_no_bounds():
    found = intervals(["a"] * 20, ["a"] * 20)
    assert found.loc["kappa"].isna().all()
    assert found.loc["accuracy"].tolist() == pytest.approx([0.8316, 1], abs=1e-4)
    chosen = intervals(["a", "b"] * 20, ["a", "b"] * 20, labels=["a"])
    assert chosen.loc["kappa"].isna().all()
    assert "unknown" in repr(jsdf.evaluate(list("aabbcc"), list("aabbcc"), labels=["a", "b"]))
    assert 0.6 < chosen.loc["macro_f1", "low"] < 1


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_if_every_row_is_wrong_the_bound_is_mirrored(rows):
    found = intervals(["a"] * rows + ["b"] * rows, ["b"] * rows + ["a"] * rows)
    expected = stats.binomtest(0, 2 * rows).proportion_ci(method="exact")
    assert found.loc["accuracy"].tolist() == pytest.approx([0, expected.high])
    assert (found["low"] < found["high"]).all()
    assert (found["high"] <= 1).all()
