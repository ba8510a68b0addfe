"""Plain functions `evaluate` and `shares`; the modules that do the work are imported on the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.api.arguments import with_own_arguments

if TYPE_CHECKING:
    from jsdf.evaluation.evaluate import Evaluation
    from jsdf.evaluation.shares import Shares


@with_own_arguments
def evaluate(truth: Any, predicted: Any, *, labels: Any = None, confidence: float = 0.95, seed: int = 0) -> Evaluation:
    """Compare labels with a truth: figures with intervals, a table by label, and the worst mistakes.

    Rows are matched by index label where the index of both sides is unique, and by position where both have the same
    index; lists and arrays, which have none, by position.

    Args:
        truth: The true labels: a Series, anything that `classify` takes as a column, a multi-hot frame of booleans, a
            `Run`, or a `Review`, of which the rows count whose label a person chose or accepted. Nulls and blank texts
            are no labels. The method of a frame also accepts the name of a column, or a list of names of multi-hot
            columns.
        predicted: The labels to judge, in any of these forms.
        labels: The labels that `macro_f1`, `micro_f1`, `kappa`, `per_label` and `confusion` are about, in their order.
            Default None: those that occur in the compared rows of either side; with several labels a row, all columns.
        confidence: Confidence of the intervals, between 0 and 1. Default 0.95.
        seed: Seed of the bootstrap, 0 or more. Default 0.

    Returns:
        An `Evaluation`; a notebook shows it as a report. The figures are those of scikit-learn with
        `zero_division=0`. The intervals are BCa bootstrap intervals by rows, from 1,000 resamples.

    Raises:
        InvalidInputError: The sides cannot be compared, or an argument cannot be used.
        MissingExtraError: scikit-learn is not installed.
    """
    from jsdf.evaluation.evaluate import Evaluation
    from jsdf.evaluation.matched_rows import compare_sides
    from jsdf.evaluation.sides import read_side

    sides = read_side(truth, "truth", is_truth=True), read_side(predicted, "predicted", is_truth=False)
    return Evaluation(compare_sides(*sides, labels), confidence=confidence, seed=seed)


@with_own_arguments
def shares(predicted: Any, truth: Any = None, *, confidence: float = 0.95, width: float | None = None) -> Shares:
    """Return the share of the rows that have each label, with an interval.

    Without `truth`, the shares are those of the labels as they are. With it, they are corrected for the labeller's
    errors by prediction-powered inference (PPI++; Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453), and the
    interval holds for all rows of the column that have a label. `truth` must cover a random sample of these rows, as
    that of `review(order="random", n=200)`.

    Args:
        predicted: The labels of the column: a Series, a multi-hot frame, a `Run` or a `Review`, as for `evaluate`.
        truth: The true labels of some rows, in the same forms, null for the others: a `Review`, say, of which the rows
            count whose label a person chose, accepted or removed. Default None.
        confidence: Confidence of the intervals, between 0 and 1. Default 0.95.
        width: The width that each interval should have, between 0 and 1, as 0.04 for a share that is known to 2 points;
            the result then says how many more rows to review. Default None.

    Returns:
        A frame with one row per label: `share`, `low` and `high`, from 0 to 1, and `rows`, the number of rows that have
        the label: with `truth`, the estimate. With `width`, `to_review` is the number of rows to review for each label.
        A label's share is estimated by itself, so that the shares need not add up to exactly 1. What they are about is
        displayed with the frame, and in `.attrs["note"]`.

    Raises:
        InvalidInputError: An argument cannot be used, or the truth is not of a random sample.
        MissingExtraError: SciPy is not installed, which intervals with a truth need.
    """
    from jsdf.evaluation.shares import compute_shares

    return compute_shares(predicted, truth, confidence=confidence, width=width)
