"""Agreement between labels of the same rows, by chance or not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.results.answers import LabelResult


class Agreement(NamedTuple):
    """Agreement of two labellers.

    Attributes:
        rows: Rows that both labelled.
        share: Share of these rows with the same label, or the same set of labels; NaN without rows.
        kappa: Cohen's kappa (Cohen 1960): agreement beyond that of two labellers who give the same labels as often, but
            to any rows; 1 at best, 0 for no better than chance. NaN where both give one and the same label always.
    """

    rows: int
    share: float
    kappa: float


def to_codes(results: Sequence[LabelResult]) -> list[npt.NDArray[np.intp]]:
    """Return the labels of each result as codes, equal where the labels, or the sets of labels, are equal.

    Args:
        results: Categorical Series, or multi-hot frames, of the same rows; their label names may differ.

    Returns:
        For each result an array of shape (rows,); -1 for rows without a label.
    """
    codes: dict[Any, int] = {}
    return [_single(r, codes) if isinstance(r, pd.Series) else _multiple(r, codes) for r in results]


def _single(labels: pd.Series[Any], codes: dict[Any, int]) -> npt.NDArray[np.intp]:
    positions = [codes.setdefault(name, len(codes)) for name in labels.cat.categories]
    codes_of_rows: npt.NDArray[np.intp] = np.array([*positions, -1], np.intp)[labels.cat.codes]
    return codes_of_rows  # the code -1 of a missing label picked the last entry


def _multiple(labels: pd.DataFrame, codes: dict[Any, int]) -> npt.NDArray[np.intp]:
    is_missing = labels.isna().any(axis=1).to_numpy()
    chosen = labels.fillna(False).to_numpy(bool)
    patterns, inverse = np.unique(chosen, axis=0, return_inverse=True)
    names = list(labels.columns)
    sets = [frozenset(name for name, applies in zip(names, row, strict=True) if applies) for row in patterns]
    positions = np.array([codes.setdefault(names, len(codes)) for names in sets], np.intp)
    codes_of_rows: npt.NDArray[np.intp] = np.where(is_missing, -1, positions[inverse.reshape(-1)])
    return codes_of_rows


def agree(first: npt.NDArray[np.intp], second: npt.NDArray[np.intp]) -> Agreement:
    """Compare two labellers by their codes, -1 for rows without a label, which are left out."""
    both = (first >= 0) & (second >= 0)
    rows = int(both.sum())
    if not rows:
        return Agreement(0, np.nan, np.nan)
    one, two = first[both], second[both]
    share = float((one == two).mean())
    size = int(max(one.max(), two.max())) + 1
    chance = float(np.bincount(one, minlength=size) @ np.bincount(two, minlength=size)) / rows**2
    return Agreement(rows, share, np.nan if chance == 1 else (share - chance) / (1 - chance))


def one_column(labels: LabelResult) -> pd.Series[Any]:
    """Return the labels of each row in one column: as they are, or several of them as text, joined with commas."""
    if isinstance(labels, pd.Series):
        return labels
    names = list(labels.columns)
    is_missing = labels.isna().any(axis=1).tolist()
    rows = zip(labels.fillna(False).to_numpy(bool).tolist(), is_missing, strict=True)
    joined = [None if missing else ", ".join(compress(names, row)) for row, missing in rows]
    return pd.Series(joined, index=labels.index, dtype="string")
