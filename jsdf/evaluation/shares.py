"""Shares of the rows that have each label: as labelled, or corrected by a random sample of true labels."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.evaluation.alignment import align
from jsdf.evaluation.evaluate import check_confidence
from jsdf.evaluation.matched_rows import check_common_labels, check_same_form
from jsdf.evaluation.prediction_powered import (
    Counts,
    Estimate,
    Stratum,
    estimate_shares,
    make_strata,
    require_scipy,
    rows_to_review,
)
from jsdf.evaluation.sides import Side, count_labels, read_side
from jsdf.formatting.text import escape_html, pluralize, quote

if TYPE_CHECKING:
    from jsdf.evaluation.alignment import Alignment

Mask = npt.NDArray[np.bool_]


class Shares(pd.DataFrame):
    """A frame with one row per label, returned by `jsdf.shares`; displayed with a sentence about what it holds.

    The sentence is `.attrs["note"]`, which pandas hands on to frames made from this one, as by `round` and `head`.
    """

    @property
    def _constructor(self) -> Any:
        return Shares

    def __repr__(self) -> str:
        """Return the table and the note."""
        return "\n".join([super().__repr__(), *self._note_lines()])

    def _repr_html_(self) -> str | None:
        table: str | None = super()._repr_html_()  # type: ignore[misc]
        if table is None:  # the user has turned HTML off
            return None
        return table + "".join(f"<p>{escape_html(line, 500)}</p>" for line in self._note_lines())

    def _note_lines(self) -> list[str]:
        return [line for line in str(self.attrs.get("note", "")).split("\n") if line]


def compute_shares(predicted: Any, truth: Any = None, *, confidence: float, width: float | None) -> Shares:
    """Compute what `jsdf.shares` returns."""
    level, target = check_confidence(confidence), _check_width(width)
    side = read_side(predicted, "predicted", is_truth=False)
    rows = np.flatnonzero(side.has_label)
    if not len(rows):
        raise InvalidInputError(f"none of the {len(side):,} rows of predicted has a label; label the column first")
    left_out = _count("row", len(side) - len(rows), "without a label is left out", "without a label are left out")
    if truth is None:
        return _plain(side, rows, level, target, left_out)
    require_scipy()
    known = read_side(truth, "truth", is_truth=True)
    check_same_form(known, side)
    check_common_labels(known, side)
    return _corrected(side, rows, known, level, target, left_out)


def _plain(side: Side, rows: npt.NDArray[np.intp], confidence: float, width: float | None, notes: list[str]) -> Shares:
    names = _ordered(side)
    counts = _count_labels(side, rows, names)
    note = [
        "as labelled; not corrected for the labeller's errors",
        f"{_percent(confidence)} intervals (Wilson): shares that the same labeller would give to more rows like these",
        *notes,
    ]
    more = None
    if width is not None:
        require_scipy()
        none = np.zeros(len(names), np.int64)
        strata = Stratum(counts, none, none, 1.0), Stratum(len(rows) - counts, none, none, 0.0)
        more = rows_to_review(*strata, confidence, width)
        note.append(f"for corrected shares with intervals of {width:g}, review at most {_rows(more)}, drawn at random")
    return _frame(names, wilson(counts, len(rows), confidence), counts, more, note)


def _corrected(
    side: Side, rows: npt.NDArray[np.intp], truth: Side, confidence: float, width: float | None, notes: list[str]
) -> Shares:
    from jsdf.evaluation.randomness import require_random

    pairs = align(truth, side)
    is_used = truth.is_known[pairs.truth] & side.has_label[pairs.predicted]
    in_truth, in_column = pairs.truth[is_used], pairs.predicted[is_used]
    if not len(in_truth):
        raise InvalidInputError(
            f"truth says nothing of the {len(rows):,} rows that have a label; review some of them first, as with "
            f"df.jigsaw.review(column, label, order='random', n={min(len(rows), 200)})"
        )
    is_reviewed = np.isin(rows, in_column)
    require_random(is_reviewed, _with_scores(side, truth, pairs), truth, rows, _review_order(truth, pairs, rows))
    names = _ordered(side, truth, in_truth)
    counts = _count_labels(side, rows, names)
    strata = make_strata(_one_hot(side, in_column, names), _one_hot(truth, in_truth, names), counts, len(rows))
    estimate = estimate_shares(*strata, confidence)
    note = [
        f"corrected for the labeller's errors (PPI++): {len(in_truth):,} of {pluralize(len(rows), 'row')} reviewed",
        f"{_percent(confidence)} intervals, for all {pluralize(len(rows), 'row')}",
        *notes,
        *_count("row", int(truth.is_known.sum()) - len(in_truth), "of truth has no label in predicted",
                "of truth have no label in predicted"),
        *_undecided(truth),
    ]  # fmt: skip
    more = None
    if width is not None:
        needed = rows_to_review(*strata, confidence, width) - len(in_truth)
        is_enough = estimate.high - estimate.low <= width
        more = np.where(is_enough, 0, np.maximum(needed, 1))
        note.append(
            f"for intervals of {width:g}, review about {_rows(more)} more, drawn at random"
            if more.any()
            else f"no interval is wider than {width:g}"
        )
    return _frame(names, estimate, np.round(estimate.share * len(rows)).astype(np.int64), more, note)


def wilson(counts: Counts, rows: int, confidence: float) -> Estimate:
    """Return shares with Wilson's score intervals (E. B. Wilson 1927)."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = counts / rows
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2)) / (1 + z**2 / rows)
    low = np.where(counts == 0, 0.0, np.maximum(middle - half, 0))
    return Estimate(share, low, np.where(counts == rows, 1.0, np.minimum(middle + half, 1)))


