"""Corrections of a review, as steps that can be undone; each step is saved before the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from jsdf.display.review import exported_corrections
from jsdf.display.review.correction import (
    NO_CORRECTION,
    Correction,
    LabelCode,
    from_record,
    has_similar_labels,
    label_names,
    merge,
    to_record,
)
from jsdf.display.review.matching import RowMatcher
from jsdf.display.review.new_labels import add_choice, describe_obstacle
from jsdf.display.review.record_lines import FileContent, choices_record
from jsdf.display.review.saved_corrections import SavedCorrections
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    import os

    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable

#: States of a row.
REVIEWED, CHANGED, MARKED, NOTED = _STATES = ("reviewed", "changed", "marked", "with a note")
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
        current: Labels with the corrections applied, and with the choices that were added.
        corrections: Position of a row -> its correction, for the rows that have one.
        states: State of a row -> mask of the rows in it, bool of shape (rows,); a changed row has another label than
            the given one.
        resumed: Result of loading the file of an earlier review; None if it has nothing about these rows.
    """

    def __init__(self, table: RowTable, given: RowLabels, *, path: Path | None, clock: Callable[[], datetime]) -> None:
        self.original, self.current = given, given.copy()
        self.corrections: Step = {}
        self.states: dict[str, npt.NDArray[np.bool_]] = {name: np.zeros(len(table), bool) for name in _STATES}
        self._matcher = RowMatcher(table.column)
        self._clock = clock
        self._steps: list[dict[int, tuple[Correction, Correction]]] = []
        self._saved = SavedCorrections(path, self._matcher)
        self.resumed = self._resume()

    @property
    def error(self) -> str | None:
        """Reason why the file could not be read or written last time; None if it could."""
        return self._saved.error

    def of(self, row: int) -> Correction:
        """Return the correction of a row, `NO_CORRECTION` if it has none."""
        return self.corrections.get(row, NO_CORRECTION)

    def rows_in(self, *states: str) -> list[int]:
        """Return the positions of the rows in any of these states, ascending."""
        rows: list[int] = np.flatnonzero(np.logical_or.reduce([self.states[name] for name in states])).tolist()
        return rows

    def label_rows(self, codes: Mapping[int, LabelCode]) -> None:
        """Give rows these labels, as one step."""
        now = self._clock()
        self.apply({row: self._new_correction(row, code, now) for row, code in codes.items()})

    def note_rows(self, rows: Iterable[int], note: str) -> None:
        """Give rows this note, as one step."""
        now = self._clock()
        self.apply({row: self.of(row).with_note(note, now) for row in rows})

    def add_choice(self, name: str) -> int:
        """Add a label to the choices and return its position; it is saved with the next step or by `save_choices`."""
        self._saved.new_choices.append(name)
        return add_choice(self.current, name)

    def save_choices(self) -> None:
        """Save the choices that were added."""
        self._save_rows({})

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

    def reload(self) -> bool:
        """Apply what another review of the same question has saved since the last read; return True if it differs."""
        n_choices = len(self.current.names)
        last = self._last_records(record for record in self._read_new_records() if not record.get("moved"))
        rows = self._matcher.match(last, by_name=True)
        by_row = {row: record for row, record in zip(rows, last, strict=True) if row is not None}
        corrections = {row: from_record(record, self.current, self.of(row).note) for row, record in by_row.items()}
        # A row whose latest correction could not be written yet is newer than what the file says.
        kept = self._saved.unwritten_rows
        step = {row: c for row, c in corrections.items() if c is not None and c != self.of(row) and row not in kept}
        self._set_corrections(step)
        return bool(step) or len(self.current.names) > n_choices

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all corrections to a new file."""
        added = self.current.names[len(self.original.names) :]
        choices = [choices_record(added, self.current.names)] if added else []
        exported_corrections.save(path, [*choices, *(self._record(row) for row in sorted(self.corrections))])

    def load(self, path: str | os.PathLike[str]) -> LoadResult:
        """Apply the corrections of a file as one step; a label, mark or note that it does not set is kept."""
        content, unreadable = exported_corrections.read(path)
        self._saved.new_choices += self._add_choices(content)
        step, result, _ = self._match_records(content.records)
        self.apply({row: merge(self.of(row), correction) for row, correction in step.items()})
        self.save_choices()
        return result._replace(unreadable=unreadable)

    def forget(self) -> None:
        """Delete the records of these rows from the file beside the store."""
        self._saved.forget(self.current.names[len(self.original.names) :])

    def _new_correction(self, row: int, code: LabelCode, now: datetime) -> Correction:
        before, kept = label_names(self.original, self.original.get(row)), self.of(row)
        return Correction(code, before, now, kept.is_marked, kept.note)

    def _resume(self) -> LoadResult | None:
        records = self._read_new_records()
        self._saved.warn_about_lines()
        step, result, by_row = self._match_records(records)
        self._set_corrections(step)
        self._saved.replace_keys(by_row)
        return result if result.applied or result.unknown else None

    def _read_new_records(self) -> list[dict[str, Any]]:
        """Return the records added to the file since the last read, for these rows and this question only."""
        content = self._saved.read_new()
        self._add_choices(content)
        has_value, names = self._matcher.has_value, self.current.names
        return [record for record in content.records if has_value(record) and has_similar_labels(record, names)]

    def _add_choices(self, content: FileContent) -> list[str]:
        """Add the choices of a file, as far as the column can hold them; return their names."""
        headers = [header for header in content.choices if has_similar_labels(header, self.current.names)]
        names = [name for header in headers for name in header["choices"]]
        new = [name for name in dict.fromkeys(names) if name not in self.current.names]
        added = []
        for name in new:
            if describe_obstacle(self.current) is None:
                add_choice(self.current, name)
                added.append(name)
        return added

    def _match_records(self, records: Sequence[dict[str, Any]]) -> tuple[Step, LoadResult, dict[int, dict[str, Any]]]:
        """Return the corrections of the last record of each row, the result of loading, and row -> record."""
        relevant = [
            record
            for record in self._last_records(records)
            if record.get("to") is not None or record.get("marked") is True or record.get("note")
        ]
        rows = self._matcher.match(relevant) if relevant else []
        by_row = {row: record for row, record in zip(rows, relevant, strict=True) if row is not None}
        corrections = {row: from_record(record, self.current) for row, record in by_row.items()}
        step = {row: correction for row, correction in corrections.items() if correction is not None}
        result = LoadResult(len(step), rows.count(None), len(corrections) - len(step))
        return step, result, {row: by_row[row] for row in step}

    def _last_records(self, records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the last record of each row; one of a release without notes leaves the note as it was."""
        last: dict[str, dict[str, Any]] = {}
        for record in records:
            key = self._matcher.key(record)
            has_note = record.get("note") is not None or key not in last
            last[key] = record if has_note else record | {"note": last[key].get("note")}
        return list(last.values())

    def _set_corrections(self, step: Step) -> None:
        for row, correction in step.items():
            self.current.set(row, self.original.get(row) if correction.label is None else correction.label)
            if correction == NO_CORRECTION:
                self.corrections.pop(row, None)
            else:
                self.corrections[row] = correction
            is_reviewed = correction.label is not None
            self.states[REVIEWED][row] = is_reviewed
            self.states[CHANGED][row] = is_reviewed and self.current.get(row) != self.original.get(row)
            self.states[MARKED][row] = correction.is_marked
            self.states[NOTED][row] = bool(correction.note)

    def _save_rows(self, step: Step) -> None:
        self._saved.append(step, self._record, self.current.names)

    def _record(self, row: int) -> dict[str, Any]:
        return {**self._matcher.row_key(row), **to_record(self.of(row), self.current)}
