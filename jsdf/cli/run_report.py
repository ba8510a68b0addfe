"""Sentences about a finished run: rows without a label, reasons, rows by label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.cli.option_terms import in_option_terms
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.results.run import Run


def unlabelled_count(run: Run) -> int:
    """Return the number of rows without a label, not counting missing values."""
    return len(run) - run.counts["answered"] - run.counts["missing"]


def count_labels(run: Run) -> dict[str, int]:
    """Return the number of rows by label, in the order of the labels."""
    labels = run.labels
    counts: Any = labels.sum() if labels.ndim == 2 else labels.value_counts(sort=False)
    return {str(name): int(n) for name, n in counts.items()}


def explain_unlabelled(run: Run, *, cached: bool) -> str:
    """Return one sentence about the rows without a label: their number, the reasons, and the cost of a rerun.

    Args:
        run: A run in which some rows have no label.
        cached: True if the answers are in the store.
    """
    reasons = [f"{in_option_terms(reason)} ({n:,})" for reason, n in run.top_reasons()]
    if run.counts["pending"]:
        reasons.append(f"{in_option_terms(str(run.stopped))} ({run.counts['pending']:,} not sent)")
    why = "; ".join(reasons)
    rerun = "running the same command again pays for no other rows" if cached else "no answer is kept in the store"
    verb = "has" if unlabelled_count(run) == 1 else "have"
    return f"{unlabelled_count(run):,} of {pluralize(len(run), 'row')} {verb} no label: {why}; {rerun}"
