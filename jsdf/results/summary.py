"""Text and HTML of a finished run, from its plain figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jsdf.formatting.html import bars, bullet_list, card, paragraph, span
from jsdf.formatting.text import escape_html, one_line, percent, pluralize, top_labels
from jsdf.results.usage import Usage

_MAX_LABELS = 8  # labels in a text
_COLOURS = {"answered": "good", "failed": "bad", "unknown": "warn", "missing": "muted", "pending": "warn"}


@dataclass(frozen=True)
class RunSummary:
    """The figures of a run that its text, its HTML and its chart show.

    Attributes:
        engine: The engine that answered.
        rows: Rows of the column.
        counts: Rows by status.
        label_counts: Rows by label, in the order of the labels.
        usage: Requests, rows and tokens.
        reasons: The most frequent reasons for rows without an answer, each with its number of rows.
        stopped: The reason for an early end; None for a complete run.
    """

    engine: str
    rows: int
    counts: Mapping[str, int]
    label_counts: Mapping[str, int]
    usage: Usage
    reasons: Sequence[tuple[str, int]]
    stopped: str | None


def text_of_run(run: RunSummary) -> str:
    """States, labels, cost, why rows have no label, and what to do next; a line each."""
    states = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
    return "\n".join(
        [
            f"Run ({one_line(run.engine)}): {pluralize(run.rows, 'row')}: {states or 'none'}",
            *_labels_in_words(run),
            f"  {run.usage}",
            *(f"  {pluralize(n, 'row')}: {one_line(reason, 300)}" for reason, n in run.reasons),
            *([f"  stopped: {one_line(run.stopped, 300)}"] if run.stopped else []),
            *(f"  {hint}" for hint in _next_steps(run)),
        ]
    )


def _labels_in_words(run: RunSummary) -> list[str]:
    answered = run.counts["answered"]
    if not answered:
        return []
    shown, others, rows = top_labels(run.label_counts, _MAX_LABELS)
    said = [f"{one_line(name, 40)} {n:,} ({percent(n, answered)})" for name, n in shown]
    return [f"  labels: {', '.join(said + ([f'{others:,} more {rows:,}'] if others else []))}"]


def html_of_run(run: RunSummary) -> str:
    """The same as a card, with a bar a label."""
    states = " · ".join(span(f"{n:,} {name}", _COLOURS[name]) for name, n in run.counts.items() if n)
    why = [f"{pluralize(n, 'row')}: {reason}" for reason, n in run.reasons]
    return card(
        [
            f"<p><b>Run ({escape_html(run.engine)})</b> {pluralize(run.rows, 'row')}: {states or 'none'}</p>",
            bars(run.label_counts, run.counts["answered"]),
            bullet_list(why) if why else "",
            paragraph(f"stopped: {run.stopped}", "warn") if run.stopped else "",
            *(paragraph(hint) for hint in _next_steps(run)),
            paragraph(run.usage, "muted"),
        ]
    )


def _next_steps(run: RunSummary) -> Iterator[str]:
    """What a person may want to do now."""
    bad, pending = run.counts["failed"] + run.counts["unknown"], run.counts["pending"]
    if bad:
        yield "run.failures lists the rows that failed or were answered outside the labels"
    if bad or pending:
        yield f"run.retry() asks again for {pluralize(bad + pending, 'row')}, and pays for no others"
