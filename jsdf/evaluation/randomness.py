"""Tests whether reviewed rows can be a random sample of a column."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.errors import InvalidInputError
from jsdf.evaluation.sides import count_labels
from jsdf.formatting.text import one_line

if TYPE_CHECKING:
    from jsdf.evaluation.sides import Side

Mask = npt.NDArray[np.bool_]

#: A sample is refused if a random one would be as odd with at most this probability, in any of the tests: a true random
#: sample is refused at most about once in 100,000 times, one sorted by score practically always.
MIN_PROBABILITY = 1e-6
_REVIEW = "df.jigsaw.review(column, label, order='random', n={})"


def require_random(is_reviewed: Mask, predicted: Side, truth: Side, rows: npt.NDArray[np.intp], order: Any) -> None:
    """Refuse reviewed rows that are no random sample.

    Args:
        is_reviewed: Of each row of the column that has a label, bool of shape (rows,).
        predicted: The labeller's side.
        truth: The truth's side.
        rows: Position in `predicted` of each of these rows.
        order: The same rows in the order in which the review showed them by default, as positions among them; None if
            the truth is no review.

    Raises:
        InvalidInputError: They are not; the message says why.
    """
    reviewed = int(is_reviewed.sum())
    if reviewed == len(is_reviewed):
        return
    reason = next(_reasons(is_reviewed, predicted, rows, order), None)
    if truth.review is not None and truth.review.is_informative:
        reason = "its rows were chosen as those whose labels teach most (order='informative')"
    if reason is not None:
        advice = _REVIEW.format(min(len(is_reviewed), max(reviewed, 50)))
        raise InvalidInputError(
            f"{truth.argument} is no random sample of the rows: {reason}; the shares of a column can be inferred from "
            f"random rows only, as those of {advice}"
        )


def _reasons(
    is_reviewed: Mask, predicted: Side, rows: npt.NDArray[np.intp], order: npt.NDArray[np.intp] | None
) -> Iterator[str]:
    reviewed, total = int(is_reviewed.sum()), len(is_reviewed)
    if order is not None and _is_odd_order(is_reviewed[order]):
        yield f"its {reviewed:,} of {total:,} rows were reviewed in the order of the review, needs attention first"
    if predicted.scores is not None:
        scores = predicted.scores[rows]
        is_scored = ~np.isnan(scores)
        if _differ_in_rank(scores[is_scored & is_reviewed], scores[is_scored & ~is_reviewed]):
            yield "the scores of its rows are not those of the other rows (sorted by score, for example)"
    label = _odd_label(is_reviewed, predicted.codes[rows], predicted.names)
    if label is not None:
        yield f"{label[0]}, which are {label[1]:,} of its {reviewed:,} rows and {label[2]:,} of all {total:,}"
    if _is_odd_order(is_reviewed):
        where = "are the first" if is_reviewed[:reviewed].all() else "stand side by side, or in one part,"
        yield (
            f"its {reviewed:,} rows {where} of the {total:,} rows (if they were drawn at random and the rows were "
            "sorted later, shuffle the rows first, as with df.sample(frac=1))"
        )


def _is_odd_order(is_reviewed: Mask) -> bool:
    """True if the reviewed rows of this order are its first or last ones, stand side by side, or crowd in a part."""
    reviewed, total = int(is_reviewed.sum()), len(is_reviewed)
    if is_reviewed[:reviewed].all() or is_reviewed[total - reviewed :].all():
        return 1 / math.comb(total, reviewed) <= MIN_PROBABILITY
    positions = np.flatnonzero(is_reviewed)
    runs = 1 + int((np.diff(positions) > 1).sum())
    if _probability_of_runs(runs, reviewed, total) <= MIN_PROBABILITY:
        return True
    return _differ_in_rank(positions, np.flatnonzero(~is_reviewed))


def _probability_of_runs(runs: int, reviewed: int, total: int) -> float:
    """Return the probability of at most so many runs of reviewed rows (Wald and Wolfowitz 1940): hypergeometric."""
    from scipy import stats

    return float(stats.hypergeom.cdf(runs, total, total - reviewed + 1, reviewed))


def _differ_in_rank(one: Any, other: Any) -> bool:
    """True if the Mann-Whitney test finds that one sample lies above or below the other."""
    from scipy import stats

    if not len(one) or not len(other) or min(one.min(), other.min()) == max(one.max(), other.max()):
        return False
    return bool(stats.mannwhitneyu(one, other, method="asymptotic").pvalue <= MIN_PROBABILITY)


def _odd_label(is_reviewed: Mask, codes: npt.NDArray[Any], names: list[str]) -> tuple[str, int, int] | None:
    """Return a label that is far more or far less frequent among the reviewed rows than in the column; or None.

    Returns:
        Words for the rows that have it, and their number among the reviewed rows and in the column.
    """
    from scipy import stats

    in_column, in_sample = (count_labels(part, len(names)) for part in (codes, codes[is_reviewed]))
    shape = len(is_reviewed), in_column, int(is_reviewed.sum())
    tails = np.minimum(stats.hypergeom.cdf(in_sample, *shape), stats.hypergeom.sf(in_sample - 1, *shape))
    oddest = int(np.argmin(tails))
    if 2 * tails[oddest] * len(names) > MIN_PROBABILITY:
        return None
    name = one_line(names[oddest], 40)
    return f"it favours or avoids rows labelled {name!r}", int(in_sample[oddest]), int(in_column[oddest])
