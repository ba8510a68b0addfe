"""One frame of everything about the rows of a run: labels, statuses, scores, sources and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.results.answers import ANSWERED, FAILED, STORE, UNKNOWN, Answers, LabelResult

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.column import Column

#: Columns of the frame after those of the labels.
DETAILS = ("status", "score", "source", "reason")


def label_columns(names: list[str], prefix: str = "") -> list[str]:
    """Return the names of the columns of a multi-label frame, one per label.

    Raises:
        InvalidInputError: One of them is the name of another column.
    """
    columns = [f"{prefix}{name}" for name in names]
    taken = [column for column in columns if column in DETAILS]
    if taken:
        raise InvalidInputError(
            f"the label {quote(taken[0].removeprefix(prefix))} would have the column {quote(taken[0])}, which the "
            "frame has already; pass another prefix, as in to_frame(prefix='label_')"
        )
    return columns


def to_frame(
    column: Column, labels: LabelResult, status: pd.Series[Any], answers: Answers, sources: Sequence[str], prefix: str
) -> pd.DataFrame:
    """Return the frame of `Run.to_frame`."""
    if isinstance(labels, pd.DataFrame):
        parts = labels.set_axis(label_columns(list(labels.columns), prefix), axis=1)
    else:
        parts = labels.to_frame("label")
    details = {
        "status": status.array,
        "score": _scores(column, answers),
        "source": to_sources(column, answers, sources),
        "reason": _reasons(column, answers),
    }
    frame: pd.DataFrame = parts.assign(**details)
    return frame


def _scores(column: Column, answers: Answers) -> pd.api.extensions.ExtensionArray:
    """Return the score of each row's label, the lowest of several."""
    if answers.scores is None:
        per_value = np.full(len(answers.status), np.nan, np.float32)
    elif answers.chosen.ndim == 1:
        per_value = np.take_along_axis(answers.scores, answers.chosen[:, None], axis=1)[:, 0]
    else:
        lowest = np.where(answers.chosen, answers.scores, np.inf).min(axis=1)
        per_value = np.where(np.isinf(lowest), np.nan, lowest).astype(np.float32)
    rows = column.to_rows(np.where(answers.status == ANSWERED, per_value, np.nan), np.nan)
    return pd.arrays.FloatingArray(np.nan_to_num(rows), np.isnan(rows))


def to_sources(column: Column, answers: Answers, sources: Sequence[str]) -> pd.Categorical[Any]:
    """Return who answered each row, null for rows without a label.

    Args:
        column: The column.
        answers: The answers; those without a source of their own are of the first of `sources`.
        sources: Names of the engines that may have answered, which are categories even if none of them did.
    """
    names = [*sources, STORE]
    codes = np.where(answers.status == ANSWERED, _source_codes(answers, names), -1)
    return pd.Categorical.from_codes(column.to_rows(codes, -1), dtype=pd.CategoricalDtype(names))


def _source_codes(answers: Answers, names: list[str]) -> npt.NDArray[np.int8]:
    """Return positions in `names`, to which other sources of the answers are added."""
    names += [name for name in answers.source_names if name not in names]
    positions = [names.index(name) for name in answers.source_names]
    return np.array([*positions, 0], np.int8)[answers.source]  # the code -1 picks the last entry, the engine


def _reasons(column: Column, answers: Answers) -> pd.api.extensions.ExtensionArray:
    has_none = np.isin(answers.status, (FAILED, UNKNOWN))
    reasons = np.array([answers.reasons.get(i) if has_none[i] else None for i in range(len(has_none))], object)
    return pd.array(column.to_rows(reasons, None), dtype="string")
