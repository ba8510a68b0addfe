"""Count the progress of a run as values reach their final status: rows done, rows by label, latest images."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import numpy as np

from jsdf.formatting.text import pluralize
from jsdf.results.answers import ANSWERED, FAILED, UNKNOWN

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.column import Column
    from jsdf.column.kinds import Kind
    from jsdf.engines.base import Engine, SendRequest
    from jsdf.runner.answer_table import AnswerTable

T = TypeVar("T")

_MAX_LATEST = 8  # images in an event
#: Note of a run whose requests are sent and not answered yet.
WAITING = "waiting for the first answer"
_BLOCK_ROWS = 8192  # rows of a multi-hot table that are summed at once; limits memory, as the store may hold millions


def first_note(engine: Engine, kind: Kind, values: int) -> str:
    """Return the note of a run until the first answer: the opening of images, the loading of a model, or the wait.

    Args:
        engine: The engine that is asked.
        kind: Kind of the values.
        values: Number of values that are asked about.
    """
    startup_note = getattr(engine, "startup_note", None)  # engines of others may not inherit from `Engine`
    parts = [f"opening {pluralize(values, 'image')}"] if kind == "image" else []
    parts += [] if startup_note is None else [startup_note(kind)]
    return ", ".join(filter(None, parts)) or WAITING


def then_call(send: SendRequest, on_sent: Callable[[], None]) -> SendRequest:
    """Return a function that sends a request as `send` does, and then calls `on_sent`."""

    async def send_and_call(request: Callable[[], Awaitable[T]], *, closing: bool = False) -> T:
        result = await send(request, closing=closing)
        on_sent()
        return result

    return send_and_call


class ProgressFields(TypedDict):
    """The fields of `Progress` that `ProgressCounter` provides."""

    rows: int
    done: int
    failed: int
    note: str
    finished: bool
    label_counts: dict[str, int]
    latest: tuple[tuple[Any, str], ...]


class ProgressCounter:
    """Counts rows as their values reach a final status; a value may occur in many rows.

    Each update takes time in proportion to its own values, regardless of how many were counted before.

    Args:
        table: The table whose values are counted; the intermediate tables of rounds are ignored.
        column: The column, which maps rows to values.
        on_progress: Called with every report.
    """

    def __init__(self, table: AnswerTable, column: Column, on_progress: Callable[[ProgressFields], None]) -> None:
        self._table, self._on_progress = table, on_progress
        self._rows = len(column.codes)
        self._weights = column.weights
        self._done = column.missing
        self._failed = 0
        self._names = table.question.labels.names
        self._label_counts = np.zeros(len(self._names), np.int64)
        self._reported_counts: dict[str, int] | None = None
        self._has_images = column.kind == "image"
        self._latest: deque[tuple[Any, str]] = deque(maxlen=_MAX_LATEST)

    def rows_of(self, items: Sequence[int]) -> int:
        """Return the number of rows that hold these values."""
        return int(self._weights[np.asarray(items, np.intp)].sum())

    def add(self, table: AnswerTable, items: Sequence[int] | npt.NDArray[np.intp]) -> int:
        """Count these values, which have their final status; return their number of rows."""
        if table is not self._table or not len(items):
            return 0
        positions = np.asarray(items, np.intp)
        rows, status = self._weights[positions], table.answers.status[positions]
        self._done += int(rows.sum())
        self._failed += int(rows[(status == FAILED) | (status == UNKNOWN)].sum())
        is_answered = status == ANSWERED
        answered = positions[is_answered]
        self._count_labels(answered, rows[is_answered])
        if self._has_images:
            self._latest.extend((table.values[i], self._label_text(i)) for i in answered[-_MAX_LATEST:].tolist())
        return int(rows.sum())

    def _count_labels(self, items: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> None:
        chosen = self._table.answers.chosen
        if chosen.ndim == 1:
            added = np.bincount(chosen[items], weights=rows, minlength=len(self._names))
            self._label_counts += added.astype(np.int64)
        else:
            for start in range(0, len(items), _BLOCK_ROWS):
                part = slice(start, start + _BLOCK_ROWS)
                self._label_counts += rows[part] @ chosen[items[part]]
        self._reported_counts = None

    def _label_text(self, item: int) -> str:
        chosen = self._table.answers.chosen[item]
        return ", ".join(self._names[i] for i in (np.flatnonzero(chosen) if np.ndim(chosen) else [chosen]))

    def report(self, note: str, *, finished: bool = False) -> None:
        """Report the current counts, with a note for the user."""
        if self._reported_counts is None:
            self._reported_counts = dict(zip(self._names, self._label_counts.tolist(), strict=True))
        self._on_progress(
            ProgressFields(
                rows=self._rows,
                done=self._done,
                failed=self._failed,
                note=note,
                finished=finished,
                label_counts=self._reported_counts,
                latest=tuple(self._latest),
            )
        )
