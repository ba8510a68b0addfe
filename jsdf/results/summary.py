"""Text and HTML of runs and plans, built from their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.formatting.html import bars, bullet_list, card, paragraph, span, table, table_with_header
from jsdf.formatting.text import describe_value, escape_html, one_line, percent, pluralize, top_labels
from jsdf.results.usage import Usage

if TYPE_CHECKING:
    import pandas as pd

_MAX_LABELS = 8  # labels in the text summary
_MAX_FINDINGS = 5  # rows of findings in the HTML of a plan
_COLOURS = {"answered": "good", "failed": "bad", "unknown": "warn", "missing": "muted", "pending": "warn"}


@dataclass(frozen=True)
class RunSummary:
    """Numbers of a run that its text, HTML and chart show.

    Attributes:
        engine: The engine that answered.
        rows: Rows of the column.
        counts: Number of rows by status.
        label_counts: Number of rows by label, in the order of the labels.
        usage: Requests, rows and tokens.
        reasons: The most frequent reasons for failed or unknown rows, each with its number of rows.
        notes: The engine's remarks on how rows were read, each with its number of rows.
        stopped: The reason for an early end; None for a complete run.
        certificate: The promise of a cascade, as lines.
    """

    engine: str
    rows: int
    counts: Mapping[str, int]
    label_counts: Mapping[str, int]
    usage: Usage
    reasons: Sequence[tuple[str, int]]
    notes: Sequence[tuple[str, int]]
    stopped: str | None
    certificate: Sequence[str] = ()


def text_of_run(run: RunSummary) -> str:
    """Return statuses, labels, cost, failure reasons, the reason for an early end, and next steps, one per line."""
    statuses = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
    return "\n".join(
        [
            f"Run ({one_line(run.engine)}): {pluralize(run.rows, 'row')}: {statuses or 'none'}",
            *_label_line(run),
            f"  {run.usage}",
            *(f"  {pluralize(n, 'row')}: {one_line(reason, 300)}" for reason, n in [*run.reasons, *run.notes]),
            *(f"  {one_line(line, 300)}" for line in run.certificate),
            *([f"  stopped: {one_line(run.stopped, 300)}"] if run.stopped else []),
            *(f"  {hint}" for hint in _next_steps(run)),
        ]
    )


def _label_line(run: RunSummary) -> list[str]:
    answered = run.counts["answered"]
    if not answered:
        return []
    top, others, rows = top_labels(run.label_counts, _MAX_LABELS)
    parts = [f"{one_line(name, 40)} {n:,} ({percent(n, answered)})" for name, n in top]
    return [f"  labels: {', '.join(parts + ([f'{others:,} more {rows:,}'] if others else []))}"]


def html_of_run(run: RunSummary) -> str:
    """Return the same summary as an HTML card, with one bar per label."""
    statuses = " · ".join(span(f"{n:,} {name}", _COLOURS[name]) for name, n in run.counts.items() if n)
    reasons = [f"{pluralize(n, 'row')}: {reason}" for reason, n in [*run.reasons, *run.notes]]
    return card(
        [
            f"<p><b>Run ({escape_html(run.engine)})</b> {pluralize(run.rows, 'row')}: {statuses or 'none'}</p>",
            bars(run.label_counts, run.counts["answered"]),
            bullet_list(reasons) if reasons else "",
            bullet_list(run.certificate) if run.certificate else "",
            paragraph(f"stopped: {run.stopped}", "warn") if run.stopped else "",
            *(paragraph(hint) for hint in _next_steps(run)),
            paragraph(run.usage, "muted"),
        ]
    )


def _next_steps(run: RunSummary) -> Iterator[str]:
    """Yield suggestions for rows without an answer."""
    failed, pending = run.counts["failed"] + run.counts["unknown"], run.counts["pending"]
    if failed:
        yield "run.failures lists the rows that failed or were answered outside the labels"
    if failed or pending:
        yield f"run.retry() asks again for {pluralize(failed + pending, 'row')}, and pays for no others"


def html_of_plan(engine: str, numbers: Sequence[tuple[str, str]], findings: pd.DataFrame | None) -> str:
    """Return the HTML card of a plan.

    Args:
        engine: The engine that would answer.
        numbers: Name and value of each number.
        findings: `Plan.findings`; its first rows are shown.
    """
    head = f"<p><b>Plan ({escape_html(engine)})</b> nothing was sent</p>"
    return card([head, table(numbers), *_findings_html(findings)])


def _findings_html(findings: pd.DataFrame | None) -> Iterator[str]:
    if findings is not None and len(findings):
        first = findings.head(_MAX_FINDINGS)
        rows = zip(first["row"], map(describe_value, first["value"]), first["code"], first["reason"], strict=True)
        yield table_with_header(["row", "value", "code", "reason"], rows)
        more = len(findings) - len(first)
        yield paragraph(f"{f'and {more:,} more ' if more else ''}in plan.findings", "muted")