def _ordered(side: Side, truth: Side | None = None, rows: Any = ()) -> list[str]:
    """Return the names of all labels: the prediction's in their order, then those that only the truth has."""
    names = [name for name in side.names if name.strip() or side.multiple]
    names = names if side.has_order else sorted(names)
    if truth is None:
        return names
    has = truth.codes[rows].any(axis=0) if truth.multiple else np.isin(np.arange(len(truth.names)), truth.codes[rows])
    return list(dict.fromkeys([*names, *sorted(name for name, occurs in zip(truth.names, has, strict=True) if occurs)]))


def _count_labels(side: Side, rows: npt.NDArray[np.intp], names: list[str]) -> Counts:
    """Return the number of rows that have each label."""
    counts = dict(zip(side.names, count_labels(side.codes[rows], len(side.names)).tolist(), strict=True))
    return np.array([counts.get(name, 0) for name in names], np.int64)


def _one_hot(side: Side, rows: npt.NDArray[np.intp], names: list[str]) -> Mask:
    """Return a mask of shape (rows, names), True where a row has a label."""
    codes = side.codes[rows]
    none = np.zeros(len(rows), bool)
    positions = {name: i for i, name in enumerate(side.names)}
    columns = [
        none if name not in positions else codes[:, positions[name]] if side.multiple else codes == positions[name]
        for name in names
    ]
    return np.column_stack(columns)


def _with_scores(side: Side, truth: Side, pairs: Alignment) -> Side:
    """Return the prediction with the scores that the review knows, if it has none itself."""
    if side.scores is not None or truth.scores is None:
        return side
    scores = np.full(len(side), np.nan, np.float32)
    scores[pairs.predicted] = truth.scores[pairs.truth]
    return Side(side.argument, side.index, side.names, side.has_order, side.codes, side.is_known, scores)


def _review_order(truth: Side, pairs: Alignment, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp] | None:
    """Return the labelled rows in the order of the review, as positions among them; None if it does not hold all."""
    if truth.review is None or len(pairs.truth) < len(rows):
        return None
    place = np.full(len(truth), -1)
    place[truth.review.attention_order()] = np.arange(len(truth.review.attention_order()))
    of_row = np.full(int(pairs.predicted.max()) + 1, -1)
    of_row[pairs.predicted] = place[pairs.truth]
    places = of_row[rows]
    return None if (places < 0).any() else np.argsort(places, kind="stable")


def _undecided(truth: Side) -> list[str]:
    """Return remarks on rows of a review that are not decided yet."""
    review = truth.review
    if review is None:
        return []
    in_sample = np.ones(len(truth), bool) if review.sample is None else review.sample
    marked = np.zeros(len(truth), bool)
    marked[review.marked.index] = True
    undecided = marked & in_sample & ~truth.is_known
    remarks = _count("row", int(undecided.sum()), "marked for later is not decided, and not counted",
                     "marked for later are not decided, and not counted")  # fmt: skip
    if review.sample is not None:
        open_rows = int((in_sample & ~truth.is_known).sum())
        remarks += _count("row", open_rows, "of the sample is not reviewed yet", "of the sample are not reviewed yet")
    return remarks


def _check_width(width: Any) -> float | None:
    if width is None:
        return None
    is_number = isinstance(width, (int, float, np.floating)) and not isinstance(width, bool)
    if not is_number or not 0 < width < 1:
        raise InvalidInputError(f"width={quote(width)}: pass a number between 0 and 1, as in width=0.05 for 5 points")
    return float(width)


def _frame(names: list[str], estimate: Estimate, rows: Counts, more: Counts | None, note: list[str]) -> Shares:
    columns: dict[str, Any] = {**estimate._asdict(), "rows": rows}
    if more is not None:
        columns["to_review"] = more
    frame = Shares(columns, index=pd.Index(names, name="label"))
    frame.attrs["note"] = "\n".join(note)
    return frame


def _count(noun: str, count: int, one: str, many: str) -> list[str]:
    return [f"{pluralize(count, noun)} {one if count == 1 else many}"] if count else []


def _rows(more: Counts) -> str:
    return pluralize(int(more.max()), "row")


def _percent(confidence: float) -> str:
    return f"{100 * confidence:.4g}%"
