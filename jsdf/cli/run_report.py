"""Sentences about what was labelled: the summary, and rows without a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.cli.option_terms import in_option_terms
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.results.run_totals import RunTotals


def summarize(totals: RunTotals) -> str:
    """Return one line with the rows by status, the engine and the usage."""
    statuses = ", ".join(f"{n:,} {name}" for name, n in totals.counts.items() if n)
    return f"{pluralize(totals.rows, 'row')}: {statuses} ({totals.engine}): {totals.usage}"


def list_labels(totals: RunTotals) -> str:
    """Return one line with the number of rows by label, in the order of the labels."""
    return f"labels: {', '.join(f'{name} {count:,}' for name, count in totals.label_counts.items())}"


def describe_answered(answered: int, rows: int) -> str:
    """Return the part of a sentence that says how many rows are labelled."""
    return f"{answered:,} of {pluralize(rows, 'row')} {'is' if answered == 1 else 'are'} labelled"


def explain_unlabelled(totals: RunTotals, *, cached: bool) -> str:
    """Return one sentence about the rows without a label: their number, the reasons, and the cost of a rerun.

    Args:
        totals: Sums of runs in which some rows have no label.
        cached: True if the answers are in the store.
    """
    reasons = [f"{in_option_terms(reason)} ({n:,})" for reason, n in totals.top_reasons()]
    if totals.counts["pending"]:
        reasons.append(f"{in_option_terms(str(totals.stopped))} ({totals.counts['pending']:,} not sent)")
    why = "; ".join(reasons)
    rerun = "running the same command again pays for no other rows" if cached else "no answer is kept in the store"
    verb = "has" if totals.unlabelled == 1 else "have"
    return f"{totals.unlabelled:,} of {pluralize(totals.rows, 'row')} {verb} no label: {why}; {rerun}"
