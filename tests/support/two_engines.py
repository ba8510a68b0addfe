"""A cheap engine that is right in a known share of rows, and a strong one that knows the truth."""

import numpy as np
import pandas as pd

from jsdf.engines.base import Reply
from jsdf.testing import FakeEngine

LABELS = ["red", "green", "blue"]


class Cheap(FakeEngine):
    name = "cheap"


class Strong(FakeEngine):
    name = "strong"


class TwoEngines:
    """Texts with a truth, and two engines that label them.

    Args:
        rows: Number of rows, each with its own text.
        accuracy: Function of an array of random numbers from 0 to 1: how sure the cheap engine is of a row, which is
            the probability that it is right.
        seed: Seed of texts, truth and errors.
        scores: False for a cheap engine without scores.
    """

    def __init__(self, rows=2000, accuracy=lambda u: 1 - 0.6 * u**4, seed=0, scores=True):
        random = np.random.default_rng(seed)
        self.texts = pd.Series([f"text {seed} {i}" for i in range(rows)], name="text")
        self.truth = dict(zip(self.texts, random.integers(3, size=rows).tolist(), strict=True))
        self.sure = dict(zip(self.texts, accuracy(random.random(rows)).tolist(), strict=True))
        is_right = random.random(rows) < np.array(list(self.sure.values()))
        self.guess = {
            text: self.truth[text] if right else (self.truth[text] + 1) % 3
            for text, right in zip(self.texts, is_right, strict=True)
        }
        self.has_scores, self.seed = scores, seed

    def cheap(self, **settings):
        identity = f"cheap:{self.seed}"
        return Cheap(self._guess, scores=self.has_scores, identity=identity, **settings)

    def strong(self, answer=None, **settings):
        return Strong(answer or self.know, identity=f"strong:{self.seed}", **settings)

    def know(self, _, values):
        return [LABELS[self.truth[value]] for value in values]

    def _guess(self, _, values):
        predictions = [LABELS[self.guess[value]] for value in values]
        if not self.has_scores:
            return predictions
        scores = np.empty((len(values), 3), np.float32)
        for row, value in enumerate(values):
            sure = max(self.sure[value], 0.34)
            scores[row] = (1 - sure) / 2
            scores[row, self.guess[value]] = sure
        return Reply(predictions, scores)

    def agreement(self, run, series=None):
        """Return the share of rows with the label of the strong engine."""
        series = self.texts if series is None else series
        values = series.dropna()
        wanted = [LABELS[self.truth[value]] for value in values]
        return float((run.labels.loc[values.index].astype(object) == wanted).mean())
