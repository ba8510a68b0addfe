"""Bounds of figures where resampling says nothing, since no row of the sample is wrong, or none is right.

With confidence 1 - `tail`, the share of the other kind of rows is at most `1 - tail ** (1 / rows)` (Clopper and
Pearson), and the sample could have held at most `-log(tail)` of them. Figures that weigh labels depend on the labels of
these rows, too: their bound is that of the worst (or best) place, which is the rarest labels.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def without_mistakes(truth: Array, chosen: Array, labels: int, tail: float) -> dict[str, tuple[float, float]]:
    """Return the bounds of the figures of a sample without a mistake.

    Args:
        truth: Positions of labels, intp of shape (rows,), or bool of shape (rows, labels); equal to the prediction.
        chosen: Positions of the labels that figures by label are about, intp of shape (chosen,).
        labels: Number of labels.
        tail: Probability at each end, half of what the confidence leaves.

    Returns:
        Name of a figure -> low, high; NaN where the figure is undefined.
    """
    share, rows, support = 1 - tail ** (1 / len(truth)), -log(tail), _count(truth, labels)
    of_chosen = support[chosen]
    if truth.ndim == 1:
        present = support[support > 0]
        lows = {
            "accuracy": 1 - share,
            "balanced_accuracy": 1 - _reach(present, rows) / len(present),
            # A wrong row touches two labels. F1 falls by less than rows / support.
            "macro_f1": ((of_chosen > 0).sum() - _reach(of_chosen, 2 * rows)) / len(chosen),
            "kappa": _least_kappa(of_chosen, rows) if of_chosen.sum() == len(truth) else np.nan,
        }
        return {name: (float(low), np.nan if np.isnan(low) else 1.0) for name, low in lows.items()}
    right = np.maximum(of_chosen - rows, 0)
    lows = {
        "subset_accuracy": 1 - share,
        "macro_f1": float(np.mean(right / np.maximum(of_chosen, 1))),
        "micro_f1": float(2 * right.sum() / (2 * right.sum() + rows * len(chosen))),
    }
    return {"hamming_loss": (0.0, share), **{name: (low, 1.0) for name, low in lows.items()}}


def without_hits(truth: Array, predicted: Array, chosen: Array, labels: int, tail: float) -> dict[str, float]:
    """Return the upper bounds of those figures for which a sample without a right label says nothing.

    Args:
        truth: As for `without_mistakes`.
        predicted: Likewise.
        chosen: Likewise.
        labels: Likewise.
        tail: Likewise.

    Returns:
        Name of a figure -> high; empty if some label is right.
    """
    share, rows, support = 1 - tail ** (1 / len(truth)), -log(tail), _count(truth, labels)
    of_chosen = support[chosen]
    if truth.ndim == 1:
        if (truth == predicted).any():
            return {}
        present = support[support > 0]
        return {
            "accuracy": share,
            "kappa": share,  # it is at most the accuracy
            "balanced_accuracy": _reach(present, rows) / len(present),
            "macro_f1": _reach(of_chosen / 2, rows) / len(chosen),  # F1 is at most 2 * right rows / support
        }
    highs = {"subset_accuracy": share} if (truth != predicted).any(axis=1).all() else {}
    if not (truth & predicted)[:, chosen].any():
        by_label = np.minimum(1, 2 * rows / np.maximum(of_chosen, 1))
        highs |= {"macro_f1": float(by_label.mean())}
        highs |= {"micro_f1": min(1.0, 2 * rows * len(chosen) / max(1, of_chosen.sum()))}
    return highs


def _count(truth: Array, labels: int) -> Array:
    return np.bincount(truth, minlength=labels) if truth.ndim == 1 else truth.sum(axis=0)


def _reach(support: Array, rows: float) -> float:
    """Return the most labels that this number of rows can fill, a part of a label counted as its share."""
    ordered = np.sort(support[support > 0])
    return float((np.clip(rows - (np.cumsum(ordered) - ordered), 0, ordered) / ordered).sum())


def _least_kappa(support: Array, rows: float) -> float:
    """Return the least kappa that is possible: the rarest labels are taken for the most frequent one."""
    ordered = np.sort(support[support > 0])
    if len(ordered) < 2:
        return float("nan")
    total, others = ordered.sum(), ordered[:-1]
    moved = np.clip(rows - (np.cumsum(others) - others), 0, others)
    by_chance = ((ordered**2).sum() - (moved * others).sum() + moved.sum() * ordered[-1]) / total**2
    return float(max(-1.0, 1 - min(1.0, rows / total) / (1 - by_chance)))
