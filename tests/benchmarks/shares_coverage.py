"""Measure how often the intervals of `jsdf.shares` cover the true share of a column, in simulations with known truth.

    python tests/benchmarks/shares_coverage.py

A column is labelled by a labeller with errors. In each of 1,000 runs of the first case, and of 300 runs of the others,
200 rows are drawn at random and reviewed, unless another number is given. "covers" is the part of the runs, and of the
labels, in which the 95 % interval holds the true share; "width" is the mean width of the interval, beside that of the
reviewed rows alone (Clopper-Pearson for a finite population). The last line of a case is about the interval of the
plain share. Takes about 40 seconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from bench import show

import jsdf
from jsdf.evaluation.prediction_powered import Stratum, estimate_shares

RUNS_OF_FIRST, RUNS_OF_OTHERS = 1000, 300
ROWS = 5000
TARGET = 0.93


def columns() -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, int]]:
    """Yield name, truth and labels as multi-hot frames, and the number of reviewed rows."""
    random = np.random.default_rng(0)
    yield "biased labeller, 3 labels", *single(random, [0.38, 0.22, 0.4], 0.8, bias=0.7), 200
    yield "biased labeller, 11 labels", *single(random, [0.3, 0.2, *[0.5 / 9] * 9], 0.75, bias=0.5), 200
    yield "labeller worse than chance", *single(random, [0.5, 0.3, 0.2], 0.15, bias=0.2), 200
    yield "perfect labeller", *single(random, [0.5, 0.3, 0.2], 1.0, bias=0), 200
    yield "rare label (1 %)", *binary(random, 0.01, 0.6, 0.005), 200
    yield "rare label, perfect labeller", *binary(random, 0.01, 1.0, 0.0), 200
    yield "very rare label (0.1 %)", *binary(random, 0.001, 0.6, 0.002), 200
    yield "several labels a row", *several(random, [0.5, 0.2, 0.05]), 200
    yield "30 rows reviewed", *single(random, [0.5, 0.3, 0.2], 0.8, bias=0.5), 30
    yield "4,900 of 5,000 rows reviewed", *single(random, [0.5, 0.3, 0.2], 0.8, bias=0.5), 4900


def single(
    random: np.random.Generator, shares: list[float], right: float, bias: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return true labels, and those of a labeller whose errors go to the first label with probability `bias`."""
    truth = random.choice(len(shares), ROWS, p=np.array(shares) / sum(shares))
    error = np.where(random.random(ROWS) < bias, 0, (truth + random.integers(1, len(shares), ROWS)) % len(shares))
    labels = np.where(random.random(ROWS) < right, truth, error)
    one_hot = np.eye(len(shares), dtype=bool)
    return pd.DataFrame(one_hot[truth]), pd.DataFrame(one_hot[labels])


def binary(random: np.random.Generator, share: float, found: float, wrong: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one label, found in this part of its rows, and in this part of the others."""
    truth = random.random((ROWS, 1)) < share
    return pd.DataFrame(truth), pd.DataFrame(random.random((ROWS, 1)) < np.where(truth, found, wrong))


def several(random: np.random.Generator, shares: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return labels of which a row may have any number."""
    truth = random.random((ROWS, len(shares))) < shares
    return pd.DataFrame(truth), pd.DataFrame(truth ^ (random.random(truth.shape) < 0.08))


def alone(reviewed: np.ndarray) -> np.ndarray:
    """Return the widths of the intervals of the reviewed rows alone."""
    labels = reviewed.shape[1]
    none = np.zeros(labels, np.int64)
    sample = Stratum(np.full(labels, ROWS), np.full(labels, len(reviewed)), reviewed.sum(axis=0), 0.0)
    estimate = estimate_shares(sample, Stratum(none, none, none, 0.0), 0.95)
    return estimate.high - estimate.low


def main() -> None:
    """Print the figures of each column."""
    for i, (name, truth, labels, reviewed) in enumerate(columns()):
        random = np.random.default_rng(1)
        exact = truth.mean().to_numpy()
        plain = jsdf.shares(labels)
        covered, width, width_alone = [], [], []
        for _ in range(RUNS_OF_OTHERS if i else RUNS_OF_FIRST):
            rows = random.choice(ROWS, reviewed, replace=False)
            found = jsdf.shares(labels, truth.iloc[rows])
            covered.append((found["low"] - 1e-9 <= exact) & (exact <= found["high"] + 1e-9))
            width.append(found["high"] - found["low"])
            width_alone.append(alone(truth.to_numpy()[rows]))
        show(f"{name}: covers", f"{100 * np.mean(covered):.1f} %", f"each label at least {100 * TARGET:.0f} %")
        show(f"{name}: least covered label", f"{100 * np.mean(covered, axis=0).min():.1f} %")
        show(f"{name}: width", f"{np.mean(width):.4f}", f"{np.mean(width_alone):.4f} by the reviewed rows alone")
        is_plain_right = (plain["low"] <= exact) & (exact <= plain["high"])
        show(f"{name}: plain share covers", f"{is_plain_right.sum()} of {len(exact)} labels")


if __name__ == "__main__":
    main()
