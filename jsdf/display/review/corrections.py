"""Corrections of a review, as steps that can be undone; each step is saved to the file before the next one."""

from __future__ import annotations

import warnings
from collections import Counter
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
from jsdf.utils.call_site import warn

if TYPE_CHECKING:
    import os

    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable

#: Position of a row -> its new correction.
Step: TypeAlias = "dict[int, Correction]"


class LoadResult(NamedTuple):
    """Result of loading a file of corrections, returned by `Review.load`.

    Attributes:
        applied: Number of rows whose correction was loaded.
        absent: Number of rows in the file that the column does not have.
        unknown: Number of rows with a label that the column cannot hold.
        unreadable: Number of lines that cannot be read, for example since the file was cut off.
    """

    applied: int
    absent: int = 0
    unknown: int = 0
    unreadable: int = 0

    def __str__(self) -> str:
        skipped = [f"{pluralize(self.absent, 'row')} not in the column"] if self.absent else []
        if self.unknown:
            skipped.append(f"{pluralize(self.unknown, 'row')} with a label that the column cannot hold")
        if self.unreadable:
            skipped.append(f"{pluralize(self.unreadable, 'line')} that cannot be read")
        details = f"; skipped: {', '.join(skipped)}" if skipped else ""
        return f"{pluralize(self.applied, 'row')} loaded from the file{details}"


