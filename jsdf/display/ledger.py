"""The verdicts of a review: given in steps, taken back in steps, each written down before the next."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from jsdf.display import journal
from jsdf.display.finding import Finder
from jsdf.display.verdicts import SILENT, Chosen, Verdict, from_record, names, to_record

if TYPE_CHECKING:
    from jsdf.display.labelling import Labelling
    from jsdf.display.sheet import Sheet

#: Row -> what is said about it from now on, or was before.
Step: TypeAlias = "dict[int, Verdict]"


class Loaded(NamedTuple):
    """What came of a file: rows that it was `applied` to, rows that are not here, rows with a label that is not."""

    applied: int
    absent: int
    unknown: int

    def __str__(self) -> str:
        left = [f"{self.absent:,} belong to rows that are not here"] if self.absent else []
        left += [f"{self.unknown:,} name labels that the column cannot hold"] if self.unknown else []
        told = f"; {' and '.join(left)}" if left else ""
        return f"{self.applied:,} row{'' if self.applied == 1 else 's'} taken from the file{told}"


class Ledger:
    """What was said of which row.

    Args:
        sheet: The rows, with the labels as they were given.
        afresh: Whether what an earlier review left in the file beside the store is set aside.
        clock: The time, in UTC.

    Attributes:
        given: The labels as they were given.
        now: The labels as they are.
        said: Row -> verdict, of the rows that have one.
        resumed: What came of an earlier review's file; None where there was nothing in it.
        problem: Why the file cannot be written; None while it can.
    """

    def __init__(self, sheet: Sheet, given: Labelling, *, afresh: bool, clock: Callable[[], datetime]) -> None:
        self.given, self.now = given, given.copy()
        self.said: Step = {}
        self.problem: str | None = None
        self._finder = Finder(sheet.column)
        self._clock = clock
        self._steps: list[Step] = []
        self._journal = journal.Journal(journal.place(sheet.column, given), afresh=afresh)
        self._left: list[dict[str, Any]] | None = None
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
            self._steps.append({row: self.of(row) for row in step})
            self._set(step)
            self._keep(step)

    def undo(self) -> list[int]:
        """Take the last step back; its rows, none where there is no step."""
        step = self._steps.pop() if self._steps else {}
        self._set(step)
        self._keep(step)
        return list(step)

    def save(self, path: Path) -> None:
        """Write every verdict to a file of its own."""
        journal.write(path, [self._record(row) for row in sorted(self.said)])

    def load(self, path: Path) -> Loaded:
        """Take over the verdicts of a file as one step."""
        step, loaded, _ = self._read(journal.read(path))
        self.take(step)
        return loaded

    def forget(self) -> None:
        """Delete the file beside the store."""
        self._journal.forget()

    def _resume(self) -> Loaded | None:
        try:
            records = self._journal.read()
        except (OSError, ValueError):  # unreadable, or none of ours: the review goes on without
            return None
        step, loaded, left = self._read(records)
        self._set(step)
        named = {_key(self._finder.name(row)) for row in step}
        if not named <= {_key(record) for record in records}:
            # Rows go by other names now: lines under the old ones would come back, each to a row of its own.
            self._left = left
        return loaded if any(loaded) else None

    def _read(self, records: Sequence[dict[str, Any]]) -> tuple[Step, Loaded, list[dict[str, Any]]]:
        """Find the rows of these records; the last one of each row counts. The last part is what found none."""
        last = {_key(record): record for record in records}
        kept = [record for record in last.values() if record.get("to") is not None or record.get("marked") is True]
        rows = self._finder.find(kept) if kept else []
        verdicts = [
            None if row is None else from_record(record, self.now) for row, record in zip(rows, kept, strict=True)
        ]
        step = {row: v for row, v in zip(rows, verdicts, strict=True) if row is not None and v is not None}
        left = [record for verdict, record in zip(verdicts, kept, strict=True) if verdict is None]
        absent = rows.count(None)
        return step, Loaded(len(step), absent, len(left) - absent), left

    def _set(self, step: Step) -> None:
        for row, verdict in step.items():
            self.now.put(row, self.given.of(row) if verdict.said is None else verdict.said)
            if verdict == SILENT:
                self.said.pop(row, None)
            else:
                self.said[row] = verdict

    def _keep(self, step: Step) -> None:
        if not step or self.problem is not None:
            return
        try:
            if self._left is None:
                self._journal.append([self._record(row) for row in step])
            else:
                self._journal.rewrite([*self._left, *(self._record(row) for row in sorted(self.said))])
                self._left = None
        except OSError as error:
            self.problem = error.strerror or type(error).__name__
            told = f"the review cannot be saved beside the store ({self.problem}): use .save(path) before you leave"
            warnings.warn(told, RuntimeWarning, stacklevel=4)

    def _record(self, row: int) -> dict[str, Any]:
        return {"row": row, **self._finder.name(row), **to_record(self.of(row), self.now)}


def _key(record: dict[str, Any]) -> str:
    """What the lines of one row have in common."""
    return repr([record.get(name) for name in ("value", "index", "nth")])
