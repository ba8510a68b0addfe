"""Sentences at the end of a stream: problems, remarks of the engine, and rows without a label."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, NamedTuple

from jsdf.errors import ClassificationError
from jsdf.results.row_counts import list_notes, list_reasons, part_of_rows
from jsdf.results.run_totals import RunTotals
from jsdf.utils.call_site import user_stacklevel

if TYPE_CHECKING:
    from jsdf.results.run import Run


class FailureWords(NamedTuple):
    """Parts of the message for rows without a label.

    Attributes:
        of_whole: What the rows are part of, as in " of a partition".
        advice: What became of these rows and of the others, and what to do.
    """

    of_whole: str = ""
    advice: str = "they are null in the frames, and all other rows are labelled"


class StreamSummary:
    """Sums over the windows of a stream, and what is to be said of them at its end.

    Args:
        words: Parts of the message for rows without a label.

    Attributes:
        totals: Rows by status and label, reasons and usage.
    """

    def __init__(self, words: FailureWords = FailureWords()) -> None:  # noqa: B008 - cannot be changed
        self.totals = RunTotals()
        self._words = words
        self._problems: dict[str, None] = {}

    def add(self, run: Run, problems: list[str]) -> None:
        """Count the rows of a window."""
        self.totals.add(run)
        self._problems.update(dict.fromkeys(problems))

    def warn_of_problems(self) -> None:
        """Warn of problems of the store and the like, and once of all notes of the engine."""
        for problem in self._problems:
            warnings.warn(problem, stacklevel=user_stacklevel())
        self._problems.clear()
        if self.totals.notes:
            warnings.warn(list_notes(self.totals.notes.most_common()), stacklevel=user_stacklevel())
            self.totals.notes.clear()

    def raise_failures(self, errors: str) -> None:
        """Raise for rows without a label, or warn of them with `errors="coerce"`, and of pending rows.

        Raises:
            ClassificationError: With `errors="raise"`, if rows failed or were answered outside the labels.
        """
        totals, rows = self.totals, self.totals.rows
        pending = totals.counts["pending"]
        if pending:
            part = part_of_rows(pending, rows, "is", "are")
            warnings.warn(
                f"{part} pending: {totals.stopped}; repeat the call to continue", stacklevel=user_stacklevel()
            )
        failed = totals.unlabelled - pending
        if not failed:
            return
        unlabelled = part_of_rows(failed, rows, "has", "have", self._words.of_whole)
        message = f"{unlabelled} no label: {list_reasons(totals.top_reasons())}; {self._words.advice}"
        if errors == "raise":
            raise ClassificationError(message)
        warnings.warn(message, stacklevel=user_stacklevel())
