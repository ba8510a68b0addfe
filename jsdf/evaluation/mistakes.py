"""Mistakes of labels: the confusion matrix, and the most frequent mistakes with example rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from jsdf.evaluation.matched_rows import MatchedRows

_EXAMPLES = 3


def confusion(rows: MatchedRows) -> pd.DataFrame:
    """Return `Evaluation.confusion`: of the chosen labels."""
    names = pd.Index([rows.names[i] for i in rows.chosen])
    if rows.multiple:
        truth, predicted = rows.truth[:, rows.chosen], rows.predicted[:, rows.chosen]
        counts = {"tp": truth & predicted, "fp": ~truth & predicted, "fn": truth & ~predicted,
                  "tn": ~truth & ~predicted}  # fmt: skip
        sums = {name: mask.sum(axis=0) for name, mask in counts.items()}
        return pd.DataFrame(sums, index=names.rename("label"), dtype=np.int64)
    matrix = _pair_counts(rows)[np.ix_(rows.chosen, rows.chosen)]
    return pd.DataFrame(matrix, index=names.rename("truth"), columns=names.rename("predicted"), dtype=np.int64)


def worst(rows: MatchedRows, n: int) -> pd.DataFrame:
    """Return `Evaluation.worst`."""
    kinds = _several(rows) if rows.multiple else _single(rows)
    head = ("label", "mistake") if rows.multiple else ("truth", "predicted")
    kinds = sorted(kinds, key=lambda kind: -kind[2])[:n]
    examples = [_find(rows, kind) for kind in kinds]
    columns: dict[str, Any] = {
        head[0]: [kind[0] for kind in kinds],
        head[1]: [kind[1] for kind in kinds],
        "rows": pd.Series([kind[2] for kind in kinds], dtype=np.int64),
        "examples": pd.Series([tuple(rows.index[found]) for found in examples], dtype=object),
    }
    if rows.values is not None:
        values = [tuple(map(rows.values, found.tolist())) for found in examples]
        columns["values"] = pd.Series(values, dtype=object)
    return pd.DataFrame(columns)


def _pair_counts(rows: MatchedRows) -> npt.NDArray[np.intp]:
    labels = len(rows.names)
    pairs = np.bincount(rows.truth * labels + rows.predicted, minlength=labels**2)
    return pairs.reshape(labels, labels)


def _single(rows: MatchedRows) -> list[tuple[str, str, int]]:
    """Return truth, prediction and number of rows of each kind of mistake, among the chosen labels."""
    counts = _pair_counts(rows)
    pairs = [(i, j) for i in rows.chosen for j in rows.chosen if i != j and counts[i, j]]
    return [(rows.names[i], rows.names[j], int(counts[i, j])) for i, j in pairs]


def _several(rows: MatchedRows) -> list[tuple[str, str, int]]:
    """Return label, `missed` or `added`, and number of rows of each kind of mistake."""
    table = confusion(rows)
    kinds = [(name, mistake, int(table.loc[name, column]))
             for name in table.index for mistake, column in (("missed", "fn"), ("added", "fp"))]  # fmt: skip
    return [kind for kind in kinds if kind[2]]


def _find(rows: MatchedRows, kind: tuple[str, str, int]) -> npt.NDArray[np.intp]:
    """Return positions of the first rows with a mistake."""
    i = rows.names.index(kind[0])
    if rows.multiple:
        truth, predicted = rows.truth[:, i], rows.predicted[:, i]
        is_mistake = truth & ~predicted if kind[1] == "missed" else ~truth & predicted
    else:
        is_mistake = (rows.truth == i) & (rows.predicted == rows.names.index(kind[1]))
    return np.flatnonzero(is_mistake)[:_EXAMPLES]
