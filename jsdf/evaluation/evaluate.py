"""Public class `Evaluation`: the figures of a comparison with a truth, their intervals, and the mistakes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.display.gallery.rows import is_whole
from jsdf.errors import InvalidInputError
from jsdf.evaluation import metrics, mistakes
from jsdf.evaluation.bootstrap import bca_interval, resample
from jsdf.evaluation.extreme_bounds import without_hits, without_mistakes
from jsdf.formatting.text import quote
from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jsdf.evaluation.matched_rows import MatchedRows
    from jsdf.evaluation.report import EvaluationSummary

_BY_LABEL = ("precision", "recall", "f1", "support")


class Evaluation:
    """Comparison of labels with a truth, returned by `jsdf.evaluate`.

    Attributes:
        accuracy: Share of rows whose label is that of the truth; with one label a row, as the next three.
        balanced_accuracy: Mean recall of the labels of the truth.
        macro_f1: Mean F1 of the labels; also with several labels a row.
        kappa: Cohen's kappa.
        subset_accuracy: Share of rows all of whose labels are those of the truth; with several labels a row, as the
            next two.
        hamming_loss: Share of wrong decisions, of all rows and labels.
        micro_f1: F1 of the decisions of all labels together.
        per_label: Frame with one row per label: `precision`, `recall`, `f1`, `support` (rows of the truth).
        confusion: Frame of numbers of rows: the truth in rows, the prediction in columns. With several labels a row
            one row per label: `tp`, `fp`, `fn`, `tn`.
        intervals: Frame with one row per figure: `low`, `high`.
        rows: Number of compared rows.
        left_out: Number of rows that are not compared, each row counted once: `no_truth`, `no_prediction`, `neither`.
        only_truth: Labels that only the truth has.
        only_predicted: Labels that only the prediction has.
        confidence: Confidence of the intervals.
    """

    def __init__(self, rows: MatchedRows, *, confidence: float = 0.95, seed: int = 0) -> None:
        self.confidence = check_confidence(confidence)
        if not is_whole(seed) or seed < 0:
            raise InvalidInputError(f"seed={seed!r}: pass a whole number, 0 or more")
        self._seed = int(seed)
        self._rows = rows
        self.rows = len(rows.truth)
        self.left_out = rows.left_out
        self.only_truth, self.only_predicted = rows.only_truth, rows.only_predicted
        self._figures, by_label = metrics.measure(rows.truth, rows.predicted, rows.chosen)
        self.per_label = pd.DataFrame(dict(zip(_BY_LABEL, by_label, strict=True)), index=self._labels())
        self.per_label["support"] = self.per_label["support"].astype(np.int64)

    def __getattr__(self, name: str) -> float:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._figures:
            return self._figures[name]
        if name in (*metrics.SINGLE, *metrics.MULTIPLE):
            form = "several labels" if self._rows.multiple else "one label"
            raise AttributeError(f"rows have {form}, for which there is no {name}, but {', '.join(self._figures)}")
        raise AttributeError(f"an Evaluation has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._figures})

    @property
    def figures(self) -> pd.DataFrame:
        """Frame with one row per figure: `value`, and `low` and `high` of its interval."""
        values = pd.Series(self._figures, name="value", dtype=float)
        return pd.concat([values, self.intervals], axis=1)

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Frame of numbers of rows: the truth in rows, the prediction in columns; see the class."""
        return mistakes.confusion(self._rows)

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Bootstrap intervals of the figures by rows: a frame with one row per figure, `low` and `high`.

        If no row differs, or no label is right, a resample cannot differ either. The interval then has the bound of
        Clopper and Pearson for the share of rows that differ (or are right), and for figures that weigh labels the
        value that these rows lead to if they are all of the rarest labels.
        """
        rows = self._rows
        labels, form = len(rows.names), {"multiple": rows.multiple, "is_fixed": rows.is_fixed}
        tail = (1 - self.confidence) / 2
        if np.array_equal(rows.truth, rows.predicted):
            bounds = without_mistakes(rows.truth, rows.chosen, labels, tail)
            return self._frame({name: bounds[name] for name in self._figures})
        groups = metrics.group_rows(rows.truth, rows.predicted, rows.chosen, labels)
        total = groups.counts @ groups.parts
        of_resamples = metrics.figures_of_sums(resample(groups, self._seed), self.rows, rows.chosen, labels, **form)
        without_one = metrics.figures_of_sums(total - groups.parts, self.rows - 1, rows.chosen, labels, **form)
        bounds = {
            name: bca_interval(of_resamples[name], value, without_one[name], groups.counts, self.confidence)
            for name, value in self._figures.items()
        }
        for name, high in without_hits(rows.truth, rows.predicted, rows.chosen, labels, tail).items():
            bounds[name] = bounds[name][0], max(high, bounds[name][1])
        return self._frame(bounds)

    def _frame(self, bounds: dict[str, tuple[float, float]]) -> pd.DataFrame:
        return pd.DataFrame.from_dict(bounds, orient="index", columns=["low", "high"], dtype=float)

    @short_traceback
    def worst(self, n: int = 5) -> pd.DataFrame:
        """Return the most frequent mistakes.

        Args:
            n: Number of kinds of mistakes. Default 5.

        Returns:
            A frame, the most frequent first: `truth`, `predicted`, `rows`, and `examples`, the index labels of up to
            three rows; with several labels a row `label` and `mistake` (`missed` or `added`) instead of the first two.
            Where the values are known, as of a `Run` or a `Review`, `values` holds those of the examples.
        """
        if not is_whole(n) or n < 1:
            raise InvalidInputError(f"n={n!r}: pass a whole number, 1 or more")
        return mistakes.worst(self._rows, n)

    def __repr__(self) -> str:
        """Return a report: figures with intervals, the table by label, the worst mistakes, and rows left out."""
        from jsdf.evaluation.report import text_of_evaluation

        return text_of_evaluation(self._summary(self.figures))

    def _repr_html_(self) -> str:
        from jsdf.evaluation.report import html_of_evaluation

        return html_of_evaluation(self._summary(self.figures))

    @short_traceback
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the confusion matrix as a heat map: the truth in rows, each row's shares as shades, numbers of rows.

        With several labels a row, the shades are precision, recall and F1 of each label.

        Args:
            ax: Axes to draw on; None for a new figure, which a notebook shows.

        Returns:
            The matplotlib Axes.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        from jsdf.evaluation.heat_map import plot_evaluation

        return plot_evaluation(self._summary(pd.DataFrame()), ax)

    def _summary(self, figures: pd.DataFrame) -> EvaluationSummary:
        from jsdf.evaluation.report import EvaluationSummary

        labels = self.left_out, self.only_truth, self.only_predicted
        tables = figures, self.per_label, self.confusion, self.worst()
        return EvaluationSummary(self.rows, self._rows.multiple, self.confidence, *tables, *labels)

    def _labels(self) -> pd.Index:
        return pd.Index([self._rows.names[i] for i in self._rows.chosen], name="label")


def check_confidence(confidence: Any) -> float:
    """Return a confidence as a float.

    Raises:
        InvalidInputError: It is not a number between 0 and 1.
    """
    is_number = isinstance(confidence, (int, float, np.floating)) and not isinstance(confidence, bool)
    if not is_number or not 0 < confidence < 1:
        percent = is_number and 1 < confidence < 100
        hint = f", as in confidence={confidence / 100:g}" if percent else ", as in confidence=0.95"
        raise InvalidInputError(f"confidence={quote(confidence)}: pass a number between 0 and 1{hint}")
    return float(confidence)
