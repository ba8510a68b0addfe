"""The verdicts of a review: given in steps, taken back in steps, each written down before the next."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jsdf.display.review import corrections_file
from jsdf.display.review.correction import SILENT, Chosen, Verdict, alike, from_record, names, to_record
from jsdf.display.review.matching import Finder
from jsdf.formatting.text import counted

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import Labelling
    from jsdf.display.gallery.row_table import Sheet

#: Row -> what is said about it from now on.
Step: TypeAlias = "dict[int, Verdict]"


class Loaded(NamedTuple):
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
        left = [f"{counted(self.absent, 'row')} not here"] if self.absent else []
        left += [f"{counted(self.unknown, 'row')} with a label that the column cannot hold"] if self.unknown else []
        left += [f"{counted(self.unreadable, 'line')} that cannot be read"] if self.unreadable else []
        told = f"; left out: {', '.join(left)}" if left else ""
        return f"{counted(self.applied, 'row')} taken from the file{told}"


class Ledger:
    """What was said of which row.

    Args:
        sheet: The rows, with the labels as they were given.
        given: These labels.
        path: The file beside the store, which an earlier review may have begun; None to keep nothing.
        clock: The time, in UTC.

    Attributes:
        given: The labels as they were given.
        now: The labels as they are.
        said: Row -> verdict, of the rows that have one.
        resumed: What came of an earlier review's file; None where it says nothing of these rows.
        problem: Why the file could not be read or written the last time; None where it could.
    """

    def __init__(self, sheet: Sheet, given: Labelling, *, path: Path | None, clock: Callable[[], datetime]) -> None:
        self.given, self.now = given, given.copy()
        self.said: Step = {}
        self.problem: str | None = None
        self._finder = Finder(sheet.column)
        self._clock = clock
        self._steps: list[dict[int, tuple[Verdict, Verdict]]] = []
        self._journal = None if path is None else corrections_file.Journal(path)
        self._unwritten: set[int] = set()
        self._renamed: list[dict[str, Any]] = []
        self.resumed = self._resume()

    def of(self, row: int) -> Verdict:
        """What was said about a row."""
        return self.said.get(row, SILENT)

    def where(self, holds: Callable[[Verdict], bool]) -> list[int]:
        """The rows with such a verdict, in order."""
        return sorted(row for row, verdict in self.said.items() if holds(verdict))

    def changed(self) -> list[int]:
        """The rows whose label is another than given, in order."""
        return [row for row in self.where(lambda v: v.said is not None) if self.now.of(row) != self.given.of(row)]

    def say(self, row: int, said: Chosen) -> Verdict:
        """A verdict that gives a row this label, as of now."""
        return Verdict(said, names(self.given, self.given.of(row)), self._clock(), self.of(row).marked)

    def take(self, step: Step) -> None:
        """Set these verdicts as one step, which `undo` takes back, and write them down."""
        if step:
            self._steps.append({row: (self.of(row), verdict) for row, verdict in step.items()})
            self._set(step)
            self._keep(step)

    def undo(self) -> list[int]:
        """Take the last step back, but for rows of which another review has said something since; its rows."""
        last = self._steps.pop() if self._steps else {}
        step = {row: before for row, (before, after) in last.items() if self.of(row) == after}
        self._set(step)
        self._keep(step)
        return list(step)

    def catch_up(self) -> None:
        """Take in what another review of the same question has written since."""
        last = {self._finder.key(record): record for record in self._news() if not record.get("moved")}
        records = list(last.values())
        rows = self._finder.find(records, by_name=True)
        verdicts = {row: from_record(r, self.now) for row, r in zip(rows, records, strict=True) if row is not None}
        self._set({row: verdict for row, verdict in verdicts.items() if verdict is not None})

    def save(self, path: Path) -> None:
        """Write every verdict to a file of its own."""
        corrections_file.write(path, [self._record(row) for row in sorted(self.said)])

    def load(self, path: Path) -> Loaded:
        """Take over the verdicts of a file as one step; what it leaves open stays as it is."""
        records, unreadable = corrections_file.read(path)
        step, loaded, _ = self._read(records)
        self.take({row: _onto(self.of(row), verdict) for row, verdict in step.items()})
        return loaded._replace(unreadable=unreadable)

    def forget(self) -> None:
        """Delete what the file beside the store says of these rows."""
        if self._journal is not None:
            self._journal.drop(self._finder.holds)
            self._renamed = []

    def _resume(self) -> Loaded | None:
        step, loaded, names = self._read(self._news())
        self._set(step)
        renamed = {row: old for row, old in names.items() if self._finder.key(old) != self._finder.key(self._name(row))}
        # A line under the old name would come back, to a row of its own.
        self._renamed = [_voided(old) for old in renamed.values()]
        self._unwritten = set(renamed)
        return loaded if loaded.applied or loaded.unknown else None

    def _news(self) -> list[dict[str, Any]]:
        """What the file has of these rows and of this question, which another one in it may resemble."""
        try:
            records = [] if self._journal is None else self._journal.news()
        except OSError as error:
            self._fail(error, "cannot be read, so that earlier corrections are not here")
            return []
        return [record for record in records if self._finder.holds(record) and alike(record, self.now.names)]

    def _read(self, records: Sequence[dict[str, Any]]) -> tuple[Step, Loaded, dict[int, dict[str, Any]]]:
        """Find the rows of these records; the last one of each row counts. The last part is a row -> its record."""
        last = {self._finder.key(record): record for record in records}
        kept = [record for record in last.values() if record.get("to") is not None or record.get("marked") is True]
        rows = self._finder.find(kept) if kept else []
        here = {row: record for row, record in zip(rows, kept, strict=True) if row is not None}
        verdicts = {row: from_record(record, self.now) for row, record in here.items()}
        step = {row: verdict for row, verdict in verdicts.items() if verdict is not None}
        loaded = Loaded(len(step), rows.count(None), len(verdicts) - len(step))
        return step, loaded, {row: here[row] for row in step}

    def _set(self, step: Step) -> None:
        for row, verdict in step.items():
            self.now.put(row, self.given.of(row) if verdict.said is None else verdict.said)
            if verdict == SILENT:
                self.said.pop(row, None)
            else:
                self.said[row] = verdict

    def _keep(self, step: Step) -> None:
        """Write these rows down, and those that could not be before."""
        self._unwritten |= set(step)
        if not step or self._journal is None:
            return
        records = [self._record(row) for row in sorted(self._unwritten)]
        try:
            self._journal.append([*self._renamed, *records])
        except OSError as error:
            self._fail(error, "cannot be written: use .save(path) before you leave")
        else:
            self._renamed, self.problem = [], None
            self._unwritten.clear()

    def _fail(self, error: OSError, what: str) -> None:
        if self.problem is None:  # and not again at every step
            told = f"the review's file beside the store {what} ({error.strerror or type(error).__name__})"
            warnings.warn(told, RuntimeWarning, stacklevel=5)
        self.problem = error.strerror or type(error).__name__

    def _name(self, row: int) -> dict[str, Any]:
        return self._finder.name(row)

    def _record(self, row: int) -> dict[str, Any]:
        return {**self._name(row), **to_record(self.of(row), self.now)}


def _onto(now: Verdict, loaded: Verdict) -> Verdict:
    """A verdict of a file on top of the one that there is: it may be a mark alone, or a label alone."""
    marked = now.marked or loaded.marked
    return now.marking(marked) if loaded.said is None else loaded.marking(marked)


def _voided(record: dict[str, Any]) -> dict[str, Any]:
    """A line that takes back what was said under a name, since the row goes by another one now."""
    return record | {"to": None, "before": None, "at": None, "marked": False, "moved": True}