class CorrectionHistory:
    """Corrections of all rows of a review, with undo and a file that keeps them.

    Args:
        table: Data of all rows.
        given: Labels as they were given.
        path: Corrections file beside the store, which an earlier review may have written; None to save nothing.
        clock: Returns the current time in UTC.

    Attributes:
        original: Labels as they were given.
        current: Labels with the corrections applied.
        corrections: Position of a row -> its correction, for the rows that have one.
        resumed: Result of loading the file of an earlier review; None if it has nothing about these rows.
        error: Reason why the file could not be read or written last time; None if it could.
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
        """Return the correction of a row, `NO_CORRECTION` if it has none."""
        return self.corrections.get(row, NO_CORRECTION)

    def where(self, predicate: Callable[[Correction], bool]) -> list[int]:
        """Return the positions of rows whose correction fulfils `predicate`, ascending."""
        return sorted(row for row, correction in self.corrections.items() if predicate(correction))

    def changed(self) -> list[int]:
        """Return the positions of rows whose current label differs from the given one, ascending."""
        rows = self.where(lambda correction: correction.label is not None)
        return [row for row in rows if self.current.get(row) != self.original.get(row)]

    def new_correction(self, row: int, code: LabelCode) -> Correction:
        """Return a correction that gives a row this label, with the current time and the row's mark."""
        return Correction(
            code, label_names(self.original, self.original.get(row)), self._clock(), self.of(row).is_marked
        )

    def apply(self, step: Step) -> None:
        """Apply these corrections as one step, which `undo` reverts, and save them."""
        if step:
            self._steps.append({row: (self.of(row), correction) for row, correction in step.items()})
            self._set_corrections(step)
            self._save_rows(step)

    def undo(self) -> list[int]:
        """Revert the last step, except for rows that another review has corrected since; return the reverted rows."""
        last = self._steps.pop() if self._steps else {}
        step = {row: before for row, (before, after) in last.items() if self.of(row) == after}
        self._set_corrections(step)
        self._save_rows(step)
        return list(step)

    def reload(self) -> None:
        """Apply corrections that another review of the same question has saved since the last read."""
        last = {self._matcher.key(record): record for record in self._read_new_records() if not record.get("moved")}
        records = list(last.values())
        rows = self._matcher.match(records, by_name=True)
        by_row = {row: record for row, record in zip(rows, records, strict=True) if row is not None}
        corrections = {row: from_record(record, self.current) for row, record in by_row.items()}
        self._set_corrections({row: correction for row, correction in corrections.items() if correction is not None})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all corrections to a new file."""
        corrections_file.save(path, [self._record(row) for row in sorted(self.corrections)])

    def load(self, path: str | os.PathLike[str]) -> LoadResult:
        """Apply the corrections of a file as one step; a label or mark that it does not set is kept."""
        records, unreadable = corrections_file.read(path)
        step, result, _ = self._match_records(records)
        self.apply({row: _merge(self.of(row), correction) for row, correction in step.items()})
        return result._replace(unreadable=unreadable)

    def forget(self) -> None:
        """Delete the records of these rows from the file beside the store."""
        if self._file is not None:
            self._file.drop(self._matcher.has_value)
            self._moved_records = []

    def _resume(self) -> LoadResult | None:
        step, result, records = self._match_records(self._read_new_records())
        self._warn_about_lines()
        self._set_corrections(step)
        key = self._matcher.key
        moved = {row: old for row, old in records.items() if key(old) != key(self._matcher.row_key(row))}
        # A record under the old key would later match another row, so revoke it and save it under the new key.
        self._moved_records = [_revoked(old) for old in moved.values()]
        self._unsaved = set(moved)
        return result if result.applied or result.unknown else None

    def _read_new_records(self) -> list[dict[str, Any]]:
        """Return the records added to the file since the last read, for these rows and this question only."""
        try:
            records = [] if self._file is None else self._file.read_new()
        except OSError as error:
            self._report_error(error, "cannot be read", "earlier corrections are not loaded")
            return []
        return [
            record
            for record in records
            if self._matcher.has_value(record) and has_similar_labels(record, self.current.names)
        ]

    def _warn_about_lines(self) -> None:
        """Warn about lines of the file that the first read left out."""
        left_out = Counter[str]() if self._file is None else self._file.left_out
        if self._file is not None and left_out:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
            warn(
                f"the review's file {self._file.path} has {pluralize(left_out.total(), 'line')} that cannot be read "
                f"({reasons}): the other lines are loaded, and the file stays as it is"
            )

    def _match_records(self, records: Sequence[dict[str, Any]]) -> tuple[Step, LoadResult, dict[int, dict[str, Any]]]:
        """Return the corrections of the last record of each row, the result of loading, and row -> record."""
        last = {self._matcher.key(record): record for record in records}
        relevant = [record for record in last.values() if record.get("to") is not None or record.get("marked") is True]
        rows = self._matcher.match(relevant) if relevant else []
        by_row = {row: record for row, record in zip(rows, relevant, strict=True) if row is not None}
        corrections = {row: from_record(record, self.current) for row, record in by_row.items()}
        step = {row: correction for row, correction in corrections.items() if correction is not None}
        result = LoadResult(len(step), rows.count(None), len(corrections) - len(step))
        return step, result, {row: by_row[row] for row in step}

    def _set_corrections(self, step: Step) -> None:
        for row, correction in step.items():
            self.current.set(row, self.original.get(row) if correction.label is None else correction.label)
            if correction == NO_CORRECTION:
                self.corrections.pop(row, None)
            else:
                self.corrections[row] = correction

    def _save_rows(self, step: Step) -> None:
        """Append the records of these rows to the file, with those that could not be saved before."""
        self._unsaved |= set(step)
        if not step or self._file is None:
            return
        records = [self._record(row) for row in sorted(self._unsaved)]
        try:
            self._file.append([*self._moved_records, *records])
        except OSError as error:
            self._report_error(error, "cannot be written", "use .save(path) before the kernel ends")
        else:
            self._moved_records, self.error = [], None
            self._unsaved.clear()

    def _report_error(self, error: OSError, problem: str, advice: str) -> None:
        reason = error.strerror or type(error).__name__
        if self.error is None:  # warn once, not at every step
            message = f"the review's file beside the store {problem} ({reason}): {advice}"
            warnings.warn(message, RuntimeWarning, stacklevel=5)
        self.error = reason

    def _record(self, row: int) -> dict[str, Any]:
        return {**self._matcher.row_key(row), **to_record(self.of(row), self.current)}


def _merge(current: Correction, loaded: Correction) -> Correction:
    """Combine a row's correction with one from a file, which may set only a mark or only a label."""
    is_marked = current.is_marked or loaded.is_marked
    return (current if loaded.label is None else loaded).with_mark(is_marked)


def _revoked(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record that revokes one whose row now has another key."""
    return record | {"to": None, "before": None, "at": None, "marked": False, "moved": True}
