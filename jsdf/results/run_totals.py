"""Sums over the runs of the parts of a job."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jsdf.results.usage import Progress, Usage

if TYPE_CHECKING:
    from jsdf.results.run import Run

_MAX_REASONS = 1_000  # distinct reasons that are counted


def end_of(run: Run) -> Progress:
    """Return the last event of a run."""
    counts = run.counts
    failed = counts["failed"] + counts["unknown"]
    done = len(run) - counts["pending"]
    ends = {"finished": True, "stopped": run.stopped, "label_counts": run.label_counts}
    return Progress(run.engine, len(run), done, failed, run.usage, **ends)  # type: ignore[arg-type]


class RunTotals:
    """Rows by status and label, reasons, notes and usage of several runs together.

    Attributes:
        counts: Number of rows by status.
        label_counts: Number of rows by label, in the order of the labels.
        notes: Remarks of the engine, each with its number of rows.
        usage: The sum, also of `seconds`, which count twice where two runs overlap.
        engine: Name of the engine; "" before the first run.
        stopped: Reason for an early end; None if no run ended early.
        certificate_lines: The promises of the cascades among the runs, as lines.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.label_counts: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.usage = Usage()
        self.engine = ""
        self.stopped: str | None = None
        self.certificate_lines: list[str] = []
        self._reasons: Counter[str] = Counter()

    def add(self, run: Run) -> None:
        """Add the rows and the usage of a run."""
        for total, part in (self.counts, run.counts), (self.label_counts, run.label_counts), (self.notes, run.notes):
            for name, rows in part.items():  # also those of 0, which keep the order
                total[name] += rows
        self.usage += run.usage
        self.certificate_lines += [] if run.certificate is None else run.certificate.lines
        self.engine, self.stopped = run.engine, run.stopped or self.stopped
        for reason, rows in run.top_reasons(_MAX_REASONS):
            if reason in self._reasons or len(self._reasons) < _MAX_REASONS:
                self._reasons[reason] += rows

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return self.counts.total()

    @property
    def unlabelled(self) -> int:
        """Number of rows without a label, not counting missing values."""
        return self.rows - self.counts["answered"] - self.counts["missing"]

    def top_reasons(self, n: int = 5) -> list[tuple[str, int]]:
        """Return the `n` most frequent reasons for failed or unknown rows, each with its number of rows."""
        return self._reasons.most_common(n)
