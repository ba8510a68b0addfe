"""Random columns of true and given labels, and populations for shares."""

import numpy as np
import pandas as pd


def random_pair(seed):
    """Return a truth and a prediction of up to 40 rows, with nulls, blanks and labels of one side alone."""
    random = np.random.default_rng(seed)
    rows, labels = int(random.integers(1, 40)), int(random.integers(1, 7))
    names = [f"label {i}" for i in range(labels)]
    truth = pd.Series(random.choice([*names, "truth alone"], rows), dtype=object)
    predicted = truth.where(random.random(rows) < random.random(), random.choice([*names, "predicted alone"], rows))
    for side in (truth, predicted):
        side[random.random(rows) < 0.15] = None
        side[random.random(rows) < 0.05] = " "
    return truth, predicted


def random_frames(seed):
    """Return two multi-hot frames of up to 30 rows, nullable where the seed is odd."""
    random = np.random.default_rng(seed)
    rows, labels = int(random.integers(1, 30)), int(random.integers(1, 6))
    truth = pd.DataFrame(random.random((rows, labels)) < random.random(), columns=list("abcde"[:labels]))
    predicted = truth ^ (random.random((rows, labels)) < random.random() / 2)
    if seed % 2:
        truth, predicted = truth.astype("boolean"), predicted.astype("boolean")
        truth[random.random(rows) < 0.2] = pd.NA
        predicted[random.random(rows) < 0.2] = pd.NA
    return truth, predicted


def labelled_column(rows=5000, shares=(0.38, 0.22, 0.4), right=0.8, seed=0, bias=0):
    """Return true labels and those of a labeller who, where wrong, prefers one label."""
    random = np.random.default_rng(seed)
    names = np.array([f"label {i}" for i in range(len(shares))])
    truth = random.choice(len(shares), rows, p=shares)
    predicted = np.where(random.random(rows) < right, truth, np.where(random.random(rows) < 0.7, bias,
                         random.choice(len(shares), rows)))  # fmt: skip
    return pd.Series(names[truth], name="truth"), pd.Series(names[predicted], name="label")


def drawn(truth, rows, random):
    """Return the truth of this number of rows drawn at random, null in the others."""
    return truth.where(truth.index.isin(random.choice(len(truth), rows, replace=False)))
