"""Figures are those of scikit-learn, in random cases; resampled figures are those of resampled rows."""

import warnings

import numpy as np
import pandas as pd
import pytest
from judged_columns import random_frames, random_pair
from sklearn import metrics

import jsdf
from jsdf.evaluation.metrics import figures_of_sums, group_rows, measure


def sklearn_single(truth, predicted, labels=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = sorted(set(truth) | set(predicted)) if labels is None else labels
        by_label = metrics.precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
        figures = {
            "accuracy": metrics.accuracy_score(truth, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
            "macro_f1": metrics.f1_score(truth, predicted, labels=names, average="macro", zero_division=0),
            "kappa": metrics.cohen_kappa_score(truth, predicted, labels=names),
        }
        return figures, by_label, metrics.confusion_matrix(truth, predicted, labels=names), names


def sklearn_multiple(truth, predicted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pad = np.zeros((len(truth), 1), bool)  # one column alone would be taken for one label a row
        t, p, labels = np.hstack([truth, pad]), np.hstack([predicted, pad]), range(truth.shape[1])
        options = {"labels": labels, "zero_division": 0}
        figures = {
            "subset_accuracy": metrics.accuracy_score(truth, predicted),
            "hamming_loss": metrics.hamming_loss(t, p) * t.shape[1] / truth.shape[1],
            "macro_f1": metrics.f1_score(t, p, average="macro", **options),
            "micro_f1": metrics.f1_score(t, p, average="micro", **options),
        }
        by_label = metrics.precision_recall_fscore_support(t, p, **options)
        return figures, by_label, metrics.multilabel_confusion_matrix(t, p, labels=labels)


@pytest.mark.parametrize("block", range(10))
def test_figures_of_one_label_a_row_are_those_of_scikit_learn(block):
    compared = 0
    for seed in range(60 * block, 60 * block + 60):
        truth, predicted = random_pair(seed)
        kept = [a is not None and b is not None and a.strip() and b.strip()
                for a, b in zip(truth, predicted, strict=True)]  # fmt: skip
        kept = np.array(kept, bool)
        if not kept.any() or not set(truth.dropna()) & set(predicted.dropna()) - {" "}:
            with pytest.raises(jsdf.InvalidInputError):
                jsdf.evaluate(truth, predicted)
            continue
        compared += 1
        found = jsdf.evaluate(truth, predicted)
        figures, by_label, matrix, names = sklearn_single(truth[kept], predicted[kept])
        assert {n: getattr(found, n) for n in figures} == pytest.approx(figures, nan_ok=True, abs=1e-12)
        assert found.per_label.index.tolist() == names
        np.testing.assert_allclose(found.per_label.to_numpy(float).T, by_label)
        np.testing.assert_array_equal(found.confusion, matrix)
        assert found.rows == kept.sum()
        assert found.rows + sum(found.left_out.values()) == len(truth)
        assert set(found.only_truth) == set(truth[kept]) - set(predicted[kept])
        assert set(found.only_predicted) == set(predicted[kept]) - set(truth[kept])
    assert compared > 40


@pytest.mark.parametrize("block", range(10))
def test_figures_of_several_labels_a_row_are_those_of_scikit_learn(block):
    compared = 0
    for seed in range(50 * block, 50 * block + 50):
        truth, predicted = random_frames(seed)
        kept = truth.notna().all(axis=1) & predicted.notna().all(axis=1)
        if not kept.any():
            with pytest.raises(jsdf.InvalidInputError, match="no row has a label in both"):
                jsdf.evaluate(truth, predicted)
            continue
        compared += 1
        found = jsdf.evaluate(truth, predicted)
        t, p = (side[kept].to_numpy(bool) for side in (truth, predicted))
        figures, by_label, matrices = sklearn_multiple(t, p)
        assert {n: getattr(found, n) for n in figures} == pytest.approx(figures, abs=1e-12)
        np.testing.assert_allclose(found.per_label.to_numpy(float).T, by_label)
        np.testing.assert_array_equal(found.confusion[["tn", "fp", "fn", "tp"]], matrices.reshape(-1, 4))
        assert found.rows == kept.sum()
    assert compared > 40


@pytest.mark.parametrize("seed", range(40))
def test_chosen_labels_are_those_of_scikit_learn(seed):
    truth, predicted = (side.where(side.notna(), "label 0").replace(" ", "label 0") for side in random_pair(seed))
    names = sorted(set(truth) | set(predicted))[::-1][: 1 + seed % 3]
    if not set(truth) & set(predicted):
        pytest.skip("labels that never match are refused")
    found = jsdf.evaluate(truth, predicted, labels=names)
    if not set(names) & set(truth):
        assert np.isnan(found.kappa)
        return
    figures, by_label, matrix, _ = sklearn_single(truth, predicted, names)
    assert {n: getattr(found, n) for n in figures} == pytest.approx(figures, nan_ok=True)
    np.testing.assert_allclose(found.per_label.to_numpy(float).T, by_label)
    np.testing.assert_array_equal(found.confusion, matrix)
    assert found.per_label.index.tolist() == names


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_figures_of_sums_are_the_figures_of_the_same_rows(multiple, seed):
    random = np.random.default_rng(seed)
    shape = (50, 4) if multiple else 50
    truth, predicted = (random.integers(0, 2 if multiple else 4, shape) for _ in range(2))
    if multiple:
        truth, predicted = truth.astype(bool), predicted.astype(bool)
    chosen = np.array([0, 2, 3])
    groups = group_rows(truth, predicted, chosen, 4)
    assert groups.counts.sum() == 50
    sums = (groups.counts @ groups.parts)[None]
    found = figures_of_sums(sums, 50, chosen, 4, multiple=multiple, is_fixed=True)
    figures, _ = measure(truth, predicted, chosen)
    assert {name: float(values[0]) for name, values in found.items()} == pytest.approx(figures)


def test_no_warning_of_scikit_learn_leaks():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = pd.Series(["a", "a"])
        assert jsdf.evaluate(same, same).accuracy == 1
        assert jsdf.evaluate(["a", "a", "b"], ["a", "c", "a"]).balanced_accuracy == 0.25


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(jsdf.MissingExtraError, match=r'evaluate\(\) needs scikit-learn: pip install "jsdf\[judge\]"'):
        jsdf.evaluate(["a", "b"], ["a", "a"])
