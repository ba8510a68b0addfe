"""Figures of a comparison: those of all rows from scikit-learn, and those of resampled rows from sums over the rows.

Each figure is a function of sums over the rows, such as the number of rows that have a label on both sides. A resample
changes only these sums, so that a thousand of them need no more than one product of matrices.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from jsdf.errors import MissingExtraError

Array = npt.NDArray[Any]
#: Names of the figures with one label a row, and with several.
SINGLE = ("accuracy", "balanced_accuracy", "macro_f1", "kappa")
MULTIPLE = ("subset_accuracy", "hamming_loss", "macro_f1", "micro_f1")


def _sklearn_metrics() -> Any:
    try:
        from sklearn import metrics
    except ImportError as error:
        raise MissingExtraError('evaluate() needs scikit-learn: pip install "jsdf[judge]"') from error
    return metrics


def measure(truth: Array, predicted: Array, chosen: Array) -> tuple[dict[str, float], Array]:
    """Return the figures of all rows, as scikit-learn computes them with `zero_division=0`.

    Args:
        truth: Positions of labels, intp of shape (rows,), or bool of shape (rows, labels).
        predicted: Likewise.
        chosen: Positions of the labels that figures by label are about, intp of shape (chosen,).

    Returns:
        The figures by name, and precision, recall, F1 and support of each chosen label, of shape (4, chosen).
    """
    metrics = _sklearn_metrics()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels without a row, about which `zero_division` says what to do
        if truth.ndim == 1:
            return _measure_single(metrics, truth, predicted, chosen)
        return _measure_multiple(metrics, truth, predicted, chosen)


def _measure_single(metrics: Any, truth: Array, predicted: Array, chosen: Array) -> tuple[dict[str, float], Array]:
    by_label = metrics.precision_recall_fscore_support(truth, predicted, labels=chosen, zero_division=0)
    try:
        kappa = float(metrics.cohen_kappa_score(truth, predicted, labels=chosen))
    except ValueError:  # no row of the truth has any of the chosen labels
        kappa = float("nan")
    figures = {
        "accuracy": float(metrics.accuracy_score(truth, predicted)),
        "balanced_accuracy": float(metrics.balanced_accuracy_score(truth, predicted)),
        "macro_f1": float(np.mean(by_label[2])),
        "kappa": kappa,
    }
    return figures, np.array(by_label, float)


def _measure_multiple(metrics: Any, truth: Array, predicted: Array, chosen: Array) -> tuple[dict[str, float], Array]:
    figures = {
        "subset_accuracy": float(metrics.accuracy_score(truth, predicted)),
        "hamming_loss": float(metrics.hamming_loss(truth, predicted)),
    }
    if truth.shape[1] == 1:  # scikit-learn takes one column for labels of which a row has one
        truth, predicted, chosen = truth[:, 0], predicted[:, 0], np.array([1])
    by_label = metrics.precision_recall_fscore_support(truth, predicted, labels=chosen, zero_division=0)
    micro = metrics.f1_score(truth, predicted, labels=chosen, average="micro", zero_division=0)
    figures |= {"macro_f1": float(np.mean(by_label[2])), "micro_f1": float(micro)}
    return figures, np.array(by_label, float)


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that are alike, counted, and what each of them adds to the sums.

    Attributes:
        counts: Number of rows of each group, intp of shape (groups,).
        parts: What one row of each group adds, float64 of shape (groups, sums).
    """

    counts: npt.NDArray[np.intp]
    parts: npt.NDArray[np.float64]


def group_rows(truth: Array, predicted: Array, chosen: Array, labels: int) -> Groups:
    """Group equal rows, and return what each adds to the sums that `figures_of_sums` takes."""
    if truth.ndim == 1:
        pairs, counts = np.unique(truth * labels + predicted, return_counts=True)
        one_hot = np.eye(labels)
        t, p = one_hot[pairs // labels], one_hot[pairs % labels]
        is_chosen = np.isin(np.arange(labels), chosen)
        inside = (t @ is_chosen * (p @ is_chosen))[:, None]
        return Groups(counts, np.hstack([t * p, t, p, t * inside, p * inside]))
    packed = np.packbits(np.hstack([truth, predicted]), axis=1)
    _, first, counts = np.unique(packed, axis=0, return_index=True, return_counts=True)
    t, p = truth[first].astype(float), predicted[first].astype(float)
    differing = np.abs(t - p).sum(axis=1)
    return Groups(counts, np.hstack([t * p, t, p, np.column_stack([differing == 0, differing])]))


def figures_of_sums(
    sums: Array, rows: int, chosen: Array, labels: int, *, multiple: bool, is_fixed: bool
) -> dict[str, Array]:
    """Return the figures of many samples of rows.

    Args:
        sums: Sums over the rows of each sample, of shape (samples, sums); see `group_rows`.
        rows: Number of rows of a sample.
        chosen: Positions of the labels that figures by label are about.
        labels: Number of labels.
        multiple: True if a row may have any number of labels.
        is_fixed: True if a label counts in `macro_f1` even if no row of a sample has it.

    Returns:
        Name of a figure -> float64 of shape (samples,), NaN where it is undefined.
    """
    both, truth, predicted, *rest = np.split(sums, np.arange(labels, sums.shape[1], labels), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * both / (truth + predicted)
        f1 = np.where(truth + predicted > 0, f1, 0.0 if is_fixed or multiple else np.nan)[:, chosen]
        macro = _mean(f1)
        if multiple:
            exact, differing = sums[:, 3 * labels], sums[:, 3 * labels + 1]
            micro = 2 * both[:, chosen].sum(1) / (truth + predicted)[:, chosen].sum(1)
            figures = exact / rows, differing / (rows * labels), macro, np.nan_to_num(micro)
            return dict(zip(MULTIPLE, figures, strict=True))
        recall = np.where(truth > 0, both / truth, np.nan)
        kappa = _kappa(both[:, chosen].sum(1), *rest)
        return dict(zip(SINGLE, (both.sum(1) / rows, _mean(recall), macro, kappa), strict=True))


def _mean(values: Array) -> Array:
    """Return the mean of each row, NaN left out."""
    is_value = ~np.isnan(values)
    return np.where(is_value, values, 0).sum(1) / is_value.sum(1)


def _kappa(agreed: Array, truth: Array, predicted: Array) -> Array:
    """Return Cohen's kappa from the agreed rows and the rows of each label, of the chosen labels."""
    rows = truth.sum(1)
    expected = (truth * predicted).sum(1) / rows**2
    return (agreed / rows - expected) / (1 - expected)
