"""The corrections of a review: given in steps, taken back in steps, each written down before the next."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jsdf.display.review import corrections_file
from jsdf.display.review.correction import (
    NO_CORRECTION,
    Correction,
    LabelCode,
    from_record,
    has_similar_labels,
    label_names,
    to_record,
)
from jsdf.display.review.matching import RowMatcher
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable

#: Row -> what is said about it from now on.
Step: TypeAlias = "dict[int, Correction]"


class LoadResult(NamedTuple):
    """What came of a file.

    Attributes:
        applied: Rows that it was applied to.
        absent: Rows that are not here.
        unknown: Rows with a label that the column cannot hold.
        unreadable: Lines that cannot be read, as where the file was cut off.
    """

    applied: int
    absent: int = 0
    unknown: int = 0
    unreadable: int = 0

    def __str__(self) -> str:
        left = [f"{pluralize(self.absent, 'row')} not here"] if self.absent else []
        left += [f"{pluralize(self.unknown, 'row')} with a label that the column cannot hold"] if self.unknown else []
        left += [f"{pluralize(self.unreadable, 'line')} that cannot be read"] if self.unreadable else []
        told = f"; left out: {', '.join(left)}" if left else ""
        return f"{pluralize(self.applied, 'row')} taken from the file{told}"


class CorrectionHistory:
    """What was said of which row.

    Args:
        table: The rows, with the labels as they were given.
        original: These labels.
        path: The file beside the store, which an earlier review may have begun; None to keep nothing.
        clock: The time, in UTC.

    Attributes:
        original: The labels as they were given.
        current: The labels as they are.
        corrections: Row -> correction, of the rows that have one.
        resumed: What came of an earlier review's file; None where it says nothing of these rows.
        error: Why the file could not be read or written the last time; None where it could.
    """

    def __init__(self, table: RowTable, given: RowLabels, *, path: Path | None, clock: Callable[[], datetime]) -> None:
        self.original, self.current = given, given.copy()
        self.corrections: Step = {}
        self.error: str | None = None
        self._matcher = RowMatcher(table.column)
        self._clock = clock
        self._steps: list[dict[int, tuple[Correction, Correction]]] = []
        self._file = None if path is None else corrections_file.CorrectionsFile(path)
        self._unsaved: set[int] = set()
        self._moved_records: list[dict[str, Any]] = []
        self.resumed = self._resume()

    def of(self, row: int) -> Correction:
        """What was said about a row."""
        return self.corrections.get(row, NO_CORRECTION)

    def where(self, holds: Callable[[Correction], bool]) -> list[int]:
        """The rows with such a correction, in order."""
        return sorted(row for row, correction in self.corrections.items() if holds(correction))

    def changed(self) -> list[int]:
        """The rows whose label is another than given, in order."""
        return [
            row for row in self.where(lambda v: v.label is not None) if self.current.get(row) != self.original.get(row)
        ]

    def new_correction(self, row: int, said: LabelCode) -> Correction:
        """A correction that gives a row this label, as of now."""
        return Correction(
            said, label_names(self.original, self.original.get(row)), self._clock(), self.of(row).is_marked
        )

    def apply(self, step: Step) -> None:
        """Set these corrections as one step, which `undo` takes back, and write them down."""
        if step:
            self._steps.append({row: (self.of(row), correction) for row, correction in step.items()})
            self._set(step)
            self._append(step)

    def undo(self) -> list[int]:
        """Take the last step back, but for rows of which another review has said something since; its rows."""
        last = self._steps.pop() if self._steps else {}
        step = {row: before for row, (before, after) in last.items() if self.of(row) == after}
        self._set(step)
        self._append(step)
        return list(step)

    def reload(self) -> None:
        """Take in what another review of the same question has written since."""
        last = {self._matcher.key(record): record for record in self._read_news() if not record.get("moved")}
        records = list(last.values())
        rows = self._matcher.match(records, by_name=True)
        corrections = {
            row: from_record(r, self.current) for row, r in zip(rows, records, strict=True) if row is not None
        }
        self._set({row: correction for row, correction in corrections.items() if correction is not None})

    def save(self, path: Path) -> None:
        """Write every correction to a file of its own."""
        corrections_file.write(path, [self._record(row) for row in sorted(self.corrections)])

    def load(self, path: Path) -> LoadResult:
        """Take over the corrections of a file as one step; what it leaves open stays as it is."""
        records, unreadable = corrections_file.read(path)
        step, loaded, _ = self._read(records)
        self.apply({row: _merge(self.of(row), correction) for row, correction in step.items()})
        return loaded._replace(unreadable=unreadable)

    def forget(self) -> None:
        """Delete what the file beside the store says of these rows."""
        if self._file is not None:
            self._file.drop(self._matcher.has_value)
            self._moved_records = []

    def _resume(self) -> LoadResult | None:
        step, loaded, names = self._read(self._read_news())
        self._set(step)
        renamed = {
            row: old for row, old in names.items() if self._matcher.key(old) != self._matcher.key(self._name(row))
        }
        # A line under the old name would come back, to a row of its own.
        self._moved_records = [_withdrawn(old) for old in renamed.values()]
        self._unsaved = set(renamed)
        return loaded if loaded.applied or loaded.unknown else None

    def _read_news(self) -> list[dict[str, Any]]:
        """What the file has of these rows and of this question, which another one in it may resemble."""
        try:
            records = [] if self._file is None else self._file.read_new()
        except OSError as error:
            self._fail(error, "cannot be read, so that earlier corrections are not here")
            return []
        return [
            record
            for record in records
            if self._matcher.has_value(record) and has_similar_labels(record, self.current.names)
        ]

    def _read(self, records: Sequence[dict[str, Any]]) -> tuple[Step, LoadResult, dict[int, dict[str, Any]]]:
        """Find the rows of these records; the last one of each row counts. The last part is a row -> its record."""
        last = {self._matcher.key(record): record for record in records}
        kept = [record for record in last.values() if record.get("to") is not None or record.get("marked") is True]
        rows = self._matcher.match(kept) if kept else []
        here = {row: record for row, record in zip(rows, kept, strict=True) if row is not None}
        corrections = {row: from_record(record, self.current) for row, record in here.items()}
        step = {row: correction for row, correction in corrections.items() if correction is not None}
        loaded = LoadResult(len(step), rows.count(None), len(corrections) - len(step))
        return step, loaded, {row: here[row] for row in step}

    def _set(self, step: Step) -> None:
        for row, correction in step.items():
            self.current.set(row, self.original.get(row) if correction.label is None else correction.label)
            if correction == NO_CORRECTION:
                self.corrections.pop(row, None)
            else:
                self.corrections[row] = correction

    def _append(self, step: Step) -> None:
        """Write these rows down, and those that could not be before."""
        self._unsaved |= set(step)
        if not step or self._file is None:
            return
        records = [self._record(row) for row in sorted(self._unsaved)]
        try:
            self._file.append([*self._moved_records, *records])
        except OSError as error:
            self._fail(error, "cannot be written: use .save(path) before you leave")
        else:
            self._moved_records, self.error = [], None
            self._unsaved.clear()

    def _fail(self, error: OSError, what: str) -> None:
        if self.error is None:  # and not again at every step
            told = f"the review's file beside the store {what} ({error.strerror or type(error).__name__})"
            warnings.warn(told, RuntimeWarning, stacklevel=5)
        self.error = error.strerror or type(error).__name__

    def _name(self, row: int) -> dict[str, Any]:
        return self._matcher.row_key(row)

    def _record(self, row: int) -> dict[str, Any]:
        return {**self._name(row), **to_record(self.of(row), self.current)}


def _merge(now: Correction, loaded: Correction) -> Correction:
    """A correction of a file on top of the one that there is: it may be a mark alone, or a label alone."""
    marked = now.is_marked or loaded.is_marked
    return now.with_mark(marked) if loaded.label is None else loaded.with_mark(marked)


def _withdrawn(record: dict[str, Any]) -> dict[str, Any]:
    """A line that takes back what was said under a name, since the row goes by another one now."""
    return record | {"to": None, "before": None, "at": None, "marked": False, "moved": True}
