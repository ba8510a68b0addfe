"""Where a run stands, kept up as values settle: rows that are done, rows by label, the latest pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from jsdf.results.answers import ANSWERED, FAILED, UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.column import Column
    from jsdf.runner.answer_table import AnswerTable

_LATEST = 8  # pictures that an event carries along
_BLOCK = 8192  # rows of a multi-hot table that are added up at once: what is read from the store may be millions


class ProgressFields(TypedDict):
    """The counted part of a `Progress`."""

    rows: int
    done: int
    failed: int
    note: str
    finished: bool
    label_counts: dict[str, int]
    latest: tuple[tuple[Any, str], ...]


class ProgressCounter:
    """Counts rows as values settle, since a value may stand in many rows.

    Each step takes time for the values that settled in it, none for those before.

    Args:
        table: The question whose answers count; others, of rounds, are steps on the way.
        column: Which rows hold which value.
        tell: Gets every report.
    """

    def __init__(self, table: AnswerTable, column: Column, tell: Callable[[ProgressFields], None]) -> None:
        self._table, self._on_progress = table, tell
        self._rows = len(column.codes)
        self._weights = np.bincount(column.codes[column.codes >= 0], minlength=len(table.values))
        self._done = column.missing
        self._failed = 0
        self._names = table.question.labels.names
        self._by_label = np.zeros(len(self._names), np.int64)
        self._reported: dict[str, int] | None = None
        self._pictures = column.kind == "image"
        self._latest: deque[tuple[Any, str]] = deque(maxlen=_LATEST)

    def add(self, table: AnswerTable, items: Sequence[int] | npt.NDArray[np.intp]) -> int:
        """These values have their final state; returns how many rows that is."""
        if table is not self._table or not len(items):
            return 0
        where = np.asarray(items, np.intp)
        rows, status = self._weights[where], table.answers.status[where]
        self._done += int(rows.sum())
        self._failed += int(rows[(status == FAILED) | (status == UNKNOWN)].sum())
        good = status == ANSWERED
        self._count(where[good], rows[good])
        if self._pictures:
            self._latest.extend((table.values[i], self._label(i)) for i in where[good][-_LATEST:].tolist())
        return int(rows.sum())

    def _count(self, items: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> None:
        chosen = self._table.answers.chosen
        if chosen.ndim == 1:
            more = np.bincount(chosen[items], weights=rows, minlength=len(self._names))
            self._by_label += more.astype(np.int64)
        else:
            for start in range(0, len(items), _BLOCK):
                part = slice(start, start + _BLOCK)
                self._by_label += rows[part] @ chosen[items[part]]
        self._reported = None

    def _label(self, item: int) -> str:
        chosen = self._table.answers.chosen[item]
        return ", ".join(self._names[i] for i in (np.flatnonzero(chosen) if np.ndim(chosen) else [chosen]))

    def report(self, note: str, *, finished: bool = False) -> None:
        """Tell where the run stands."""
        if self._reported is None:
            self._reported = dict(zip(self._names, self._by_label.tolist(), strict=True))
        self._on_progress(
            ProgressFields(
                rows=self._rows,
                done=self._done,
                failed=self._failed,
                note=note,
                finished=finished,
                label_counts=self._reported,
                latest=tuple(self._latest),
            )
        )
