"""Answers by distinct value, and their conversion to a Series or a frame with one entry per row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.utils.object_arrays import to_object_array

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.labels import LabelSet
    from jsdf.results.certificate import Certificate

#: A categorical Series, or a multi-hot frame for a multi-label question.
LabelResult: TypeAlias = "pd.Series[Any] | pd.DataFrame"

#: Statuses of a row. `missing`: null or blank, nothing to classify; `unknown`: answered outside the labels;
#: `failed`: no answer after all attempts; `pending`: not asked yet.
STATUSES = ("answered", "missing", "unknown", "failed", "pending")
ANSWERED, MISSING, UNKNOWN, FAILED, PENDING = range(len(STATUSES))

#: Name of the store as the source of an answer.
STORE = "store"
#: Name of the examples of a call as the source of an answer.
EXAMPLES = "examples"


@dataclass(eq=False)
class Answers:
    """Statuses, labels, scores and failure reasons, with one entry per distinct value.

    Attributes:
        status: int8 of shape (values,), positions in `STATUSES`.
        chosen: bool of shape (values, labels) for a multi-label question; else int32 of shape (values,),
            positions in the labels, -1 for no answer.
        scores: float32 of shape (values, labels), NaN where unknown; None until the first scores arrive.
        reasons: Position of a failed or unknown value -> its failure reason, or the answer outside the labels.
        notes: Position of a value -> remark of the engine on how it was read.
        source: int8 of shape (values,), positions in `source_names`, -1 for answers of the run's engine.
        source_names: Names of others that gave answers: `STORE`, `EXAMPLES`.
        votes: The answers of each pass, if the values were asked several times.
        is_paid: For a cascade, bool of shape (values,), True for values that the strong engine was asked about.
        certificate: For a cascade that was finished, its certificate.
    """

    status: npt.NDArray[np.int8]
    chosen: npt.NDArray[Any]
    scores: npt.NDArray[np.float32] | None = None
    reasons: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    source: npt.NDArray[np.int8] = field(init=False)
    source_names: list[str] = field(default_factory=list, init=False)
    votes: list[Answers] = field(default_factory=list, init=False)
    is_paid: npt.NDArray[np.bool_] | None = field(default=None, init=False)
    certificate: Certificate | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.source = np.full(len(self.status), -1, np.int8)

    @classmethod
    def empty(cls, values: int, labels: int, *, multiple: bool) -> Answers:
        """Return answers in which every value is pending."""
        chosen = np.zeros((values, labels), bool) if multiple else np.full(values, -1, np.int32)
        return cls(np.full(values, PENDING, np.int8), chosen)

    def copy(self) -> Answers:
        """Return an independent copy."""
        scores = None if self.scores is None else self.scores.copy()
        copy = Answers(self.status.copy(), self.chosen.copy(), scores, dict(self.reasons), dict(self.notes))
        copy.source, copy.source_names = self.source.copy(), list(self.source_names)
        copy.votes = list(self.votes)
        copy.is_paid, copy.certificate = self.is_paid, self.certificate
        return copy

    def with_others_pending(self) -> Answers:
        """Return an independent copy in which failed and unknown values are pending again."""
        copy = self.copy()
        copy.status[copy.with_status(FAILED, UNKNOWN)] = PENDING
        copy.reasons.clear()
        return copy

    def with_status(self, *statuses: int) -> npt.NDArray[np.intp]:
        """Return the positions of the values with any of these statuses, in order."""
        return np.flatnonzero(np.isin(self.status, statuses))

    def set_scores(self, items: npt.NDArray[np.intp] | list[int], scores: npt.NDArray[np.float32]) -> None:
        """Set the scores of these values."""
        if self.scores is None:
            self.scores = np.full((len(self.status), scores.shape[1]), np.nan, np.float32)
        self.scores[items] = scores

    def set_source(self, items: npt.NDArray[np.intp] | list[int], name: str) -> None:
        """Record who gave the answers of these values."""
        if name not in self.source_names:
            self.source_names.append(name)
        self.source[items] = self.source_names.index(name)

    def fail(self, items: npt.NDArray[np.intp] | list[int], reason: str, status: int = FAILED) -> None:
        """Mark these values as `FAILED`, or with another status, and record the reason."""
        self.status[items] = status
        self.reasons.update(dict.fromkeys(map(int, items), _encodable(reason)))

    def part(self, items: npt.NDArray[np.intp] | list[int]) -> Answers:
        """Return the answers of these values alone, without votes."""
        positions = np.asarray(items, np.intp)
        scores = None if self.scores is None else self.scores[positions]
        part = Answers(self.status[positions], self.chosen[positions], scores)
        places = {item: place for place, item in enumerate(positions.tolist())} if self.reasons or self.notes else {}
        part.reasons = {places[item]: text for item, text in self.reasons.items() if item in places}
        part.notes = {places[item]: text for item, text in self.notes.items() if item in places}
        part.source, part.source_names = self.source[positions], list(self.source_names)
        return part

    def put(self, items: npt.NDArray[np.intp] | list[int], part: Answers) -> None:
        """Replace the answers of these values by those of `part`, which has one entry for each."""
        positions = np.asarray(items, np.intp)
        self.status[positions], self.chosen[positions] = part.status, part.chosen
        if part.scores is not None:
            self.set_scores(positions, part.scores)
        elif self.scores is not None:
            self.scores[positions] = np.nan
        self.source[positions] = -1
        for number, name in enumerate(part.source_names):
            self.set_source(positions[part.source == number], name)
        for texts, others in (self.reasons, part.reasons), (self.notes, part.notes):
            for item in positions.tolist() if texts else ():
                texts.pop(item, None)
            texts.update({int(positions[place]): text for place, text in others.items()})

    def add_note(self, item: int, note: str) -> None:
        """Record a remark on how a value was read; it replaces an earlier one."""
        self.notes[int(item)] = _encodable(note)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()  # Arrow rejects lone surrogates


def to_labels(column: Column, labels: LabelSet, answers: Answers) -> LabelResult:
    """Return the labels of the rows: a categorical Series, or a multi-hot frame for a multi-label question."""
    if answers.chosen.ndim == 1:
        dtype = pd.CategoricalDtype(list(labels.names))
        values = pd.Categorical.from_codes(column.to_rows(answers.chosen, -1), dtype=dtype)
        return pd.Series(values, index=column.index, name=column.name)
    multi_hot = column.to_rows(answers.chosen, False)
    is_answered = column.to_rows(answers.status == ANSWERED, False)
    names = pd.Index(list(labels.names))
    if is_answered.all():
        return pd.DataFrame(multi_hot, index=column.index, columns=names)
    columns = {i: pd.arrays.BooleanArray(multi_hot[:, i].copy(), ~is_answered) for i in range(len(names))}
    frame = pd.DataFrame(columns, index=column.index)
    frame.columns = names
    return frame


def to_status(column: Column, answers: Answers) -> pd.Series[Any]:
    """Return the statuses of the rows, a categorical Series named `status`."""
    codes = column.to_rows(answers.status, MISSING)
    values = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(STATUSES)))
    return pd.Series(values, index=column.index, name="status")


def to_scores(column: Column, labels: LabelSet, answers: Answers) -> pd.DataFrame | None:
    """Return the scores of the rows, a float32 frame with one column per label; None if the engine gives none."""
    if answers.scores is None:
        return None
    scores = column.to_rows(answers.scores, np.nan)
    return pd.DataFrame(scores, index=column.index, columns=pd.Index(list(labels.names)))


def to_failures(column: Column, answers: Answers) -> pd.DataFrame:
    """Return a frame of the failed and unknown rows: `row` (index label), `value`, `reason`."""
    codes = column.to_rows(answers.status, MISSING)
    rows = np.flatnonzero(np.isin(codes, (FAILED, UNKNOWN)))
    values = column.codes[rows]
    return pd.DataFrame(
        {
            "row": pd.Series(column.index.take(rows).to_list(), dtype=None if len(rows) else object),
            "value": pd.Series(to_object_array([column.values[v] for v in values]), dtype=object),
            "reason": pd.Series([answers.reasons.get(int(v), "") for v in values], dtype="string"),
        }
    )
