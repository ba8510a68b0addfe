"""Rows of two sides side by side: common labels, compared rows, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.evaluation.alignment import align
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    from jsdf.evaluation.sides import Side

_MAX_NAMES = 8  # in a message


@dataclass(frozen=True, eq=False)
class MatchedRows:
    """Rows with a truth and a prediction.

    Attributes:
        names: Names of all labels that occur on either side.
        chosen: Positions in the names of those that figures by label are about, in their order.
        truth: Positions in the names, intp of shape (rows,), or bool of shape (rows, names).
        predicted: Likewise.
        index: Index labels of the rows.
        values: Returns the value of a compared row, given its position among them; None if values are not known.
        left_out: Reason -> number of rows that are not compared.
        only_truth: Labels that only the truth has.
        only_predicted: Labels that only the prediction has.
        is_fixed: True if the labels were chosen by the user.
    """

    names: list[str]
    chosen: npt.NDArray[np.intp]
    truth: npt.NDArray[Any]
    predicted: npt.NDArray[Any]
    index: pd.Index
    values: Callable[[int], Any] | None
    left_out: dict[str, int]
    only_truth: list[str]
    only_predicted: list[str]
    is_fixed: bool

    @property
    def multiple(self) -> bool:
        """True if a row may have any number of labels."""
        return self.truth.ndim == 2


@dataclass(frozen=True, eq=False)
class _ValuesOfRows:
    """Returns the values of compared rows; a class, so that it can be pickled."""

    of_side: Callable[[int], Any]
    rows: npt.NDArray[np.intp]

    def __call__(self, row: int) -> Any:
        return self.of_side(int(self.rows[row]))


def compare_sides(truth: Side, predicted: Side, labels: Any = None) -> MatchedRows:
    """Match the rows of two sides and translate their labels to common names.

    Raises:
        InvalidInputError: The sides cannot be compared.
    """
    check_same_form(truth, predicted)
    chosen = _read_chosen(labels, truth, predicted)
    check_common_labels(truth, predicted, chosen)
    pairs = align(truth, predicted)
    has_truth, has_prediction = truth.has_label[pairs.truth], predicted.has_label[pairs.predicted]
    kept = has_truth & has_prediction
    rows = pairs.truth[kept], pairs.predicted[kept]
    lonely = truth.has_label[pairs.only_truth], predicted.has_label[pairs.only_predicted]
    left_out = {
        "no_truth": int((~has_truth & has_prediction).sum() + lonely[1].sum()),
        "no_prediction": int((has_truth & ~has_prediction).sum() + lonely[0].sum()),
        "neither": int((~has_truth & ~has_prediction).sum() + (~lonely[0]).sum() + (~lonely[1]).sum()),
    }
    if not kept.any():
        reasons = describe_left_out(left_out) or "there are no rows"
        raise InvalidInputError(
            f"no row has a label in both {truth.argument} and {predicted.argument}, so that there is nothing to "
            f"compare: {reasons}"
        )
    occurring = [_occurring(side, codes) for side, codes in zip((truth, predicted), rows, strict=True)]
    names = _common_names(truth, predicted, set(occurring[0]) | set(occurring[1]) | set(chosen or ()))
    with_value = truth if predicted.value is None else predicted
    of_rows = rows[0] if predicted.value is None else rows[1]
    index = truth.index if predicted.index is None else predicted.index
    return MatchedRows(
        names,
        np.array([names.index(name) for name in (chosen or names)], np.intp),
        _translate(truth, rows[0], names),
        _translate(predicted, rows[1], names),
        pd.RangeIndex(len(predicted))[rows[1]] if index is None else _index_of(truth, predicted, rows),
        None if with_value.value is None else _ValuesOfRows(with_value.value, of_rows),
        left_out,
        [name for name in names if name in occurring[0] and name not in occurring[1]],
        [name for name in names if name in occurring[1] and name not in occurring[0]],
        chosen is not None,
    )


def check_same_form(truth: Side, predicted: Side) -> None:
    """Refuse to compare one label a row with several."""
    if truth.multiple == predicted.multiple:
        return
    single, several = (predicted, truth) if truth.multiple else (truth, predicted)
    raise InvalidInputError(
        f"{single.argument} has one label a row, and {several.argument} is multi-hot; pass two columns or two "
        f"multi-hot frames, as pd.get_dummies({single.argument}) makes of a column"
    )


def check_common_labels(truth: Side, predicted: Side, chosen: Sequence[str] | None = None) -> None:
    """Refuse sides that have no label in common, and say if only the spelling differs."""
    a, b = ([name for name in side.names if name.strip()] for side in (truth, predicted))
    if not a or not b or set(a) & set(b) or set(a) | set(b) <= set(chosen or ()):
        return
    is_spelling = {_folded(name) for name in a} & {_folded(name) for name in b}
    fold = ".rename(columns=lambda name: str(name).strip().casefold())" if truth.multiple else (
        ".astype('string').str.strip().str.casefold()")  # fmt: skip
    advice = (
        f"they differ by case or blanks only; pass both with {fold}"
        if is_spelling
        else "pass the column of the same labels, or labels= with the names of all if none of the rows agree"
    )
    raise InvalidInputError(
        f"{truth.argument} and {predicted.argument} have no label in common ({_list(a)}; {_list(b)}): {advice}"
    )


def similar_names(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, str]]:
    """Return pairs of names that differ by case or blanks only."""
    folded = {_folded(name): name for name in b}
    return [(name, folded[_folded(name)]) for name in a if _folded(name) in folded]


def describe_left_out(left_out: dict[str, int]) -> str:
    """Return the rows that are not compared, as in "3 without a truth, 1 with neither"."""
    words = {"no_truth": "without a truth", "no_prediction": "without a prediction", "neither": "with neither"}
    return ", ".join(f"{rows:,} {words[reason]}" for reason, rows in left_out.items() if rows)


def _folded(name: str) -> str:
    return name.strip().casefold()


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(quote(name, 40) for name in names[:_MAX_NAMES])
    return f"{shown} and {len(names) - _MAX_NAMES:,} more" if len(names) > _MAX_NAMES else shown


def _read_chosen(labels: Any, truth: Side, predicted: Side) -> list[str] | None:
    if labels is None:
        return None
    if isinstance(labels, str) or not pd.api.types.is_list_like(labels):
        raise InvalidInputError(f"labels={quote(labels)}: pass a list of labels")
    names = list(map(str, labels))
    known = list(dict.fromkeys(name for name in truth.names + predicted.names if name.strip()))
    for i, name in enumerate(names):
        if name not in known:
            similar = [other for other in known if _folded(other) == _folded(name)]
            advice = f"pass {similar[0]!r}" if similar else f"they have {_list(known)}"
            raise InvalidInputError(
                f"labels: {name!r} is in neither {truth.argument} nor {predicted.argument}; {advice}"
            )
        if name in names[:i]:
            raise InvalidInputError(f"labels: {name!r} is there twice; pass each label once")
    if not names:
        raise InvalidInputError("labels=[]: pass at least one label, or None for all")
    return names


def _occurring(side: Side, rows: npt.NDArray[np.intp]) -> set[str]:
    """Return the labels that these rows have; with several labels a row all that they may have."""
    if side.multiple:
        return set(side.names)
    return {side.names[code] for code in np.unique(side.codes[rows]).tolist()}


def _common_names(truth: Side, predicted: Side, occurring: set[str]) -> list[str]:
    """Return the names in the order of the side whose order was given, the prediction's first; else sorted."""
    ordered = [side for side in (predicted, truth) if side.has_order]
    names = list(dict.fromkeys(name for side in ordered for name in side.names))
    return [name for name in [*names, *sorted(occurring - set(names))] if name in occurring]


def _translate(side: Side, rows: npt.NDArray[np.intp], names: list[str]) -> npt.NDArray[Any]:
    positions = {name: i for i, name in enumerate(names)}
    if not side.multiple:
        translated = np.array([positions.get(name, -1) for name in side.names] + [-1], np.intp)
        codes: npt.NDArray[Any] = translated[side.codes[rows]]
        return codes
    multi_hot = np.zeros((len(rows), len(names)), bool)
    for i, name in enumerate(side.names):
        multi_hot[:, positions[name]] = side.codes[rows, i]
    return multi_hot


def _index_of(truth: Side, predicted: Side, rows: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]) -> pd.Index:
    if predicted.index is not None:
        return predicted.index[rows[1]]
    index: pd.Index = truth.index[rows[0]]  # type: ignore[index]
    return index
