"""Writing of a review's corrections to the file beside the store; a failure is reported once, and made good later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsdf.display.review.corrections_file import CorrectionsFile
from jsdf.display.review.record_lines import FileContent, choices_record
from jsdf.formatting.text import pluralize
from jsdf.utils.call_site import warn

if TYPE_CHECKING:
    from jsdf.display.review.matching import RowMatcher


class SavedCorrections:
    """Corrections in the file beside the store, and those that are yet to be written.

    Args:
        path: Path of the file; None to save nothing.
        matcher: Identifies the rows.

    Attributes:
        new_choices: Names of labels that were added to the choices and are yet to be written.
        error: Reason why the file could not be read or written last time; None if it could.
    """

    def __init__(self, path: Path | None, matcher: RowMatcher) -> None:
        self.new_choices: list[str] = []
        self.error: str | None = None
        self._file = None if path is None else CorrectionsFile(path)
        self._matcher = matcher
        self._unsaved: set[int] = set()
        self._moved_records: list[dict[str, Any]] = []
        self._reported: set[str] = set()

    @property
    def unwritten_rows(self) -> set[int]:
        """Positions of the rows whose latest correction could not be written."""
        return set() if self.error is None else self._unsaved

    def read_new(self) -> FileContent:
        """Return what other reviews have added to the file since the last read, about any rows."""
        try:
            return FileContent([], []) if self._file is None else self._file.read_new()
        except OSError as error:
            self._report_error(error, "cannot be read", "earlier corrections are not loaded")
            return FileContent([], [])

    def warn_about_lines(self) -> None:
        """Warn about lines of the file that the last read left out."""
        if self._file is not None and self._file.left_out:
            left_out = self._file.left_out
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items())
            warn(
                f"the review's file {self._file.path} has {pluralize(left_out.total(), 'line')} that cannot be read "
                f"({reasons}): the other lines are loaded, and the file stays as it is"
            )

    def replace_keys(self, records: Mapping[int, dict[str, Any]]) -> None:
        """Take note of rows whose records have the keys of other rows, so that the next write replaces these records.

        A record under the old key would later match another row, so it is revoked, and saved under the new key.
        """
        moved = {row: old for row, old in records.items() if self._matcher.has_moved(old, row)}
        self._moved_records = [_revoked(old) for old in moved.values()]
        self._unsaved = set(moved)

    def append(self, rows: Iterable[int], record_of: Callable[[int], dict[str, Any]], names: Iterable[str]) -> None:
        """Append the records of these rows to the file, with new choices and with what could not be saved before.

        Args:
            rows: Positions of rows.
            record_of: Returns the record of a row.
            names: Names of all labels.
        """
        rows = set(rows)
        if self._file is None or not (rows or self.new_choices):
            return
        self._unsaved |= rows
        choices = [choices_record(self.new_choices, names)] if self.new_choices else []
        records = [record_of(row) for row in sorted(self._unsaved)]
        try:
            self._file.append([*choices, *self._moved_records, *records])
        except OSError as error:
            self._report_error(error, "cannot be written", "use .save(path) before the kernel ends")
        else:
            self._moved_records, self.error = [], None
            self._reported.clear()
            self.new_choices.clear()
            self._unsaved.clear()

    def forget(self, choices: Iterable[str]) -> None:
        """Delete the records of the column's rows; these choices are written again with the next correction."""
        if self._file is not None:
            self._file.drop(self._matcher.has_value)
            self._moved_records = []
            self.new_choices = list(choices)

    def _report_error(self, error: OSError, problem: str, advice: str) -> None:
        reason = error.strerror or type(error).__name__
        if problem not in self._reported:  # warn once, not at every step
            self._reported.add(problem)
            warn(f"the review's file beside the store {problem} ({reason}): {advice}", RuntimeWarning)
        self.error = reason


def _revoked(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record that revokes one whose row now has another key."""
    return record | {"to": None, "before": None, "at": None, "marked": False, "note": "", "moved": True}
